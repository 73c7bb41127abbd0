"""What goes wrong, through HTTP and the real planner: requests that are refused, and answers when something is down."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from functions.refuse_methods import METHODS
from functions.serve_api_document import all_operations
from local.tenant.rules import Rules
from shared.ask import run
from tests.ask.door import ANNA_UPN, MASTER_KEY, OTHER_KEY, SETTINGS, door
from tests.systems import KEY, take_in

PROMPTS = "/api/prompts"
SECRET = "zzsecretzz"
ENABLED = f"Is the account of {ANNA_UPN} enabled?"
RISKY = f"Is {ANNA_UPN} risky?"
INSIDES = ("Traceback", "Exception", "Error(", "msgspec", "aiohttp", "127.0.0.1", "site-packages", ".py", SECRET)


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A request that is refused, the problem it gets, and a word of the hint."""

    path: str = PROMPTS
    method: str = "POST"
    body: Any = None
    data: bytes | None = None
    headers: dict[str, str] = {}
    status: int
    type: str
    hint: str
    allow: str | None = None
    key: str = KEY


def bad(body: Any, status: int, kind: str, hint: str, **more: Any) -> Refused:
    """Return a prompt that is refused."""
    return Refused(body=body, status=status, type=kind, hint=hint, **more)


REFUSALS = (
    {
        "no JSON": Refused(data=b'{"prompt": zzsecretzz', status=400, type="InvalidRequest", hint="JSON object"),
        "no text": Refused(data=b"\xff", status=400, type="InvalidRequest", hint="JSON object"),
        "no object": bad([SECRET], 400, "InvalidRequest", "object"),
        "an unknown field": bad({"prompt": SECRET, "zzfield": 1}, 400, "InvalidRequest", "zzfield"),
        "a field in the wrong case": bad({"prompt": SECRET, "sessionID": SECRET}, 400, "InvalidRequest", "sessionID"),
        "a field of the wrong type": bad({"prompt": [SECRET]}, 400, "InvalidRequest", "$.prompt"),
        "no prompt": bad({}, 400, "InvalidRequest", "`prompt`"),
        "a blank prompt": bad({"prompt": "  "}, 400, "InvalidRequest", "`prompt`"),
        "a subject of no kind": bad(
            {"prompt": "x", "subject": {"kind": "planet", "id": SECRET}}, 400, "InvalidRequest", "$.subject.kind"
        ),
        "a prompt that is too long": bad({"prompt": SECRET * 401}, 400, "InvalidRequest", "4000"),
        "inputs without a skill": bad({"prompt": "x", "inputs": {"user": SECRET}}, 400, "InvalidRequest", "`skill`"),
        "no such skill": bad({"skill": SECRET}, 400, "InvalidRequest", "/api/capabilities"),
        "no such input": bad({"skill": "user_risk", "inputs": {SECRET: "x"}}, 400, "InvalidRequest", "`user`"),
        "a body that is too long": bad({"prompt": SECRET * 4000}, 413, "PayloadTooLarge", "32768 bytes"),
        "an unknown session": bad({"prompt": ENABLED, "sessionId": SECRET}, 404, "NotFound", "`sessionId`"),
        "a foreign session": bad({"prompt": ENABLED, "sessionId": "FOREIGN"}, 404, "NotFound", "`sessionId`"),
        "an unknown prompt": Refused(
            method="GET", path=f"{PROMPTS}/{SECRET}", status=404, type="NotFound", hint="prompt"
        ),
        "a foreign prompt": Refused(
            method="GET", path=f"{PROMPTS}/FOREIGN", status=404, type="NotFound", hint="prompt"
        ),
    }
    | {
        f"a body that is called {called}": Refused(
            data=b'{"prompt":"zzsecretzz"}',
            headers={"content_type": called},
            status=415,
            type="UnsupportedMediaType",
            hint="application/json",
        )
        for called in ("text/plain", "application/x-www-form-urlencoded", "application/xml")
    }
    | {
        f"{method} /api/{route}": Refused(
            method=method,
            path=f"/api/{route}",
            status=405,
            type="MethodNotAllowed",
            hint=f"This route takes {' and '.join(sorted({one.method for one in taken}))}.",
            allow=", ".join(sorted({one.method for one in taken})),
            key=MASTER_KEY if taken[0].is_master_only else KEY,
        )
        for route, taken in {
            route: [one for one in all_operations() if one.route == route]
            for route in sorted({one.route for one in all_operations()})
        }.items()
        for method in METHODS
        if method not in {one.method for one in taken}
    }
)


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, Any, dict[str, str]]]:
    """Send every request that is refused to one running app."""
    return asyncio.run(_send_all(tmp_path_factory.mktemp("state")))


async def _send_all(folder: Path) -> dict[str, tuple[int, Any, dict[str, str]]]:
    async with door(folder) as api:
        foreign = await api.ask(ENABLED, key=OTHER_KEY)
        answers = {}
        for name, one in REFUSALS.items():
            body = one.body
            if isinstance(body, dict) and body.get("sessionId") == "FOREIGN":
                body = {**body, "sessionId": foreign["sessionId"]}
            path = one.path.replace("FOREIGN", foreign["promptId"])
            answers[name] = await api.send(one.method, path, body, data=one.data, key=one.key, **one.headers)
        return answers


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refused_request_gets_a_problem(refused: dict[str, tuple[int, Any, dict[str, str]]], name: str) -> None:
    """Status, stable type, a hint that helps; nothing of what was sent, and nothing of our insides."""
    expected, (status, problem, headers) = REFUSALS[name], refused[name]
    assert status == expected.status
    assert headers["content-type"] == "application/problem+json"
    assert headers.get("allow") == expected.allow
    if expected.method == "HEAD":
        assert problem == ""
        return
    assert set(problem) == {"type", "title", "status", "detail"}
    assert problem["type"] == f"urn:entra-triage:problem:{expected.type}"
    assert problem["status"] == expected.status
    assert expected.hint in problem["detail"]
    assert [word for word in INSIDES if word in str(problem)] == []


def test_what_is_anothers_looks_like_what_never_was(refused: dict[str, tuple[int, Any, dict[str, str]]]) -> None:
    """Nobody learns that a session or a prompt of somebody else's exists."""
    for thing in ("session", "prompt"):
        assert refused[f"a foreign {thing}"][:2] == refused[f"an unknown {thing}"][:2]


@pytest.fixture
def served(tmp_path: Path) -> Path:
    """Return a folder for the state of a running app."""
    return tmp_path


def assert_nothing_leaks(answer: Any) -> None:
    """Neither our insides nor an exception's text is in an answer; its Graph URLs are Graph's own."""
    assert [word for word in INSIDES if word in msgspec.json.encode(answer).decode()] == []


@pytest.mark.parametrize("method", [*METHODS, "OPTIONS"])
async def test_no_method_opens_a_door_without_a_key(served: Path, method: str) -> None:
    """Whoever has no key learns nothing of what a route takes; only health is open, as before."""
    async with door(served) as api:
        for one in {one.route: one for one in all_operations()}.values():
            status, body, headers = await api.send(method, f"/api/{one.route}", key="wrong")
            if one.is_open:
                assert status in {200, 405, 404}
            else:
                assert (status, body) == ((404 if method == "OPTIONS" else 401), "")
                assert "allow" not in headers


async def test_graph_that_is_down_is_an_error_with_what_to_do(served: Path) -> None:
    """Nothing listens any more: no rows, no facts, and each gap says what mends it."""
    async with door(served) as api:
        session = (await api.ask(ENABLED))["sessionId"]
        await api.system.tenant.stop()
        answer = await api.ask("Is this user risky?", sessionId=session)
    assert answer["result"]["type"] == "error"
    assert (answer["data"]["facts"], answer["data"]["tables"]) == ({}, [])
    assert answer["data"]["gaps"]
    assert all(gap["reason"] == "failed" and gap["mend"] for gap in answer["data"]["gaps"])
    assert "no risk" not in answer["result"]["content"].lower()
    assert_nothing_leaks(answer)


async def test_graph_that_is_down_before_anybody_is_found(served: Path) -> None:
    """A name that can't be looked up is no name that does not exist."""
    async with door(served) as api:
        await api.system.tenant.stop()
        answer = await api.ask(ENABLED)
    assert answer["result"]["type"] == "error"
    assert "There is no user" not in answer["result"]["content"]
    assert_nothing_leaks(answer)


@pytest.mark.parametrize(
    ("prompt", "lacking"),
    [
        (RISKY, "IdentityRiskyUser.Read.All"),
        (f"Show me failed sign-ins for {ANNA_UPN}", "AuditLog.Read.All"),
        (f"Show me the authentication method details for {ANNA_UPN}", "UserAuthenticationMethod.Read.All"),
    ],
)
async def test_a_missing_permission_is_named(served: Path, prompt: str, lacking: str) -> None:
    """The type, the permission for a playbook, and the same in words; what Graph gave is not made up."""
    async with door(served) as api:
        api.system.tenant.stand_in.rules = Rules(roles=frozenset({"User.Read.All"}))
        answer = await api.ask(prompt)
        assert answer["result"]["type"] == "needAdditionalClaims"
        assert {"kind": "permission", "name": lacking} in answer["data"]["missing"]
        assert lacking in answer["result"]["content"]
        gaps = [gap for gap in answer["data"]["gaps"] if gap["reason"] == "denied"]
        assert any(lacking in gap["mend"] for gap in gaps)
        assert_nothing_leaks(answer)
        api.system.tenant.stand_in.rules = Rules()
        assert (await api.ask(prompt))["result"]["type"] == "success"


async def test_a_model_that_is_down_leaves_the_rules(served: Path) -> None:
    """Nothing listens at the model's address: the rules plan, and the answer says so."""
    model = {"model_provider": "openai", "model_url": "http://127.0.0.1:9/v1", "model": "m", "model_api_key": "k"}
    async with door(served, settings=msgspec.structs.replace(SETTINGS, **model)) as api:
        answer = await api.ask(ENABLED)
    assert (answer["result"]["type"], answer["plan"]["planner"]) == ("success", "rules")
    assert answer["data"]["facts"]["account_enabled"] is True
    assert_nothing_leaks(answer)


async def test_a_deadline_that_passes_is_timed_out(served: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Graph takes the request and says nothing: the answer comes all the same, says so, and is kept."""
    monkeypatch.setattr(run, "GRACE_SECONDS", 0)
    released = asyncio.Event()
    async with door(served, settings=msgspec.structs.replace(SETTINGS, prompt_timeout_seconds=0.2)) as api:
        tenant = api.system.tenant
        tenant.stand_in.rules = Rules(latency_ms=1)
        monkeypatch.setattr(tenant, "_sleep", lambda _: released.wait())
        answer = await api.ask(ENABLED)
        released.set()
        assert answer["result"]["type"] == "timedOut"
        assert "No answer within 0.2 seconds." in answer["result"]["content"]
        assert answer["data"]["facts"] == {}
        assert_nothing_leaks(answer)
        assert await api.get(f"{PROMPTS}/{answer['promptId']}") == answer


@pytest.mark.parametrize(
    ("down", "status", "kind"), [(True, 503, "DependencyUnavailable"), (False, 502, "AccessDenied")]
)
async def test_triage_by_hand_needs_graph_to_say_who_is_meant(served: Path, down: bool, status: int, kind: str) -> None:
    """The one route that must read Graph before it can do anything: a problem, and no case."""
    async with door(served) as api:
        api.system.tenant.stand_in.rules = Rules(roles=frozenset())
        if down:
            await api.system.tenant.stop()
        found, problem, headers = await api.send("POST", "/api/triage", {"user": ANNA_UPN})
        assert (found, problem["type"]) == (status, f"urn:entra-triage:problem:{kind}")
        assert headers["content-type"] == "application/problem+json"
        assert problem["detail"]
        assert_nothing_leaks(problem)
        assert await api.get("/api/cases") == {"value": []}


async def test_what_can_still_not_be_read_stays_parked(served: Path) -> None:
    """Putting it back to work is refused, and nothing is lost by having tried."""
    async with door(served) as api:
        await take_in(api.system, b"not what Entra streams")
        before = await api.get("/api/parked")
        path = f"/api/parked/{before['value'][0]['id']}/replay"
        status, problem, headers = await api.send("POST", path)
        assert (status, problem["type"]) == (422, "urn:entra-triage:problem:MalformedRecord")
        assert headers["content-type"] == "application/problem+json"
        assert_nothing_leaks(problem)
        assert await api.get("/api/parked") == before
