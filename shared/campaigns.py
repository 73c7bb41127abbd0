"""A campaign's report: made of its members' cases, without a look at Graph."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from shared.assess import assess_campaign
from shared.clients import Services
from shared.correlate.causes import cause_partition
from shared.enrich.campaign import campaign_dossier
from shared.errors import NotFoundError
from shared.models.cases import Campaign, Case, Outcome, Signal
from shared.models.records import AnyRecord
from shared.models.reports import Report, unwritten
from shared.state.interface import State

EACH_UP_TO = 10
"""Up to so many, each compromised member is news of its own; beyond that, each doubling."""


async def unwritten_report(case: Case, services: Services) -> Report:
    """Return the next version of a campaign's report, without words. Raises NotFoundError for a forgotten campaign."""
    state, now = services.state, services.clock()
    campaign = await campaign_of_case(case, state)
    members = await state.campaign_members(case.id)
    records = await _records(case, campaign, members, services)
    campaign = await _counted(campaign, members, records, state)
    dossier = campaign_dossier(campaign, members, records)
    status, outcome = _end(members)
    as_it_is = msgspec.structs.replace(
        case, identity=campaign.identity, status=status, outcome=outcome, signals=_signals(case, members)
    )
    assessment = assess_campaign(dossier, status=status)
    return unwritten(as_it_is, dossier, assessment, policy=services.settings.policy.fingerprint, at=now)


async def campaign_of_case(case: Case, state: State) -> Campaign:
    """Return the campaign that a case is about. Raises NotFoundError for one that is forgotten."""
    campaign = next((one for one in await state.campaigns() if one.id == case.identity.id), None)
    if campaign is None:
        raise NotFoundError(f"no campaign of `{case.id}`")
    return campaign


async def _records(case: Case, campaign: Campaign, members: Sequence[Case], services: Services) -> list[AnyRecord]:
    """Return what the members share. A spray is told by its own numbers."""
    if campaign.kind == "password_spray":
        return []
    back = case.opened_at - timedelta(hours=services.settings.policy.thresholds.campaign_window_hours)
    keys = {member.identity.key for member in members}
    shared = await services.state.records(cause_partition(campaign.tenant_id, campaign.id), back)
    return [record for record in shared if record.identity is not None and record.identity.key in keys]


async def _counted(campaign: Campaign, members: Sequence[Case], records: Sequence[AnyRecord], state: State) -> Campaign:
    """Return the campaign with its members as they are now, kept for whoever lists campaigns."""
    if campaign.kind == "password_spray":
        return campaign
    addresses = {getattr(record, "ip_address", None) for record in records} - {None}
    counted = msgspec.structs.replace(
        campaign,
        addresses=max(1, len(addresses)),
        last_at=max((record.at for record in records), default=campaign.last_at),
        targeted=tuple(sorted(member.identity.id for member in members)),
        succeeded=tuple(sorted(member.identity.id for member in members if member.verdict == "compromised")),
    )
    if counted != campaign:
        await state.save_campaign(counted)
    return counted


def _end(members: Sequence[Case]) -> tuple[Literal["open", "closed"], Outcome | None]:
    """Return closed once every member is, with the outcome that most of them had."""
    if not members or any(member.status == "open" for member in members):
        return "open", None
    outcomes = Counter(member.outcome for member in members if member.outcome)
    return "closed", max(outcomes, key=lambda one: (outcomes[one], one), default=None)


def _signals(case: Case, members: Sequence[Case]) -> tuple[Signal, ...]:
    """Return what is news: the beginning, each time that the campaign has doubled, and who fell."""
    fell = sorted((one for one in members if one.verdict == "compromised"), key=lambda one: (one.opened_at, one.id))
    opened = sorted(member.opened_at for member in members)
    steps = [size for size in (1 << power for power in range(31)) if size <= len(opened)]
    found = [_signal(case, "many_identities_hit", size, opened[size - 1]) for size in steps[3:]]
    told = [place for place in range(1, len(fell) + 1) if place <= EACH_UP_TO or place & (place - 1) == 0]
    found += [_signal(case, "member_compromised", place, fell[place - 1].last_signal_at) for place in told]
    found = found or [_signal(case, "many_identities_hit", 1, case.opened_at)]
    return tuple(sorted(found, key=lambda one: (one.at, one.key)))


def _signal(
    case: Case, reason: Literal["many_identities_hit", "member_compromised"], place: int, at: datetime
) -> Signal:
    return Signal(key=f"{reason}|{case.id}|{place}", reason=reason, at=at, record_id=case.identity.id, category="Cases")
