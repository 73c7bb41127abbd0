"""Where the tries of sprays from many addresses lie in state, and the spray that they make: for signals and reports."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import chain

from shared.correlate.sprays import address_partition
from shared.models.records import AnyRecord, SignIn
from shared.patterns.sprays import SPRAY_PAUSE, Spray
from shared.patterns.spread import SPREAD_WINDOW, is_by_the_same, is_hit, is_try, signatures, spread_spray
from shared.settings import Settings
from shared.state.interface import State

MOST_ADDRESSES = 200
"""Addresses that are looked at for whose they are; a spray from more of them is as plain."""


def spray_partitions(record: AnyRecord) -> Iterable[str]:
    """Return the evidence partitions of a try, or of a password that was right: one for each of its signatures."""
    if isinstance(record, SignIn) and (is_try(record) or is_hit(record)):
        kind = "tries" if is_try(record) else "hits"
        yield from (_partition(record.tenant_id, kind, signature) for signature in signatures(record))


def looks(records: Iterable[AnyRecord]) -> list[tuple[str, str, datetime]]:
    """Return tenant, signature and the earliest moment of each signature that tries or right passwords share."""
    earliest: dict[tuple[str, str], datetime] = {}
    for record in records:
        if isinstance(record, SignIn) and (is_try(record) or is_hit(record)):
            for signature in signatures(record):
                key = record.tenant_id, signature
                earliest[key] = min(earliest.get(key, record.at), record.at)
    return [(tenant, signature, at) for (tenant, signature), at in sorted(earliest.items())]


async def spread_spray_since(
    tenant: str, signature: str, at: datetime, state: State, settings: Settings
) -> Spray | None:
    """Return the spray that a try or a right password at a moment belongs to by what it shares with others.

    The tries are read first: nearly always they are too few, and nothing else is read.
    """
    tries = _sign_ins(await state.records(_partition(tenant, "tries", signature), at - SPREAD_WINDOW - SPRAY_PAUSE))
    if len({one.user_id for one in tries}) < settings.policy.thresholds.spread_spray_users:
        return None
    before = timedelta(hours=settings.policy.thresholds.case_window_hours)
    hits = _sign_ins(await state.records(_partition(tenant, "hits", signature), tries[0].at))
    hits = [hit for hit in hits if is_by_the_same(hit, tries)]
    addresses = sorted({one.ip_address for one in tries if one.ip_address})
    partitions = [address_partition(tenant, address) for address in addresses[:MOST_ADDRESSES]]
    partitions += sorted({hit.identity.key for hit in hits})
    around = await state.records_of(dict.fromkeys(partitions, tries[0].at - before))
    return spread_spray([*tries, *hits, *chain.from_iterable(around.values())], signature, settings)


def _sign_ins(records: Iterable[AnyRecord]) -> list[SignIn]:
    return [record for record in records if isinstance(record, SignIn)]


def _partition(tenant_id: str, kind: str, signature: str) -> str:
    return f"{tenant_id}|{kind}|{signature}"
