"""Hand-made records in the shapes that Entra sends, for the tests to bend."""

import json
from datetime import UTC, datetime
from typing import Any

TENANT = "11111111-aaaa-4bbb-8ccc-222222222222"
USER = "33333333-aaaa-4bbb-8ccc-444444444444"
RECEIVED = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


def envelope(category: str, properties: object, **changes: object) -> dict[str, Any]:
    """Return an element of ``records``."""
    return {
        "time": "2026-01-31T11:00:00.1234567Z",
        "resourceId": f"/tenants/{TENANT}/providers/Microsoft.aadiam",
        "category": category,
        "tenantId": TENANT,
        "Level": 4,
        "properties": properties,
    } | changes


def sign_in(**changes: object) -> dict[str, Any]:
    """Return the properties of a user's sign-in."""
    return {
        "id": "AAAAAAAA-0000-4000-8000-000000000001",
        "createdDateTime": "2026-01-31T10:58:01.7654321+00:00",
        "userId": USER,
        "userPrincipalName": "Kari.Nord@Example.com",
        "userDisplayName": "Kari Nord",
        "appId": "C0FFEE00-0000-4000-8000-000000000002",
        "appDisplayName": "Office",
        "ipAddress": "198.51.100.7",
        "status": {"errorCode": 0},
        "location": {
            "city": "Oslo",
            "state": "",
            "countryOrRegion": "no",
            "geoCoordinates": {"latitude": 59.9, "longitude": 10.7},
        },
        "riskLevelAggregated": "none",
        "riskLevelDuringSignIn": "none",
        "riskState": "none",
    } | changes


def workload_sign_in(**changes: object) -> dict[str, Any]:
    """Return the properties of a service principal's sign-in."""
    return {
        "id": "aaaaaaaa-0000-4000-8000-000000000003",
        "createdDateTime": "2026-01-31T10:58:01.765432+00:00",
        "userId": None,
        "appId": "c0ffee00-0000-4000-8000-000000000004",
        "servicePrincipalId": "dddddddd-0000-4000-8000-000000000005",
        "servicePrincipalName": "nightly-backup",
        "ipAddress": "",
        "status": {"errorCode": 0},
        "riskLevelAggregated": "low",
        "riskLevelDuringSignIn": "low",
        "riskState": "none",
    } | changes


def detection(**changes: object) -> dict[str, Any]:
    """Return the properties of a risk detection."""
    return {
        "id": "ab" * 32,
        "userId": USER,
        "userPrincipalName": "Kari.Nord@Example.com",
        "riskType": "generic",
        "riskEventType": "anomalousToken",
        "riskState": "atRisk",
        "riskLevel": "medium",
        "riskDetail": "none",
        "activityDateTime": "2026-01-31T3:15:37.008Z",
        "detectedDateTime": "2026-01-31T10:17:05.068Z",
        "lastUpdatedDateTime": "2026-01-31T10:17:05.068Z",
        "userType": "member",
        "additionalInfo": json.dumps(
            [
                {"Key": "riskReasons", "Value": ["UnfamiliarASN", "UnfamiliarIP"]},
                {"Key": "userAgent", "Value": "curl/8.0"},
                {"Key": "alertUrl", "Value": None},
                {"Key": "mitreTechniques", "Value": "T1078,T1539"},
            ]
        ),
        "mitreTechniqueId": "T1078.004",
    } | changes


def risky_user(**changes: object) -> dict[str, Any]:
    """Return the properties of a state of a user's risk."""
    return {
        "id": USER.upper(),
        "userPrincipalName": "Kari.Nord@Example.com",
        "riskLastUpdatedDateTime": "2026-01-31T9:35:37.331Z",
        "riskState": "atRisk",
        "riskDetail": "none",
        "riskLevel": "high",
        "isDeleted": False,
    } | changes


def audit(**changes: object) -> dict[str, Any]:
    """Return the properties of a directory audit."""
    return {
        "id": "Directory_5a5a_L4422_1",
        "category": "UserManagement",
        "correlationId": "5A5A5A5A-0000-4000-8000-000000000006",
        "result": "success",
        "resultReason": "",
        "activityDisplayName": "Update application \u2013 Certificates and secrets management ",
        "activityDateTime": "2026-01-31T10:16:11.0511381+00:00",
        "loggedByService": "Core Directory",
        "operationType": "Update",
        "initiatedBy": {"user": {"id": USER.upper(), "userPrincipalName": "Admin@Example.com", "roles": []}},
        "targetResources": [{"id": USER, "type": "User", "displayName": None, "modifiedProperties": []}],
    } | changes


def workload_risk(**changes: object) -> dict[str, Any]:
    """Return the properties of a service principal's risk detection."""
    return {
        "id": "cd" * 32,
        "requestId": None,
        "riskEventType": "leakedCredentials",
        "riskState": "atRisk",
        "riskLevel": "high",
        "ipAddress": None,
        "location": None,
        "activityDateTime": "2026-01-31T10:00:00Z",
        "detectedDateTime": "2026-01-31T10:05:00Z",
        "lastUpdatedDateTime": "2026-01-31T10:05:00Z",
        "servicePrincipalId": "dddddddd-0000-4000-8000-000000000005",
        "servicePrincipalDisplayName": "nightly-backup",
        "keyIds": [],
    } | changes


def body(*records: object) -> bytes:
    """Return the body of a message that holds these records."""
    return json.dumps({"records": records}, separators=(",", ":")).encode()
