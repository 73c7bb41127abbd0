"""What a case is judged by: the records of its identity, and those that its signals lead to."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from shared.correlate.addresses import seen_from
from shared.correlate.sprays import tried_partition
from shared.correlate.spread import spread_sprays
from shared.models.cases import Case
from shared.models.records import AnyRecord, RiskDetection, SignIn
from shared.patterns.codes import sign_ins_of
from shared.settings import Settings
from shared.state.interface import State


async def case_records(case: Case, state: State, settings: Settings) -> list[AnyRecord]:
    """Return the records of the case's identity, and those from the addresses and of the sprays its signals name."""
    since = case.opened_at - timedelta(days=settings.history_days)
    own = await state.records(case.identity.key, since)
    signalled = {signal.record_id for signal in case.signals}
    addresses = {
        record.ip_address
        for record in own
        if isinstance(record, RiskDetection | SignIn)
        and (isinstance(record, RiskDetection) or record.record_id in signalled)
        and record.ip_address
    }
    found = {record.key: record for record in own}
    since = case.opened_at - timedelta(hours=settings.policy.thresholds.case_window_hours)
    hits = _hits(case, own)
    for address in sorted(addresses) if hits else await _tried_by_many(addresses, case, since, state, settings):
        for record in await seen_from(case.identity.tenant_id, address, since, state):
            found.setdefault(record.key, record)
    for spray in await spread_sprays(hits, state, settings, undated=True):
        for record in spray.failures:
            found.setdefault(record.key, record)
    return sorted(found.values(), key=lambda record: (record.at, record.key))


def _hits(case: Case, own: Sequence[AnyRecord]) -> list[AnyRecord]:
    """Return the sign-ins with which a spray got the password right."""
    fell = {signal.record_id for signal in case.signals if signal.reason == "password_spray_success"}
    return [record for record in own if record.record_id in fell]


async def _tried_by_many(
    addresses: Collection[str], case: Case, since: datetime, state: State, settings: Settings
) -> list[str]:
    """Return the addresses from which enough users failed to be a spray: what others did tells nothing elsewhere.

    Thousands may be hit from one address that tried no passwords; their reports do not read each other's sign-ins.
    """
    partitions = {tried_partition(case.identity.tenant_id, address): address for address in sorted(addresses)}
    tried = await state.records_of(dict.fromkeys(partitions, since))
    return [
        address
        for partition, address in partitions.items()
        if len({r.user_id for r in sign_ins_of(tried[partition])}) >= settings.policy.thresholds.spray_users
    ]
