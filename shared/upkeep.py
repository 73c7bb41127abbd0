"""What keeps the flow going: ask again for what is long owed, keep what failed, and put it back to work."""

from datetime import datetime, timedelta

from shared.clients import Services
from shared.correlate.correlate import correlate
from shared.errors import MalformedRecordError, NotFoundError
from shared.graph.kept import STALE
from shared.ingest import decode
from shared.models.cases import Case, Parked
from shared.owed import ask_for_triage
from shared.parking import parked_request
from shared.retention import forget_old
from shared.settings import Settings
from shared.state.interface import TRIAGE_QUEUE
from shared.telemetry import count, happened, span

STUCK_AFTER = timedelta(minutes=10)
"""A case whose triage is owed for longer than this is asked for again by the sweep."""


async def sweep(services: Services) -> int:
    """Ask again for triage that is long owed; forget what is past its time.

    Return how many were asked for.
    """
    now = services.clock()
    asked = 0
    with span("keep house") as work:
        for case in await services.state.open_cases():
            if case.needs_triage and _is_stuck(case, now, services.settings):
                await ask_for_triage(case.id, services.state)
                asked += 1
        work.note(asked=asked)
        await services.state.purge_documents("look_ups", now - STALE)
        await services.state.mend_lists()
        await forget_old(services.state, services.settings, now)
    happened("house kept", asked=asked)
    return asked


def _is_stuck(case: Case, now: datetime, settings: Settings) -> bool:
    """Say whether a case has been owed something for long, or waits for a time that a clock since set back wrote."""
    since = case.update_due_at or case.last_signal_at
    return abs(now - since) > STUCK_AFTER + timedelta(seconds=settings.update_delay_seconds)


async def park_failed(body: bytes, services: Services) -> Parked:
    """Keep a triage request that the queue gave up on, so that it can be looked at and replayed."""
    parked = parked_request(body, services.clock())
    await services.state.park(parked)
    count("parked", kind="triage")
    happened("triage parked", parked_id=parked.id)
    return parked


async def replay_parked(parked_id: str, services: Services) -> None:
    """Put something parked back where it came from, then forget it. Raises NotFoundError for an unknown id."""
    parked = next((item for item in await services.state.parked() if item.id == parked_id), None)
    if parked is None:
        raise NotFoundError(f"nothing parked as `{parked_id}`", hint="List what is parked with GET /api/parked.")
    if parked.kind == "triage":
        await services.state.send(TRIAGE_QUEUE, parked.body)
    else:
        tenant = services.settings.tenant_id or None
        decoded = decode(parked.body, received_at=services.clock(), default_tenant=tenant)
        if decoded.parked and not decoded.records and not decoded.ignored:
            raise MalformedRecordError(f"`{parked_id}` still can't be read: {decoded.parked[0].reason}")
        await correlate(decoded.records, services.state, services.settings, services.clock())
        for still_unread in decoded.parked:
            await services.state.park(still_unread)
    await services.state.unpark(parked_id)
