"""Records seen, by partition, each kept once."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from sqlite3 import Connection

import msgspec

from shared.clock import midnight
from shared.models.records import AnyRecord
from shared.state.sqlite.database import Part
from shared.state.values import body_reader, to_micros

_EARLIEST = -(2**63)
_ALL = -1
_SINCE = "SELECT body FROM records WHERE partition = ? AND at >= ? ORDER BY at, key LIMIT ?"
_record = body_reader(msgspec.json.Decoder[AnyRecord](AnyRecord))


class SqliteEvidence(Part):
    """Table ``records``."""

    async def add_records(self, items: Sequence[tuple[str, AnyRecord]]) -> int:
        """Store records under partitions; a key already there is left as it is. Return how many were new."""

        def work(connection: Connection) -> int:
            rows = ((partition, item.key, to_micros(item.at), msgspec.json.encode(item)) for partition, item in items)
            statement = "INSERT INTO records (partition, key, at, body) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
            return connection.executemany(statement, rows).rowcount

        return await self._database.write(work) if items else 0

    async def records(self, partition: str, since: datetime | None = None) -> list[AnyRecord]:
        """Return a partition's records at or after a time, oldest first (ties by key)."""
        earliest = _EARLIEST if since is None else to_micros(since)
        return await self._database.select(_SINCE, (partition, earliest, _ALL), _record)

    async def records_of(self, since: Mapping[str, datetime], *, most: int | None = None) -> dict[str, list[AnyRecord]]:
        """Return the same for many partitions, each with its own time, of each at most so many: the oldest."""
        limit = _ALL if most is None else most

        def work(connection: Connection) -> dict[str, list[AnyRecord]]:
            return {
                partition: [_record(body) for (body,) in connection.execute(_SINCE, (partition, to_micros(at), limit))]
                for partition, at in since.items()
            }

        return await self._database.read(work) if since else {}

    async def has_records(self, first: datetime, last: datetime) -> bool:
        """Say whether any record is dated from one moment's day to another's."""
        begin, end = midnight(first), midnight(last) + timedelta(days=1)
        statement = "SELECT EXISTS (SELECT 1 FROM records WHERE at >= ? AND at < ?)"
        return (await self._database.select(statement, (to_micros(begin), to_micros(end)), bool))[0]

    async def purge_records(self, before: datetime) -> int:
        """Forget records older than a time. Return how many."""
        return await self._database.change("DELETE FROM records WHERE at < ?", (to_micros(before),))
