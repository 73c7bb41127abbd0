"""What processes agree on: leases, budgets and counters.

A lease or use stamped by a clock that has since been set back (``CLOCK_SLACK_MICROS``) no longer counts.
"""

from sqlite3 import Connection

from shared.state.sqlite.database import Part
from shared.state.values import CLOCK_SLACK_MICROS, seconds_to_micros, turn_after

_TAKE_LEASE = """
    INSERT INTO leases (name, holder, taken_at, expires_at) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET holder = excluded.holder, taken_at = excluded.taken_at, expires_at = excluded.expires_at
    WHERE holder = excluded.holder OR expires_at <= ? OR taken_at > ?"""


class SqliteCoordination(Part):
    """Tables ``leases``, ``budget_uses`` and ``counters``."""

    async def acquire_lease(self, name: str, holder: str, seconds: float) -> bool:
        """Take or extend a lease; False while another holder's has not run out.

        It runs out ``seconds`` from now, also when the holder's earlier one would have lasted longer.
        """

        def work(connection: Connection) -> bool:
            now = self._database.now()
            lease = (name, holder, now, now + seconds_to_micros(seconds))
            changed = connection.execute(_TAKE_LEASE, (*lease, now, now + CLOCK_SLACK_MICROS)).rowcount
            return changed == 1

        return await self._database.write(work)

    async def release_lease(self, name: str, holder: str) -> None:
        """Give a lease back; another holder's is left alone."""
        await self._database.change("DELETE FROM leases WHERE name = ? AND holder = ?", (name, holder))

    async def take_budget(self, bucket: str, cost: int, limit: int, per_seconds: float) -> float:
        """Take ``cost`` from a bucket of ``limit`` in any ``per_seconds``; return 0, or the seconds to wait.

        A refusal takes nothing. The wait is the earliest time at which the same call can succeed, if nobody else
        takes first. Ask a bucket with one window length only: uses older than that are forgotten.
        Raises ValueError for a cost below 0 or above the limit, which no waiting could grant.
        """
        if not 0 <= cost <= limit:
            raise ValueError(f"bucket `{bucket}` of {limit} cannot grant {cost}")
        window = seconds_to_micros(per_seconds)

        def work(connection: Connection) -> float:
            now = self._database.now()
            connection.execute(
                "DELETE FROM budget_uses WHERE bucket = ? AND (at <= ? OR at > ?)",
                (bucket, now - window, now + CLOCK_SLACK_MICROS),
            )
            (used,) = connection.execute(
                "SELECT ifnull(sum(cost), 0) FROM budget_uses WHERE bucket = ?", (bucket,)
            ).fetchone()
            excess = used + cost - limit
            if excess > 0:
                return (_freed_at(connection, bucket, excess) + window - now) / 1_000_000
            if cost:
                statement = "INSERT INTO budget_uses (bucket, at, cost) VALUES (?, ?, ?)"
                connection.execute(statement, (bucket, now, cost))
            return 0.0

        return await self._database.write(work)

    async def take_turn(self, name: str, per_second: float, burst: int) -> float:
        """Take the next turn of a line; return the seconds until it comes. A line is a lease that nobody holds."""

        def work(connection: Connection) -> float:
            line = f"turn|{name}"
            taken = connection.execute("SELECT taken_at, expires_at FROM leases WHERE name = ?", (line,)).fetchone()
            (asked, given), wait = turn_after(taken, self._database.now(), per_second, burst)
            connection.execute("INSERT OR REPLACE INTO leases VALUES (?, '', ?, ?)", (line, asked, given))
            return wait

        return await self._database.write(work)

    async def budget_used(self, bucket: str, per_seconds: float) -> int:
        """Return what was taken from a bucket in the last ``per_seconds``, its own window."""
        now = self._database.now()
        statement = "SELECT ifnull(sum(cost), 0) FROM budget_uses WHERE bucket = ? AND at > ? AND at <= ?"
        bounds = (bucket, now - seconds_to_micros(per_seconds), now + CLOCK_SLACK_MICROS)
        return (await self._database.select(statement, bounds, int))[0]

    async def add_counts(self, counts: dict[str, int]) -> None:
        """Add to named counters."""
        statement = """INSERT INTO counters (name, value) VALUES (?, ?)
            ON CONFLICT DO UPDATE SET value = value + excluded.value"""
        if counts:
            await self._database.write(lambda connection: connection.executemany(statement, counts.items()).rowcount)

    async def counts(self) -> dict[str, int]:
        """Return all counters, by name."""
        statement = "SELECT name, value FROM counters ORDER BY name"
        return dict(await self._database.select(statement, (), lambda name, value: (str(name), int(value))))


def _freed_at(connection: Connection, bucket: str, excess: int) -> int:
    """Return the time of the use, oldest first, whose leaving the window frees at least ``excess``."""
    freed = 0
    for at, cost in connection.execute("SELECT at, cost FROM budget_uses WHERE bucket = ? ORDER BY at", (bucket,)):
        freed += cost
        if freed >= excess:
            return int(at)
    raise ValueError("the uses hold less than the excess")
