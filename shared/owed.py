"""What a case is owed: requests for triage, and the note that a report covers it."""

from datetime import datetime, timedelta
from hashlib import sha256

import msgspec

from shared.errors import ConflictError, NotFoundError
from shared.models.cases import Arrival, Case, TriageRequest
from shared.models.reports import Report
from shared.settings import Settings
from shared.state.interface import TRIAGE_QUEUE, State
from shared.telemetry import count, happened, span, traceparent

FOLLOW_UPS = 3
FOLLOW_UP_FACTOR = 5
"""A gap that may pass by itself is asked for again after the update delay, then 5 and 25 times as long."""
TURNS = 60
"""What had no turn yet stays owed: with the default delay this many follow-ups reach a day."""
FIRST_IN_LINE = frozenset({"critical", "high"})
"""Severities whose follow-ups never wait longer than the second does."""
EAGER_TURNS = 20
"""So often those ask again after the first delay alone, for what had no turn: a look-up that gets none costs Graph
nothing, and the budget keeps a part for them."""
MOST_ARRIVALS = 32
"""Arrivals that a case keeps until a report covers them; what they are for is one trace and its links."""
PACE = ((10, 1.0), (40, 5 / 3))
LONG_PACE = 15.0
"""A campaign's updates gather for the delay, after ten versions for longer, and after forty for so much longer that
one which goes on for days does not fill its ticket: who falls has a ticket of their own at once."""
NEARLY = 0.9
"""A campaign's request that comes within so much of the delay after a report is one too many."""
RELEASES_A_SECOND, RELEASES_AT_ONCE = 10.0, 20
"""Of several tenants each has its requests released so fast: a storm waits hidden, in a line of its own, and not before
those of others. Graph answers no tenant much faster."""
LONGEST_TURN_SECONDS = 480.0
"""No request is hidden for longer: the sweep would take it for lost."""
SAVE_TRIES = 8
"""Tries at one case when other workers write it at the same time."""


def lease_of(case_id: str) -> str:
    """Return the name of the lease that whoever works on a case holds."""
    return f"case|{case_id}"


async def ask_for_triage(case_id: str, state: State, *, delay_seconds: float = 0) -> None:
    """Send a request. It triages whatever the case is owed when it runs, so one too many does no harm.

    Of several tenants' it is released in its tenant's turn, not before the delay is over.
    """
    if state.shares_queues:
        turn = await state.take_turn("triage", RELEASES_A_SECOND, RELEASES_AT_ONCE)
        delay_seconds = max(delay_seconds, min(turn, LONGEST_TURN_SECONDS))
    with span("ask for triage", case_id=case_id, delay_seconds=delay_seconds):
        request = TriageRequest(case_id=case_id, traceparent=traceparent())
        await state.send(TRIAGE_QUEUE, msgspec.json.encode(request), delay_seconds=delay_seconds)


def arrived(case: Case, now: datetime) -> Case:
    """Return a case that changed with the note of when that arrived and in which trace."""
    arrival = Arrival(revision=case.revision, at=now, traceparent=traceparent())
    return msgspec.structs.replace(case, arrivals=(*case.arrivals, arrival)[-MOST_ARRIVALS:])


def update_delay(case: Case, settings: Settings) -> float:
    """Return the seconds for which what happens to a case is gathered before its next update."""
    delay = float(settings.update_delay_seconds)
    if case.identity.kind != "campaign":
        return delay
    return delay * next((pace for versions, pace in PACE if case.report_version < versions), LONG_PACE)


async def is_one_too_many(case: Case, state: State, settings: Settings, now: datetime) -> bool:
    """Say whether a campaign's request came too soon after a report, with another one on its way.

    Members join all the time, also while a report is made. Two requests would each be followed by another for ever,
    and the ticket have two updates in the time of one.
    """
    is_asked = case.asked_revision == case.revision and case.update_due_at is not None and case.update_due_at > now
    if case.identity.kind != "campaign" or not is_asked:
        return False
    latest = await state.report(case.id)
    soon = timedelta(seconds=NEARLY * update_delay(case, settings))
    return latest is not None and timedelta(0) <= now - latest.generated_at < soon


async def touch_campaign(case_id: str, at: datetime, state: State, settings: Settings, now: datetime) -> None:
    """Have a campaign's report brought up to date with its members, soon: whatever else happens till then goes along.

    Unknown ids are no error: the campaign is forgotten.
    """
    for _ in range(SAVE_TRIES):
        stored = await state.case(case_id)
        if stored is None:
            return
        case, etag = stored
        is_waiting = case.needs_triage and case.asked_revision == case.revision
        if is_waiting and case.update_due_at is not None and case.update_due_at > now:
            return
        delay = update_delay(case, settings)
        touched = msgspec.structs.replace(
            case,
            revision=case.revision + 1,
            asked_revision=case.revision + 1,
            last_signal_at=max(case.last_signal_at, at),
            update_due_at=now + timedelta(seconds=delay),
        )
        try:
            await state.save_case(arrived(touched, now), etag)
        except ConflictError:
            continue
        count("cases", change="updated", identity_kind=case.identity.kind)
        # A crash in between is mended by the sweep, which asks for what is long owed.
        await ask_for_triage(case_id, state, delay_seconds=delay)
        return


async def mark_triaged(report: Report, state: State, settings: Settings, now: datetime) -> None:
    """Record that a report is out; ask again when signals came meanwhile, or when a gap may be filled later."""
    for _ in range(SAVE_TRIES):
        stored = await state.case(report.case_id)
        if stored is None:
            raise NotFoundError(f"no case `{report.case_id}`")
        case, etag = stored
        marked, delay_seconds = _marked(case, report, settings, now)
        if delay_seconds is not None:
            # Before the save: after it, a crash would leave the note of a request that is not there.
            await ask_for_triage(case.id, state, delay_seconds=delay_seconds)
        try:
            await state.save_case(marked, etag)
        except ConflictError:
            happened("case changed while being marked", case_id=case.id)
        else:
            return
    raise ConflictError(f"case `{report.case_id}` changed {SAVE_TRIES} times while being marked")


def _marked(case: Case, report: Report, settings: Settings, now: datetime) -> tuple[Case, float | None]:
    """Return the case with this report noted, and the delay of the request that is still needed, if any."""
    delay = update_delay(case, settings)
    marked = msgspec.structs.replace(
        case,
        triaged_revision=report.revision,
        report_version=report.version,
        severity=report.assessment.severity,
        arrivals=tuple(one for one in case.arrivals if one.revision > report.revision),
        verdict=report.assessment.verdict,
    )
    if case.identity.kind == "campaign":
        # Its members decide; the report has just looked at them.
        marked = msgspec.structs.replace(marked, status=report.status, outcome=report.outcome)
    if case.revision > report.revision:
        if case.update_due_at is not None and case.update_due_at > now:
            return marked, None
        due = now + timedelta(seconds=delay)
        return msgspec.structs.replace(marked, asked_revision=case.revision, update_due_at=due), delay
    marked = msgspec.structs.replace(marked, update_due_at=None)
    passing = [gap for gap in report.dossier.gaps if gap.is_passing]
    most = TURNS if any(gap.reason == "not_asked" for gap in passing) else FOLLOW_UPS
    if not passing or case.follow_ups >= most:
        return marked, None
    # What could not be read yet is owed like a change; each try waits longer than the one before. No due time is
    # set: a new signal must not wait for it.
    owed = case.revision + 1
    again = msgspec.structs.replace(marked, revision=owed, asked_revision=owed, follow_ups=case.follow_ups + 1)
    if most == TURNS:
        delay *= 1 + _spread(case.id)
    longest = FOLLOW_UPS - 1
    if marked.severity in FIRST_IN_LINE:
        longest = 0 if most == TURNS and case.follow_ups < EAGER_TURNS else 1
    steps = min(case.follow_ups, longest)
    return again, delay * FOLLOW_UP_FACTOR**steps


def _spread(case_id: str) -> float:
    """Return a number from 0 to 1 by which cases that arrived together come back apart, always the same for a case."""
    return int(sha256(case_id.encode()).hexdigest()[:6], 16) / 16**6
