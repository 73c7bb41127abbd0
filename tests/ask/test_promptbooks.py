"""Promptbooks over HTTP: added, listed, run, refused; at once, in the background, and in the connector's keys."""

from typing import Any

import pytest

from shared.ask.catalogue import skills
from shared.ask.promptbooks import built_in
from shared.state.interface import PROMPT_POISON_QUEUE, PROMPT_QUEUE
from tests.ask.door import (
    ANNA_UPN,
    BOOK,
    OTHER_KEY,
    Door,
)
from tests.systems import triage_due


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
