"""Slack messages: what every ticket system must see, and what is Slack's own."""

from typing import Any

import aiohttp
import msgspec
import pytest
from syrupy.assertion import SnapshotAssertion

from local.tenant.credential import StandInCredential
from shared.deliver.destination import destinations_of
from shared.errors import ConfigurationError, DeliveryUnavailableError
from shared.models.reports import Delivery
from shared.settings import Settings
from shared.state.sqlite import SqliteState
from tests.deliver.conftest import Bench
from tests.deliver.contract import LINK, TicketContract
from tests.deliver.slack import CHANNEL, Slack
from tests.deliver.stories import FIRST, again, fuller, hostile, later, mended
from tests.deliver.vendor import Vendor
from tests.reports import said

MENTIONS = "<!channel> <@U1|boss> <https://evil.example|mend it> *bold* &amp; @here :boom:"


class TestSlack(TicketContract):
    """The contract, on a channel. Nobody but the bot can change its messages."""

    vendor_class = Slack
    makes_at, changes, changes_at = "/chat.postMessage", "POST", "/chat.postMessage"
    credential_setting = "TRIAGE_SLACK_TOKEN"
    max_title, max_text = 150, 12_000

    def settings(self, vendor: Vendor) -> dict[str, Any]:
        """Point at the workspace."""
        return {
            "destinations": ("slack",),
            "slack_url": f"{vendor.url}/api",
            "slack_channel": CHANNEL,
            "slack_token": Slack.token,
        }

    async def test_what_is_sent(self, vendor: Vendor, bench: Bench, snapshot: SnapshotAssertion) -> None:
        """Message, comment and the message anew, closed."""
        await bench.send(FIRST, mended(2))
        assert [(seen.method, seen.path, seen.json) for seen in vendor.sent("POST")] == snapshot

    async def test_the_message_says_that_the_case_is_over(self, vendor: Vendor, bench: Bench) -> None:
        """With the outcome before the title, and no longer when new risk came."""
        await bench.send(FIRST, mended(2))
        assert vendor.tickets()[0].title.startswith("Closed, remediated: [high] ")
        await bench.send(again(3))
        assert vendor.tickets()[0].title.startswith("[high] ")

    async def test_the_channel_sees_the_comments_that_are_worth_it(self, vendor: Vendor, bench: Bench) -> None:
        """Another verdict, the end and new risk; facts alone stay in the thread."""
        assert isinstance(vendor, Slack)
        await bench.send(FIRST, later(), fuller(3), mended(4), again(5))
        comments = [one for one in vendor.messages if "thread_ts" in one]
        assert [one.get("subtype", "") for one in comments] == ["thread_broadcast", "", *["thread_broadcast"] * 2]

    async def test_words_become_no_mention(self, vendor: Vendor, bench: Bench) -> None:
        """Shown as they are where people read, escaped where mrkdwn is read; the only link is the report's."""
        assert isinstance(vendor, Slack)
        words = msgspec.structs.replace(FIRST.summary, headline=said(MENTIONS))
        await bench.send(msgspec.structs.replace(FIRST, summary=words))
        (message,) = vendor.messages
        assert MENTIONS in vendor.tickets()[0].title
        assert "&lt;!channel&gt; &lt;@U1|boss&gt;" in message["text"]
        assert "<" not in message["text"]
        (sent,) = vendor.sent("POST")
        assert (sent.json["parse"], sent.json["link_names"]) == ("none", False)
        await bench.send(hostile(version=2))
        links = [one["url"] for block in message["blocks"] for one in _leaves(block) if one["type"] == "link"]
        assert links == [f"{LINK}/api/cases/{FIRST.case_id}/report"]

    async def test_what_others_say_in_the_channel_is_passed_over(self, vendor: Vendor, bench: Bench) -> None:
        """Other apps' metadata may be anything, and the message may be pages away; it is found all the same."""
        assert isinstance(vendor, Slack)
        vendor.say("morning")
        await bench.send(FIRST)
        for metadata in ({"event_type": 5}, {"event_type": "entra_triage_case", "event_payload": [1]}, {}):
            vendor.say("build 7", metadata=metadata)
        vendor.page = 1
        await bench.forget()
        made = await bench.send(FIRST)
        assert [ticket.id for ticket in vendor.tickets()] == [made.ticket]
        assert [one["text"] for one in vendor.messages if "user" in one] == ["morning", *["build 7"] * 3]

    async def test_a_case_keeps_its_channel(self, vendor: Vendor, state: SqliteState, bench: Bench) -> None:
        """A new channel in the settings is for new cases."""
        made = await bench.send(FIRST)
        async with aiohttp.ClientSession() as http:
            moved = Bench(Settings(**{**self.settings(vendor), "slack_channel": "C0000OTHER"}), state, http)
            updated = await moved.send(later())
        assert (updated.status, updated.ticket) == ("updated", made.ticket)
        assert vendor.tickets()[0].title.startswith("[high] ")

    @pytest.mark.parametrize(
        ("word", "error", "hint"),
        [
            ("invalid_auth", "DeliveryDeniedError", "TRIAGE_SLACK_TOKEN"),
            ("missing_scope", "DeliveryDeniedError", "channels:history"),
            ("not_in_channel", "DeliveryDeniedError", "must be invited"),
            ("is_archived", "DeliveryRejectedError", "Slack answered is_archived."),
            ("anna@woodgrovebank.com", "DeliveryRejectedError", "Slack answered an error."),
        ],
    )
    async def test_a_refusal_comes_with_200(
        self, word: str, error: str, hint: str, vendor: Vendor, bench: Bench
    ) -> None:
        """The body says it: the delivery fails once, with Slack's word for it where that is a word."""
        assert isinstance(vendor, Slack)
        vendor.errors = [word]
        failed = await bench.send(FIRST)
        assert (failed.status, failed.detail) == ("failed", error)
        assert hint in (failed.hint or "")
        assert "anna" not in (failed.hint or "")
        assert len(vendor.seen) == 1

    @pytest.mark.parametrize("word", ["ratelimited", "internal_error", "fatal_error", "service_unavailable"])
    async def test_what_passes_is_left_to_the_queue(self, word: str, vendor: Vendor, bench: Bench) -> None:
        """Also with 200; the next try makes the one message."""
        assert isinstance(vendor, Slack)
        vendor.errors = ["", word]
        with pytest.raises(DeliveryUnavailableError, match=word):
            await bench.send(FIRST)
        assert (await bench.send(FIRST)).status == "created"
        assert len(vendor.tickets()) == 1

    async def test_a_message_that_goes_while_it_is_updated_is_told(self, vendor: Vendor, bench: Bench) -> None:
        """Deleted between the look and the update: said, and made anew by new risk."""
        assert isinstance(vendor, Slack)
        await bench.send(FIRST)
        vendor.errors = ["", "", "", "message_not_found"]
        failed: Delivery = await bench.send(later())
        assert (failed.status, "deleted" in (failed.hint or "")) == ("failed", True)


def _leaves(block: dict[str, Any]) -> list[dict[str, Any]]:
    inner = block.get("elements")
    return [leaf for one in inner for leaf in _leaves(one)] if inner else [block]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"slack_url": "http://slack.example/api"}, "TRIAGE_SLACK_URL must be https"),
        ({"slack_url": "https://10.0.0.1/api"}, "private"),
        ({"slack_channel": "#soc"}, "TRIAGE_SLACK_CHANNEL is no channel id"),
        ({"slack_token": "xoxp-0123"}, "TRIAGE_SLACK_TOKEN is no bot token"),
        ({"slack_token": "https://hooks.slack.com/services/T0/B0/s3cret"}, "TRIAGE_SLACK_TOKEN is no bot token"),
    ],
)
async def test_wrong_settings_are_refused_at_start(change: dict[str, Any], words: str, state: SqliteState) -> None:
    """Before the first ticket, without the token in the words."""
    plain = {"destinations": ("slack",), "slack_channel": CHANNEL, "slack_token": Slack.token}
    async with aiohttp.ClientSession() as http:
        with pytest.raises(ConfigurationError, match=words) as refused:
            destinations_of(Settings(**{**plain, **change}), state, http, StandInCredential())
    assert "s3cret" not in f"{refused.value} {refused.value.hint}"
