"""ServiceNow incidents: what every ticket system must see, and what is ServiceNow's own."""

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
from tests.deliver.contract import SECRET, SettledContract
from tests.deliver.servicenow import ServiceNow
from tests.deliver.stories import FIRST, again, later, mended
from tests.deliver.vendor import Vendor


class TestServiceNow(SettledContract):
    """The contract, on a ServiceNow instance."""

    vendor_class = ServiceNow
    credential_setting = "TRIAGE_SERVICENOW_PASSWORD"
    max_title, max_text = 160, 4000

    def settings(self, vendor: Vendor) -> dict[str, Any]:
        """Point at the instance."""
        return {
            "destinations": ("servicenow",),
            "servicenow_url": vendor.url,
            "servicenow_user": "triage",
            "servicenow_password": SECRET,
        }

    def inert(self, text: str) -> None:
        """No journal reads HTML without the tag."""
        assert "[code]" not in text.lower()
        assert "[/code]" not in text.lower()

    async def test_what_is_sent(self, vendor: Vendor, bench: Bench, snapshot: SnapshotAssertion) -> None:
        """The bodies of creation, update, end and new risk."""
        await bench.send(FIRST, later(), mended(), again())
        assert [seen.json for seen in vendor.sent("POST", "PATCH")] == snapshot

    async def test_the_priority_follows_the_severity_only_when_it_changes(self, vendor: Vendor, bench: Bench) -> None:
        """Somebody's own priority stays until we judge anew."""
        await bench.send(FIRST, later(), later(3))
        written = [seen.json.get("impact") for seen in vendor.sent("POST", "PATCH")]
        assert written == ["2", "2", None]
        assert [seen.json.get("urgency") for seen in vendor.sent("POST", "PATCH")] == ["2", "1", None]

    async def test_a_closed_incident_has_a_successor(self, vendor: Vendor, bench: Bench) -> None:
        """A closed incident is read-only for most: new risk makes another, which names it and lives on."""
        assert isinstance(vendor, ServiceNow)
        await bench.send(FIRST, mended(2))
        vendor.rows[0]["state"] = "7"
        delivery = await bench.send(again(3))
        assert delivery.ticket == vendor.rows[1]["number"]
        assert vendor.rows[0]["number"] in vendor.rows[1]["notes"][0]
        await bench.send(mended(4))
        assert [row["state"] for row in vendor.rows] == ["7", "6"]

    async def test_an_answer_about_other_incidents_is_not_believed(self, vendor: Vendor, bench: Bench) -> None:
        """An instance that ignores the query answers with somebody else's incident; it stays untouched."""
        assert isinstance(vendor, ServiceNow)
        other = {"sys_id": "f" * 32, "number": "INC0000001", "state": "1", "short_description": "VPN is slow",
                 "description": "", "notes": []}  # fmt: skip
        vendor.rows.append(dict(other))
        vendor.knows_correlation = False
        await bench.send(FIRST)
        assert vendor.rows[0] == other
        assert len(vendor.rows) == 2

    async def test_without_a_right_on_the_correlation_the_number_finds_it(self, vendor: Vendor, bench: Bench) -> None:
        """Fields that the user may not write are dropped without a word; the ticket is still one."""
        assert isinstance(vendor, ServiceNow)
        vendor.forbidden = {"correlation_id", "correlation_display"}
        await bench.send(FIRST, later(), mended())
        assert [ticket.done for ticket in vendor.tickets()] == [True]

    async def test_a_state_that_did_not_change_is_said(self, vendor: Vendor, bench: Bench) -> None:
        """A 200 that left the state out is no success, and it is tried again with the next version."""
        assert isinstance(vendor, ServiceNow)
        vendor.forbidden = {"state"}
        delivery = await bench.send(FIRST, mended(2))
        assert (delivery.status, delivery.delivered) == ("failed", 1)
        assert "TRIAGE_SERVICENOW_CLOSE_CODE" in (delivery.hint or "")
        vendor.forbidden = set()
        assert (await bench.send(mended(2))).status == "closed"
        assert len(vendor.tickets()[0].comments) == 2

    async def test_an_api_key_instead_of_a_user(self, vendor: Vendor, state: SqliteState) -> None:
        """The key goes in its own header."""
        settings = Settings(
            destinations=("servicenow",), servicenow_url=vendor.url, servicenow_api_key=SECRET,
            servicenow_assignment_group="a" * 32, servicenow_caller="c" * 32,
        )  # fmt: skip
        async with aiohttp.ClientSession() as http:
            await Bench(settings, state, http).send(FIRST)
        assert "authorization" not in vendor.seen[0].headers
        (made,) = vendor.sent("POST")
        assert (made.json["assignment_group"], made.json["caller_id"]) == ("a" * 32, "c" * 32)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"servicenow_url": "http://tickets.example"}, "TRIAGE_SERVICENOW_URL must be https"),
        ({"servicenow_url": "https://user:pw@tickets.example"}, "TRIAGE_SERVICENOW_URL must be https"),
        ({"servicenow_password": ""}, "needs one credential"),
        ({"servicenow_api_key": SECRET}, "needs one credential"),
    ],
)
async def test_wrong_settings_are_refused_at_start(change: dict[str, Any], words: str, state: SqliteState) -> None:
    """Before the first ticket, and without the value."""
    plain: dict[str, Any] = {
        "destinations": ("servicenow",), "servicenow_url": "https://t.example",
        "servicenow_user": "triage", "servicenow_password": SECRET,
    }  # fmt: skip
    async with aiohttp.ClientSession() as http:
        with pytest.raises(ConfigurationError, match=words) as refused:
            destinations_of(Settings(**{**plain, **change}), state, http, StandInCredential())
    assert SECRET not in f"{refused.value} {refused.value.hint}"
