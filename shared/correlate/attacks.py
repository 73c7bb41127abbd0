"""What the sign-ins of many show together: sprays, guessed passwords, disabled accounts that were tried."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from shared.correlate.affected import Affected, is_by_user, touch
from shared.correlate.campaigns import joined_spray
from shared.correlate.signals import signal
from shared.correlate.sprays import address_partition, campaign_of, signals_of_spray
from shared.correlate.spread import looks, spread_spray_since
from shared.models.records import AnyRecord, SignIn
from shared.patterns.addresses import beside_disabled, guessed_from
from shared.patterns.codes import DISABLED, PASSWORD_WAS_RIGHT, WRONG_PASSWORD
from shared.patterns.sprays import Spray, latest_spray
from shared.settings import Settings
from shared.state.interface import State

TELLING_CODES = frozenset({WRONG_PASSWORD, DISABLED, *PASSWORD_WAS_RIGHT})
"""Results after which the other sign-ins from the same address are worth a look."""
TRIED_CODES = frozenset({WRONG_PASSWORD, DISABLED})
"""Results without which an address shows nothing: somebody tried what did not work."""


async def look_at_addresses(
    records: Sequence[AnyRecord], affected: dict[str, Affected], state: State, settings: Settings, now: datetime
) -> None:
    """Look at every address that a password failed or worked from; keep campaigns, add who fell or was guessed."""
    earliest: dict[str, datetime] = {}
    for record in records:
        if is_by_user(record) and record.ip_address and record.error_code in TELLING_CODES:
            partition = address_partition(record.tenant_id, record.ip_address)
            earliest[partition] = min(earliest.get(partition, record.at), record.at)
    before = timedelta(hours=settings.policy.thresholds.case_window_hours)
    at_addresses = await state.records_of({partition: at - before for partition, at in sorted(earliest.items())})
    for seen in at_addresses.values():
        if not any(isinstance(record, SignIn) and record.error_code in TRIED_CODES for record in seen):
            # Nearly every address: nobody has failed there, so there is no spray, guess or disabled account to find.
            continue
        spray = latest_spray(seen, settings)
        if spray is not None:
            await _keep(spray, affected, state, settings, now)
        guessed = guessed_from(seen, settings.policy.thresholds.guesses)
        for record in seen:
            if isinstance(record, SignIn) and record.user_id in guessed:
                touch(affected, record.identity, record.at)
        for record in beside_disabled(seen):
            found = signal(record, "address_tried_disabled_account", record.at)
            touch(affected, record.identity, record.at).extra.append(found)


async def look_at_signatures(
    records: Sequence[AnyRecord], affected: dict[str, Affected], state: State, settings: Settings, now: datetime
) -> None:
    """Look at what the tries of one tool share, once for each; keep campaigns of many addresses, add who fell."""
    for tenant, signature, at in looks(records):
        spray = await spread_spray_since(tenant, signature, at, state, settings)
        if spray is not None:
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
