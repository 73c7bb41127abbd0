"""What a case is judged by: the records of its identity, and those that its signals lead to."""

from datetime import timedelta

from shared.correlate.addresses import seen_from
from shared.correlate.spread import spread_sprays
from shared.models.cases import Case
from shared.models.records import AnyRecord, RiskDetection, SignIn
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
    for address in sorted(addresses):
        for record in await seen_from(case.identity.tenant_id, address, since, state):
            found.setdefault(record.key, record)
    fell = {signal.record_id for signal in case.signals if signal.reason == "password_spray_success"}
    hits = [record for record in own if record.record_id in fell]
    for spray in await spread_sprays(hits, state, settings, undated=True):
        for record in spray.failures:
            found.setdefault(record.key, record)
    return sorted(found.values(), key=lambda record: (record.at, record.key))
