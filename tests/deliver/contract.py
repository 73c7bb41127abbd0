"""What every ticket system must see: one ticket a case, updated, closed and opened again, whatever goes wrong."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import msgspec
import pytest

import shared.deliver.http
from shared.errors import DeliveryDeniedError, DeliveryUnavailableError
from shared.hostile import is_unseen
from shared.settings import Settings
from shared.state.sqlite import SqliteState
from tests.deliver.conftest import Bench
from tests.deliver.stories import FIRST, again, fuller, hostile, later, mended
from tests.deliver.vendor import Fault, Vendor

SECRET = "s3cret-0123456789abcdef"
LINK = "https://triage.example"


class TicketContract:
    """Subclass it with ``vendor_class``, ``settings`` and what differs."""

    vendor_class: type[Vendor]
    makes = "POST"
    """Method that creates."""
    changes = "PATCH"
    """Method that comments."""
    makes_at, changes_at = "", ""
    """How the paths of these two end."""
    credential_setting = ""
    """Named in the hint of a refusal."""
    max_title, max_text = 1, 1

    def settings(self, vendor: Vendor) -> dict[str, Any]:
        """Return the settings that point at the vendor."""
        raise NotImplementedError

    def inert(self, text: str) -> None:
        """Assert that nothing in a title, text or comment acts as markup."""

    @pytest.fixture
    async def vendor(self) -> AsyncIterator[Vendor]:
        """Run the vendor."""
        async with self.vendor_class().running() as vendor:
            yield vendor

    @pytest.fixture
    async def bench(self, vendor: Vendor, state: SqliteState) -> AsyncIterator[Bench]:
        """Return what delivers to it."""
        async with aiohttp.ClientSession() as http:
            yield Bench(Settings(**{"public_url": LINK, **self.settings(vendor)}), state, http)

    async def test_one_ticket_lives_through_the_case(self, vendor: Vendor, bench: Bench) -> None:
        """Made once, updated with what changed, closed with the outcome, opened again by new risk: the same ticket."""
        made = await bench.send(FIRST)
        (ticket,) = vendor.tickets()
        assert (made.status, made.ticket, ticket.done) == ("created", ticket.id, False)
        assert ticket.title.startswith("[medium] anna@woodgrovebank.com may have lost a session")
        before = len(ticket.comments)

        updated = await bench.send(later())
        (ticket,) = vendor.tickets()
        assert (updated.status, updated.ticket, ticket.done) == ("updated", ticket.id, False)
        assert ticket.title.startswith("[high]")
        (comment,) = ticket.comments[before:]
        for change in ("suspicious → compromised", "medium → high", "Password spray", "password spray success"):
            assert change in comment

        closed = await bench.send(mended())
        (ticket,) = vendor.tickets()
        assert (closed.status, closed.ticket, ticket.done) == ("closed", ticket.id, True)
        assert "remediated" in ticket.comments[-1]

        reopened = await bench.send(again())
        (ticket,) = vendor.tickets()
        assert (reopened.status, reopened.ticket, ticket.done) == ("updated", ticket.id, False)
        assert "new risk" in ticket.comments[-1]

    async def test_a_case_that_ended_before_its_first_ticket_has_a_finished_one(
        self, vendor: Vendor, bench: Bench
    ) -> None:
        """Made and closed in one delivery."""
        assert (await bench.send(mended(1))).status == "closed"
        assert [ticket.done for ticket in vendor.tickets()] == [True]

    @pytest.mark.parametrize("lost", ["answer", "memory"])
    async def test_a_crash_after_the_making_makes_no_second_ticket(
        self, lost: str, vendor: Vendor, bench: Bench
    ) -> None:
        """Whether the answer was lost or the app died before it saved the id: the retry finds the ticket."""
        if lost == "answer":
            vendor.faults = [Fault(self.makes, path=self.makes_at, after=True)]
            with pytest.raises(DeliveryUnavailableError):
                await bench.send(FIRST)
        else:
            await bench.send(FIRST)
            await bench.forget()
        delivery = await bench.send(FIRST)
        (ticket,) = vendor.tickets()
        assert (delivery.ticket, delivery.delivered) == (ticket.id, 1)

    async def test_a_crash_after_a_comment_makes_no_second_comment(self, vendor: Vendor, bench: Bench) -> None:
        """The retry sees that this version is written."""
        await bench.send(FIRST)
        before = len(vendor.tickets()[0].comments)
        vendor.faults = [Fault(self.changes, path=self.changes_at, after=True)]
        try:
            await bench.send(later())
        except DeliveryUnavailableError:
            await bench.send(later())
        assert vendor.faults == []
        (ticket,) = vendor.tickets()
        assert len(ticket.comments) == before + 1

    async def test_a_deleted_ticket_comes_back_only_with_new_risk(self, vendor: Vendor, bench: Bench) -> None:
        """Somebody deleted it: facts alone don't bring it back, and the delivery says so; risk does."""
        made = await bench.send(FIRST, later())
        assert made.ticket
        vendor.delete(made.ticket)
        failed = await bench.send(fuller(3))
        assert (failed.status, vendor.tickets()) == ("failed", [])
        assert failed.hint
        assert "deleted" in failed.hint
        await bench.send(again(4))
        assert len(vendor.tickets()) == 1

    async def test_a_probe_signs_in_and_makes_nothing(self, vendor: Vendor, bench: Bench) -> None:
        """It reads, says so, and no ticket is there afterwards; a refused credential names its setting."""
        assert (await bench.probe()).startswith("signed in")
        assert {seen.method for seen in vendor.seen} == {"GET"}
        assert vendor.tickets() == []
        vendor.faults = [Fault("GET", 401)]
        with pytest.raises(DeliveryDeniedError) as refused:
            await bench.probe()
        assert self.credential_setting in refused.value.hint

    @pytest.mark.parametrize("status", [401, 403])
    async def test_a_refused_credential_names_its_setting(self, status: int, vendor: Vendor, bench: Bench) -> None:
        """The delivery fails once, with a hint, and nothing is made."""
        vendor.faults = [Fault("GET", status), Fault("POST", status), Fault("PUT", status)]
        delivery = await bench.send(FIRST)
        assert (delivery.status, delivery.detail) == ("failed", f"DeliveryDeniedError {status}")
        assert self.credential_setting in (delivery.hint or "")
        assert vendor.tickets() == []
        assert len(vendor.seen) == 1

    async def test_a_rate_limit_is_waited_for(self, vendor: Vendor, bench: Bench) -> None:
        """A long Retry-After goes back to the queue after one request; a short one is waited for in place."""
        limit = {"retry-after": "600"}
        vendor.faults = [Fault(method, 429, headers=limit) for method in ("GET", "POST", "PUT")]
        with pytest.raises(DeliveryUnavailableError) as refused:
            await bench.send(FIRST)
        assert (refused.value.retry_after_seconds, len(vendor.seen)) == (600, 1)
        (pending,) = await bench.state.deliveries(FIRST.case_id)
        assert pending.status == "pending"
        vendor.faults = [Fault(vendor.seen[0].method, 429, headers={"retry-after": "0"})]
        assert (await bench.send(FIRST)).status == "created"

    @pytest.mark.parametrize("status", [500, 502, 503])
    async def test_a_vendor_that_is_down_is_tried_again(self, status: int, vendor: Vendor, bench: Bench) -> None:
        """Once in place, then by the queue; the ticket is made when it is up."""
        vendor.faults = [Fault(method, status) for method in ("GET", "POST", "PUT") for _ in range(2)]
        first = None
        for _ in range(4):
            try:
                first = await bench.send(FIRST)
                break
            except DeliveryUnavailableError as error:
                assert error.status == status
        assert first
        assert first.status == "created"
        assert len(vendor.tickets()) == 1

    async def test_a_slow_vendor_is_not_waited_for(
        self, vendor: Vendor, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A time-out is a retry."""
        monkeypatch.setattr(shared.deliver.http, "TIMEOUT_SECONDS", 0.1)
        vendor.faults = [Fault(method, 503, seconds=0.4) for method in ("GET", "POST", "PUT") for _ in range(2)]
        with pytest.raises(DeliveryUnavailableError, match="TimeoutError"):
            await bench.send(FIRST)

    async def test_a_page_instead_of_json_is_a_retry(self, vendor: Vendor, bench: Bench) -> None:
        """A sleeping instance or a proxy answers 200 with HTML, to the second try in place too."""
        await bench.send(FIRST)
        vendor.faults = [Fault("GET", 200, body=b"<html>Log in</html>")] * 2
        with pytest.raises(DeliveryUnavailableError, match="200 with a page"):
            await bench.send(later())

    async def test_hostile_text_stays_text(self, vendor: Vendor, bench: Bench) -> None:
        """Nothing unseen, nothing that the vendor's markup reads, nothing longer than the vendor takes."""
        await bench.send(hostile(), hostile(version=2))
        (ticket,) = vendor.tickets()
        assert len(ticket.title) <= self.max_title
        assert "\n" not in ticket.title
        for text in (ticket.title, ticket.text, *ticket.comments):
            assert [c for c in text if is_unseen(c) and c != "\n"] == []
            assert len(text) <= self.max_text
            self.inert(text)

    async def test_thousands_of_facts_are_cut_with_a_count_and_a_link(self, vendor: Vendor, bench: Bench) -> None:
        """The verdict stays, the evidence goes, and the text says how much of it and where the rest is."""
        await bench.send(hostile(facts=3000))
        (ticket,) = vendor.tickets()
        whole = "\n".join([ticket.text, *ticket.comments])
        assert " in the report" in whole
        assert f"{LINK}/api/cases/{FIRST.case_id}/report" in whole.replace("\\", "")
        assert "Suspicious, severity medium, score 40 of 100" in whole.replace("\\", "")

    async def test_no_secret_and_no_name_is_logged(
        self, vendor: Vendor, bench: Bench, caplog: pytest.LogCaptureFixture
    ) -> None:
        """At any level, in failure as in success."""
        with caplog.at_level(logging.DEBUG):
            await bench.send(FIRST)
            vendor.faults = [Fault("GET", 403), Fault("PUT", 403)]
            await bench.send(later())
            await asyncio.sleep(0)
        logged = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
        assert "delivery failed" in logged
        for word in (SECRET, "anna@", "Bearer", "Basic "):
            assert word not in logged


class SettledContract(TicketContract):
    """The contract of what people can finish and open again there by hand."""

    async def test_a_ticket_that_people_finished_stays_so_until_new_risk(self, vendor: Vendor, bench: Bench) -> None:
        """More facts are a comment; a new signal of risk opens it again."""
        made = await bench.send(FIRST, later())
        assert made.ticket
        vendor.settle(made.ticket, done=True)
        await bench.send(fuller(3))
        assert [ticket.done for ticket in vendor.tickets()] == [True]
        await bench.send(again(4))
        assert [ticket.done for ticket in vendor.tickets()] == [False]

    async def test_a_ticket_that_people_opened_again_is_not_closed_again(self, vendor: Vendor, bench: Bench) -> None:
        """A closed case closes its ticket once; later facts leave the state to people."""
        made = await bench.send(FIRST, mended(2))
        assert made.ticket
        vendor.settle(made.ticket, done=False)
        await bench.send(msgspec.structs.replace(mended(3), dossier=FIRST.dossier))
        assert [ticket.done for ticket in vendor.tickets()] == [False]
