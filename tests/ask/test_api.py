"""The rest of the door: connector, capabilities, triage by hand, feedback, and what it logs."""

import logging
from pathlib import Path
from typing import Any

import msgspec
import pytest

from local.tenant import StandInCredential
from shared.ask.capabilities import capabilities
from shared.clients import open_services
from shared.errors import InvalidRequestError
from shared.settings import Settings
from shared.state.sqlite import MEMORY
from tests.ask.door import (
    ANNA_UPN,
    BO,
    BOOK,
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
    case = msgspec.json.decode(exported)
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
    found = msgspec.json.decode(exported)
    assert (found["kind"], found["classification"]) == ("case", "falsePositive")
    assert found["report"]["case_id"] == case["id"]


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
