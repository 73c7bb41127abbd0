"""A small tenant, and a client that speaks real HTTP to it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime

import aiohttp
import pytest

from local.tenant import Rules, Tenant, TenantServer
from shared.clock import ManualClock

ALEX = "5f0e5d3a-0d6b-4d4c-9a43-0c8f2f6f1a01"
BO = "5f0e5d3a-0d6b-4d4c-9a43-0c8f2f6f1a02"
CY = "5f0e5d3a-0d6b-4d4c-9a43-0c8f2f6f1a03"
ADMINS = "7a1b2c3d-0000-4000-8000-000000000001"
STAFF = "7a1b2c3d-0000-4000-8000-000000000002"
APP = "9c9c9c9c-0000-4000-8000-000000000001"
APP_ID = "9c9c9c9c-aaaa-4000-8000-000000000001"
EVENTUAL = {"ConsistencyLevel": "eventual"}
BEARER = {"Authorization": "Bearer a.b.c"}
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


def document() -> dict[str, object]:
    """Return a tenant file with one of each shape: collections, objects, captured answers, errors."""
    return {
        "users": [
            {
                "id": ALEX,
                "userPrincipalName": "Alex@woodgrove.example",
                "displayName": "Alex Weber",
                "accountEnabled": True,
                "userType": "Member",
                "createdDateTime": "2024-03-01T08:00:00Z",
                "signInActivity": {"lastSignInDateTime": "2026-01-30T08:00:00Z"},
            },
            {
                "id": BO,
                "userPrincipalName": "bo@woodgrove.example",
                "displayName": "Bo O'Neil",
                "accountEnabled": False,
                "userType": "Member",
                "createdDateTime": "2025-03-01T08:00:00Z",
            },
            {
                "id": CY,
                "userPrincipalName": "cy_fabrikam.example#EXT#@woodgrove.example",
                "displayName": "Cy",
                "accountEnabled": True,
                "userType": "Guest",
                "createdDateTime": "2026-01-01T08:00:00.1234567Z",
            },
        ],
        "users/alex@woodgrove.example/manager": {"id": BO, "displayName": "Bo O'Neil"},
        f"users/{ALEX.upper()}/authentication/methods": [
            {"@odata.type": "#microsoft.graph.phoneAuthenticationMethod", "id": "p", "phoneType": "mobile"},
            {"@odata.type": "#microsoft.graph.passwordAuthenticationMethod", "id": "w"},
        ],
        f"users/{ALEX}/memberOf": [{"id": ADMINS, "displayName": "Admins"}, {"id": STAFF, "displayName": "Staff"}],
        f"users/{BO}/registeredDevices": {"$error": {"status": 503, "code": "serviceNotAvailable"}},
        "/v1.0/groups": {
            "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#groups",
            "@odata.nextLink": "https://graph.microsoft.com/v1.0/groups?$skiptoken=x",
            "value": [
                {"id": ADMINS, "displayName": "Admins", "isAssignableToRole": True, "securityEnabled": True},
                {"id": STAFF, "displayName": "Staff", "securityEnabled": False},
            ],
        },
        f"groups/{ADMINS}/members": [{"id": ALEX, "displayName": "Alex Weber"}],
        "servicePrincipals": [{"id": APP, "appId": APP_ID, "displayName": "Payroll", "accountEnabled": True}],
        f"servicePrincipals(appId='{APP_ID}')/owners": [{"id": BO}],
        "identityProtection/riskyUsers": [{"id": ALEX, "riskLevel": "high", "riskState": "atRisk"}],
        "identityProtection/riskDetections": [
            {"id": "d1", "userId": ALEX, "riskEventType": "unfamiliarFeatures", "riskLevel": "high"},
            {"id": "d2", "userId": BO, "riskEventType": "leakedCredentials", "riskLevel": "low"},
        ],
        "auditLogs/signIns": [
            {
                "id": f"s{number}",
                "userId": ALEX,
                "userPrincipalName": "Alex@woodgrove.example",
                "createdDateTime": f"2026-01-{number:02}T10:00:00Z",
                "status": {"errorCode": 50126 if number % 2 else 0},
                "riskEventTypes_v2": ["unfamiliarFeatures"] if number == 3 else [],
            }
            for number in range(1, 8)
        ],
        "auditLogs/directoryAudits": [
            {
                "id": "a1",
                "activityDateTime": "2026-01-10T10:00:00Z",
                "initiatedBy": {"user": {"id": BO}},
                "targetResources": [{"id": ALEX}, {"id": STAFF}],
            }
        ],
        "roleManagement/directory/roleAssignments": [
            {"id": "r1", "principalId": ALEX, "roleDefinitionId": "ga"},
            {
                "id": "r2",
                "principalId": BO,
                "roleDefinitionId": "zz",
                "roleDefinition": {"id": "zz", "displayName": "Z"},
            },
        ],
        "roleManagement/directory/roleDefinitions": [{"id": "ga", "displayName": "Global Administrator"}],
        "oauth2PermissionGrants": [
            {"id": "g1", "clientId": APP, "principalId": ALEX, "scope": "Mail.Read", "consentType": "Principal"},
            {"id": "g2", "clientId": APP, "principalId": BO, "scope": "User.Read", "consentType": "Principal"},
        ],
    }


class Client:
    """A plain HTTP client for one server."""

    def __init__(self, server: TenantServer, session: aiohttp.ClientSession) -> None:
        self.server = server
        self.session = session

    async def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, dict]:
        """GET a path relative to the version; return status and decoded JSON."""
        url = path if path.startswith("http") else f"{self.server.url}/{path}"
        async with self.session.get(url, headers=headers) as response:
            return response.status, await response.json()

    async def post(self, path: str, body: object) -> tuple[int, dict]:
        """POST JSON; return status and decoded JSON."""
        async with self.session.post(f"{self.server.url}/{path}", json=body) as response:
            return response.status, await response.json()

    async def batch(self, *items: dict[str, object]) -> list[dict]:
        """POST a batch that must be accepted; return its responses in the order in which they came."""
        status, body = await self.post("$batch", {"requests": list(items)})
        assert status == 200
        return body["responses"]


type Connect = Callable[..., AbstractAsyncContextManager[Client]]


@pytest.fixture
def clock() -> ManualClock:
    """Return a clock that stands at the end of January 2026."""
    return ManualClock(NOW)


@pytest.fixture
def connect(clock: ManualClock) -> Connect:
    """Return a way to serve a document (the small tenant unless given) under rules, with a client for it."""

    @asynccontextmanager
    async def connected(source: dict[str, object] | None = None, **rules: object) -> AsyncIterator[Client]:
        tenant = Tenant.load(document() if source is None else source)
        async with (
            TenantServer(tenant, Rules(**rules), clock=clock) as server,
            aiohttp.ClientSession(headers=BEARER) as session,
        ):
            yield Client(server, session)

    return connected
