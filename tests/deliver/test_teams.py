"""Cards in Teams: only what is worth interrupting somebody, and words that stay words."""

import logging
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web
from syrupy.assertion import SnapshotAssertion

from local.tenant.credential import StandInCredential
from shared.deliver.destination import destinations_of
from shared.errors import ConfigurationError, DeliveryUnavailableError
from shared.hostile import is_unseen
from shared.settings import Settings
from shared.state.sqlite import SqliteState
from tests.deliver.conftest import Bench
from tests.deliver.stories import FIRST, again, fuller, hostile, later, mended
from tests.deliver.vendor import BODY, Fault, Vendor

QUERY = "api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=s3cret_0123456789-abcdef"


class Workflow(Vendor):
    """A workflow that posts cards: 202 and no id."""

    def __init__(self) -> None:
        super().__init__()
        self.cards: list[dict[str, Any]] = []
        self.targets: list[str] = []

    def routes(self) -> list[web.RouteDef]:
        """Return the trigger."""
        return [web.post("/workflows/0a1b/triggers/manual/paths/invoke", self._take)]

    async def _take(self, request: web.Request) -> web.Response:
        self.targets.append(request.raw_path)
        message = msgspec.json.decode(request[BODY])
        if len(request[BODY]) > 28 * 1024 or message["type"] != "message":
            return web.Response(status=400)
        self.cards += [item["content"] for item in message["attachments"]]
        return web.Response(status=202)

    def words(self, card: dict[str, Any]) -> list[str]:
        """Return every text that a card shows, and assert that each is shown as it is."""
        found = []
        for block in card["body"]:
            assert block["type"] == "RichTextBlock"
            for run in block["inlines"]:
                assert run["type"] == "TextRun"
                assert set(run) <= {"type", "text", "weight", "size", "color"}
                found.append(run["text"])
        return found


@pytest.fixture
async def workflow() -> AsyncIterator[Workflow]:
    """Run it."""
    made = Workflow()
    async with made.running():
        yield made


@pytest.fixture
async def bench(workflow: Workflow, state: SqliteState) -> AsyncIterator[Bench]:
    """Return what delivers to it."""
    url = f"{workflow.url}/workflows/0a1b/triggers/manual/paths/invoke?{QUERY}"
    async with aiohttp.ClientSession() as http:
        yield Bench(Settings(destinations=("teams",), teams_url=url, public_url="https://triage.example"), state, http)


async def test_what_is_posted(workflow: Workflow, bench: Bench, snapshot: SnapshotAssertion) -> None:
    """The case, the graver verdict, the end and the new risk; facts alone post nothing."""
    await bench.send(FIRST, later(), fuller(3), mended(4), again(5))
    assert len(workflow.cards) == 4
    assert workflow.cards[::2] == snapshot


async def test_the_signature_in_the_address_arrives_as_it_was_configured(workflow: Workflow, bench: Bench) -> None:
    """Nothing of it is written anew."""
    await bench.send(FIRST)
    assert workflow.targets[0].endswith(QUERY)


async def test_a_probe_knocks_and_posts_nothing(workflow: Workflow, bench: Bench) -> None:
    """The head of the root page shows that somebody is there; nothing is posted, so no card is."""
    assert await bench.probe() == "reachable, not sent: it answers"
    assert [one.method for one in workflow.seen] == ["HEAD"]


async def test_hostile_words_are_shown_as_they_are(workflow: Workflow, bench: Bench) -> None:
    """No element reads Markdown, nothing unseen is left, the only address is the report's."""
    await bench.send(hostile())
    (card,) = workflow.cards
    words = workflow.words(card)
    assert any("**bold**" in text for text in words)
    assert [c for text in words for c in text if is_unseen(c)] == []
    assert [action["url"] for action in card["actions"]] == [f"https://triage.example/api/cases/{FIRST.case_id}/report"]


async def test_the_largest_report_fits(workflow: Workflow, bench: Bench) -> None:
    """Cut by section, with a count; the verdict stays."""
    many = msgspec.structs.replace(
        hostile(facts=3000),
        assessment=msgspec.structs.replace(FIRST.assessment, actions=FIRST.assessment.actions * 200),
    )
    await bench.send(many)
    words = workflow.words(workflow.cards[0])
    assert any(text.startswith("… and ") and text.endswith(" more in the report") for text in words)
    assert any("Suspicious, severity medium" in text for text in words)


async def test_a_lost_answer_is_not_repeated_in_place(workflow: Workflow, bench: Bench) -> None:
    """The queue repeats it later; a webhook that only posts can't know that the card is there."""
    workflow.faults = [Fault("POST", after=True)]
    with pytest.raises(DeliveryUnavailableError):
        await bench.send(FIRST)
    assert len(workflow.cards) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404])
async def test_a_refusal_names_the_setting(
    status: int, workflow: Workflow, bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """A workflow that is off, gone or not for anyone; the address with its signature is in no log."""
    workflow.faults = [Fault("POST", status)]
    with caplog.at_level(logging.DEBUG):
        delivery = await bench.send(FIRST)
    assert delivery.status == "failed"
    assert "TRIAGE_TEAMS_URL" in (delivery.hint or "")
    logged = "\n".join(f"{r.getMessage()} {r.__dict__}" for r in caplog.records if r.name != "aiohttp.access")
    assert "delivery failed" in logged
    assert "s3cret" not in f"{logged} {delivery}"


async def test_a_throttled_workflow_is_left_to_the_queue(workflow: Workflow, bench: Bench) -> None:
    """429 with its pause, then a card."""
    workflow.faults = [Fault("POST", 429, headers={"retry-after": "30"})]
    with pytest.raises(DeliveryUnavailableError) as busy:
        await bench.send(FIRST)
    assert busy.value.retry_after_seconds == 30
    assert (await bench.send(FIRST)).status == "created"


async def test_an_address_that_is_not_https_is_refused_at_start(state: SqliteState) -> None:
    """And not shown: it holds the signature."""
    async with aiohttp.ClientSession() as http:
        with pytest.raises(ConfigurationError, match="TRIAGE_TEAMS_URL must be https") as refused:
            destinations_of(
                Settings(destinations=("teams",), teams_url=f"http://flow.example/x?{QUERY}"),
                state,
                http,
                StandInCredential(),
            )
    assert "s3cret" not in f"{refused.value} {refused.value.hint}"
