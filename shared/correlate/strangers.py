"""Whether a source is strange to an identity: who has come from there before is no victim of it."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from shared.correlate.causes import AT_RISK
from shared.correlate.sprays import address_partition
from shared.models.habits import Habits
from shared.models.records import SignIn
from shared.patterns.codes import sign_ins_of
from shared.settings import Settings
from shared.state.interface import State

type Standing = Literal["stranger", "habitual", "unknown"]

KNOWN_DAYS = 2
"""Who was seen on so many days is known well enough to say that a source is new."""
MOST_LOOKED_AT = 2000
"""Sign-ins from an address that are read to see whose place it is."""
HABITUAL_USERS = 3
"""An address from which so many were let in on earlier days belongs to a place, a carrier or a proxy."""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where a cause comes from, and since when."""

    addresses: frozenset[str]
    asn: int
    """0 where the records do not say it: then each identity's own sign-ins from there are asked."""
    since: datetime


async def standings(keys: Collection[str], source: Source, state: State, settings: Settings) -> dict[str, Standing]:
    """Return what each identity's own past says of a source.

    ``unknown`` where too little is known of the identity, or nothing of the source's network: that speaks for nobody.
    """
    back = source.since - timedelta(days=settings.history_days)
    seen = await state.records_of(dict.fromkeys(keys, back))
    return {key: await _standing(key, sign_ins_of(seen[key]), source, state) for key in keys}


async def _standing(key: str, own: Sequence[SignIn], source: Source, state: State) -> Standing:
    there = [record for record in own if record.ip_address in source.addresses]
    asns = {source.asn, *(record.autonomous_system_number or 0 for record in there)} - {0}
    earlier = [record for record in own if _is_ordinary(record, source.since)]
    if any(_is_own_device(record) for record in there) or any(
        record.ip_address in source.addresses or record.autonomous_system_number in asns for record in earlier
    ):
        return "habitual"
    habits = await state.habits(key)
    if habits is not None and _has_used(habits, source, asns):
        return "habitual"
    days = len({record.at.date() for record in earlier}) + (habits.days if habits is not None else 0)
    return "stranger" if days >= KNOWN_DAYS and asns else "unknown"


async def places_of_many(
    tenant_id: str, addresses: Iterable[str], since: datetime, state: State, settings: Settings
) -> frozenset[str]:
    """Return the addresses that are trusted, or from which several users were let in on days before."""
    back = since - timedelta(days=settings.history_days)
    partitions = {address: address_partition(tenant_id, address) for address in addresses}
    seen = await state.records_of(dict.fromkeys(partitions.values(), back), most=MOST_LOOKED_AT)
    return frozenset(
        address
        for address, partition in partitions.items()
        if settings.policy.is_trusted(address) or _is_of_many(sign_ins_of(seen[partition]), since)
    )


def _is_of_many(seen: Sequence[SignIn], since: datetime) -> bool:
    """Say whether Entra trusts the place of these sign-ins, or several users were let in there on days before."""
    users = {record.user_id for record in seen if _is_ordinary(record, since)}
    return len(users) >= HABITUAL_USERS or any(record.trusted_network for record in seen)


def _is_ordinary(record: SignIn, since: datetime) -> bool:
    """Say whether a sign-in of an earlier day was let in and nothing was held against it."""
    return record.succeeded and record.risk_state not in AT_RISK and record.at.date() < since.date()


def _is_own_device(record: SignIn) -> bool:
    """Say whether a sign-in came with a device of the organisation, which no attacker's machine is."""
    return record.device is not None and (record.device.is_compliant is True or record.device.is_managed is True)


def _has_used(habits: Habits, source: Source, asns: set[int]) -> bool:
    """Say whether the kept profile knows the source from days before."""
    names = {"address": source.addresses, "asn": {str(asn) for asn in asns}}
    return any(
        value in values and seen.first < source.since.date()
        for dimension, values in names.items()
        for value, seen in habits.seen.get(dimension, {}).items()
    )
