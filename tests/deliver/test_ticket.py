"""Tickets: the fields that playbooks read, and what is cut when a destination takes less."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from shared.deliver.ticket import CUT_ORDER, fitted, ticket_of
from shared.models.dossier import Dossier, Fact
from tests.reports import EVENT, report


def test_a_first_ticket_creates_and_a_later_one_updates_the_same_key() -> None:
    """The destination's own id, once known, turns every later version into an update."""
    first = ticket_of(report(), ticket=None, public_url="")
    second = ticket_of(report(version=2), ticket="INC0001", public_url="https://triage.example/")
    assert (first["action"], second["action"]) == ("create", "update")
    assert first["ticketKey"] == second["ticketKey"]
    assert first["idempotencyKey"] != second["idempotencyKey"]
    assert second["link"] == "https://triage.example/api/cases/case-0123456789ab/report"


def test_a_closed_case_closes_its_ticket_with_the_outcome() -> None:
    """Remediation is written into the ticket, not into a new one."""
    closed = ticket_of(report(version=3, status="closed", outcome="remediated"), ticket="INC0001", public_url="")
    assert (closed["action"], closed["outcome"]) == ("close", "remediated")


def test_what_could_not_be_read_is_in_the_ticket() -> None:
    """Gaps travel to the ticket with what mends them."""
    gaps = ticket_of(report(), ticket=None, public_url="")["gaps"]
    assert [gap["mend"] for gap in gaps] == ["Grant UserAuthenticationMethod.Read.All."]


@given(st.integers(min_value=0, max_value=400), st.integers(min_value=5_000, max_value=60_000))
def test_a_long_ticket_fits_and_says_what_was_cut(count: int, limit: int) -> None:
    """Whatever the evidence, the body fits, stays JSON, keeps its verdict, and counts what is left out."""
    facts = tuple(Fact(id=f"F{n}", kind="sign_in", text="é" * 200, source=EVENT) for n in range(count))
    whole = ticket_of(report(dossier=Dossier(facts=facts)), ticket=None, public_url="")
    body = fitted(whole, limit)
    ticket = msgspec.json.decode(body)
    assert len(body) <= limit
    assert ticket["verdict"] == "suspicious"
    for section in CUT_ORDER:
        assert len(ticket[section]) + ticket["cut"].get(section, 0) == len(whole[section])
