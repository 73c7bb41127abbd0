"""Two tenants through the whole app: nothing of one is stored, delivered, answered or asked of Graph for the other."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from shared.models.cases import Parked
from shared.state.interface import TICKET_QUEUE
from shared.tenants.work import for_each
from shared.upkeep import sweep
from tests.systems import ANNA, KEY, MASTER_KEY, NOW
from tests.tenants.two import (
    ADDRESS,
    DOMAIN,
    NAME,
    OWN_USER,
    STRANGER,
    WORDS,
    A,
    B,
    Two,
    body,
    graph,
    risk,
    tried,
    two,
    user,
)

COMPANY = {A: "Woodgrove Bank", B: "Fabrikam Incorporated"}
FILE = f"""
client_id = "99999999-0000-4000-8000-000000000009"

[[tenants]]
id = "{A}"
name = "{COMPANY[A]}"
policy_path = "woodgrove.toml"
destinations = ["webhook", "queue"]
webhook_url = "DESK_A_URL"
webhook_secret_env = "DESK_A_SECRET"

[[tenants]]
id = "{B.upper()}"
name = "{COMPANY[B]}"
destinations = ["webhook"]
webhook_url = "DESK_B_URL"
webhook_secret_env = "DESK_B_SECRET"
"""
POLICY = f"""
[identities]
canary = ["{OWN_USER[A]}"]
"""
pytestmark = pytest.mark.asyncio(loop_scope="module")
DENIED = {"$error": {"status": 403, "code": "Authorization_RequestDenied"}}
SPRAYED_IN_A, SPRAYED_IN_B = 12, 6
"""Together far more than the ten that make a spray; in B alone too few."""


def events() -> list[bytes]:
    """Return messages that mix both tenants: a risk of the same user, and a spray from the same address."""
    mixed = [one for number in range(SPRAYED_IN_A) for one in _tries(number)]
    fell = tried(B, 3, minutes_ago=20, error_code=0)
    return [
        body(risk(A, 1), risk(B, 1)),
        body(*mixed),
        body(fell, risk(B, 2, user_id=OWN_USER[B]), risk(A, 2, user_id=OWN_USER[A])),
        b'{"category": "UserRiskEvents", "tenantId": "'
        + A.encode()
        + b'", "properties": {"broken": "Wanda Woodgrove"}}',
        body(risk(A, 3) | {"tenantId": STRANGER}),
        b"nonsense",
    ]


def _tries(number: int) -> list[dict[str, Any]]:
    at = 30 - number / 4
    return [tried(A, number, minutes_ago=at), *([tried(B, number, minutes_ago=at)] if number < SPRAYED_IN_B else [])]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the app keeps its state."""
    return tmp_path_factory.mktemp("two")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app(folder: Path) -> AsyncIterator[Two]:
    """Run both on the same events; A's groups can't be read, and A has used up its share of Graph's reports."""
    (folder / "woodgrove.toml").write_text(POLICY)
    denied = graph(A, **{f"users/{ANNA}/transitiveMemberOf": DENIED})
    async with two(folder, FILE, denied, graph(B)) as app:
        assert await app.system.app.tenants[A].state.take_budget("reports", 5, 5, 10.0) == 0
        await app.take_in(*events())
        yield app


async def cases_of(app: Two, tenant: str) -> dict[str, Any]:
    """Return a tenant's cases by the id of whom they are about."""
    status, listed, _ = await app.ask("GET", "/api/cases", tenant)
    assert status == 200
    return {case["identity"]["id"]: case for case in listed["value"]}


async def ask_everything(app: Two, tenant: str) -> set[str]:
    """Ask all that can be asked about a tenant; return the ids of its cases."""
    cases = await cases_of(app, tenant)
    name = NAME[tenant]
    for case in cases.values():
        for accept in ("application/json", "text/html", "text/markdown"):
            await app.ask("GET", f"/api/cases/{case['id']}/report", tenant, accept=accept)
        await app.ask("GET", f"/api/cases/{case['id']}", tenant)
        await app.ask("POST", "/api/feedback", tenant, given={"caseId": case["id"], "rating": "looksRight"})
    for prompt in (f"Is {name} risky? Why?", "List all users currently flagged as risky.", "Show me open cases"):
        _, answer, _ = await app.ask("POST", "/api/prompts", tenant, given={"prompt": prompt})
        await app.ask("GET", f"/api/prompts/{answer['promptId']}", tenant)
    status, _, headers = await app.ask(
        "POST", "/api/prompts", tenant, given={"prompt": f"Who is {name}?"}, prefer="respond-async"
    )
    assert (status, tenant in headers["Location"]) == (202, True)
    while await app.system.host.step_queues():
        pass
    status, answer, _ = await app.ask("GET", headers["Location"], tenant)
    assert name in answer["result"]["content"]
    await app.ask("POST", "/api/triage", tenant, given={"user": user(tenant, ANNA)["userPrincipalName"]})
    await app.ask("POST", "/api/triage", tenant, given={"user": ANNA})
    for path in ("feedback", "feedback?format=evaluation", "parked", "capabilities", "campaigns", "promptbooks"):
        await app.ask("GET", f"/api/{path}", tenant)
    for page in (
        "",
        "/prompts",
        "/stuck",
        "/statistics",
        "/health",
        *(f"/cases/{case['id']}" for case in cases.values()),
    ):
        status, content, _ = await app.ask("GET", f"/api/console{page}", tenant)
        assert (status, f"tenant={tenant}".encode() in content) == (200, True)
        assert f">{COMPANY[tenant]} <a".encode() in content
    while await app.system.host.step_queues():
        pass
    return {case["id"] for case in cases.values()}


async def test_an_address_in_two_tenants_is_two(app: Two) -> None:
    """A's spray counts A's users alone; B's six tries are none, and B's success after them opens no case."""
    (campaign,) = await app.system.app.tenants[A].state.campaigns()
    assert (campaign.ip_address, len(campaign.targeted), campaign.succeeded) == (ADDRESS, SPRAYED_IN_A, ())
    assert await app.system.app.tenants[B].state.campaigns() == []
    assert set(await cases_of(app, B)) == {ANNA, OWN_USER[B]}


async def test_each_is_judged_and_read_by_itself(app: Two) -> None:
    """A's policy knows a canary; A's Graph refuses and its budget is spent; B lacks nothing of that."""
    reasons = {}
    gaps = {}
    for tenant in (A, B):
        cases = await cases_of(app, tenant)
        reasons[tenant] = {signal["reason"] for signal in cases[OWN_USER[tenant]]["signals"]}
        _, report, _ = await app.ask("GET", f"/api/cases/{cases[ANNA]['id']}/report", tenant)
        gaps[tenant] = {gap["reason"] for gap in report["dossier"]["gaps"]}
        assert report["policy"] == app.system.app.tenants[tenant].settings.policy.fingerprint
    assert ("canary_touched" in reasons[A], "canary_touched" in reasons[B]) == (True, False)
    assert {"denied", "not_asked"} <= gaps[A]
    assert not {"denied", "not_asked"} & gaps[B]


async def test_tickets_go_to_the_own_desk_alone(app: Two) -> None:
    """Each desk has its tenant's tickets, signed with its secret; links name the tenant; queues are apart."""
    for tenant in (A, B):
        tickets = [ticket["last"] for ticket in app.desks[tenant].tickets.values()]
        assert {ticket["tenantId"] for ticket in tickets} == {tenant}
        assert all(ticket["link"].endswith(f"/report?tenant={tenant}") for ticket in tickets)
    tenants = app.system.app.tenants
    assert len(await tenants[A].state.peek(TICKET_QUEUE)) >= 2
    assert await tenants[B].state.peek(TICKET_QUEUE) == []
    assert await app.system.services.state.peek(TICKET_QUEUE) == []


async def test_what_is_nobodys_is_parked_untriaged(app: Two) -> None:
    """A record of a tenant that is not in the file, and nonsense; what names a tenant is parked with that."""
    _, own, _ = await app.ask("GET", "/api/parked", A)
    _, others, _ = await app.ask("GET", "/api/parked", B)
    _, nobodys, _ = await app.ask("GET", "/api/parked", "unassigned")
    assert [letter["reason"].split(":")[0] for letter in own["value"]] == ["MalformedRecordError"]
    assert others["value"] == []
    reasons = [letter["reason"] for letter in nobodys["value"]]
    assert f"tenant `{STRANGER}` is not in the file of tenants" in reasons
    assert len(reasons) == 2
    stranger = next(letter["id"] for letter in nobodys["value"] if STRANGER in letter["reason"])
    assert (await app.ask("POST", f"/api/parked/{stranger}/replay", "unassigned"))[0] == 422
    assert (await app.ask("POST", f"/api/parked/{own['value'][0]['id']}/replay", B))[0] == 404


async def test_a_case_a_session_and_a_prompt_are_not_there_for_another(app: Two) -> None:
    """With the same key: to B what is A's does not exist, told as for an id that never was."""
    case = (await cases_of(app, A))[ANNA]
    _, answer, _ = await app.ask("POST", "/api/prompts", A, given={"prompt": f"Who is {NAME[A]}?"})
    never = await app.ask("GET", "/api/cases/case-000000000000", B)
    for path in (f"/api/cases/{case['id']}", f"/api/cases/{case['id']}/report", f"/api/prompts/{answer['promptId']}"):
        assert (await app.ask("GET", path, A))[0] == 200
        assert (await app.ask("GET", path, B))[0] == 404
    assert (await app.ask("GET", f"/api/cases/{case['id']}", B))[1] == never[1]
    given = {"prompt": "Is this user risky?", "sessionId": answer["sessionId"]}
    assert (await app.ask("POST", "/api/prompts", A, given=given))[0] == 200
    assert (await app.ask("POST", "/api/prompts", B, given=given))[0] == 404
    opinion = {"caseId": case["id"], "rating": "looksRight"}
    assert (await app.ask("POST", "/api/feedback", B, given=opinion))[0] == 404


async def test_no_byte_of_one_is_with_the_other(app: Two, folder: Path) -> None:
    """In state files, tickets, answers and requests to Graph; both look alike, and both are asked everything."""
    ids = {tenant: await ask_everything(app, tenant) for tenant in (A, B)}
    await for_each(app.system.app, sweep)
    assert len(ids[A]) >= 2
    assert len(ids[B]) >= 2
    assert not ids[A] & ids[B]
    servers = dict(zip((A, B), app.system.tenants, strict=True))
    for tenant, other in ((A, B), (B, A)):
        stored = b"".join(path.read_bytes() for path in folder.glob(f"state-{tenant}.sqlite*"))
        asked = "\n".join(f"{one.path}?{one.query}" for one in servers[tenant].stand_in.requests).encode()
        delivered = msgspec.json.encode(app.desks[tenant].tickets)
        answered = b"\n".join(app.answers[tenant])
        for where in (stored, asked, delivered, answered):
            assert OWN_USER[tenant].encode() in where.lower()
            low = where.lower()
            assert [word for word in (*WORDS[other], COMPANY[other], *ids[other]) if word.lower().encode() in low] == []
    # The app's own file holds the queues, which name tenants and cases, and never anybody's name.
    shared = b"".join(path.read_bytes() for path in folder.glob("state.sqlite*")).lower()
    assert [word for word in (*NAME.values(), *DOMAIN.values()) if word.lower().encode() in shared] == []


async def test_erasing_reaches_one_tenant(app: Two, folder: Path) -> None:
    """The same object id is erased in A to the byte, in B nothing of it is touched; without a tenant nothing happens."""
    before = await cases_of(app, B)
    erasure = {"id": ANNA, "names": [NAME[A]]}
    assert (await app.ask("POST", "/api/erasures", key=MASTER_KEY, given=erasure))[0] == 400
    assert (await app.ask("POST", "/api/erasures", A, key=KEY, given=erasure))[0] == 401
    assert (await app.ask("POST", "/api/erasures", A, key=MASTER_KEY, given=erasure))[0] == 201
    stored = {t: b"".join(p.read_bytes() for p in folder.glob(f"state-{t}.sqlite*")).lower() for t in (A, B)}
    assert (ANNA.encode() in stored[A], NAME[A].lower().encode() in stored[A]) == (False, False)
    assert ANNA.encode() in stored[B]
    assert ANNA not in await cases_of(app, A)
    assert await cases_of(app, B) == before


async def test_messages_of_one_survive_an_erasure_in_the_other(app: Two) -> None:
    """Both wait in the queue that functions listen to; only the erased tenant's goes."""
    cases = {}
    for tenant in (A, B):
        _, accepted, _ = await app.ask("POST", "/api/triage", tenant, given={"user": ANNA})
        cases[tenant] = accepted["caseId"].encode()
    _, erased, _ = await app.ask("POST", "/api/erasures", A, key=MASTER_KEY, given={"id": ANNA})
    assert erased["removed"]["messages"] >= 1
    left = b"".join(await app.system.services.state.peek("triage-requests"))
    assert all(A.encode() not in seen for seen in await app.system.app.tenants[B].state.peek("triage-requests"))
    assert [tenant for tenant in (A, B) if cases[tenant] in left] == [B]


async def test_a_failed_triage_is_parked_with_its_tenant(app: Two) -> None:
    """A poisoned request is A's to see and to replay; one of a tenant that left the file is nobody's."""
    state = app.system.services.state
    for tenant in (A, STRANGER):
        lost = msgspec.json.encode({"tenant_id": tenant, "message": {"schema_version": 1, "case_id": "case-lost"}})
        await state.send("triage-requests-poison", lost)
    await app.take_in()
    _, own, _ = await app.ask("GET", "/api/parked", A)
    _, nobodys, _ = await app.ask("GET", "/api/parked", "unassigned")
    (triage,) = [letter for letter in own["value"] if letter["kind"] == "triage"]
    assert [letter["kind"] for letter in nobodys["value"]].count("triage") == 1
    assert (await app.ask("POST", f"/api/parked/{triage['id']}/replay", A))[0] == 202
    assert A.encode() in (await state.peek("triage-requests"))[-1]


async def test_a_letter_that_names_another_tenant_is_not_replayed_into_it(app: Two) -> None:
    """Whoever may see A can't put a record of B's to work, whatever lies parked with A."""
    letter = Parked(id="record-x", kind="record", reason="r", hint="h", body=body(risk(B, 9)), at=NOW)
    await app.system.app.tenants[A].state.park(letter)
    assert (await app.ask("POST", "/api/parked/record-x/replay", A))[0] == 404
