"""The rest of the door: connector, promptbooks, capabilities, triage, feedback, and the document that describes it."""

import logging
from pathlib import Path
from typing import Any

import msgspec
import pytest
from openapi_schema_validator import OAS30Validator
from openapi_spec_validator import OpenAPIV30SpecValidator

from functions.refuse_methods import METHODS
from functions.serve_api_document import api_document
from functions.serve_console import PAGES
from local.tenant import StandInCredential
from shared.ask.capabilities import capabilities
from shared.ask.catalogue import skills
from shared.ask.promptbooks import built_in
from shared.clients import open_services
from shared.errors import InvalidRequestError
from shared.settings import Settings
from shared.state.interface import PROMPT_POISON_QUEUE, PROMPT_QUEUE
from shared.state.sqlite import MEMORY
from tests.ask.door import (
    ANNA_UPN,
    BO,
    OTHER_KEY,
    SETTINGS,
    TENANT,
    TWIN,
    Door,
    Scripted,
    door,
    failing,
)
from tests.systems import ANNA, TENANT_ID, risk_body, take_in, triage_due

ENABLED = f"Is the account enabled of {ANNA_UPN}?"
BOOK = {
    "name": "Who is <it>",
    "description": "A book",
    "prompts": [
        {"promptType": "Prompt", "content": "account of this user", "sequenceNumber": 2},
        {"promptType": "Prompt", "content": "account of <UPN>", "sequenceNumber": 1, "plugins": ["Entra"]},
        {"content": "weather", "sequenceNumber": 3},
    ],
    "promptbookinputs": [{"name": "upn", "description": "User principal name"}],
    "visibility": "Private",
    "tags": [],
}


async def test_the_connector_speaks_its_own_keys(api: Door) -> None:
    """Prompt in, session and text out; the session carries over; a skill is named beside the prompt or in it."""
    status, first, _ = await api.send("POST", "/api/process-prompt", {"PromptContent": ENABLED, "SkillName": ""})
    assert status == 200
    assert first["evaluationResultType"] == "success"
    assert first["EvaluationResultContent"] == first["answer"]["result"]["content"]
    body = {"PromptContent": "account of this user", "SessionId": first["sessionId"], "Skillsets": ["Entra"]}
    _, second, _ = await api.send("POST", "/api/process-prompt", body)
    assert second["answer"]["data"]["subjects"][0]["id"] == ANNA
    for named in (
        {"SkillName": "UserAccountState", "SkillInputs": {"user": ANNA_UPN}},
        {"PromptContent": f"/user_account_state {ANNA_UPN}"},
    ):
        _, direct, _ = await api.send("POST", "/api/process-prompt", named)
        assert direct["answer"]["plan"]["planner"] == "request"
        assert direct["evaluationResultType"] == "success"
    _, theirs, _ = await api.send("POST", "/api/process-prompt", {"PromptContent": ENABLED, "SkillName": "GetEntraX"})
    assert theirs["evaluationResultType"] == "success", "a name that we don't have is left to the planner"
    assert (await api.send("POST", "/api/process-prompt", {"promptContent": ENABLED}))[0] == 400


async def test_the_connector_runs_promptbooks(api: Door) -> None:
    """Results step by step with their sources, in the connector's keys."""
    await api.send("POST", "/api/promptbooks", BOOK)
    body = {"PromptbookId": "who-is-it", "PromptbookInputs": {"UPN": ANNA_UPN}}
    status, ran, _ = await api.send("POST", "/api/run-promptbook", body)
    assert status == 200
    assert [step["evaluationResultType"] for step in ran["evaluationResults"]] == ["success", "success", "rejected"]
    assert ran["evaluationResults"][0]["promptContent"] == f"account of {ANNA_UPN}"
    assert ran["evaluationResults"][0]["skillSources"][0]["sourceContent"].startswith("https://graph.microsoft.com/")
    assert ran["error"] == "a prompt ended with rejected"
    assert ran["SessionId"].startswith("session-")


async def test_promptbooks_are_added_listed_and_run(api: Door) -> None:
    """In order of their numbers, in one session; the run is kept for its caller."""
    status, added, _ = await api.send("POST", "/api/promptbooks", BOOK)
    assert (status, added["id"], added["builtIn"]) == (201, "who-is-it", False)
    listed = await api.get("/api/promptbooks")
    assert [book["id"] for book in listed["value"]] == [*built_in(), "who-is-it"]
    status, run, _ = await api.send("POST", "/api/promptbooks/who-is-it/runs", {"inputs": {"upn": ANNA_UPN}})
    assert status == 200
    assert run["prompts"][0] == f"account of {ANNA_UPN}"
    assert [step["result"]["type"] for step in run["steps"]] == ["success", "success", "rejected"]
    assert {step["sessionId"] for step in run["steps"]} == {run["sessionId"]}
    assert run["result"] == "rejected"
    path = f"/api/promptbooks/who-is-it/runs/{run['runId']}"
    assert await api.get(path) == run
    assert (await api.send("GET", path, key=OTHER_KEY))[0] == 404
    assert (await api.send("GET", path.replace("who-is-it", "user-sign-in-analysis")))[0] == 404


async def test_a_run_may_go_on_in_the_background(api: Door) -> None:
    """202 and a place to poll; the same steps in the end, also when the message comes twice."""
    await api.send("POST", "/api/promptbooks", BOOK)
    body = {"inputs": {"upn": ANNA_UPN}}
    status, begun, headers = await api.send("POST", "/api/promptbooks/who-is-it/runs", body, prefer="respond-async")
    assert (status, begun["status"], begun["steps"]) == (202, "running", [])
    status, running, _ = await api.send("GET", headers["location"])
    assert (status, running) == (202, begun)
    state = api.system.services.state
    (message,) = await state.peek(PROMPT_QUEUE)
    await state.send(PROMPT_QUEUE, message)
    await triage_due(api.system)
    done = await api.get(headers["location"])
    assert (done["status"], done["result"]) == ("done", "rejected")
    assert [step["result"]["type"] for step in done["steps"]] == ["success", "success", "rejected"]


@pytest.mark.parametrize("how", ["poison", "forgotten"])
async def test_a_run_that_fails_for_good_says_so(api: Door, how: str) -> None:
    """Given up by the queue, or its session forgotten before its turn came."""
    await api.send("POST", "/api/promptbooks", BOOK)
    body = {"inputs": {"upn": ANNA_UPN}}
    _, _, headers = await api.send("POST", "/api/promptbooks/who-is-it/runs", body, prefer="respond-async")
    state = api.system.services.state
    if how == "poison":
        (message,) = await state.receive(PROMPT_QUEUE, visibility_seconds=10)
        await state.delete(PROMPT_QUEUE, message)
        await state.send(PROMPT_POISON_QUEUE, message.body)
    else:
        api.clock.advance(9 * 3600)
    await triage_due(api.system)
    failed = await api.get(headers["location"])
    assert (failed["status"], failed["result"], failed["steps"]) == ("failed", "error", [])


async def test_a_promptbook_is_its_makers(api: Door) -> None:
    """The maker may replace it; another caller, or the name of a built-in book, conflicts."""
    for _ in range(2):
        assert (await api.send("POST", "/api/promptbooks", BOOK))[0] == 201
    status, problem, _ = await api.send("POST", "/api/promptbooks", BOOK, key=OTHER_KEY)
    assert (status, problem["type"]) == (409, "urn:entra-triage:problem:Conflict")
    assert (await api.send("POST", "/api/promptbooks", {**BOOK, "name": "User sign-in analysis"}))[0] == 409


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/promptbooks", {**BOOK, "promptbookinputs": []}, 400),
        ("/api/promptbooks", {**BOOK, "prompts": []}, 400),
        ("/api/promptbooks", {**BOOK, "name": "!!"}, 400),
        ("/api/promptbooks", {**BOOK, "prompts": [{"content": "x", "skillName": "nope"}]}, 400),
        ("/api/promptbooks/nope/runs", {}, 404),
        ("/api/promptbooks/user-sign-in-analysis/runs", {}, 400),
        ("/api/promptbooks/user-sign-in-analysis/runs", {"inputs": {"upn": " "}}, 400),
        ("/api/promptbooks/user-sign-in-analysis/runs", {"inputs": {"upn": "a", "more": "b"}}, 400),
        ("/api/promptbooks/user-sign-in-analysis/runs", {"inputs": {"upn": "a"}, "sessionId": "session-x"}, 404),
    ],
)
async def test_what_no_promptbook_can_run_is_refused(api: Door, path: str, body: Any, status: int) -> None:
    """Problems with hints, before anything is asked of Graph."""
    found, problem, _ = await api.send("POST", path, body)
    assert (found, problem["status"]) == (status, status)


def test_the_built_in_books_are_sound() -> None:
    """Every prompt names the book's input, and a skill that there is: no step depends on how it is understood."""
    assert [book.name for book in built_in().values()] == ["Entra risky user investigation", "User sign-in analysis"]
    for book in built_in().values():
        (declared,) = book.promptbookinputs
        assert all(f"<{declared.name}>" in prompt.content for prompt in book.prompts)
        assert all(prompt.skill_name in skills() for prompt in book.prompts)


async def test_capabilities_learn_from_what_graph_refuses(tmp_path: Path, planner: Scripted) -> None:
    """Usable until Graph refuses; then not, with the permission's name; usable again once it answers."""
    async with door(tmp_path, tenant=failing(f"users/{ANNA}", 403, "Authorization_RequestDenied")) as api:
        (before,) = [one for one in (await api.get("/api/capabilities"))["value"] if one["id"] == "user_account_state"]
        assert (before["usable"], before["whyNot"]) == (True, [])
        assert before["permissions"] == ["User.Read.All"]
        assert before["examples"]
        await api.ask(ENABLED, skill="user_account_state", inputs={"user": {"kind": "user", "id": ANNA}})
        (after,) = [one for one in (await api.get("/api/capabilities"))["value"] if one["id"] == "user_account_state"]
        assert after["usable"] is False
        assert "permission `User.Read.All`" in after["whyNot"][0]
        await api.ask(f"account of {BO}")
        (mended,) = [one for one in (await api.get("/api/capabilities"))["value"] if one["id"] == "user_account_state"]
        assert mended["usable"] is True


@pytest.mark.parametrize(
    ("roles", "usable"),
    [(["User.ReadWrite.All"], True), (["Directory.Read.All"], True), (["AuditLog.Read.All"], False), (None, True)],
)
async def test_capabilities_read_the_apps_own_token(roles: list[str] | None, usable: bool) -> None:
    """Permissions that the token lists count, wider ones included; a token that lists none says nothing."""
    settings = Settings(state_path=MEMORY, graph_url="http://127.0.0.1:9/v1.0")
    services = await open_services(settings, credential=StandInCredential(roles))
    try:
        found = await capabilities(services)
    finally:
        await services.close()
    account = next(one for one in found.value if one.id == "user_account_state")
    assert account.usable is usable
    assert found.permissions_known_from == ("token" if roles else "refusals")


async def test_triage_can_be_asked_for_by_hand(api: Door) -> None:
    """A case with the reason, a report where it was said to be; asking twice in a minute is asking once."""
    for _ in range(2):
        status, accepted, headers = await api.send("POST", "/api/triage", {"user": ANNA_UPN})
        assert status == 202
        assert headers["location"] == accepted["report"] == f"/api/cases/{accepted['caseId']}/report?revision=1"
    status, body, headers = await api.send("GET", accepted["report"])
    assert (status, body, headers["location"]) == (202, accepted, accepted["report"])
    await triage_due(api.system)
    report = await api.get(accepted["report"])
    assert report["identity"] == {"tenant_id": TENANT_ID, "kind": "user", "id": ANNA, "name": ANNA_UPN}
    case = (await api.get(accepted["case"]))["case"]
    assert [signal["reason"] for signal in case["signals"]] == ["asked_by_hand"]
    assert (case["report_version"], case["status"]) == (1, "open")


async def test_triage_by_hand_touches_the_case_that_is_there(api: Door) -> None:
    """The case keeps its signals and its id; later events keep the note that it was asked for."""
    await take_in(api.system, risk_body(1))
    await triage_due(api.system)
    _, accepted, _ = await api.send("POST", "/api/triage", {"user": ANNA})
    (case,) = (await api.get("/api/cases"))["value"]
    assert case["id"] == accepted["caseId"]
    assert [signal["reason"] for signal in case["signals"]] == ["risky_detection", "asked_by_hand"]
    status, waiting, _ = await api.send("GET", accepted["report"])
    assert (status, waiting) == (202, accepted), "the report of before is no answer"
    api.clock.advance(60)
    await triage_due(api.system)
    assert (await api.get(accepted["report"]))["version"] == 2
    await take_in(api.system, risk_body(2))
    (case,) = (await api.get("/api/cases"))["value"]
    assert sorted(signal["reason"] for signal in case["signals"]) == ["asked_by_hand", *["risky_detection"] * 2]


async def test_triage_by_hand_reopens_no_closed_case(api: Door) -> None:
    """A remediated risk stays closed; the fresh report says so."""
    await take_in(api.system, risk_body(1, state="remediated"), risk_body(2))
    await take_in(api.system, risk_body(2, state="remediated"))
    await triage_due(api.system)
    (case,) = (await api.get("/api/cases"))["value"]
    assert case["status"] == "closed"
    await api.send("POST", "/api/triage", {"user": ANNA})
    (case,) = (await api.get("/api/cases"))["value"]
    assert (case["status"], case["outcome"]) == ("closed", "remediated")
    assert case["signals"][-1]["reason"] == "asked_by_hand"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"user": "a", "servicePrincipal": "b"}, 400),
        ({"user": "Bo Berg"}, 400),
        ({"user": "zoe@woodgrovebank.com"}, 404),
        ({"group": "x"}, 400),
    ],
)
async def test_whom_to_triage_must_be_clear(api: Door, body: Any, status: int) -> None:
    """One kind, one identity; several of a name are named by their ids."""
    found, problem, _ = await api.send("POST", "/api/triage", body)
    assert found == status
    if body.get("user") == "Bo Berg":
        assert BO in problem["detail"]
        assert TWIN in problem["detail"]


async def test_feedback_on_an_answer_becomes_an_evaluation_case_by_consent(api: Door) -> None:
    """Of the caller's own prompt only; exported with its plan when shared, and not otherwise."""
    first = await api.ask(ENABLED)
    second = await api.ask("account of this user", sessionId=first["sessionId"])
    opinion = {"promptId": second["promptId"], "rating": "looksRight", "comment": "Right", "shareSample": True}
    status, kept, _ = await api.send("POST", "/api/feedback", opinion)
    assert (status, kept["promptId"], kept["caseId"]) == (201, second["promptId"], None)
    private = {"promptId": first["promptId"], "rating": "inappropriate"}
    assert (await api.send("POST", "/api/feedback", private))[0] == 201
    assert (await api.send("POST", "/api/feedback", opinion, key=OTHER_KEY))[0] == 404
    assert (await api.send("POST", "/api/feedback", {**opinion, "classification": "truePositive"}))[0] == 400
    (listed,) = (await api.get(f"/api/feedback?promptId={second['promptId']}"))["value"]
    assert listed["rating"] == "looksRight"
    status, exported, headers = await api.send("GET", "/api/feedback?format=evaluation")
    assert headers["content-type"].startswith("application/x-ndjson")
    case = msgspec.json.decode(exported) if isinstance(exported, str) else exported
    assert case["kind"] == "prompt"
    assert case["prompt"]["request"]["prompt"] == "account of this user"
    assert [one["prompt"] for one in case["prompt"]["earlier"]] == [ENABLED]
    assert case["prompt"]["plan"]["steps"][0]["skill"] == "user_account_state"
    assert (await api.send("GET", "/api/feedback?format=odd"))[0] == 400


async def test_a_shared_case_is_exported_with_its_report(api: Door) -> None:
    """What ``evaluate`` takes: the whole report, with the analyst's opinion beside it."""
    await take_in(api.system, risk_body(1))
    await triage_due(api.system)
    (case,) = (await api.get("/api/cases"))["value"]
    opinion = {"caseId": case["id"], "rating": "needsImprovement", "classification": "falsePositive"}
    await api.send("POST", "/api/feedback", {**opinion, "shareSample": True})
    _, exported, _ = await api.send("GET", "/api/feedback?format=evaluation")
    found = msgspec.json.decode(exported) if isinstance(exported, str) else exported
    assert (found["kind"], found["classification"]) == ("case", "falsePositive")
    assert found["report"]["case_id"] == case["id"]


def routes(api: Door, *, refused: bool = False) -> list[tuple[str, str]]:
    """Return method and path of every HTTP trigger that the official worker found: those that answer, or that refuse."""
    functions = api.system.host._worker.functions.values()
    bindings = [
        binding for one in functions if one.name.startswith("refuse_on_") is refused for binding in one.bindings
    ]
    triggers = [binding for binding in bindings if binding["type"] == "httpTrigger"]
    return [(method.lower(), f"/api/{one['route']}") for one in triggers for method in one["methods"]]


async def test_each_route_takes_a_method_or_refuses_it(api: Door) -> None:
    """No method of a route is left to the host, and none is both taken and refused."""
    every = [*routes(api), *routes(api, refused=True)]
    known = [*api_document()["paths"], *(f"/api/{page.route}" for page in PAGES)]
    assert sorted(every) == sorted((method.lower(), path) for path in known for method in METHODS)
    asked: dict[str, set[str]] = {}
    for function in api.system.host._worker.functions.values():
        for binding in function.bindings:
            if binding["type"] == "httpTrigger":
                asked.setdefault(binding["route"], set()).add(str(binding["authLevel"]).lower())
    assert {level for levels in asked.values() for level in levels} == {"anonymous", "function", "admin"}
    assert all(len(levels) == 1 for levels in asked.values()), "a wrong method asks for the same key as a right one"


async def test_the_document_has_every_route_and_is_openapi(api: Door) -> None:
    """No route is missing, none is made up, and a maintained validator finds nothing to object to."""
    document = api_document()
    described = {(method, path) for path, methods in document["paths"].items() for method in methods}
    pages = {(method.lower(), f"/api/{page.route}") for page in PAGES for method in page.methods}
    assert sorted(described | pages) == sorted(routes(api)), "what is for people is left out, and nothing else"
    assert len(described) > 15
    served = {**document, "servers": [{"url": "/"}]}
    plain = msgspec.json.decode(msgspec.json.encode(served))
    assert [str(error) for error in OpenAPIV30SpecValidator(plain).iter_errors()] == []
    assert plain["openapi"] == "3.0.1"
    text = msgspec.json.encode(served).decode()
    assert '"const"' not in text
    assert '"prefixItems"' not in text
    assert '{"type":"null"}' not in text
    data = plain["components"]["schemas"]["Data"]["properties"]
    assert data["candidates"]["description"] == "For ``needInput``: the things that may be meant."
    said = [one for schema in plain["components"]["schemas"].values() for one in schema.get("properties", {}).values()]
    assert sum("description" in one for one in said) > 100


def checker(document: Any, schema: Any) -> OAS30Validator:
    """Return a validator of values against a schema of the document."""
    return OAS30Validator({**schema, "components": document["components"]})


async def test_what_is_served_fits_the_document(api: Door) -> None:
    """Real answers of every GET and of each POST's own example are what the document says."""
    document = await api.get("/api/openapi.json")
    await take_in(api.system, risk_body(1))
    await triage_due(api.system)
    (case,) = (await api.get("/api/cases"))["value"]
    asked = await api.ask(ENABLED)
    await api.send("POST", "/api/promptbooks", BOOK)
    _, run, _ = await api.send("POST", "/api/promptbooks/who-is-it/runs", {"inputs": {"upn": ANNA_UPN}})
    named = {"case_id": case["id"], "prompt_id": asked["promptId"], "name": "who-is-it", "run_id": run["runId"]}
    checked = 0
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            example = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
            if example is not None:
                schema = operation["requestBody"]["content"]["application/json"]["schema"]
                assert list(checker(document, schema).iter_errors(example)) == []
            if path.startswith(("/api/parked/", "/api/erasures")):  # the latter needs another key
                continue
            status, body, _ = await api.send(method.upper(), path.format(**named), example)
            response = operation["responses"][str(status)]
            kind = "application/json" if status < 300 else "application/problem+json"
            errors = checker(document, response["content"][kind]["schema"]).iter_errors(body)
            assert [error.message for error in errors] == [], (method, path)
            checked += 1
    assert checked > 15


async def test_no_prompt_name_or_body_is_logged(api: Door, caplog: pytest.LogCaptureFixture, planner: Scripted) -> None:
    """At level INFO, every logger included: ids and types only."""
    with caplog.at_level(logging.INFO):
        await api.ask(ENABLED)
        await api.ask("zzprompt weather")
        await api.ask("account of Bo Berg", subject=ANNA_UPN)
        await api.send("POST", "/api/prompts", data=b'{"prompt": "zzbody", "x": 1}')
        await api.send("POST", "/api/triage", {"user": ANNA_UPN})
        await api.send("POST", "/api/promptbooks", {**BOOK, "name": "zzbook"})
        await api.send("POST", "/api/promptbooks/zzbook/runs", {"inputs": {"upn": ANNA_UPN}})
        asked = await api.ask(ENABLED)
        opinion = {"promptId": asked["promptId"], "rating": "looksRight", "comment": "zzcomment"}
        await api.send("POST", "/api/feedback", opinion)
    logged = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert "prompt answered" in logged
    personal = [ANNA_UPN, "Anna Lind", "Bo Berg", "zzprompt", "zzbody", "zzbook", "zzcomment", "account of"]
    assert [one for one in personal if one in logged] == []


def test_time_limits_must_be_positive() -> None:
    """A limit of nothing is a mistake, and said so at the start."""
    from shared.errors import ConfigurationError

    with pytest.raises(ConfigurationError):
        Settings.from_env({"TRIAGE_PROMPT_TIMEOUT_SECONDS": "0"})
    assert InvalidRequestError.http_status == 400
    assert SETTINGS.prompt_timeout_seconds > 0
    assert TENANT
