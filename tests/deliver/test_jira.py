"""Jira issues: what every ticket system must see, and what is Jira's own."""

from typing import Any

import aiohttp
import pytest
from syrupy.assertion import SnapshotAssertion

from local.tenant.credential import StandInCredential
from shared.deliver.destination import destinations_of
from shared.errors import ConfigurationError
from shared.settings import Settings
from shared.state.sqlite import SqliteState
from tests.deliver.conftest import Bench
from tests.deliver.contract import LINK, SECRET, SettledContract
from tests.deliver.jira import Jira
from tests.deliver.stories import FIRST, again, hostile, later, mended
from tests.deliver.vendor import Vendor


class TestJira(SettledContract):
    """The contract, on a Jira site."""

    vendor_class = Jira
    makes_at, changes, changes_at = "/issue", "POST", "/comment"
    credential_setting = "TRIAGE_JIRA_TOKEN"
    max_title, max_text = 255, 32_767

    def settings(self, vendor: Vendor) -> dict[str, Any]:
        """Point at the site."""
        return {
            "destinations": ("jira",),
            "jira_url": vendor.url,
            "jira_user": "triage@bank.example",
            "jira_token": SECRET,
            "jira_project": "SEC",
        }

    def bench_with(self, vendor: Vendor, state: SqliteState, http: aiohttp.ClientSession, **more: Any) -> Bench:
        """Return a bench with further settings."""
        return Bench(Settings(**{**self.settings(vendor), **more}), state, http)

    async def test_what_is_sent(self, vendor: Vendor, bench: Bench, snapshot: SnapshotAssertion) -> None:
        """Search, creation, comment and update."""
        await bench.send(FIRST, later())
        assert [(seen.method, seen.path, seen.json) for seen in vendor.sent("POST", "PUT")] == snapshot

    async def test_hostile_text_makes_no_node_and_no_link(self, vendor: Vendor, bench: Bench) -> None:
        """A document of hostile words has the nodes of a plain one; the only address is ours."""
        assert isinstance(vendor, Jira)
        await bench.send(hostile())
        (issue,) = vendor.issues.values()
        marks: list[str] = []

        def walk(node: dict[str, Any]) -> None:
            marks.extend(mark["attrs"]["href"] for mark in node.get("marks", []))
            for child in node.get("content", []):
                walk(child)

        walk(issue["fields"]["description"])
        assert marks == [f"{LINK}/api/cases/{FIRST.case_id}/report"]

    async def test_an_empty_page_is_not_the_end_of_the_search(self, vendor: Vendor, bench: Bench) -> None:
        """The search hands out pages; the issue may be on a later one."""
        assert isinstance(vendor, Jira)
        await bench.send(FIRST)
        await bench.forget()
        vendor.empty_pages = 2
        await bench.send(FIRST)
        assert len(vendor.issues) == 1

    async def test_the_workflow_decides_the_way(self, vendor: Vendor, state: SqliteState) -> None:
        """A configured status is taken; a resolution that the screen offers is set to fit the outcome."""
        assert isinstance(vendor, Jira)
        resolution = {"required": True, "allowedValues": [{"name": "Won't Do"}, {"name": "Done"}]}
        vendor.way_fields = {"Done": {"resolution": resolution}}
        async with aiohttp.ClientSession() as http:
            bench = self.bench_with(vendor, state, http, jira_open_status="in progress", jira_closed_status="Done")
            await bench.send(FIRST, mended(2), again(3))
        moves = [seen.json for seen in vendor.sent("POST") if seen.path.endswith("/transitions")]
        assert moves == [
            {"transition": {"id": "31"}, "fields": {"resolution": {"name": "Done"}}},
            {"transition": {"id": "21"}, "fields": {}},
        ]

    @pytest.mark.parametrize("obstacle", ["no way", "a field"])
    async def test_a_workflow_without_a_way_is_said_and_tried_again(
        self, obstacle: str, vendor: Vendor, bench: Bench
    ) -> None:
        """The comment is written once; the delivery fails until the workflow leads there."""
        assert isinstance(vendor, Jira)
        ways = dict(vendor.ways)
        if obstacle == "no way":
            del vendor.ways["31"]
        else:
            vendor.way_fields = {"Done": {"customfield_1": {"required": True}}}
        delivery = await bench.send(FIRST, mended(2))
        assert delivery.status == "failed"
        assert "TRIAGE_JIRA_CLOSED_STATUS" in (delivery.hint or "")
        vendor.ways, vendor.way_fields = ways, {}
        assert (await bench.send(mended(2))).status == "closed"
        (ticket,) = vendor.tickets()
        assert (ticket.done, len(ticket.comments)) == (True, 1)

    async def test_priorities_are_set_where_they_are_named(self, vendor: Vendor, state: SqliteState) -> None:
        """Five names from critical to informational; later only when the severity changes."""
        async with aiohttp.ClientSession() as http:
            bench = self.bench_with(vendor, state, http, jira_priorities=("P1", "P2", "P3", "P4", "P5"))
            await bench.send(FIRST, later(), later(3))
        written = [seen.json for seen in vendor.sent("POST", "PUT") if seen.path.endswith(("/issue", "/SEC-1"))]
        assert [body["fields"].get("priority") for body in written] == [{"name": "P3"}, {"name": "P2"}, None]

    async def test_a_refused_field_is_named_in_the_hint(self, vendor: Vendor, bench: Bench) -> None:
        """The name of the field helps; Jira's words about it stay out."""
        assert isinstance(vendor, Jira)
        vendor.screens.remove("labels")
        delivery = await bench.send(FIRST)
        assert delivery.detail == "DeliveryRejectedError 400"
        assert (delivery.hint or "").startswith("Jira refused labels: put them on the project's screens.")
        assert "cannot be set" not in (delivery.hint or "")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"jira_url": "http://bank.example"}, "TRIAGE_JIRA_URL must be https"),
        ({"jira_project": 'SEC" OR project = "HR'}, "no project key"),
        ({"jira_priorities": ("High", "Low")}, "five priorities"),
    ],
)
async def test_wrong_settings_are_refused_at_start(change: dict[str, Any], words: str, state: SqliteState) -> None:
    """Before the first ticket."""
    plain = {"destinations": ("jira",), "jira_url": "https://b.example", "jira_user": "u", "jira_token": SECRET,
             "jira_project": "SEC"}  # fmt: skip
    async with aiohttp.ClientSession() as http:
        with pytest.raises(ConfigurationError, match=words):
            destinations_of(Settings(**{**plain, **change}), state, http, StandInCredential())
