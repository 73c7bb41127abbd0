"""Records seen, by partition, each kept once; and what leads to those that are past their time.

``evidencedays`` has a row for each partition and day: the partition of the table is the day, so that old days are found
without reading anything else. It is written before the records: a crash in between leaves a row that leads to nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from shared.clock import Clock
from shared.models.records import AnyRecord
from shared.state.azure.rows import Entity, RefusedError, Table, at_once, batches, key_of, sweep_blobs, time_of
from shared.state.azure.storage import Part, Storage
from shared.state.values import body_reader

_record = body_reader(msgspec.json.Decoder[AnyRecord](AnyRecord))
_MOST_REMEMBERED = 50_000


class AzureEvidence(Part):
    """Tables ``evidence`` and ``evidencedays``."""

    def __init__(self, storage: Storage, clock: Clock) -> None:
        super().__init__(storage, clock)
        self._evidence = Table(storage, "evidence")
        self._days = Table(storage, "evidencedays")
        self._noted: dict[tuple[str, str], str] = {}
        """Day and partition of the rows of ``evidencedays`` that this process wrote, with the earliest time in each."""

    async def add_records(self, items: Sequence[tuple[str, AnyRecord]]) -> int:
        """Store records under partitions; a key already there is left as it is. Return how many were new.

        Partitions are written at the same time, each in batches.
        """
        partitions: dict[str, dict[str, AnyRecord]] = {}
        for partition, record in items:
            partitions.setdefault(key_of(partition), {}).setdefault(key_of(record.key), record)
        await self._note_days(partitions)
        added = await at_once([lambda p=p, r=r: self._add(p, r) for p, r in partitions.items()])  # type: ignore[misc]
        return sum(added)

    async def records(self, partition: str, since: datetime | None = None) -> list[AnyRecord]:
        """Return a partition's records at or after a time, oldest first (ties by key)."""
        return await self._read(partition, since, None)

    async def _read(self, partition: str, since: datetime | None, most: int | None) -> list[AnyRecord]:
        condition = "PartitionKey eq @p" + (" and at ge @at" if since else "")
        parameters = {"p": key_of(partition)} | ({"at": time_of(since)} if since else {})
        found = [_record(row.body) for row in await self._evidence.query(condition, most, **parameters)]
        return sorted(found, key=lambda record: (record.at, record.key))

    async def records_of(self, since: Mapping[str, datetime], *, most: int | None = None) -> dict[str, list[AnyRecord]]:
        """Return the same for many partitions, each with its own time: some at the same time.

        Of each at most so many: those whose keys come first.
        """
        found = await at_once([lambda p=p, at=at: self._read(p, at, most) for p, at in since.items()])  # type: ignore[misc]
        return dict(zip(since, found, strict=True))

    async def has_records(self, first: datetime, last: datetime) -> bool:
        """Say whether any record is dated from one moment's day to another's."""
        days = {"first": time_of(first)[:10], "last": time_of(last)[:10]}
        return bool(await self._days.query("PartitionKey ge @first and PartitionKey le @last", 1, **days))

    async def purge_records(self, before: datetime) -> int:
        """Forget records older than a time. Return how many. Removes blobs that no row names, too."""
        limit = time_of(before)
        due = await self._days.keys("PartitionKey le @day and first lt @before", "first", day=limit[:10], before=limit)
        by_partition: dict[str, list[Entity]] = {}
        for day in due:
            by_partition.setdefault(day["RowKey"], []).append(day)
        purged = await at_once([lambda d=d: self._purge(d, before) for d in by_partition.values()])  # type: ignore[misc]
        await sweep_blobs(self._storage)
        return sum(purged)

    async def _note_days(self, partitions: dict[str, dict[str, AnyRecord]]) -> None:
        """Note the days of partitions that this process has not noted yet."""
        first: dict[tuple[str, str], str] = {}
        for partition, records in partitions.items():
            for record in records.values():
                at = time_of(record.at)
                key = at[:10], partition
                if at < self._noted.get(key, "~"):
                    first[key] = min(first.get(key, at), at)
        days: dict[str, list[Entity]] = {}
        for (day, partition), at in first.items():
            days.setdefault(day, []).append({"PartitionKey": day, "RowKey": partition, "first": at})
        parts = [part for entities in days.values() for part in batches(entities)]
        await at_once([lambda part=part: self._days.transact([("upsert", one) for one in part]) for part in parts])  # type: ignore[misc]
        if len(self._noted) >= _MOST_REMEMBERED:
            self._noted.clear()
        self._noted |= first

    async def _add(self, partition: str, records: dict[str, AnyRecord]) -> int:
        entities = [
            await self._evidence.entity(partition, key, msgspec.json.encode(record), at=time_of(record.at))
            for key, record in records.items()
        ]
        return sum([await self._add_batch(batch) for batch in batches(entities)])

    async def _add_batch(self, batch: list[Entity]) -> int:
        """Create rows that may be there already: a redelivery costs a refused batch and one look at what is there."""
        has_looked = False
        while batch:
            try:
                await self._evidence.transact([("create", entity) for entity in batch])
                break
            except RefusedError as refused:
                there = {batch[refused.index]["RowKey"]} if has_looked else await self._there(batch)
                has_looked = True
                batch = [entity for entity in batch if entity["RowKey"] not in there]
        return len(batch)

    async def _there(self, batch: list[Entity]) -> set[str]:
        rows = sorted(entity["RowKey"] for entity in batch)
        found = await self._evidence.keys(
            "PartitionKey eq @p and RowKey ge @first and RowKey le @last",
            p=batch[0]["PartitionKey"],
            first=rows[0],
            last=rows[-1],
        )
        return {entity["RowKey"] for entity in found}

    async def _purge(self, days: list[Entity], before: datetime) -> int:
        """Remove a partition's records before a time; then say of each day what is left of it."""
        partition, limit = days[0]["RowKey"], time_of(before)
        end = max(day["PartitionKey"] for day in days) + "~"
        found = await self._evidence.keys("PartitionKey eq @p and at lt @end", "at", p=partition, end=end)
        old = [_key(entity) for entity in found if entity["at"] < limit]
        left = sorted(entity["at"] for entity in found if entity["at"] >= limit)
        await self._evidence.delete_all(old)
        for day in days:
            name = day["PartitionKey"]
            self._noted.pop((name, partition), None)
            first = next((at for at in left if at[:10] == name), None)
            if first is None:
                await self._days.delete(name, partition)
            else:
                await self._days.put(name, partition, b"", first=first)
        return len(old)


def _key(entity: Entity) -> Entity:
    return {"PartitionKey": entity["PartitionKey"], "RowKey": entity["RowKey"]}
