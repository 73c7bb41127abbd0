"""The flow: read this file top to bottom and you have read the product.

    records ──► ingest ──► correlate ──► [queue] ──► enrich ──► assess ──► write ──► deliver

``take_in`` runs where events arrive: it only decodes, correlates and enqueues. ``triage`` runs from the queue, which
retries and parks. Every step may run twice; the ticket is the same.
"""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from shared.assess import assess
from shared.campaigns import unwritten_report
from shared.clients import Services
from shared.correlate.by_hand import ask_by_hand
from shared.correlate.case_records import case_records
from shared.correlate.correlate import correlate
from shared.deliver.deliver import deliver
from shared.enrich import enrich
from shared.errors import DeliveryUnavailableError, NotFoundError
from shared.ingest import decode, decode_resource
from shared.leases import Lease, leased
from shared.look_ups import keep_look_ups, look_ups_of
from shared.memory import memories_of
from shared.models.cases import Case, TriageRequest
from shared.models.dossier import Dossier
from shared.models.identity import Identity
from shared.models.reports import Report, Summary, says_the_same, unwritten
from shared.owed import ask_for_triage, is_one_too_many, lease_of, mark_triaged, touch_campaign
from shared.parking import may_pass, parked_body
from shared.telemetry import Work, count, happened, measure, span, went_wrong
from shared.versions import kept_version, writer_of
from shared.waiting import read_for_many, wait_in_line
from shared.write import Subject, write_summary

BUSY_SECONDS = 15
"""A request for a case that another worker holds (or held when it died) comes back after this long."""

QUEUE_RETRY_SECONDS = 30
"""When the queue repeats by itself what failed: ``visibilityTimeout`` of host.json."""
LONGEST_PAUSE_SECONDS = 3600
"""A destination that asks for more is tried again after this."""


type Source = Literal["risk_events", "sign_ins", "poll", "replay"]


class TakenIn(msgspec.Struct, frozen=True):
    """What a batch of event bodies came to."""

    records: int
    ignored: int
    dead_lettered: int
    cases: int


async def take_in(bodies: Sequence[bytes], services: Services, *, source: Source) -> TakenIn:
    """Decode event bodies, park what can't be read, and bring the cases of the rest up to date.

    ``source``: where they come from, for whoever looks at the numbers.
    Raises only what another try may mend: state that is not reachable or denied. It is then repeated until it succeeds.
    Neither unreadable records nor a body that state or our own code cannot take stop the others: they are parked.
    """
    try:
        with span("ingest", source=source, bodies=len(bodies)) as work:
            taken = await _taken_in(bodies, services, source)
            work.note(**msgspec.structs.asdict(taken))
            if not taken.cases and not taken.dead_lettered:
                # Nearly every batch of sign-ins: its numbers are in the metrics, a trace of it would only cost.
                work.forget()
    except Exception as fault:
        # A bug, or a record that state refuses, must not block its partition for ever, nor lose the batch. Where state
        # takes nothing at all, parking raises too.
        if may_pass(fault):
            raise
        went_wrong("events not taken in", fault, bodies=len(bodies))
        if len(bodies) == 1:
            taken = await _set_aside(bodies[0], fault, services, source)
        else:
            each = [await take_in([body], services, source=source) for body in bodies]
            return TakenIn(*(sum(counts) for counts in zip(*map(msgspec.structs.astuple, each), strict=True)))
    happened("events taken in", **msgspec.structs.asdict(taken))
    return taken


async def _taken_in(bodies: Sequence[bytes], services: Services, source: Source) -> TakenIn:
    now, tenant = services.clock(), services.settings.tenant_id or None
    found = [decode(body, received_at=now, default_tenant=tenant) for body in bodies]
    records = [record for decoded in found for record in decoded.records]
    parked = [letter for decoded in found for letter in decoded.parked]
    for letter in parked:
        await services.state.park(letter)
    cases = await correlate(records, services.state, services.settings, now)
    taken = TakenIn(
        records=len(records),
        ignored=sum(sum(decoded.ignored.values()) for decoded in found),
        dead_lettered=sum(letter.count for letter in parked),
        cases=len(cases),
    )
    if records:
        measure("event_age", (now - min(record.at for record in records)).total_seconds(), source=source)
    await _count(taken, services, source)
    return taken


async def _set_aside(body: bytes, fault: Exception, services: Services, source: Source) -> TakenIn:
    """Park a body that trips a fault of our own, as it came."""
    await services.state.park(parked_body(body, fault, services.clock()))
    taken = TakenIn(records=0, ignored=0, dead_lettered=1, cases=0)
    await _count(taken, services, source)
    return taken


async def _count(taken: TakenIn, services: Services, source: Source) -> None:
    for outcome in ("taken", "ignored", "dead_lettered"):
        count("records", getattr(taken, "records" if outcome == "taken" else outcome), source=source, outcome=outcome)
    count("parked", taken.dead_lettered, kind="record")
    counts = msgspec.structs.asdict(taken)
    await services.state.add_counts({name: counts[name] for name in ("records", "ignored", "dead_lettered")})


async def triage(request: TriageRequest, services: Services) -> Report | None:
    """Make and deliver the report that a case is owed; None when nothing is: an earlier run has covered it.

    While another worker holds the case, or a destination asks for a pause, the request is put back for later, which is
    no failure. Raises NotFoundError for a case that does not exist, and transient errors of state and delivery: the
    queue brings the request back.
    """
    began, outcome = time.perf_counter(), "failed"
    try:
        with span("triage", parent=request.traceparent, case_id=request.case_id) as work:
            report, outcome = await _held(request.case_id, services, work)
            work.note(outcome=outcome)
            if report is not None:
                happened(
                    "case triaged",
                    case_id=report.case_id,
                    version=report.version,
                    verdict=report.assessment.verdict,
                    facts=len(report.dossier.facts),
                    gaps=len(report.dossier.gaps),
                    round_trips=report.dossier.round_trips,
                )
    finally:
        measure("triages", time.perf_counter() - began, outcome=outcome)
    return report


async def _held(case_id: str, services: Services, work: Work) -> tuple[Report | None, str]:
    """Triage a case while nobody else does. Return the report, and what came of it."""
    async with leased(lease_of(case_id), services.state, services.settings.lease_seconds) as lease:
        if lease is None:
            await ask_for_triage(case_id, services.state, delay_seconds=BUSY_SECONDS)
            return None, "busy"
        stored = await services.state.case(case_id)
        if stored is None:
            raise NotFoundError(f"no case `{case_id}`")
        case = stored[0]
        work.note(identity_kind=case.identity.kind)
        work.also_of(arrival.traceparent for arrival in case.arrivals)
        if not case.needs_triage or await is_one_too_many(case, services.state, services.settings, services.clock()):
            return None, "nothing_owed"
        return await _reported(case, lease, services, work)


async def _reported(case: Case, lease: Lease, services: Services, work: Work) -> tuple[Report | None, str]:
    """Make, keep and deliver what a case is owed."""
    report = await kept_version(await make_report(case, services), services.state)
    assessment = report.assessment
    work.note(version=report.version, verdict=assessment.verdict, severity=assessment.severity)
    # Looking took a while. Whoever stood still for longer than the lease must not send beside its new holder.
    if not await lease.renewed():
        await ask_for_triage(case.id, services.state, delay_seconds=BUSY_SECONDS)
        return None, "lease_lost"
    is_new = report.version > case.report_version
    has_ticket = is_new and await _has_ticket(case, report, services)
    if has_ticket and not await _delivered(report, services):
        return None, "put_off"
    now = services.clock()
    await mark_triaged(report, services.state, services.settings, now)
    if is_new and case.campaign_id:
        await touch_campaign(case.campaign_id, case.last_signal_at, services.state, services.settings, now)
    if has_ticket and case.arrivals:
        waited = now - min(arrival.at for arrival in case.arrivals)
        measure("time_to_ticket", waited.total_seconds(), severity=assessment.severity)
    return report, "reported" if is_new else "unchanged"


async def _has_ticket(case: Case, report: Report, services: Services) -> bool:
    """Say whether a case has, or gets, a ticket of its own.

    One that is folded into a campaign gets one when it is compromised. A ticket that is there is kept up to date.
    """
    return not _is_spoken_for(case, report) or bool(await services.state.deliveries(case.id))


def _is_spoken_for(case: Case, report: Report) -> bool:
    """Say whether a campaign's ticket stands for a case: it is folded into the campaign, and not compromised."""
    return msgspec.structs.replace(case, verdict=report.assessment.verdict).is_told_by_campaign


async def _delivered(report: Report, services: Services) -> bool:
    """Deliver a report. Return False when it was put off: destinations that name a time get that time.

    The queue's own retries come sooner than a rate limit ends, and would park the request meanwhile.
    """
    try:
        await deliver(report, services.destinations, services.state, services.settings, services.clock())
    except DeliveryUnavailableError as busy:
        wait = min(busy.retry_after_seconds or 0, LONGEST_PAUSE_SECONDS)
        if wait <= QUEUE_RETRY_SECONDS:
            raise
        await ask_for_triage(report.case_id, services.state, delay_seconds=wait)
        happened("delivery put off", case_id=report.case_id, version=report.version, seconds=wait)
        return False
    return True


async def make_report(case: Case, services: Services) -> Report:
    """Return the next version of a case's report: look, judge, write."""
    report = await (unwritten_report if case.identity.kind == "campaign" else _judged)(case, services)
    return msgspec.structs.replace(report, summary=await _words(case, report, services))


async def _judged(case: Case, services: Services) -> Report:
    """Return the report of an identity's case without words: look and judge."""
    now = services.clock()
    dossier = await _looked_at(case, services, now)
    with span("assess") as work:
        assessment = assess(
            dossier,
            identity=case.identity,
            status=case.status,
            outcome=case.outcome,
            now=now,
            policy=services.settings.policy,
        )
        work.note(findings=len(assessment.findings), verdict=assessment.verdict, severity=assessment.severity)
    return unwritten(case, dossier, assessment, policy=services.settings.policy.fingerprint, at=now)


async def _looked_at(case: Case, services: Services, now: datetime) -> Dossier:
    """Return what is known of an identity's case; keep what its next update need not read again."""
    records = await case_records(case, services.state, services.settings)
    kept = await look_ups_of(case, services.state)
    if case.follow_ups:
        kept = await read_for_many(case, kept, services.graph, services.state, services.settings)
    with span("enrich") as work:
        found = await enrich(
            case,
            records,
            services.graph,
            settings=services.settings,
            now=now,
            decode_resource=decode_resource,
            memory=await memories_of(case, services.state),
            kept=kept,
        )
        dossier = found.dossier
        work.note(facts=len(dossier.facts), gaps=len(dossier.gaps), round_trips=dossier.round_trips)
    kept = await wait_in_line(case, found.answers, kept, services.state)
    await keep_look_ups(case, dossier, found.answers, kept, state=services.state, now=services.clock())
    if found.habits is not None:
        await services.state.save_habits(found.habits)
    return dossier


async def _words(case: Case, report: Report, services: Services) -> Summary:
    """Return the words of a report. What has been said is not written again: words are most of what a triage costs.

    A campaign asks the model once, and its members not at all unless they are compromised.
    """
    latest = await services.state.report(report.case_id) if report.version > 1 else None
    if latest is not None and says_the_same(latest, report):
        return latest.summary
    is_later = case.identity.kind == "campaign" and latest is not None
    with span("write") as work:
        summary = await write_summary(
            Subject.of(report), None if _is_spoken_for(case, report) or is_later else services.model
        )
        work.note(writer=writer_of(summary.authorship))
    return summary


async def triage_now(identity: Identity, services: Services) -> Case:
    """Open or touch an identity's case because a person asks; its triage is in the queue when this returns."""
    case = await ask_by_hand(identity, services.state, services.settings, services.clock())
    happened("triage asked for by hand", case_id=case.id)
    return case
