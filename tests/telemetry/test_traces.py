"""Traces across the queue: who belongs to whose, what is left out, and what a failure shows."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from opentelemetry.trace import StatusCode

from shared import pipeline
from shared.errors import DependencyUnavailableError, NotFoundError
from shared.models.cases import TriageRequest
from shared.parking import parked_request
from shared.state.interface import TRIAGE_QUEUE
from shared.telemetry import continuing, happened, span, traceparent
from tests.systems import risk_body, stepped, take_in, triage_due
from tests.telemetry.seen import Exported

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def test_an_update_links_to_all_that_it_covers(tmp_path: Path) -> None:
    """Two more batches behind a request that waits: one triage, in the trace of the first, linked to the others."""
    seen = Exported()
    async with stepped(tmp_path) as (system, _):
        with seen.on():
            for number in (1, 2, 3):
                await take_in(system, risk_body(number))
            await triage_due(system)
        ((case, _),) = [await system.services.state.case(one.id) or () for one in await system.services.state.cases()]
    batches = [one.context.trace_id for one in seen.spans("ingest")]
    triage = seen.spans("triage", entra_triage_outcome="reported")[0]
    assert len(set(batches)) == 3
    assert triage.context.trace_id == batches[0]
    assert {link.context.trace_id for link in triage.links} >= set(batches[1:])
    assert batches[0] not in {link.context.trace_id for link in triage.links}
    assert case.arrivals == ()
    assert seen.count("time_to_ticket") == 1


async def test_what_came_to_nothing_is_no_trace(tmp_path: Path) -> None:
    """A batch that touches no case leaves its numbers and no span, nor does a redelivered one."""
    seen = Exported()
    async with stepped(tmp_path) as (system, _):
        with seen.on():
            await take_in(system, risk_body(1, riskLevel="none", riskState="none"))
    assert seen.spans() == []
    assert seen.sum("records", entra_triage_source="risk_events") == 1


async def test_a_message_of_an_older_version_is_triaged(tmp_path: Path) -> None:
    """Without trace context in the message, a triage belongs to the trace of the host's invocation."""
    seen = Exported()
    async with stepped(tmp_path) as (system, _):
        await take_in(system, risk_body(1))
        (case,) = await system.services.state.cases()
        with seen.on():
            await system.services.state.send(
                TRIAGE_QUEUE, msgspec.json.encode({"case_id": case.id, "schema_version": 1})
            )
            await triage_due(system)
    assert len(seen.spans("triage")) == 2
    assert all(one.parent is not None and one.parent.is_remote for one in seen.spans("triage"))


async def test_a_failure_is_its_class_and_nothing_else(tmp_path: Path) -> None:
    """Neither message nor stack of an error is exported: both may quote an event."""
    seen = Exported()
    async with stepped(tmp_path) as (system, _):
        with seen.on():
            with pytest.raises(DependencyUnavailableError), continuing(CALLER), span("graph batch", requests=1):
                raise DependencyUnavailableError("anna.lind@woodgrovebank.com is out of reach")
            with pytest.raises(NotFoundError):
                await pipeline.triage(TriageRequest(case_id="case-0"), system.services)
    failed, triage = seen.spans()
    assert (failed.status.status_code, failed.status.description) == (StatusCode.ERROR, "DependencyUnavailableError")
    assert failed.context.trace_id == int(CALLER.split("-")[1], 16)
    assert triage.attributes == {"entra_triage.case_id": "case-0", "error.type": "NotFoundError"}
    assert "anna" not in seen.words()
    assert seen.count("triages", entra_triage_outcome="failed") == 1


def test_context_is_carried_without_an_exporter() -> None:
    """Where nothing is exported, a caller's trace still goes on in what is queued; a wrong one is as none."""
    with continuing(CALLER), span("ask for triage", case_id="case-0"):
        assert traceparent() == CALLER
    for wrong in (None, "", "00-zz-1-01", "<b>"):
        with continuing(wrong):
            assert traceparent() == ""


def test_two_requests_for_one_case_are_parked_once() -> None:
    """The trace of a request is not part of what it is; what is no request is kept to the byte."""
    at = datetime(2026, 3, 10, 12, tzinfo=UTC)
    parked = [
        parked_request(msgspec.json.encode(TriageRequest(case_id="case-0", traceparent=t)), at) for t in ("", CALLER)
    ]
    assert parked[0] == parked[1]
    assert parked_request(b"not JSON", at).body == b"not JSON"


def test_a_log_line_names_its_trace(caplog: pytest.LogCaptureFixture) -> None:
    """From the line of an alert to the trace: by its id, where there is one."""
    with caplog.at_level("INFO"):
        happened("case triaged", facts=3)
        with continuing(CALLER):
            happened("case triaged", facts=3)
    alone, traced = (record.getMessage() for record in caplog.records)
    assert alone == 'case triaged {"facts":3}'
    assert traced == f'case triaged {{"facts":3,"trace":"{CALLER.split("-")[1]}"}}'
