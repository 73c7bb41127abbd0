"""Permissions, licences, faults, latency and throttling: off by default, as documented when on."""

import asyncio
import base64
import json

import aiohttp
import httpx
import pytest

from local.tenant import Rules, StandIn, StandInCredential, Tenant, TenantServer, rules_from
from local.tenant.catalogue import RESOURCES
from shared.clock import ManualClock
from tests.tenant.conftest import ADMINS, ALEX, BEARER, BO, EVENTUAL, NOW, STAFF, Connect, document

GRAPH_MINIMUM = frozenset(
    """
    User.Read.All Group.Read.All Device.Read.All Application.Read.All Directory.Read.All RoleManagement.Read.Directory
    RoleEligibilitySchedule.Read.Directory UserAuthenticationMethod.Read.All AuditLog.Read.All
    IdentityRiskyUser.Read.All IdentityRiskEvent.Read.All IdentityRiskyServicePrincipal.Read.All Policy.Read.All
    LicenseAssignment.Read.All MailboxSettings.Read OnPremDirectorySynchronization.Read.All Domain.Read.All
    Policy.Read.AuthenticationMethod Reports.Read.All Synchronization.Read.All
    """.split()
)


@pytest.mark.parametrize(
    ("path", "missing", "granted"),
    [
        (f"users/{ALEX}?$select=accountEnabled", "User.ReadBasic.All", "User.Read.All"),
        (f"users/{ALEX}?$select=accountEnabled", "Group.Read.All", "User.ReadWrite.All"),
        (f"users/{ALEX}?$select=id,displayName", "Group.Read.All", "User.ReadBasic.All"),
        (f"users/{ALEX}/authentication/methods", "Directory.Read.All", "UserAuthenticationMethod.Read.All"),
        ("auditLogs/signIns", "Directory.Read.All", "AuditLog.Read.All"),
        ("identityProtection/riskyUsers", "IdentityRiskEvent.Read.All", "IdentityRiskyUser.ReadWrite.All"),
        ("oauth2PermissionGrants", "User.Read.All", "Directory.Read.All"),
        (
            "roleManagement/directory/roleEligibilityScheduleInstances",
            "Directory.Read.All",
            "RoleManagement.Read.Directory",
        ),
        ("identity/conditionalAccess/policies", "Directory.Read.All", "Policy.Read.All"),
        (f"users/{ALEX}/mailFolders/inbox/messageRules", "Mail.ReadBasic.All", "MailboxSettings.Read"),
    ],
)
async def test_a_missing_permission_is_403_and_the_right_one_opens(
    connect: Connect, path: str, missing: str, granted: str
) -> None:
    """Each path wants its documented permission, accepts a superset, and refuses a neighbour."""
    async with connect(roles=frozenset({missing})) as client:
        status, body = await client.get(path)
        assert (status, body["error"]["code"]) == (403, "Authorization_RequestDenied")
    async with connect(roles=frozenset({granted})) as client:
        assert (await client.get(path))[0] == 200


async def test_sign_in_activity_needs_the_audit_permission_too(connect: Connect) -> None:
    """User.Read.All alone does not read signInActivity."""
    path = f"users/{ALEX}?$select=signInActivity"
    async with connect(roles=frozenset({"User.Read.All"})) as client:
        assert (await client.get(path))[0] == 403
    async with connect(roles=frozenset({"User.Read.All", "AuditLog.Read.All"})) as client:
        assert (await client.get(path))[1]["signInActivity"]["lastSignInDateTime"]


async def test_groups_without_group_permission_show_type_and_id_only(connect: Connect) -> None:
    """With User.Read.All alone the list of groups is there, but their names are not."""
    async with connect(roles=frozenset({"User.Read.All"})) as client:
        status, body = await client.get(f"users/{ALEX}/transitiveMemberOf")
    assert status == 200
    assert body["value"] == [{"@odata.type": "#microsoft.graph.group", "id": group} for group in (ADMINS, STAFF)]


def test_the_documented_minimum_reads_every_path_of_triage_and_prompts() -> None:
    """The read-only set of permissions that the product asks for is enough for each path that it reads."""
    beyond = {
        "users/{}/mailFolders", "directory/administrativeUnits/{}/members", "security/alerts_v2", "security/incidents"
    }  # fmt: skip
    rules = Rules(roles=GRAPH_MINIMUM)
    refused = {resource.path for resource in RESOURCES if not rules.has_role(resource.needs)}
    assert refused <= beyond


@pytest.mark.parametrize(
    ("path", "licences", "status", "code"),
    [
        ("auditLogs/signIns", [], 403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant"),
        ("auditLogs/signIns", ["P1"], 200, ""),
        ("auditLogs/directoryAudits", [], 200, ""),
        ("identityProtection/riskyUsers", ["P1"], 403, "Forbidden"),
        ("identityProtection/riskyUsers", ["P2"], 200, ""),
        ("identityProtection/riskyServicePrincipals", [], 200, ""),
        ("roleManagement/directory/roleEligibilityScheduleInstances", ["P1"], 400, "AadPremiumLicenseRequired"),
        ("roleManagement/directory/roleEligibilityScheduleInstances", ["Governance"], 200, ""),
        (f"users/{ALEX}?$select=signInActivity", [], 403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant"),
        ("reports/authenticationMethods/userRegistrationDetails", ["P2"], 200, ""),
    ],
)
async def test_a_missing_licence_answers_as_documented(
    connect: Connect, path: str, licences: list[str], status: int, code: str
) -> None:
    """Paths behind a licence fail with the error of that licence, and open with it."""
    async with connect(licences=frozenset(licences)) as client:
        got, body = await client.get(path)
    assert (got, body.get("error", {}).get("code", "")) == (status, code)


async def test_without_p2_premium_detections_are_generic_and_hidden(connect: Connect) -> None:
    """P1 sees that something was detected; the premium kinds lose name and level."""
    async with connect(licences=frozenset({"P1"})) as client:
        _, body = await client.get("identityProtection/riskDetections")
    assert [(item["riskEventType"], item["riskLevel"]) for item in body["value"]] == [
        ("generic", "hidden"),
        ("leakedCredentials", "hidden"),
    ]


async def test_latency_is_taken_once_for_each_http_request() -> None:
    """A batch waits as long as a single request."""
    clock = ManualClock(NOW)
    tenant = Tenant.load(document())
    async with TenantServer(tenant, Rules(latency_ms=50), clock=clock, sleep=clock.sleep) as server:
        async with aiohttp.ClientSession(headers=BEARER) as session:
            items = [{"id": str(n), "method": "GET", "url": "/users"} for n in range(5)]
            async with session.post(f"{server.url}/$batch", json={"requests": items}) as response:
                assert response.status == 200
            async with session.get(f"{server.url}/users") as response:
                assert response.status == 200
    assert (clock.now - NOW).total_seconds() == pytest.approx(0.1)


async def test_every_nth_request_fails_in_a_fixed_turn(connect: Connect) -> None:
    """Faults come in their order, over and over; a reset cuts the connection."""
    async with connect(fault_every=2) as client:
        seen: list[object] = []
        async with httpx.AsyncClient(headers=BEARER) as plain:  # aiohttp's own client repeats a GET that was cut
            for _ in range(10):
                try:
                    seen.append((await plain.get(f"{client.server.url}/groups")).status_code)
                except httpx.TransportError:
                    seen.append("cut")
    assert seen == [200, 500, 200, 503, 200, 429, 200, "cut", 200, 500]
    assert client.server.refused == 1


async def test_faults_strike_batch_items_one_by_one(connect: Connect) -> None:
    """Inside a batch a fault is an item's; what would cut a connection is a 504 there."""
    async with connect(fault_every=3, faults=("reset",)) as client:
        responses = await client.batch(*({"id": str(n), "method": "GET", "url": "/groups"} for n in range(5)))
    assert [response["status"] for response in reversed(responses)] == [200, 504, 200, 200, 504]


async def test_identity_protection_takes_one_a_second_without_retry_after(connect: Connect, clock: ManualClock) -> None:
    """The second request inside a second is 429 without a hint, also in one batch; a second later it goes again."""
    async with connect(limits=True) as client:
        items = [
            {"id": "1", "method": "GET", "url": "/identityProtection/riskyUsers"},
            {"id": "2", "method": "GET", "url": "/identity/conditionalAccess/policies"},
            {"id": "3", "method": "GET", "url": "/users"},
        ]
        responses = {response["id"]: response for response in await client.batch(*items)}
        assert {key: response["status"] for key, response in responses.items()} == {"1": 200, "2": 429, "3": 200}
        assert "Retry-After" not in responses["2"]["headers"]
        clock.advance(0.9)
        assert (await client.get("identityProtection/riskyUsers"))[0] == 429
        clock.advance(1)
        assert (await client.get("identityProtection/riskyUsers"))[0] == 200
        assert client.server.refused == 2


async def test_reports_take_five_in_ten_seconds_and_say_when_to_come_back(connect: Connect, clock: ManualClock) -> None:
    """The sixth report request is 429 with Retry-After, and waiting that long is enough."""
    async with connect(limits=True) as client:
        for _ in range(5):
            assert (await client.get("auditLogs/signIns"))[0] == 200
            clock.advance(1)
        async with client.session.get(f"{client.server.url}/auditLogs/directoryAudits") as response:
            assert response.status == 429
            wait = int(response.headers["Retry-After"])
        assert wait == 6
        clock.advance(wait)
        assert (await client.get("auditLogs/signIns"))[0] == 200


async def test_refused_requests_count_too(connect: Connect, clock: ManualClock) -> None:
    """Hammering a limit keeps it closed: refused requests are part of the window."""
    async with connect(limits=True) as client:
        for _ in range(4):
            await client.get("identityProtection/riskyUsers")
            clock.advance(0.5)
        assert [served.status for served in client.server.requests] == [200, 429, 429, 429]


async def test_sign_in_activity_takes_ten_a_minute(connect: Connect, clock: ManualClock) -> None:
    """Selecting signInActivity is limited apart from other reads of the same users."""
    async with connect(limits=True) as client:
        statuses = []
        for _ in range(11):
            statuses.append((await client.get(f"users/{ALEX}?$select=signInActivity"))[0])
            clock.advance(3)
        assert statuses == [200] * 10 + [429]
        assert (await client.get(f"users/{ALEX}"))[0] == 200


def test_the_directory_counts_resource_units_by_tenant_size() -> None:
    """A small tenant has 3,500 units in ten seconds; the answers say what each request cost."""
    stand_in = StandIn(Tenant.load(document()), Rules(limits=True), ManualClock(NOW))
    cost = stand_in.answer("GET", f"/v1.0/groups/{ADMINS}/transitiveMembers", BEARER).headers["x-ms-resource-unit"]
    assert cost == "5"
    cheap = stand_in.answer("GET", f"/v1.0/groups/{ADMINS}/transitiveMembers?$select=id&$top=5", BEARER)
    assert cheap.headers["x-ms-resource-unit"] == "3"
    answers = [stand_in.answer("GET", f"/v1.0/groups/{ADMINS}/transitiveMembers", BEARER) for _ in range(700)]
    refused = next(number for number, answer in enumerate(answers) if answer.status == 429)
    assert refused == (3500 - 8) // 5
    assert answers[refused - 1].headers["x-ms-throttle-limit-percentage"] == "1.0"
    assert int(answers[refused].headers["Retry-After"]) == 10
    assert answers[refused].headers["x-ms-throttle-scope"].startswith("Tenant_Application/")


async def test_nothing_is_enforced_by_default(connect: Connect) -> None:
    """Without rules a hundred risk requests in no time all succeed."""
    async with connect() as client:
        statuses = {(await client.get("identityProtection/riskyUsers"))[0] for _ in range(100)}
    assert statuses == {200}
    assert client.server.refused == 0


async def test_pages_can_be_made_short(connect: Connect) -> None:
    """max_page cuts pages below what was asked for, as a service may."""
    async with connect(max_page=1) as client:
        _, body = await client.get("users?$top=999")
    assert len(body["value"]) == 1
    assert body["@odata.nextLink"]


def test_rules_come_from_plain_values() -> None:
    """A command line or scenario file can say the rules in JSON words."""
    rules = rules_from({"roles": ["User.Read.All"], "limits": True, "fault_every": 7, "faults": ["503"]})
    assert rules == Rules(roles=frozenset({"User.Read.All"}), limits=True, fault_every=7, faults=("503",))


async def test_the_credential_carries_the_granted_roles() -> None:
    """The token reads like Entra's: three parts, with the roles as a claim; closing it is harmless."""
    async with StandInCredential({"User.Read.All", "AuditLog.Read.All"}, tenant_id="t") as credential:
        token = await credential.get_token("https://graph.microsoft.com/.default")
    _, claims, _ = token.token.split(".")
    decoded = json.loads(base64.urlsafe_b64decode(claims + "=="))
    assert decoded["roles"] == ["AuditLog.Read.All", "User.Read.All"]
    assert (decoded["tid"], decoded["exp"]) == ("t", token.expires_on)


async def test_the_same_requests_leave_the_same_bytes(connect: Connect) -> None:
    """Answers do not depend on the moment: two runs of the same requests are equal, errors included."""

    async def run() -> list[bytes]:
        async with connect() as client:
            bodies = []
            for path in ("users", "users/nobody", f"users/{BO}/manager", "users/$count"):
                async with client.session.get(f"{client.server.url}/{path}", headers=EVENTUAL) as response:
                    bodies.append((await response.read()).replace(client.server.url.encode(), b""))
            return bodies

    assert await run() == await run()


async def test_a_server_stops_and_starts_again() -> None:
    """Stopping frees the port, twice is harmless, and the port can be chosen."""
    server = TenantServer(Tenant.load({}))
    url = await server.start()
    await server.stop()
    await server.stop()
    assert await server.start(int(url.rsplit(":", 1)[1].split("/")[0])) == url
    await server.stop()


async def test_many_clients_at_once_all_get_answers(connect: Connect) -> None:
    """Concurrent requests are all answered and all recorded."""
    async with connect() as client:
        answers = await asyncio.gather(*(client.get(f"users/{ALEX}") for _ in range(50)))
    assert {status for status, _ in answers} == {200}
    assert client.server.round_trips == len(client.server.requests) == 50
