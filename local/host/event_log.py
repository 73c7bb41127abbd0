"""Embedded event hubs in one SQLite file: append, read in order by partition, checkpoint by consumer group.

The file also keeps what Azure keeps in the host's storage account next to the checkpoints: the timers' status.
"""

import hashlib
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from local.host.event_batches import Event
from shared.clock import Clock, system_clock

DEFAULT_PARTITIONS = 4
MAX_EVENT_BYTES = 1024 * 1024
"""The limit of the Event Hubs standard tier."""

_BUSY_SECONDS = 10.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS hubs (hub TEXT PRIMARY KEY, partitions INTEGER NOT NULL, next_partition INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS partitions (
    hub TEXT, partition INTEGER, next_sequence INTEGER NOT NULL, next_offset INTEGER NOT NULL,
    PRIMARY KEY (hub, partition)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (
    position INTEGER PRIMARY KEY AUTOINCREMENT, hub TEXT NOT NULL, partition INTEGER NOT NULL,
    sequence INTEGER NOT NULL, offset INTEGER NOT NULL, enqueued_at INTEGER NOT NULL, partition_key TEXT,
    body BLOB NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS events_in_order ON events (hub, partition, sequence);
CREATE INDEX IF NOT EXISTS events_by_time ON events (enqueued_at);
CREATE TABLE IF NOT EXISTS checkpoints (
    hub TEXT, consumer_group TEXT, partition INTEGER, sequence INTEGER NOT NULL,
    PRIMARY KEY (hub, consumer_group, partition)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS timers (function TEXT PRIMARY KEY, status BLOB NOT NULL) WITHOUT ROWID;
"""
_NEXT_EVENTS = """
SELECT position, partition, sequence, offset, enqueued_at, partition_key, body FROM events
WHERE hub = :hub AND partition = :partition AND sequence > coalesce((
    SELECT sequence FROM checkpoints WHERE hub = :hub AND consumer_group = :group AND partition = :partition
), -1) ORDER BY sequence LIMIT :limit
"""


class StoredEvent(Event, frozen=True, kw_only=True):
    """One event as it lies in its partition."""

    position: int
    """Its place among all events of the log, in the order of arrival."""


class TimerStatus(msgspec.Struct, frozen=True, kw_only=True):
    """When a timer last ran, and when it was due next at that time."""

    schedule: str
    last: datetime
    next: datetime


class EventLog:
    """Durable hubs; any process may append while the host reads. A hub comes into being on first use.

    Every call is one short transaction, so the calls are plain functions.
    """

    def __init__(self, connection: sqlite3.Connection, clock: Clock, partitions: int) -> None:
        self._db = connection
        self._clock = clock
        self._partitions = partitions

    @classmethod
    def open(cls, path: Path | str, *, clock: Clock = system_clock, partitions: int = DEFAULT_PARTITIONS) -> "EventLog":
        """Open or make the file; ``:memory:`` keeps nothing. ``partitions`` counts for hubs not yet made."""
        if str(path) != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(_SCHEMA)
        return cls(connection, clock, partitions)

    def close(self) -> None:
        """Release the file."""
        self._db.close()

    def partitions(self, hub: str) -> int:
        """Return how many partitions a hub has, making the hub if need be."""
        self._db.execute("INSERT OR IGNORE INTO hubs VALUES (?, ?, 0)", (hub, self._partitions))
        row = self._db.execute("SELECT partitions FROM hubs WHERE hub = ?", (hub,)).fetchone()
        return int(row["partitions"])

    def append(self, hub: str, bodies: Sequence[bytes], partition_key: str | None = None) -> int:
        """Store events, all or none, in one partition and return which.

        Events of one key share a partition for ever; without a key each call goes to the next partition in
        turn. Raises ValueError for a body above 1 MiB.
        """
        if any(len(body) > MAX_EVENT_BYTES for body in bodies):
            raise ValueError("an event is larger than 1 MiB")
        count = self.partitions(hub)
        now = _microseconds(self._clock())
        self._db.execute("BEGIN IMMEDIATE")
        with self._db:
            partition = self._choose(hub, partition_key, count)
            sequence, offset = self._end(hub, partition)
            rows = []
            for body in bodies:
                rows.append((hub, partition, sequence, offset, now, partition_key, body))
                sequence, offset = sequence + 1, offset + len(body)
            self._db.executemany(
                "INSERT INTO events (hub, partition, sequence, offset, enqueued_at, partition_key, body)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                rows,
            )
            self._db.execute("REPLACE INTO partitions VALUES (?, ?, ?, ?)", (hub, partition, sequence, offset))
        return partition

    def read(self, hub: str, consumer_group: str, partition: int, limit: int) -> list[StoredEvent]:
        """Return the next events after the checkpoint, oldest first; reading alone moves nothing."""
        rows = self._db.execute(
            _NEXT_EVENTS, {"hub": hub, "group": consumer_group, "partition": partition, "limit": limit}
        ).fetchall()
        return [
            StoredEvent(
                position=row["position"],
                partition=str(row["partition"]),
                sequence=row["sequence"],
                offset=str(row["offset"]),
                enqueued_at=_moment(row["enqueued_at"]),
                partition_key=row["partition_key"],
                body=row["body"],
            )
            for row in rows
        ]

    def checkpoint(self, hub: str, consumer_group: str, event: Event) -> None:
        """Remember that a group is done with a partition up to and including an event."""
        self._db.execute(
            "INSERT INTO checkpoints VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE"
            " SET sequence = max(sequence, excluded.sequence)",
            (hub, consumer_group, int(event.partition), event.sequence),
        )

    def backlog(self, hub: str, consumer_group: str) -> int:
        """Return how many events a group has yet to read."""
        row = self._db.execute(
            "SELECT count(*) AS waiting FROM events AS e LEFT JOIN checkpoints AS c"
            " ON c.hub = e.hub AND c.partition = e.partition AND c.consumer_group = ?"
            " WHERE e.hub = ? AND e.sequence > coalesce(c.sequence, -1)",
            (consumer_group, hub),
        ).fetchone()
        return int(row["waiting"])

    def purge(self, before: datetime) -> int:
        """Forget events enqueued before a time, read or not, as retention does. Return how many."""
        return self._db.execute("DELETE FROM events WHERE enqueued_at < ?", (_microseconds(before),)).rowcount

    def timer_status(self, function: str) -> TimerStatus | None:
        """Return what was saved for a timer."""
        row = self._db.execute("SELECT status FROM timers WHERE function = ?", (function,)).fetchone()
        return None if row is None else msgspec.json.decode(row["status"], type=TimerStatus)

    def save_timer_status(self, function: str, status: TimerStatus) -> None:
        """Replace what was saved for a timer."""
        self._db.execute("REPLACE INTO timers VALUES (?, ?)", (function, msgspec.json.encode(status)))

    def _choose(self, hub: str, partition_key: str | None, count: int) -> int:
        if partition_key is not None:
            digest = hashlib.sha256(partition_key.encode()).digest()
            return int.from_bytes(digest[:8]) % count
        row = self._db.execute(
            "UPDATE hubs SET next_partition = next_partition + 1 WHERE hub = ? RETURNING next_partition", (hub,)
        ).fetchone()
        return (int(row["next_partition"]) - 1) % count

    def _end(self, hub: str, partition: int) -> tuple[int, int]:
        row = self._db.execute(
            "SELECT next_sequence, next_offset FROM partitions WHERE hub = ? AND partition = ?", (hub, partition)
        ).fetchone()
        return (0, 0) if row is None else (int(row["next_sequence"]), int(row["next_offset"]))


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _moment(microseconds: int) -> datetime:
    return _EPOCH + microseconds * _MICROSECOND
