"""Streamed risk records (``UserRiskEvents``, ``RiskyUsers``) and the form in which Graph answers the same things."""

import json
from datetime import datetime, timedelta
from typing import Any

from local.story.moments import digest, graph_time, risk_time, spread
from local.story.people import Person
from local.story.places import Network
from local.story.streamed import Streamed, geography, wrapped

TECHNIQUES = {
    "anomalousToken": "T1078,T1539",
    "attackerinTheMiddle": "T1557,T1539",
    "leakedCredentials": "T1589.001",
    "passwordSpray": "T1110.003",
    "anonymizedIPAddress": "T1090.003",
    "maliciousIPAddress": "T1078",
    "suspiciousAuthAppApproval": "T1621",
    "authenticatorPhishing": "T1621",
}
PREMIUM = frozenset(
    {"passwordSpray", "anomalousToken", "attackerinTheMiddle", "suspiciousAuthAppApproval", "authenticatorPhishing"}
)
"""Types for which ``riskType`` says only ``generic``; ``riskEventType`` names them."""
OFFLINE_USER = frozenset(
    {
        "attackerinTheMiddle",
        "anomalousToken",
        "leakedCredentials",
        "adminConfirmedUserCompromised",
        "aiCompoundAccountRisk",
    }
)
REAL_TIME = frozenset(
    {"unfamiliarFeatures", "anonymizedIPAddress", "suspiciousAuthAppApproval", "authenticatorPhishing"}
)


def detection(
    person: Person,
    event_type: str,
    level: str,
    at: datetime,
    *,
    detected: datetime,
    network: Network | None = None,
    sign_in: Streamed | None = None,
    state: str = "atRisk",
    detail: str = "none",
    updated: datetime | None = None,
    user_agent: str | None = None,
    reasons: tuple[str, ...] = ("NotSet",),
) -> Streamed:
    """Return one detection as it is streamed, five to twelve minutes after it was detected or updated.

    ``at`` is when the user acted, ``detected`` when Entra noticed. Called again with another state and ``updated``
    it gives the update under the same id. Without a network (leaked credentials) address and place are null.
    """
    record_id = digest("detection", person.id, event_type, at.isoformat())
    updated = updated or detected
    signed_in = sign_in.properties if sign_in else {}
    properties = {
        "id": record_id,
        "requestId": signed_in.get("id"),
        "correlationId": signed_in.get("correlationId"),
        "riskType": "generic" if event_type in PREMIUM else event_type,
        "riskEventType": event_type,
        "riskState": state,
        "riskLevel": level,
        "riskDetail": detail,
        "source": "IdentityProtection",
        "detectionTimingType": "realtime" if event_type in REAL_TIME else "offline",
        "activity": "user" if event_type in OFFLINE_USER else "signin",
        "ipAddress": network.ip if network else None,
        "location": _location(network),
        "activityDateTime": risk_time(at),
        "detectedDateTime": risk_time(detected),
        "lastUpdatedDateTime": risk_time(updated),
        "userId": person.id,
        "userDisplayName": person.name,
        "userPrincipalName": person.upn,
        "additionalInfo": _additional(reasons, user_agent or signed_in.get("userAgent"), event_type),
        "tokenIssuerType": "AzureAD",
        "resourceTenantId": None,
        "homeTenantId": person.home_tenant_id,
        "userType": "guest" if person.guest else "member",
        "crossTenantAccessType": "b2bCollaboration" if person.guest else "none",
        "mitreTechniqueId": TECHNIQUES.get(event_type, "T1078").split(",")[0],
    }
    return wrapped(
        "UserRiskEvents",
        "User Risk Detection",
        properties,
        updated + timedelta(seconds=300 + spread(420, "risk-lag", record_id)),
        correlation_id=record_id,
        caller_ip=network.ip if network and spread(2, "caller", record_id) else None,
        identity=person.name.lower(),
        location=network.place.country.lower() if network else "neu",
    )


def risky_user(person: Person, level: str, at: datetime, *, state: str = "atRisk", detail: str = "none") -> Streamed:
    """Return the state of a user's risk after a change, as it is streamed."""
    properties = {
        "id": person.id,
        "userDisplayName": person.name,
        "userPrincipalName": person.upn,
        "riskLastUpdatedDateTime": risk_time(at),
        "riskState": state,
        "riskDetail": detail,
        "riskLevel": level,
        "isDeleted": False,
        "isProcessing": False,
    }
    return wrapped(
        "RiskyUsers",
        "Risky user",
        properties,
        at + timedelta(seconds=330 + spread(300, "risky-lag", person.id, state)),
        correlation_id=person.id,
        identity=person.name.lower(),
        location="neu",
    )


def detection_in_graph(streamed: Streamed) -> dict[str, Any]:
    """Return the detection as Graph answers it."""
    return _as_graph(streamed.properties, _DETECTION_FIELDS.split())


def risky_user_in_graph(streamed: Streamed) -> dict[str, Any]:
    """Return the risky user as Graph answers it."""
    return _as_graph(streamed.properties, _RISKY_USER_FIELDS.split())


_DETECTION_FIELDS = (
    "id requestId correlationId riskEventType riskState riskLevel riskDetail source detectionTimingType activity "
    "ipAddress location activityDateTime detectedDateTime lastUpdatedDateTime userId userDisplayName userPrincipalName "
    "additionalInfo tokenIssuerType"
)
_RISKY_USER_FIELDS = (
    "id userDisplayName userPrincipalName riskLastUpdatedDateTime riskState riskDetail riskLevel isDeleted isProcessing"
)


def _as_graph(properties: dict[str, Any], names: list[str]) -> dict[str, Any]:
    answer = {name: properties[name] for name in names}
    for name in names:
        if name.endswith("DateTime"):
            day, _, clock = str(answer[name]).partition("T")
            answer[name] = graph_time(datetime.fromisoformat(f"{day}T{clock.rjust(13, '0')}"))
    return answer


def _location(network: Network | None) -> dict[str, Any] | None:
    if network is None:
        return None
    place = network.place
    return {
        "city": place.city,
        "state": place.state,
        "countryOrRegion": place.country,
        "geoCoordinates": {"altitude": 0.0, **geography(place.latitude, place.longitude)},
    }


def _additional(reasons: tuple[str, ...], user_agent: str | None, event_type: str) -> str:
    """Return ``additionalInfo``: JSON in a string, whose values are text, a list or null."""
    pairs: list[dict[str, Any]] = [
        {"Key": "riskReasons", "Value": list(reasons)},
        {"Key": "userAgent", "Value": user_agent},
        {"Key": "alertUrl", "Value": None},
        {"Key": "mitreTechniques", "Value": TECHNIQUES.get(event_type, "T1078")},
    ]
    return json.dumps(pairs, separators=(",", ":"))
