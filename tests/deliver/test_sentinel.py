"""Sentinel incidents: what every ticket system must see, and what is Sentinel's own."""

from typing import Any

import aiohttp
import pytest
from markdown_it import MarkdownIt
from syrupy.assertion import SnapshotAssertion

from local.tenant.credential import StandInCredential
from shared.deliver.destination import destinations_of
from shared.errors import ConfigurationError, DeliveryUnavailableError
from shared.settings import Settings
from shared.state.sqlite import SqliteState
from tests.deliver.conftest import Bench
from tests.deliver.contract import LINK, SettledContract
from tests.deliver.sentinel import WORKSPACE, Sentinel
from tests.deliver.stories import FIRST, again, fuller, hostile, later, mended
from tests.deliver.vendor import Fault, Vendor


class TestSentinel(SettledContract):
    """The contract, on a workspace."""

    vendor_class = Sentinel
    makes = "PUT"
    changes = "PUT"
    credential_setting = "TRIAGE_SENTINEL_WORKSPACE"
    max_title, max_text = 500, 30_000

    def settings(self, vendor: Vendor) -> dict[str, Any]:
        """Point at the workspace."""
        return {"destinations": ("sentinel",), "arm_url": vendor.url, "sentinel_workspace": WORKSPACE}

    async def test_what_is_sent(self, vendor: Vendor, bench: Bench, snapshot: SnapshotAssertion) -> None:
        """The bodies of creation, update and end, each with its comment."""
        await bench.send(FIRST, later(), mended())
        assert [seen.json for seen in vendor.sent("PUT")] == snapshot

    async def test_comments_are_markdown_in_which_evidence_is_text(self, vendor: Vendor, bench: Bench) -> None:
        """Rendered, the comment on hostile words has headings, lists and our one link, and nothing else."""
        await bench.send(hostile())
        (ticket,) = vendor.tickets()
        tokens = MarkdownIt("gfm-like").parse(ticket.comments[0])
        every = [token for block in tokens for token in (block, *(block.children or []))]
        kinds = {token.type.removesuffix("_open").removesuffix("_close") for token in every}
        assert kinds == {"heading", "inline", "text", "bullet_list", "ordered_list", "list_item", "paragraph", "link"}
        links = [token.attrs["href"] for token in every if token.type == "link_open"]
        assert links == [f"{LINK}/api/cases/{FIRST.case_id}/report"]

    async def test_what_people_set_is_kept(self, vendor: Vendor, bench: Bench) -> None:
        """Owner, labels, severity and status stay; facts alone change texts and add a comment."""
        assert isinstance(vendor, Sentinel)
        await bench.send(FIRST, later())
        (incident,) = vendor.incidents.values()
        theirs = {
            "owner": {"objectId": "o", "assignedTo": "Ada"},
            "labels": [*incident["properties"]["labels"], {"labelName": "vip"}],
            "severity": "Low",
            "status": "Active",
        }
        incident["properties"] |= theirs
        await bench.send(fuller(3))
        (incident,) = vendor.incidents.values()
        assert {name: incident["properties"][name] for name in theirs} == theirs

    @pytest.mark.parametrize(
        ("outcome", "classification"),
        [("remediated", "TruePositive"), ("dismissed", "BenignPositive"), ("confirmed_safe", "FalsePositive")],
    )
    async def test_the_outcome_is_the_classification(
        self, outcome: Any, classification: str, vendor: Vendor, bench: Bench
    ) -> None:
        """And new risk takes it off again."""
        assert isinstance(vendor, Sentinel)
        await bench.send(FIRST, later(2, status="closed", outcome=outcome))
        (incident,) = vendor.incidents.values()
        assert incident["properties"]["classification"] == classification
        await bench.send(again(3))
        (incident,) = vendor.incidents.values()
        assert (incident["properties"]["status"], "classification" in incident["properties"]) == ("Active", False)

    async def test_somebody_who_writes_meanwhile_is_not_overwritten(self, vendor: Vendor, bench: Bench) -> None:
        """A conflict goes back to the queue, which reads again."""
        await bench.send(FIRST)
        vendor.faults = [Fault("PUT", 409), Fault("PUT", 409)]
        with pytest.raises(DeliveryUnavailableError):
            await bench.send(later())
        await bench.send(later())
        assert vendor.tickets()[0].title.startswith("[high]")

    async def test_an_incident_full_of_comments_says_so(self, vendor: Vendor, bench: Bench) -> None:
        """A hundred comments is Sentinel's limit."""
        assert isinstance(vendor, Sentinel)
        vendor.most_comments = 1
        delivery = await bench.send(FIRST, later())
        assert delivery.status == "failed"
        assert "100 comments" in (delivery.hint or "")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"arm_url": "http://management.example"}, "TRIAGE_ARM_URL must be https"),
        ({"sentinel_workspace": "soc-logs"}, "no workspace's resource id"),
        ({"sentinel_workspace": WORKSPACE + "/providers/x"}, "no workspace's resource id"),
    ],
)
async def test_wrong_settings_are_refused_at_start(change: dict[str, Any], words: str, state: SqliteState) -> None:
    """Before the first ticket."""
    plain: dict[str, Any] = {"destinations": ("sentinel",), "sentinel_workspace": WORKSPACE}
    async with aiohttp.ClientSession() as http:
        with pytest.raises(ConfigurationError, match=words):
            destinations_of(Settings(**{**plain, **change}), state, http, StandInCredential())
