"""What the sign-ins of many show together: sprays, guessed passwords, disabled accounts that were tried."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from shared.correlate.addresses import seen_from
from shared.correlate.affected import Affected, is_by_user, touch
from shared.correlate.campaigns import joined_spray
from shared.correlate.signals import signal
from shared.correlate.sprays import campaign_of, signals_of_spray, tried_partition
from shared.correlate.spread import spread_sprays
from shared.models.records import AnyRecord
from shared.patterns.addresses import beside_disabled, guessed_from
from shared.patterns.codes import DISABLED, PASSWORD_WAS_RIGHT, TRIED_CODES, sign_ins_of
from shared.patterns.sprays import Spray, latest_spray
from shared.settings import Settings
from shared.state.interface import State

TELLING_CODES = TRIED_CODES | PASSWORD_WAS_RIGHT
"""Results after which what was tried from the same address is worth a look."""


async def look_at_addresses(
    records: Sequence[AnyRecord], affected: dict[str, Affected], state: State, settings: Settings, now: datetime
) -> None:
    """Look at every address that a password failed or worked from; keep campaigns, add who fell or was guessed."""
    earliest: dict[tuple[str, str], datetime] = {}
    for record in records:
        if is_by_user(record) and record.ip_address and record.error_code in TELLING_CODES:
            source = record.tenant_id, record.ip_address
            earliest[source] = min(earliest.get(source, record.at), record.at)
    before = timedelta(hours=settings.policy.thresholds.case_window_hours)
    since = {source: at - before for source, at in sorted(earliest.items())}
    tried = await state.records_of({tried_partition(*source): at for source, at in since.items()})
    for (tenant_id, address), at in since.items():
        failed = sign_ins_of(tried[tried_partition(tenant_id, address)])
        guessed = guessed_from(failed, settings.policy.thresholds.guesses)
        for record in failed:
            if record.user_id in guessed:
                touch(affected, record.identity, record.at)
        # Nearly everywhere next to nobody has failed, and nothing else of the address is read.
        if latest_spray(failed, settings) or any(record.error_code == DISABLED for record in failed):
            seen = await seen_from(tenant_id, address, at, state)
            if spray := latest_spray(seen, settings):
                await _keep(spray, affected, state, settings, now)
            for record in beside_disabled(seen):
                found = signal(record, "address_tried_disabled_account", record.at)
                touch(affected, record.identity, record.at).extra.append(found)


async def look_at_signatures(
    records: Sequence[AnyRecord], affected: dict[str, Affected], state: State, settings: Settings, now: datetime
) -> None:
    """Look at what the tries of one tool share, once for each; keep campaigns of many addresses, add who fell."""
    for spray in await spread_sprays(records, state, settings):
        await _keep(spray, affected, state, settings, now)


async def _keep(spray: Spray, affected: dict[str, Affected], state: State, settings: Settings, now: datetime) -> None:
    """Keep the campaign of a spray, and add the signals of those who fell."""
    campaign = campaign_of(spray, await state.campaigns())
    await state.save_campaign(campaign)
    fell = signals_of_spray(spray)
    for joined in await joined_spray(campaign, fell, state, settings, now):
        touch(affected, joined.identity, joined.at).campaign = joined
    for identity, found in fell:
        touch(affected, identity, found.at).extra.append(found)
