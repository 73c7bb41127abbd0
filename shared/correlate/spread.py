"""Where the tries of sprays from many addresses lie in state, and the sprays that they make: for signals and reports.

Millions of people share a browser, so that what may be read for a signature is bounded: of more tries, right passwords,
addresses or users a part is looked at, what a batch brings itself first.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import chain

from shared.correlate.sprays import address_partition
from shared.models.records import AnyRecord, SignIn
from shared.patterns.codes import sign_ins_of
from shared.patterns.sprays import SPRAY_PAUSE, Spray
from shared.patterns.spread import SPREAD_WINDOW, by_the_same, is_hit, is_try, signatures, spread_spray
from shared.settings import Settings
from shared.state.interface import State

MOST_OF_DAY = 1000
"""Tries, and right passwords, that are read of one signature and day: what one request of Azure Tables brings."""
MOST_ADDRESSES = 200
MOST_USERS = 200
"""Addresses of tries, and users with a right password, that are looked at for whether they are at home there."""
PLAIN = 0.9
"""Share of the tries that were looked at: where so many are nobody's from home, the others are the spray's too."""
MOST_OF_ADDRESS = 100
"""Sign-ins from one address that are looked at: one of them on an earlier day is enough."""

type Shared = tuple[str, str]
"""Tenant and signature."""


def spray_partitions(record: AnyRecord) -> Iterable[str]:
    """Return the evidence partitions of a try, or of a password that was right: one for each of its signatures."""
    if isinstance(record, SignIn) and (is_try(record) or is_hit(record)):
        kind = "tries" if is_try(record) else "hits"
        for signature in signatures(record):
            yield _of_day((record.tenant_id, signature), kind, record.at)


async def spread_sprays(
    records: Iterable[AnyRecord], state: State, settings: Settings, *, undated: bool = False
) -> list[Spray]:
    """Return the sprays that tries and right passwords belong to by what they share with others.

    The tries are read first: nearly always they are too few, and nothing else is read. ``undated``: look also where
    tries lay before they were kept by day.
    """
    own: dict[Shared, list[SignIn]] = defaultdict(list)
    for record in records:
        if isinstance(record, SignIn) and (is_try(record) or is_hit(record)):
            for signature in signatures(record):
                own[record.tenant_id, signature].append(record)
    tried = await _tries(own, state, undated)
    enough = settings.policy.thresholds.spread_spray_users
    found = [
        await _spray(shared, own[shared], tries, state, settings, undated=undated)
        for shared, tries in sorted(tried.items())
        if len({one.user_id for one in tries}) >= enough
    ]
    return [spray for spray in found if spray is not None]


async def _tries(own: Mapping[Shared, Sequence[SignIn]], state: State, undated: bool) -> dict[Shared, list[SignIn]]:
    """Return the tries of each signature around its own, oldest first."""
    places = {shared: _places(shared, "tries", records, undated=undated) for shared, records in own.items()}
    read = await state.records_of({place: at for one in places.values() for place, at in one.items()}, most=MOST_OF_DAY)
    return {
        shared: _once([r for r in own[shared] if is_try(r)], *(read[place] for place in places[shared]))
        for shared in own
    }


async def _spray(
    shared: Shared, own: Sequence[SignIn], tries: Sequence[SignIn], state: State, settings: Settings, *, undated: bool
) -> Spray | None:
    """Return the spray of a signature from its tries, those who got in with it, and whoever is at home where it was."""
    read = await state.records_of(_places(shared, "hits", tries, undated=undated), most=MOST_OF_DAY)
    hits = list(filter(by_the_same(tries), _once([r for r in own if is_hit(r)], *read.values())))
    users = set(_some((hit.identity.key for hit in hits), (r.identity.key for r in own), MOST_USERS))
    addresses = _some((r.ip_address or "" for r in tries), (r.ip_address or "" for r in own), MOST_ADDRESSES)
    before = tries[0].at - timedelta(hours=settings.policy.thresholds.case_window_hours)
    partitions = [address_partition(shared[0], one) for one in addresses]
    there = await state.records_of(dict.fromkeys(partitions, before), most=MOST_OF_ADDRESS)
    theirs = await state.records_of(dict.fromkeys(sorted(users), before))
    around = [
        *(hit for hit in hits if hit.identity.key in users),
        *chain.from_iterable((*there.values(), *theirs.values())),
    ]
    looked_at = [one for one in tries if one.ip_address in set(addresses)]
    spray = spread_spray([*looked_at, *around], shared[1], settings)
    if spray is None or len(looked_at) == len(tries) or len(spray.failures) < PLAIN * len(looked_at):
        return spray
    return spread_spray([*tries, *around], shared[1], settings)


def _some(keys: Iterable[str], first: Iterable[str], most: int) -> list[str]:
    """Return at most so many of some keys: those that stand in ``first``, then others in an order nobody can choose."""
    wanted, preferred = set(keys), set(first)
    return sorted(wanted, key=lambda key: (key not in preferred, sha256(key.encode()).digest()))[:most]


def _once(*parts: Iterable[AnyRecord]) -> list[SignIn]:
    """Return the sign-ins of all parts, each once, oldest first."""
    found = {record.key: record for record in sign_ins_of(chain.from_iterable(parts))}
    return sorted(found.values(), key=lambda record: (record.at, record.key))


def _places(shared: Shared, kind: str, around: Iterable[SignIn], *, undated: bool) -> dict[str, datetime]:
    """Return the partitions, each with its earliest moment, in which what belongs to some sign-ins lies."""
    places: dict[str, datetime] = {}
    for record in around:
        first = record.at - SPREAD_WINDOW - SPRAY_PAUSE
        days = [_of_day(shared, kind, at) for at in (first, record.at, record.at + SPRAY_PAUSE)]
        for place in (*days, *([_undated(shared, kind)] if undated else [])):
            places[place] = min(places.get(place, first), first)
    return places


def _of_day(shared: Shared, kind: str, at: datetime) -> str:
    """Return the partition of a day, which bounds what a filter by time goes through."""
    return f"{_undated(shared, kind)}|{at.date().isoformat()}"


def _undated(shared: Shared, kind: str) -> str:
    tenant_id, signature = shared
    return f"{tenant_id}|{kind}|{signature}"
