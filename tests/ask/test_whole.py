"""Prompts, plans, skills and answers together: the demo tenant with its cases, real planner, over HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from local import story
from local.host.http import Keys
from local.system import HUBS, UNLIMITED, running
from local.tenant import Tenant
from shared.ask.promptbooks import built_in
from shared.clock import ManualClock
from shared.settings import Settings
from tests.ask.door import Door
from tests.systems import KEY

KARITA = "karita@woodgrovebank.com"
NOW = story.NOW


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which the story's first cases are triaged once for all tests."""
    return tmp_path_factory.mktemp("whole")


@pytest.fixture
async def whole(folder: Path) -> AsyncIterator[Door]:
    """Run the system on the demo tenant, with the events about Karita taken in and triaged."""
    clock = ManualClock(NOW)
    async with (
        running(
            Tenant.load(story.tenant()),
            folder,
            Settings(graph_share=UNLIMITED),
            clock=clock,
            sleep=clock.sleep,
            mode="stepped",
            port=0,
            keys=Keys(function=(KEY,)),
        ) as system,
        aiohttp.ClientSession() as http,
    ):
        if not await system.services.state.cases():
            for event in story.events():
                if KARITA.encode() in event.body:
                    system.events.append(HUBS[event.hub], [event.body])
            while await system.host.step_event_hubs():
                pass
            while await system.host.step_queues(ignore_visibility=True):
                pass
        yield Door(http, system, clock)


@pytest.mark.parametrize("book", list(built_in()))
async def test_every_step_of_a_built_in_book_answers(whole: Door, book: str) -> None:
    """Each step is a success with something to read, and names what it read."""
    (declared,) = built_in()[book].promptbookinputs
    status, run, _ = await whole.send("POST", f"/api/promptbooks/{book}/runs", {"inputs": {declared.name: KARITA}})
    assert status == 200
    assert [step["result"]["type"] for step in run["steps"]] == ["success"] * len(run["steps"]), run["result"]
    assert run["result"] == "success"
    assert all(step["sources"] for step in run["steps"])
    told = [step for step in run["steps"] if step["data"]["facts"] or step["data"]["tables"]]
    assert len(told) >= len(run["steps"]) - 1, "one step may have nothing to tell but that there is nothing"


async def test_a_conversation_goes_on(whole: Door) -> None:
    """Risk, then this user's groups, methods and case: one session, one user, planned by rules."""
    first = await whole.ask(f"Is {KARITA} risky? Why?")
    session = first["sessionId"]
    assert first["data"]["facts"]["risk_level"] == "high"
    for prompt, skill in (
        ("Which groups is this user a member of?", "groups_of_user"),
        ("What auth methods does this user have?", "auth_methods_of_user"),
        ("Is this user's account enabled?", "user_account_state"),
    ):
        answer = await whole.ask(prompt, sessionId=session)
        assert [step["skill"] for step in answer["plan"]["steps"]] == [skill], prompt
        assert answer["result"]["type"] == "success"
        assert answer["plan"]["steps"][0]["inputs"]["user"]["name"] == KARITA
        assert answer["plan"]["planner"] == "rules"


async def test_what_the_app_itself_keeps_is_answered_with_its_own_sources(whole: Door) -> None:
    """A case by whom it is about; no Graph request is needed."""
    answer = await whole.ask("why this verdict", skill="verdict_reason", inputs={"case": KARITA})
    assert answer["result"]["type"] == "success"
    assert {source["kind"] for source in answer["sources"]} == {"state"}
    assert answer["usage"]["graphRequests"] == 0


async def test_off_topic_and_changes_are_declined(whole: Door) -> None:
    """Neither the weather nor a deletion is answered with data."""
    for prompt in ("What is the weather in Paris?", f"Delete the account of {KARITA}"):
        answer = await whole.ask(prompt)
        assert answer["result"]["type"] == "rejected", prompt
        assert answer["usage"]["graphRequests"] == 0
        assert answer["data"]["prompts"]
