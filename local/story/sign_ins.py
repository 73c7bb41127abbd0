"""Streamed sign-in records of users, and the shorter form in which Graph's ``auditLogs/signIns`` answers them."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from local.story.clients import OFFICE_HOME, App, Factor, Look, own_laptop
from local.story.moments import graph_time, guid, sign_in_time, spread
from local.story.people import TENANT_ID, Person
from local.story.places import Network
from local.story.streamed import Streamed, geography, wrapped

WRONG_PASSWORD = 50126
DECLINED = "MFA denied; user declined the authentication"
FAILURES = {
    WRONG_PASSWORD: "Error validating credentials due to invalid username or password.",
    50140: "This error occurred due to 'Keep me signed in' interrupt when the user was signing-in.",
    16000: "Either multiple user identities are available for the request or the account is not supported.",
    50057: "The user account is disabled.",
    50158: "External security challenge was not satisfied.",
    90072: "The account needs to be added as an external user in the tenant first.",
    50058: "Session information is not sufficient for single-sign-on.",
    50142: "Password change is required due to a conditional access policy.",
    50074: "Strong Authentication is required.",
    50053: "Sign-in was blocked because it came from an IP address with malicious activity.",
    500121: "Authentication failed during strong authentication request.",
    53003: "Access has been blocked by Conditional Access policies.",
}


class Risk(msgspec.Struct, frozen=True):
    """The risk fields of a sign-in."""

    during: str = "none"
    aggregated: str = "none"
    state: str = "none"
    detail: str = "none"
    types: tuple[str, ...] = ()


NO_RISK = Risk()


def sign_in(
    person: Person,
    at: datetime,
    network: Network,
    *,
    app: App = OFFICE_HOME,
    look: Look | None = None,
    factor: Factor = "claim",
    error: int = 0,
    details: str | None = None,
    risk: Risk = NO_RISK,
    session: str | None = None,
    interactive: bool = True,
    policies: tuple[tuple[str, str], ...] = (),
    lag_seconds: int | None = None,
) -> Streamed:
    """Return one sign-in as it is streamed, one to five minutes after it happened.

    Called again with another ``error`` or ``risk``, it gives the update that Entra sends under the same id.
    ``policies`` are names and results of Conditional Access policies.
    """
    look = look or own_laptop(person)
    record_id = guid("sign-in", person.id, at.isoformat(), app.id, network.ip)
    correlation_id = guid("correlation", record_id)
    lag = timedelta(seconds=lag_seconds if lag_seconds is not None else 60 + spread(240, "lag", record_id))
    properties = {
        "id": record_id,
        "createdDateTime": sign_in_time(at, record_id),
        "userDisplayName": person.name,
        "userPrincipalName": person.upn.lower(),
        "userId": person.id,
        "appId": app.id,
        "appDisplayName": app.name,
        "ipAddress": network.ip,
        "status": _status(error, details),
        "clientAppUsed": look.client_app,
        "userAgent": look.user_agent,
        "deviceDetail": _device(look),
        "location": {
            "city": network.place.city,
            "state": network.place.state,
            "countryOrRegion": network.place.country,
            "geoCoordinates": geography(network.place.latitude, network.place.longitude),
        },
        "correlationId": correlation_id,
        "conditionalAccessStatus": _policy_status(policies),
        "appliedConditionalAccessPolicies": [_policy(name, result) for name, result in policies],
        "originalRequestId": record_id,
        "isInteractive": interactive,
        "tokenIssuerType": "AzureAD",
        "authenticationProcessingDetails": [
            {"key": "Legacy TLS (TLS 1.0, 1.1, 3DES)", "value": "False"},
            {"key": "Is CAE Token", "value": "True" if interactive else "False"},
        ],
        "networkLocationDetails": _named(network),
        "clientCredentialType": "none",
        "processingTimeInMilliseconds": 40 + spread(300, "milliseconds", record_id),
        "riskDetail": risk.detail,
        "riskLevelAggregated": risk.aggregated,
        "riskLevelDuringSignIn": risk.during,
        "riskState": risk.state,
        "riskEventTypes": [],
        "riskEventTypes_v2": list(risk.types),
        "resourceDisplayName": app.resource,
        "resourceId": app.resource_id,
        "resourceTenantId": TENANT_ID,
        "homeTenantId": person.home_tenant_id,
        "tenantId": TENANT_ID,
        "authenticationDetails": _steps(at, factor, error) if interactive else [],
        "authenticationRequirement": "singleFactorAuthentication" if factor == "none" else "multiFactorAuthentication",
        "servicePrincipalId": "",
        "userType": "Guest" if person.guest else "Member",
        "flaggedForReview": False,
        "isTenantRestricted": False,
        "autonomousSystemNumber": network.asn,
        "crossTenantAccessType": "b2bCollaboration" if person.guest else "none",
        "privateLinkDetails": {},
        "uniqueTokenIdentifier": record_id.replace("-", "")[:22],
        "incomingTokenType": look.incoming,
        "authenticationProtocol": look.protocol,
        "isThroughGlobalSecureAccess": False,
        "authenticationStrengths": [],
        "authenticationRequirementPolicies": [],
        "sessionLifetimePolicies": [],
        "appServicePrincipalId": None,
        "signInTokenProtectionStatus": "none",
        "tokenProtectionStatusDetails": {"signInSessionStatus": "unbound", "signInSessionStatusCode": 1002},
        "originalTransferMethod": look.transfer,
        "conditionalAccessAudiences": [{"applicationId": app.resource_id, "audienceReasons": "none"}],
        "sessionId": session or guid("session", person.id, at.date().isoformat()),
    }
    return wrapped(
        "SignInLogs" if interactive else "NonInteractiveUserSignInLogs",
        "Sign-in activity",
        properties,
        at + lag,
        correlation_id=correlation_id,
        caller_ip=network.ip,
        identity=person.name,
        location=network.place.country,
        result=(str(error), _signature(error, record_id)),
    )


def in_graph(streamed: Streamed) -> dict[str, Any]:
    """Return the sign-in as Graph v1.0 answers it: the fields that only beta and the stream have are gone."""
    answer = {name: value for name, value in streamed.properties.items() if name in _GRAPH_FIELDS.split()}
    answer["createdDateTime"] = graph_time(datetime.fromisoformat(answer["createdDateTime"]))
    answer["status"] = {"failureReason": "Other.", "additionalDetails": None, **answer["status"]}
    answer["deviceDetail"] = {
        "displayName": "",
        "isCompliant": False,
        "isManaged": False,
        "trustType": "",
        **answer["deviceDetail"],
    }
    answer["appliedConditionalAccessPolicies"] = [
        {name: value for name, value in policy.items() if not name.startswith("conditions")}
        for policy in answer["appliedConditionalAccessPolicies"]
    ]
    return answer


_GRAPH_FIELDS = (
    "id createdDateTime userDisplayName userPrincipalName userId appId appDisplayName ipAddress status clientAppUsed "
    "userAgent deviceDetail location correlationId conditionalAccessStatus appliedConditionalAccessPolicies "
    "isInteractive riskDetail riskLevelAggregated riskLevelDuringSignIn riskState riskEventTypes riskEventTypes_v2 "
    "resourceDisplayName resourceId resourceTenantId homeTenantId"
)


def _status(error: int, details: str | None) -> dict[str, Any]:
    status: dict[str, Any] = {"errorCode": error}
    if error:
        status["failureReason"] = FAILURES[error]
    if details:
        status["additionalDetails"] = details
    return status


def _signature(error: int, record_id: str) -> str:
    """Return ``resultSignature``; one in eight hubs still says ``None`` whatever happened."""
    if spread(8, "signature", record_id) == 0:
        return "None"
    return "FAILURE" if error else "SUCCESS"


def _device(look: Look) -> dict[str, Any]:
    shown: dict[str, Any] = {"deviceId": "", "operatingSystem": look.os, "browser": look.browser}
    if look.device is not None:
        shown |= {
            "deviceId": look.device.device_id,
            "displayName": look.device.name,
            "isCompliant": look.device.compliant,
            "isManaged": True,
            "trustType": {"AzureAd": "Azure AD joined", "ServerAd": "Hybrid Azure AD joined"}.get(
                look.device.trust_type, "Azure AD registered"
            ),
        }
    return shown


def _named(network: Network) -> list[dict[str, Any]]:
    if network.named_location is None:
        return []
    return [{"networkType": "trustedNamedLocation", "networkNames": [network.named_location]}]


def _policy(name: str, result: str) -> dict[str, Any]:
    return {
        "id": guid("policy", name),
        "displayName": name,
        "enforcedGrantControls": ["Block"] if result == "failure" else ["Mfa"],
        "enforcedSessionControls": [],
        "result": result,
        "conditionsSatisfied": 23,
        "conditionsNotSatisfied": 0,
    }


def _policy_status(policies: tuple[tuple[str, str], ...]) -> str:
    results = {result for _, result in policies}
    return next((result for result in ("failure", "success") if result in results), "notApplied")


def _steps(at: datetime, factor: Factor, error: int) -> list[dict[str, Any]]:
    """Return ``authenticationDetails``: what was asked of the user, and how each step went."""
    is_wrong = error == WRONG_PASSWORD
    password = _step(at, "Password", _FIRST, _PASSWORD_WORDS[is_wrong], succeeded=not is_wrong)
    later = at + timedelta(seconds=9)
    match factor:
        case "none":
            return [password]
        case "push":
            return [password, _step(later, _PUSH, _SECOND, "MFA completed in Azure AD", number=1)]
        case "denied":
            return [password, _step(later, _PUSH, _SECOND, DECLINED, succeeded=False, number=1)]
        case "passkey":
            return [_step(at, "FIDO2 security key", _FIRST, "MFA completed in Azure AD")]
        case "claim":
            return [_step(at, "Previously satisfied", _SECOND, "MFA requirement satisfied by claim in the token")]


_FIRST, _SECOND = "Primary authentication", "Multifactor authentication"
_PUSH = "Mobile app notification"
_PASSWORD_WORDS = {
    False: "Correct password",
    True: "Invalid username or password or Invalid on-premise username or password.",
}


def _step(
    at: datetime, method: str, requirement: str, result: str, *, succeeded: bool = True, number: int = 0
) -> dict[str, Any]:
    return {
        "authenticationStepDateTime": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond:06d}0+00:00",
        "authenticationMethod": method,
        "succeeded": succeeded,
        "authenticationStepResultDetail": result,
        "authenticationStepRequirement": requirement,
        "StatusSequence": number,
        "RequestSequence": 0,
    }
