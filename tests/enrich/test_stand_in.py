"""The same stage against the stand-in tenant, which checks queries as Graph documents them and enforces its limits."""

from collections.abc import Mapping

import pytest

from local.tenant import Rules, StandInCredential, Tenant, TenantServer
from shared.clock import ManualClock
from shared.enrich import Memories, enrich
from shared.graph.client import make_graph
from shared.graph.reader import GraphReader
from shared.ingest import decode_resource
from shared.models.cases import Case
from shared.models.dossier import Dossier
from shared.settings import Settings
from tests.enrich.world import PROFILE, USER, a_case, detection, risky_user
from tests.graph.conftest import NOW
from tests.graph.fake import Budgets

ADMIN = "62e90394-69f5-4237-9190-012177145e10"
SECOND = "11111111-aaaa-4aaa-8aaa-000000000002"
GRANTED = (
    "User.Read.All", "GroupMember.Read.All", "Device.Read.All", "Application.Read.All", "Directory.Read.All",
    "RoleManagement.Read.Directory", "UserAuthenticationMethod.Read.All", "AuditLog.Read.All",
    "IdentityRiskyUser.Read.All", "IdentityRiskEvent.Read.All", "MailboxSettings.Read",
)  # fmt: skip
DOCUMENT: Mapping[str, object] = {
    "users": [PROFILE, {**PROFILE, "id": SECOND, "userPrincipalName": "ola@woodgrovebank.com"}],
    f"users/{USER}/manager": {"@odata.type": "#microsoft.graph.user", "id": SECOND, "displayName": "Ola"},
    f"users/{USER}/transitiveMemberOf": [
        {
            "@odata.type": "#microsoft.graph.group", "id": "22222222-0000-4000-8000-000000000001",
            "displayName": "Tier0", "isAssignableToRole": True,
        }
    ],
    f"users/{USER}/authentication/methods": [{"@odata.type": "#microsoft.graph.passwordAuthenticationMethod", "id": "p"}],
    "roleManagement/directory/roleAssignments": [
        {
            "id": "ra", "principalId": "22222222-0000-4000-8000-000000000001", "roleDefinitionId": ADMIN,
            "directoryScopeId": "/", "roleDefinition": {"id": ADMIN, "displayName": "Global Administrator", "isBuiltIn": True},
        }
    ],
    "oauth2PermissionGrants": [
        {
            "id": "og", "clientId": "33333333-0000-4000-8000-000000000001", "consentType": "Principal",
            "principalId": USER, "resourceId": "r", "scope": "Mail.Read",
        }
    ],
    "servicePrincipals": [{"id": "33333333-0000-4000-8000-000000000001", "appId": "a", "displayName": "Mail Helper"}],
    "auditLogs/signIns": [
        {
            "id": f"s{n}", "createdDateTime": f"2026-08-{n:02}T08:00:00Z", "userId": USER, "appId": "a",
            "status": {"errorCode": 0}, "ipAddress": "203.0.113.7", "location": {"countryOrRegion": "NO"},
        }
        for n in range(20, 30)
    ],
    "identityProtection/riskyUsers": [],
}  # fmt: skip


async def dossier_of(server: TenantServer, budgets: Budgets, clock: ManualClock, case: Case) -> Dossier:
    """Return a dossier read from the stand-in with a clock that moves when slept on."""
    graph = make_graph(StandInCredential(GRANTED), server.url)
    reader = GraphReader(graph, budgets, clock=clock, sleep=clock.sleep, settings=Settings())
    try:
        found = await enrich(
            case,
            [detection()],
            reader,
            settings=Settings(),
            now=clock(),
            decode_resource=decode_resource,
            memory=Memories(),
        )
        return found.dossier
    finally:
        await graph.close()


async def test_every_query_is_one_that_graph_documents() -> None:
    """Strictly checked filters, options and properties all answer, in two round trips."""
    clock = ManualClock(NOW)
    async with TenantServer(Tenant.load(DOCUMENT), clock=clock) as server:
        dossier = await dossier_of(server, Budgets(clock), clock, a_case(detection()))
        assert {served.status for served in server.requests} <= {200, 404}
        assert server.writes == []
        assert server.round_trips == dossier.round_trips == 2
    assert dossier.gaps == ()
    (role,) = dossier.all("user.role")
    assert (role.text_of("assignment"), role.text_of("via"), role.values["privileged"]) == ("group", "Tier0", True)
    assert dossier.one("user.consent").text_of("app") == "Mail Helper"  # type: ignore[union-attr]
    assert dossier.one("sign_in.baseline").values["sign_ins"] == 10  # type: ignore[union-attr]


async def test_a_burst_of_triages_is_never_refused() -> None:
    """Under Graph's documented limits the budgets keep every request within them; the rest is left for later."""
    clock = ManualClock(NOW)
    budgets = Budgets(clock)
    async with TenantServer(Tenant.load(DOCUMENT), Rules(limits=True), clock=clock) as server:
        dossiers = [await dossier_of(server, budgets, clock, a_case(detection())) for _ in range(4)]
        assert server.refused == 0
    assert dossiers[0].gaps == ()
    assert {gap.reason for dossier in dossiers for gap in dossier.gaps} <= {"not_asked"}
    assert all(dossier.one("user.profile") for dossier in dossiers)


@pytest.mark.parametrize(
    ("permission", "kind"),
    [
        ("UserAuthenticationMethod.Read.All", "user.auth_method"),
        ("MailboxSettings.Read", "user.inbox_rule"),
        ("AuditLog.Read.All", "sign_in.baseline"),
        ("IdentityRiskyUser.Read.All", "risk.user"),
    ],
)
async def test_a_permission_that_is_not_granted_is_named(permission: str, kind: str) -> None:
    """The gap over each fact names the permission whose absence caused it."""
    clock = ManualClock(NOW)
    granted = tuple(name for name in GRANTED if name not in {permission, "Directory.Read.All"})
    async with TenantServer(Tenant.load(DOCUMENT), Rules(roles=frozenset(granted)), clock=clock) as server:
        dossier = await dossier_of(server, Budgets(clock), clock, a_case(detection()))
    gap = dossier.gap(kind)
    assert gap is not None
    assert gap.reason == "denied"
    assert permission in gap.mend
    assert dossier.all(kind) == []


def test_the_streams_own_state_is_not_asked_again() -> None:
    """A streamed user state and Graph's are one kind of record with one identity."""
    assert risky_user().identity.id == USER
