"""Records to cases in state and requests in the queue. Safe to repeat: the same records change nothing twice."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from shared.correlate.affected import Affected, is_by_user, touch
from shared.correlate.attacks import look_at_addresses, look_at_signatures
from shared.correlate.campaigns import fold
from shared.correlate.cases import case_after, change_of, in_campaign
from shared.correlate.causes import cause_partitions
from shared.correlate.recent import telling_beside_recent
from shared.correlate.signals import in_order, is_candidate, is_closing, signals_of
from shared.correlate.sprays import address_partition, tried_partition
from shared.correlate.spread import spray_partitions
from shared.errors import ConflictError
from shared.models.cases import Case
from shared.models.identity import STAND_IN, Identity
from shared.models.records import AnyRecord, DirectoryAudit, SignIn
from shared.owed import SAVE_TRIES, arrived, ask_for_triage, touch_campaign
from shared.patterns.codes import TRIED_CODES
from shared.retention import last_forgotten_case
from shared.settings import Settings
from shared.state.interface import State
from shared.telemetry import count, span

EVEN_EXCLUDED = {"confirmed_compromised", "asked_by_hand"}
"""What opens a case even of an identity that the policy leaves out."""
MANAGED_IDENTITIES = "ManagedIdentitySignInLogs"


type Stored = tuple[list[AnyRecord], tuple[Case, str] | None]
"""An identity's records, and its current case with its etag."""


async def correlate(records: Sequence[AnyRecord], state: State, settings: Settings, now: datetime) -> list[Case]:
    """Store the evidence, bring every touched case up to date, and ask for the triage that is owed.

    Returns the touched cases. Evidence is written first, cases second, the queue last: a crash in between leaves
    work that the redelivered batch, or the sweep, asks for again.
    """
    with span("correlate", records=len(records)) as work:
        await state.add_records([(partition, record) for record in records for partition in partitions(record)])
        affected = await _affected(records, state, settings, now)
        await _leave_out(affected, state, settings, now)
        cases = await bring_up_to_date([one for _, one in sorted(affected.items())], state, settings, now)
        # The members first: the campaign's report is about those who have joined.
        for case_id, at in _campaigns_of(affected.values()).items():
            await touch_campaign(case_id, at, state, settings, now)
        work.note(cases=len(cases))
        if not cases:
            work.forget()
    return cases


async def _affected(
    records: Sequence[AnyRecord], state: State, settings: Settings, now: datetime
) -> dict[str, Affected]:
    """Return those about whom a batch says something, by the key of the identity."""
    affected: dict[str, Affected] = {}
    await look_at_addresses(records, affected, state, settings, now)
    await look_at_signatures(records, affected, state, settings, now)
    for record in records:
        for identity in _identities(record):
            if is_candidate(record, settings.policy) or settings.policy.is_canary(identity):
                touch(affected, identity, record.at)
    sign_ins = [record for record in records if is_by_user(record) and _identities(record)]
    for record in await telling_beside_recent(sign_ins, affected, state):
        touch(affected, record.identity, record.at)
    await _add_open_cases(records, affected, state)
    for one in await fold(records, {key for key, one in affected.items() if one.campaign}, state, settings, now):
        touch(affected, one.identity, one.at).campaign = one
    return affected


def _campaigns_of(affected: Iterable[Affected]) -> dict[str, datetime]:
    """Return the campaigns that were joined, each with the latest moment of a joining."""
    latest: dict[str, datetime] = {}
    for one in affected:
        if one.campaign is not None:
            case_id = one.campaign.campaign_id
            latest[case_id] = max(latest.get(case_id, one.campaign.at), one.campaign.at)
    return latest


async def _add_open_cases(records: Sequence[AnyRecord], affected: dict[str, Affected], state: State) -> None:
    """Add the users whose case is open: an ordinary sign-in may be the one that a detection is about."""
    sign_ins = [r for r in records if isinstance(r, SignIn) and _identities(r)]
    others = {r.identity.key for r in sign_ins} - set(affected)
    stored = await state.current_cases(sorted(others))
    is_open = {key for key, (case, _) in stored.items() if case.status == "open"}
    for record in sign_ins:
        if record.identity.key in is_open:
            touch(affected, record.identity, record.at)


async def _leave_out(affected: dict[str, Affected], state: State, settings: Settings, now: datetime) -> None:
    """Count the identities that the policy leaves out; only a confirmed compromise gets past that, further on."""
    excluded = sum(settings.policy.is_excluded(one.identity, now) for one in affected.values())
    if excluded:
        await state.add_counts({"excluded": excluded})


def partitions(record: AnyRecord) -> Iterable[str]:
    """Return the evidence partitions of a record: whom it is about, who did it, its address, what its tool shares."""
    for identity in _identities(record):
        yield identity.key
    if is_by_user(record) and record.ip_address:
        yield address_partition(record.tenant_id, record.ip_address)
        if record.error_code in TRIED_CODES:
            yield tried_partition(record.tenant_id, record.ip_address)
    yield from spray_partitions(record)
    yield from cause_partitions(record)


def _identities(record: AnyRecord) -> list[Identity]:
    """Return everyone a record says something about; audits name whom or what was changed, and who did it.

    A sign-in that names no user counts in a spray and has no case.
    A managed identity cannot be used from elsewhere and its sign-ins name no address: storing them would only cost.
    """
    if record.category == MANAGED_IDENTITIES:
        return []
    found = record.identities if isinstance(record, DirectoryAudit) else (record.identity,)
    return [identity for identity in found if identity is not None and not identity.id.startswith(STAND_IN)]


async def bring_up_to_date(affected: Sequence[Affected], state: State, settings: Settings, now: datetime) -> list[Case]:
    """Return the cases of identities, up to date with records and extra signals; none for those that nothing opens.

    Triage is asked for where it is owed. Raises ConflictError when others keep writing a case.
    """
    found = await _stored(affected, state, settings)
    cases = []
    for one in affected:
        records, stored = found[one.identity.key]
        for _ in range(SAVE_TRIES):
            try:
                cases.append(await _saved(one, records, stored, state, settings, now=now))
                break
            except ConflictError:
                await asyncio.sleep(0)
                records, stored = (await _stored([one], state, settings))[one.identity.key]
        else:
            raise ConflictError(f"case of `{one.identity.key}` changed {SAVE_TRIES} times while being saved")
    return [case for case in cases if case is not None]


async def _stored(affected: Sequence[Affected], state: State, settings: Settings) -> dict[str, Stored]:
    """Return the records and the current case of each identity.

    Cases are read first: whoever saved one by then had written its evidence before, and whoever saves one later makes
    the etag that was read here stale. The other way round a signal of somebody else could be written over.
    """
    cases = await state.current_cases([one.identity.key for one in affected])
    window = timedelta(hours=settings.policy.thresholds.case_window_hours)
    records = await state.records_of({one.identity.key: one.earliest - window for one in affected})
    return {key: (found, cases.get(key)) for key, found in records.items()}


async def _saved(
    affected: Affected,
    records: Sequence[AnyRecord],
    stored: tuple[Case, str] | None,
    state: State,
    settings: Settings,
    *,
    now: datetime,
) -> Case | None:
    """Return the identity's case as it is after its records, saved; None when nothing opens one."""
    identity = _named(affected.identity, records)
    signals = in_order([*signals_of(records, identity, settings), *affected.extra])
    if settings.policy.is_excluded(identity, now):
        signals = tuple(found for found in signals if found.reason in EVEN_EXCLUDED or is_closing(found))
    before, etag = stored or (None, None)
    forgotten = await last_forgotten_case(identity, state) if signals and before is None else None
    case = case_after(before, identity, signals, settings, forgotten=forgotten)
    if case is None:
        return None
    if joined := affected.campaign:
        case = in_campaign(case, joined.campaign_id, is_folded=joined.is_folded)
    case, delay_seconds = _scheduled(case if case is before else arrived(case, now), before, settings, now)
    if case is not before:
        etag = await state.save_case(case, etag if before is not None and before.id == case.id else None)
    if delay_seconds is not None:
        await ask_for_triage(case.id, state, delay_seconds=delay_seconds)
        # Until this note, a redelivered batch asks again: the request may have been lost in a crash.
        await state.save_case(msgspec.structs.replace(case, asked_revision=case.revision), etag)
    if case is not before:
        count("cases", change=change_of(case, before), identity_kind=identity.kind)
    return case


def _named(identity: Identity, records: Sequence[AnyRecord]) -> Identity:
    """Return the identity with the name that its latest record about itself carries."""
    for record in reversed(records):
        about = record.identity
        if about is not None and about.key == identity.key and about.name:
            return about
    return identity


def _scheduled(case: Case, before: Case | None, settings: Settings, now: datetime) -> tuple[Case, float | None]:
    """Return the case with its next triage planned, and the delay of the request to send; None when one is waiting.

    The first signal triages at once; later ones gather until ``update_due_at``.
    """
    if before is None or before.id != case.id:
        return msgspec.structs.replace(case, update_due_at=now), 0.0
    is_waiting = before.needs_triage and before.asked_revision == before.revision
    if case is before:
        if is_waiting or not case.needs_triage:
            return case, None
        return case, max(0.0, ((case.update_due_at or now) - now).total_seconds())
    if is_waiting and case.update_due_at is not None and case.update_due_at >= now:
        return msgspec.structs.replace(case, asked_revision=case.revision), None
    due = now + timedelta(seconds=settings.update_delay_seconds)
    return msgspec.structs.replace(case, update_due_at=due), float(settings.update_delay_seconds)
