"""What instances agree on: leases, budgets and counters, each a row that only its latest reader may change.

Each process remembers the form of a row that it wrote last, so that a change costs one request while nobody else wrote.
Leases and uses are dated by the app's clock, as in SQLite (``CLOCK_SLACK_MICROS``): blob leases end after 60 seconds,
and triage may take longer.
"""

import asyncio
import random
from collections.abc import Callable

import msgspec

from shared.clock import Clock
from shared.errors import ConflictError
from shared.state.azure.rows import Row, Table, key_of
from shared.state.azure.storage import Part, Storage
from shared.state.values import CLOCK_SLACK_MICROS, body_reader, seconds_to_micros, to_micros, turn_after

_ONLY = "row"
COUNTER_ROWS = 8
"""Counters are spread over so many rows, so that instances seldom meet in one."""
SLOTS = 200
"""Uses of a budget within this part of its window are kept as one, which bounds the row."""
WRITE_TRIES = 50
_PAUSE_SECONDS = 0.05


class Lease(msgspec.Struct, frozen=True):
    """Who holds it, since when, until when (microseconds)."""

    holder: str
    taken_at: int
    expires_at: int


type Uses = list[tuple[int, int]]
"""Time in microseconds and cost, oldest first."""

_lease = body_reader(msgspec.json.Decoder(Lease))
_uses = body_reader(msgspec.json.Decoder(list[tuple[int, int]]))
_counts = body_reader(msgspec.json.Decoder(dict[str, int]))


class AzureCoordination(Part):
    """Tables ``leases``, ``budgets`` and ``counters``."""

    def __init__(self, storage: Storage, clock: Clock) -> None:
        super().__init__(storage, clock)
        self._leases = Table(storage, "leases")
        self._held: dict[tuple[str, str], str] = {}
        self._budget_rows = Table(storage, "budgets")
        self._budgets = Shared(self._budget_rows)
        self._counters = Table(storage, "counters")
        self._shared_counters = Shared(self._counters)
        self._counter_row = str(random.randrange(COUNTER_ROWS))  # noqa: S311 - it spreads load

    async def acquire_lease(self, name: str, holder: str, seconds: float) -> bool:
        """Take or extend a lease; False while another holder's has not run out."""
        now = to_micros(self._clock())
        body = msgspec.json.encode(Lease(holder, now, now + seconds_to_micros(seconds)))
        etag: str | None
        try:
            etag = await self._leases.insert(key_of(name), _ONLY, body)
        except ConflictError:
            etag = await self._take_over(name, holder, body, now)
        if etag:
            self._held[name, holder] = etag
        return bool(etag)

    async def release_lease(self, name: str, holder: str) -> None:
        """Give a lease back; another holder's is left alone."""
        etag = self._held.pop((name, holder), None)
        if etag is None:
            row = await self._leases.get(key_of(name), _ONLY)
            if row is None or _lease(row.body).holder != holder:
                return
            etag = row.etag
        try:
            await self._leases.delete(key_of(name), _ONLY, etag)
        except ConflictError:
            return  # it ran out, and another took it

    async def take_budget(self, bucket: str, cost: int, limit: int, per_seconds: float) -> float:
        """Take ``cost`` from a bucket of ``limit`` in any ``per_seconds``; return 0, or the seconds to wait.

        A refusal takes nothing, and costs no request: what this process knows to be used is used.
        Raises ValueError for a cost below 0 or above the limit, which no waiting could grant.
        """
        if not 0 <= cost <= limit:
            raise ValueError(f"bucket `{bucket}` of {limit} cannot grant {cost}")
        window = seconds_to_micros(per_seconds)
        wait = 0.0

        def change(body: bytes) -> bytes | None:
            nonlocal wait
            now = to_micros(self._clock())
            uses = _in_window(body, now, window)
            excess = sum(c for _, c in uses) + cost - limit
            wait = (_freed_at(uses, excess) + window - now) / 1_000_000 if excess > 0 else 0.0
            return None if wait > 0 or not cost else msgspec.json.encode(_with(uses, now, cost, window // SLOTS))

        await self._budgets.change(key_of(bucket), change)
        return wait

    async def take_turn(self, name: str, per_second: float, burst: int) -> float:
        """Take the next turn of a line; return the seconds until it comes. A line is a budget of one row."""
        wait = 0.0

        def change(body: bytes) -> bytes:
            nonlocal wait
            taken = _uses(body)[0] if body else None
            line, wait = turn_after(taken, to_micros(self._clock()), per_second, burst)
            return msgspec.json.encode([line])

        await self._budgets.change(key_of(f"turn|{name}"), change)
        return wait

    async def budget_used(self, bucket: str, per_seconds: float) -> int:
        """Return what was taken from a bucket in the last ``per_seconds``, its own window."""
        row = await self._budget_rows.get(key_of(bucket), _ONLY)
        uses = _in_window(row.body if row else b"", to_micros(self._clock()), seconds_to_micros(per_seconds))
        return sum(cost for _, cost in uses)

    async def add_counts(self, counts: dict[str, int]) -> None:
        """Add to named counters."""

        def change(body: bytes) -> bytes:
            return msgspec.json.encode(_added(_counts(body) if body else {}, counts))

        if counts:
            await self._shared_counters.change(self._counter_row, change)

    async def counts(self) -> dict[str, int]:
        """Return all counters, by name."""
        total: dict[str, int] = {}
        for row in await self._counters.query():
            total = _added(total, _counts(row.body))
        return dict(sorted(total.items()))

    async def _take_over(self, name: str, holder: str, body: bytes, now: int) -> str | None:
        """Return the etag of a lease that was there, now ours; None when another holds it."""
        row = await self._leases.get(key_of(name), _ONLY)
        try:
            if row is None:
                return await self._leases.insert(key_of(name), _ONLY, body)
            lease = _lease(row.body)
            is_free = lease.expires_at <= now or lease.taken_at > now + CLOCK_SLACK_MICROS
            if lease.holder != holder and not is_free:
                return None
            return await self._leases.replace(key_of(name), _ONLY, body, row.etag)
        except ConflictError:
            return None  # another was quicker


class Shared:
    """Rows that many processes change: each change is made on the latest form, by one task at a time here."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._known: dict[str, Row | None] = {}
        self._turns: dict[str, asyncio.Lock] = {}

    async def change(self, partition: str, change: Callable[[bytes], bytes | None]) -> None:
        """Store what ``change`` makes of the latest body (empty: none yet), or nothing when it returns None.

        It may be called several times, and None may come from an earlier form. Raises ConflictError when others keep
        writing.
        """
        async with self._turns.setdefault(partition, asyncio.Lock()):
            if partition not in self._known:
                self._known[partition] = await self._table.get(partition, _ONLY)
            for attempt in range(WRITE_TRIES):
                row = self._known[partition]
                body = change(row.body if row else b"")
                if body is None:
                    return
                try:
                    etag = await self._written(partition, body, row)
                except ConflictError:
                    await asyncio.sleep(random.random() * _PAUSE_SECONDS * min(attempt, 10))  # noqa: S311
                    self._known[partition] = await self._table.get(partition, _ONLY)
                else:
                    self._known[partition] = Row(partition, _ONLY, body, etag, {})
                    return
        raise ConflictError(f"a shared row changed {WRITE_TRIES} times while being written")

    async def _written(self, partition: str, body: bytes, row: Row | None) -> str:
        if row is None:
            return await self._table.insert(partition, _ONLY, body)
        return await self._table.replace(partition, _ONLY, body, row.etag)


def _in_window(body: bytes, now: int, window: int) -> Uses:
    """Return the uses of a stored row that still count."""
    return [(at, cost) for at, cost in (_uses(body) if body else []) if now - window < at <= now + CLOCK_SLACK_MICROS]


def _freed_at(uses: Uses, excess: int) -> int:
    """Return the time of the use, oldest first, whose leaving the window frees at least ``excess``."""
    freed = 0
    for at, cost in uses:
        freed += cost
        if freed >= excess:
            return at
    raise ValueError("the uses hold less than the excess")


def _with(uses: Uses, now: int, cost: int, slot: int) -> Uses:
    """Return the uses with one more; it joins the last one when that is in the same slot, at the later time."""
    if uses and uses[-1][0] // max(slot, 1) == now // max(slot, 1):
        return [*uses[:-1], (max(now, uses[-1][0]), uses[-1][1] + cost)]
    return sorted([*uses, (now, cost)])


def _added(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in one | other}
