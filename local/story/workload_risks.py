"""Streamed risk of service principals: detections, states, and the form in which Graph answers the same things."""

from datetime import datetime, timedelta
from typing import Any

from local.story.moments import digest, graph_time, spread
from local.story.places import Network
from local.story.streamed import Streamed, geography, wrapped
from local.story.workloads import Workload


def workload_detection(
    workload: Workload,
    event_type: str,
    at: datetime,
    *,
    level: str = "high",
    network: Network | None = None,
    state: str = "atRisk",
    detail: str = "none",
    updated: datetime | None = None,
) -> Streamed:
    """Return one ``ServicePrincipalRiskEvents`` record; with another state and ``updated`` it is the update."""
    record_id = digest("workload-detection", workload.id, event_type, at.isoformat())
    place = network.place if network else None
    properties: dict[str, Any] = {
        "id": record_id,
        "requestId": None,
        "correlationId": None,
        "riskEventType": event_type,
        "riskState": state,
        "riskLevel": level,
        "riskDetail": detail,
        "source": "IdentityProtection",
        "detectionTimingType": "offline",
        "activity": "servicePrincipal",
        "tokenIssuerType": "AzureAD",
        "ipAddress": network.ip if network else None,
        "location": place
        and {
            "city": place.city,
            "state": place.state,
            "countryOrRegion": place.country,
            "geoCoordinates": geography(place.latitude, place.longitude),
        },
        "activityDateTime": graph_time(at),
        "detectedDateTime": graph_time(at + timedelta(minutes=4)),
        "lastUpdatedDateTime": graph_time(updated or at + timedelta(minutes=4)),
        "servicePrincipalId": workload.id,
        "servicePrincipalDisplayName": workload.name,
        "appId": workload.app_id,
        "keyIds": [workload.key_id] if event_type == "leakedCredentials" else [],
        "additionalInfo": "[]",
    }
    arrives = (updated or at + timedelta(minutes=4)) + timedelta(seconds=300 + spread(300, "workload-risk", record_id))
    return wrapped(
        "ServicePrincipalRiskEvents",
        "Service Principal Risk Detection",
        properties,
        arrives,
        correlation_id=record_id,
        identity=workload.name,
    )


def risk_of(workload: Workload, at: datetime, *, level: str, state: str, detail: str) -> dict[str, Any]:
    """Return the risk of a service principal since a change, as Graph and the stream hold it."""
    return {
        "id": workload.id,
        "appId": workload.app_id,
        "displayName": workload.name,
        "servicePrincipalType": workload.type,
        "isEnabled": True,
        "isProcessing": False,
        "riskLevel": level,
        "riskState": state,
        "riskDetail": detail,
        "riskLastUpdatedDateTime": graph_time(at),
    }


def risky_workload(
    workload: Workload, at: datetime, *, level: str = "high", state: str = "atRisk", detail: str = "none"
) -> Streamed:
    """Return one ``RiskyServicePrincipals`` record: the state of risk after a change."""
    properties = risk_of(workload, at, level=level, state=state, detail=detail)
    return wrapped(
        "RiskyServicePrincipals",
        "Risky service principal",
        properties,
        at + timedelta(seconds=330 + spread(200, "risky-workload", workload.id, state)),
        correlation_id=workload.id,
        identity=workload.name,
    )
