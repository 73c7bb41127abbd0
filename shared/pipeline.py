"""The flow: read this file top to bottom and you have read the product.

    records ──► ingest ──► correlate ──► [queue] ──► enrich ──► assess ──► write ──► deliver

``take_in`` runs where events arrive: it only decodes, correlates and enqueues. ``triage`` runs from the queue, which
retries and parks. Every step may run twice; the ticket is the same.
"""

import uuid
from collections.abc import Sequence
from datetime import timedelta

import msgspec

from shared.assess import assess
from shared.clients import Services
from shared.correlate.by_hand import ask_by_hand
from shared.correlate.correlate import correlate
from shared.correlate.sprays import address_partition
from shared.correlate.spread import looks, spread_spray_since
from shared.deliver.deliver import deliver
from shared.enrich import enrich
from shared.errors import DeliveryUnavailableError, MalformedRecordError, NotFoundError
from shared.graph.kept import STALE
from shared.ingest import decode, decode_resource
from shared.look_ups import keep_look_ups, look_ups_of
from shared.memory import memories_of
from shared.models.cases import Case, Parked, TriageRequest
from shared.models.records import AnyRecord, Identity, RiskDetection, SignIn
from shared.models.reports import Report
from shared.owed import ask_for_triage, lease_of, mark_triaged
from shared.parking import parked_request
from shared.retention import forget_old
from shared.state.interface import TRIAGE_QUEUE
from shared.telemetry import happened
from shared.waiting import read_for_many, wait_in_line
from shared.write import Subject, write_summary

STUCK_AFTER = timedelta(minutes=10)
"""A case whose triage is owed for longer than this is asked for again by the sweep."""
BUSY_SECONDS = 15
"""A request for a case that another worker holds (or held when it died) comes back after this long."""

QUEUE_RETRY_SECONDS = 30
"""When the queue repeats by itself what failed: ``visibilityTimeout`` of host.json."""
LONGEST_PAUSE_SECONDS = 3600
"""A destination that asks for more is tried again after this."""


class TakenIn(msgspec.Struct, frozen=True):
    """What a batch of event bodies came to."""

    records: int
    ignored: int
    dead_lettered: int
    cases: int


async def take_in(bodies: Sequence[bytes], services: Services) -> TakenIn:
    """Decode event bodies, park what can't be read, and bring the cases of the rest up to date.

    Raises only what another try may mend (state not reachable); unreadable records never stop the others.
    """
    now = services.clock()
    records: list[AnyRecord] = []
    parked: list[Parked] = []
    ignored = 0
    for body in bodies:
        decoded = decode(body, received_at=now, default_tenant=services.settings.tenant_id or None)
        records += decoded.records
        parked += decoded.parked
        ignored += sum(decoded.ignored.values())
    for letter in parked:
        await services.state.park(letter)
    cases = await correlate(records, services.state, services.settings, now)
    await services.state.add_counts({"records": len(records), "ignored": ignored, "dead_lettered": len(parked)})
    taken = TakenIn(records=len(records), ignored=ignored, dead_lettered=len(parked), cases=len(cases))
    happened("events taken in", **msgspec.structs.asdict(taken))
    return taken


async def triage(request: TriageRequest, services: Services) -> Report | None:
    """Make and deliver the report that a case is owed; None when nothing is: an earlier run has covered it.

    While another worker holds the case, or a destination asks for a pause, the request is put back for later, which is
    no failure. Raises NotFoundError for a case that does not exist, and transient errors of state and delivery: the
    queue brings the request back.
    """
    holder = uuid.uuid4().hex
    lease = lease_of(request.case_id)
    if not await services.state.acquire_lease(lease, holder, services.settings.lease_seconds):
        await ask_for_triage(request.case_id, services.state, delay_seconds=BUSY_SECONDS)
        return None
    try:
        stored = await services.state.case(request.case_id)
        if stored is None:
            raise NotFoundError(f"no case `{request.case_id}`")
        case = stored[0]
        if not case.needs_triage:
            return None
        report = await _next_version(await make_report(case, services), services)
        if report.version > case.report_version and not await _delivered(report, services):
            return None
        await mark_triaged(report, services.state, services.settings, services.clock())
    finally:
        await services.state.release_lease(lease, holder)
    happened(
        "case triaged",
        case_id=report.case_id,
        version=report.version,
        verdict=report.assessment.verdict,
        facts=len(report.dossier.facts),
        gaps=len(report.dossier.gaps),
        round_trips=report.dossier.round_trips,
    )
    return report


async def _next_version(report: Report, services: Services) -> Report:
    """Return the report under its version, saved: the latest one again when it says nothing new.

    The latest may be one that has not reached every destination. It is never written over: those that have it would
    not be sent what is new in it.
    """
    latest = await services.state.report(report.case_id)
    if latest is not None and _says_the_same(latest, report):
        return msgspec.structs.replace(latest, revision=report.revision)
    if latest is not None:
        report = msgspec.structs.replace(report, version=max(report.version, latest.version + 1))
    await services.state.save_report(report)
    return report


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
    now = services.clock()
    records = await _evidence(case, services)
    kept = await look_ups_of(case, services.state)
    if case.follow_ups:
        kept = await read_for_many(case, kept, services.graph, services.state, services.settings)
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
    kept = await wait_in_line(case, found.answers, kept, services.state)
    await keep_look_ups(case, dossier, found.answers, kept, state=services.state, now=services.clock())
    if found.habits is not None:
        await services.state.save_habits(found.habits)
    assessment = assess(
        dossier,
        identity=case.identity,
        status=case.status,
        outcome=case.outcome,
        now=now,
        policy=services.settings.policy,
    )
    subject = Subject(
        identity=case.identity,
        status=case.status,
        outcome=case.outcome,
        signals=case.signals,
        dossier=dossier,
        assessment=assessment,
    )
    summary = await write_summary(subject, services.model)
    return Report(
        case_id=case.id,
        version=case.report_version + 1,
        policy=services.settings.policy.fingerprint,
        revision=case.revision,
        generated_at=now,
        identity=case.identity,
        status=case.status,
        outcome=case.outcome,
        opened_at=case.opened_at,
        signals=case.signals,
        dossier=dossier,
        assessment=assessment,
        summary=summary,
    )


async def triage_now(identity: Identity, services: Services) -> Case:
    """Open or touch an identity's case because a person asks; its triage is in the queue when this returns."""
    case = await ask_by_hand(identity, services.state, services.settings, services.clock())
    happened("triage asked for by hand", case_id=case.id)
    return case


async def sweep(services: Services) -> int:
    """Ask again for triage that is long owed; forget what is past its time.

    Return how many were asked for.
    """
    now = services.clock()
    asked = 0
    cases = await services.state.cases()
    for case in cases:
        if case.needs_triage and (case.update_due_at or case.last_signal_at) < now - STUCK_AFTER:
            await ask_for_triage(case.id, services.state)
            asked += 1
    await services.state.purge_documents("look_ups", now - STALE)
    await forget_old(cases, services.state, services.settings, now)
    happened("house kept", asked=asked)
    return asked


async def park_failed(body: bytes, services: Services) -> Parked:
    """Keep a triage request that the queue gave up on, so that it can be looked at and replayed."""
    parked = parked_request(body, services.clock())
    await services.state.park(parked)
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
        if decoded.parked:
            raise MalformedRecordError(f"`{parked_id}` still can't be read: {decoded.parked[0].reason}")
        await correlate(decoded.records, services.state, services.settings, services.clock())
    await services.state.unpark(parked_id)


async def _evidence(case: Case, services: Services) -> list[AnyRecord]:
    """Return the records of the case's identity, and those from the addresses and of the sprays its signals name."""
    since = case.opened_at - timedelta(days=services.settings.history_days)
    own = await services.state.records(case.identity.key, since)
    signalled = {signal.record_id for signal in case.signals}
    addresses = {
        record.ip_address
        for record in own
        if isinstance(record, RiskDetection | SignIn)
        and (isinstance(record, RiskDetection) or record.record_id in signalled)
        and record.ip_address
    }
    found = {record.key: record for record in own}
    window = timedelta(hours=services.settings.policy.thresholds.case_window_hours)
    for address in sorted(addresses):
        partition = address_partition(case.identity.tenant_id, address)
        for record in await services.state.records(partition, case.opened_at - window):
            found.setdefault(record.key, record)
    fell = {signal.record_id for signal in case.signals if signal.reason == "password_spray_success"}
    for tenant, signature, at in looks(record for record in own if record.record_id in fell):
        spray = await spread_spray_since(tenant, signature, at, services.state, services.settings)
        for record in spray.failures if spray else ():
            found.setdefault(record.key, record)
    return sorted(found.values(), key=lambda record: (record.at, record.key))


def _says_the_same(before: Report, report: Report) -> bool:
    """Say whether a report would tell its readers nothing new: then no version of it is made."""
    return _said(before) == _said(report)


def _said(report: Report) -> tuple[object, ...]:
    """Return what a report says; when Graph was asked for a fact, or why it is not there yet, is no news."""
    facts = [
        msgspec.structs.replace(fact, source=msgspec.structs.replace(fact.source, read_at=None))
        for fact in report.dossier.facts
    ]
    gaps = [(gap.what, None if gap.is_passing else gap) for gap in report.dossier.gaps]
    return report.signals, report.status, report.assessment, facts, gaps
