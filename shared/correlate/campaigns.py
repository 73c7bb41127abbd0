"""Cases that share a cause become a campaign with one ticket. False merging is worse than none.

A campaign begins when enough identities were hit alike within the window from a source that is strange to them, and
next to nobody is at home there. From then on whoever is hit alike joins, unless the source is one of their own.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

import msgspec

from shared.correlate.causes import HOSTILE, Cause, cause_partition, causes
from shared.correlate.strangers import Source, places_of_many, standings
from shared.errors import ConflictError
from shared.models.cases import Campaign, Case, Signal
from shared.models.identity import Identity
from shared.models.records import AnyRecord, RiskDetection, SignIn
from shared.owed import arrived, ask_for_triage
from shared.settings import Settings
from shared.state.interface import State
from shared.telemetry import count

MOST_ASKED = 60
"""Identities whose past is looked at before a campaign begins, the latest ones."""
AT_HOME_SHARE = 4
"""No campaign where more than one in so many is at home at the source."""
FIRST_DELAY_SECONDS = 10.0
"""The first report of a campaign waits for those who come in the same moment."""


class Joined(msgspec.Struct, frozen=True, kw_only=True):
    """An identity that is part of a campaign."""

    identity: Identity
    at: datetime
    campaign_id: str
    """Id of the campaign's case."""
    is_folded: bool
    """The campaign's ticket stands for its case; not for one whose password is known to the attacker."""


async def fold(
    records: Sequence[AnyRecord], taken: set[str], state: State, settings: Settings, now: datetime
) -> list[Joined]:
    """Return who of a batch, and of those before, is part of a campaign; campaigns that begin have their case then.

    ``taken``: keys of identities that are part of one already.
    """
    found: dict[str, Joined] = {}
    for cause, hit in sorted(_by_cause(records).items(), key=lambda pair: (pair[0].asn == 0, pair[0])):
        free = await _free(hit, taken | found.keys(), state)
        if free:
            for one in await _joined(cause, free, state, settings, now):
                found.setdefault(one.identity.key, one)
    return [one for key, one in found.items() if key not in taken]


async def joined_spray(
    campaign: Campaign, fell: Sequence[tuple[Identity, Signal]], state: State, settings: Settings, now: datetime
) -> list[Joined]:
    """Return those for whom a spray found the password, as part of its campaign; it has a case once there is one."""
    if not fell:
        return []
    case = await _open(campaign, state, settings, now)
    return [Joined(identity=identity, at=signal.at, campaign_id=case.id, is_folded=False) for identity, signal in fell]


def _by_cause(records: Sequence[AnyRecord]) -> dict[Cause, list[RiskDetection | SignIn]]:
    found: dict[Cause, list[RiskDetection | SignIn]] = {}
    for record in records:
        for cause in causes(record):
            if isinstance(record, RiskDetection | SignIn):
                found.setdefault(cause, []).append(record)
    return found


async def _free(
    hit: Sequence[RiskDetection | SignIn], taken: set[str], state: State
) -> dict[str, RiskDetection | SignIn]:
    """Return, by identity, the latest record of those who are in no campaign."""
    free: dict[str, RiskDetection | SignIn] = {}
    for record in hit:
        if record.identity.key not in taken:
            free[record.identity.key] = record
    stored = await state.current_cases(free)
    return {key: record for key, record in free.items() if key not in stored or not stored[key][0].campaign_id}


async def _joined(
    cause: Cause, free: dict[str, RiskDetection | SignIn], state: State, settings: Settings, now: datetime
) -> list[Joined]:
    """Return who joins the cause's campaign, or begins it."""
    window = timedelta(hours=settings.policy.thresholds.campaign_window_hours)
    first = min(record.at for record in free.values())
    known = Campaign(
        id=cause.campaign_id, kind="shared_source", tenant_id=cause.tenant_id, ip_address=cause.address,
        asn=cause.asn or None, user_agent=cause.user_agent, first_at=first, last_at=first,
    )  # fmt: skip
    stored = (await state.current_cases([known.identity.key])).get(known.identity.key)
    if stored is not None and first <= stored[0].last_signal_at + window:
        case, source = stored[0], _source(cause, free.values(), stored[0].opened_at)
        stands = await standings(free, source, state, settings)
        members = [record for key, record in free.items() if stands[key] != "habitual"]
    else:
        seen = await state.records(cause_partition(cause.tenant_id, cause.campaign_id), first - window)
        members = await _beginners(cause, [r for r in seen if isinstance(r, RiskDetection | SignIn)], state, settings)
        if not members:
            return []
        began = min(record.at for record in members)
        case = await _open(msgspec.structs.replace(known, first_at=began), state, settings, now)
    return [Joined(identity=record.identity, at=record.at, campaign_id=case.id, is_folded=True) for record in members]


async def _beginners(
    cause: Cause, seen: Sequence[RiskDetection | SignIn], state: State, settings: Settings
) -> list[RiskDetection | SignIn]:
    """Return those who make a campaign; nobody when they are too few, or too many are at home at the source."""
    least = settings.policy.thresholds.campaign_identities
    latest = {record.identity.key: record for record in seen}
    if len(latest) < least:
        return []
    asked = list(await _free(list(latest.values())[-MOST_ASKED:], set(), state))
    if len(asked) < least:
        return []
    source = _source(cause, seen, min(record.at for record in seen))
    homes = await places_of_many(cause.tenant_id, source.addresses, source.since, state, settings)
    if source.addresses <= homes:
        return []
    source = msgspec.structs.replace(source, addresses=source.addresses - homes)
    stands = await standings([key for key in asked if latest[key].ip_address not in homes], source, state, settings)
    counted = Counter(stands.values())
    proven = counted["stranger"] + (counted["unknown"] if _is_hostile(seen) else 0)
    if proven < least or counted["habitual"] * AT_HOME_SHARE > proven:
        return []
    return [latest[key] for key, stand in stands.items() if stand != "habitual"]


def _source(cause: Cause, records: Iterable[RiskDetection | SignIn], since: datetime) -> Source:
    addresses = frozenset(record.ip_address for record in records if record.ip_address)
    return Source(addresses=addresses, asn=cause.asn, since=since)


def _is_hostile(records: Iterable[RiskDetection | SignIn]) -> bool:
    """Say whether Entra names the source an attacker's for any of them."""
    return any(
        record.risk_event_type in HOSTILE
        if isinstance(record, RiskDetection)
        else not HOSTILE.isdisjoint(record.risk_event_types)
        for record in records
    )


async def _open(campaign: Campaign, state: State, settings: Settings, now: datetime) -> Case:
    """Return the campaign's case, made and asked for where there is none, or where the last one is long silent."""
    stored = (await state.current_cases([campaign.identity.key])).get(campaign.identity.key)
    window = timedelta(hours=settings.policy.thresholds.campaign_window_hours)
    if stored is not None and campaign.last_at <= stored[0].last_signal_at + window:
        return stored[0]
    previous = (*stored[0].previous_case_ids, stored[0].id) if stored else ()
    digest = sha256(f"{campaign.identity.key}|{previous[-1] if previous else 0}".encode()).hexdigest()[:12]
    case = Case(
        id=f"campaign-{digest}",
        identity=campaign.identity,
        opened_at=campaign.first_at,
        last_signal_at=campaign.last_at,
        revision=1,
        asked_revision=1,
        update_due_at=now + timedelta(seconds=FIRST_DELAY_SECONDS),
        previous_case_ids=previous,
    )
    await state.save_campaign(campaign)
    try:
        await state.save_case(arrived(case, now), None)
    except ConflictError:
        # Another instance saw it in the same moment, made the same, and asks for it.
        return case
    count("cases", change="opened", identity_kind=case.identity.kind)
    await ask_for_triage(case.id, state, delay_seconds=FIRST_DELAY_SECONDS)
    return case
