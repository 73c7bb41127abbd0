"""Rows of a table: keys that the storage takes, bodies of any length, conditions by etag, batches.

A body is kept as ``body0``, ``body1`` … of at most 64 KiB, the longest property there is. What would not fit an
entity of 1 MiB goes into a blob ``TABLE/PARTITION/ROW/ID`` that the row names. Blobs that no row names any more are
removed by ``sweep_blobs``, an hour after they were written: until then a reader of the earlier row may want them.
"""

import asyncio
import re
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any, Literal

import msgspec
from azure.core import MatchConditions
from azure.data.tables import TableTransactionError, UpdateMode

from shared.clock import system_clock
from shared.errors import ConflictError, DependencyError, NotFoundError
from shared.state.azure.storage import Storage, errors_made_ours, made_if_missing

CHUNK_BYTES = 64 * 1024
MOST_CHUNKS = 10
"""Of 16 that an entity could hold: as base64 a request stays below 1 MiB, which aiohttp sends in one piece."""
BATCH_ROWS = 100
BATCH_BYTES = 700_000
"""A transaction may hold 4 MiB; the same reason."""
MOST_OF_PAGE = 1000
"""Rows that a table answers with at once."""
AT_ONCE = 16
"""Requests of one call under way at the same time."""
ORPHANED_AFTER = timedelta(hours=1)
_ETAG = re.compile(r"W/\"datetime'[^'\"]+'\"")
_UNSAFE = re.compile(r"[^A-Za-z0-9|.:@_-]")
_READ_TRIES = 3

type Entity = dict[str, Any]
type Operation = tuple[Literal["create", "upsert", "delete"], Entity]


class Row(msgspec.Struct, frozen=True):
    """A stored row: its keys, its body, its other properties, and etag and server's time of this form of it."""

    partition: str
    row: str
    body: bytes
    etag: str
    values: dict[str, Any]
    written_at: datetime | None = None


def key_of(text: str) -> str:
    r"""Return a key for any text: a digest, which tells texts apart and spreads partitions, and a part to read.

    Keys may not hold ``/ \ # ?`` or control characters, nor be long; whoever attacks us writes ids too.
    """
    return f"{sha256(text.encode()).hexdigest()[:24]}-{_UNSAFE.sub('_', text)[:100]}"


def time_of(moment: datetime) -> str:
    """Return a time as text that sorts by time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def is_etag(text: str) -> bool:
    """Say whether a table could have given out this etag; to others it would answer that the request is wrong."""
    return _ETAG.fullmatch(text) is not None


async def at_once[T](calls: Iterable[Callable[[], Awaitable[T]]]) -> list[T]:
    """Make calls at the same time, a few of them, and return what they return, in order."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(call: Callable[[], Awaitable[T]]) -> T:
        async with gate:
            return await call()

    return await asyncio.gather(*(one(call) for call in calls))


class Table:
    """One table, made when it is first needed."""

    def __init__(self, storage: Storage, name: str) -> None:
        self.name = name
        self._storage = storage
        self._table = storage.table(name)

    async def get(self, partition: str, row: str) -> Row | None:
        """Return one row, or None."""
        for _ in range(_READ_TRIES):
            try:
                entity = await self._made(lambda: self._table.get_entity(partition, row))
                return await self._row(entity)
            except NotFoundError:
                if await self.has(partition, row):
                    continue  # its blob went between the two reads: the row names another by now
                return None
        raise DependencyError("a stored body is gone", code="BODY_MISSING")

    async def insert(self, partition: str, row: str, body: bytes, **values: Any) -> str:
        """Store a row that must not exist and return its etag. Raises ConflictError."""
        entity = await self.entity(partition, row, body, **values)
        return _etag(await self._made(lambda: self._table.create_entity(entity)))

    async def put(self, partition: str, row: str, body: bytes, **values: Any) -> None:
        """Store a row in place of an earlier one, if any."""
        entity = await self.entity(partition, row, body, **values)
        await self._made(lambda: self._table.upsert_entity(entity, mode=UpdateMode.REPLACE))

    async def replace(self, partition: str, row: str, body: bytes, etag: str, **values: Any) -> str:
        """Store a row in place of the form with this etag; return the new one. Raises ConflictError."""
        if not is_etag(etag):
            raise ConflictError("an etag that no row ever had")
        entity = await self.entity(partition, row, body, **values)
        try:
            return _etag(
                await self._made(
                    lambda: self._table.update_entity(
                        entity, mode=UpdateMode.REPLACE, etag=etag, match_condition=MatchConditions.IfNotModified
                    )
                )
            )
        except NotFoundError as error:
            raise ConflictError("the row is gone") from error

    async def delete(self, partition: str, row: str, etag: str | None = None) -> None:
        """Remove a row, or only its form with this etag. Raises ConflictError; what is not there is no error."""
        condition: dict[str, Any] = {}
        if etag is not None:
            condition = {"etag": etag, "match_condition": MatchConditions.IfNotModified}
        try:
            await self._made(lambda: self._table.delete_entity(partition, row, **condition))
        except NotFoundError:
            return

    async def query(self, condition: str = "", limit: int | None = None, **parameters: str) -> list[Row]:
        """Return the rows that a filter lets through, by partition and row, at most ``limit``."""
        entities = await self._entities(condition, parameters, limit=limit)
        return await at_once([lambda entity=entity: self._row(entity) for entity in entities])  # type: ignore[misc]

    async def pages(self) -> AsyncIterator[list[Row]]:
        """Yield all rows, a page at a time: for what looks through everything and keeps nothing."""
        pages = self._table.query_entities("").by_page()
        while True:
            try:
                with errors_made_ours():
                    page = [entity async for entity in await anext(pages)]
            except (StopAsyncIteration, NotFoundError):  # at the end, or no such table yet
                return
            yield await at_once([lambda entity=entity: self._row(entity) for entity in page])  # type: ignore[misc]

    async def keys(self, condition: str, *names: str, **parameters: str) -> list[Entity]:
        """Return keys and the named properties of the rows that a filter lets through, without their bodies."""
        return await self._entities(condition, parameters, select=["PartitionKey", "RowKey", *names])

    async def transact(self, operations: Sequence[Operation]) -> None:
        """Do all of some operations on one partition, at most what a transaction holds, or nothing.

        Raises ConflictError with ``index``, the number of the operation that was refused, when a row is there already.
        """
        try:
            await self._made(lambda: self._table.submit_transaction(list(operations)))
        except ConflictError as error:
            cause = error.__context__
            raise RefusedError(cause.index if isinstance(cause, TableTransactionError) else 0) from None

    async def delete_all(self, keys: Iterable[Entity]) -> int:
        """Remove rows, those of a partition in batches; return how many."""
        partitions: dict[str, list[Operation]] = {}
        for key in keys:
            partitions.setdefault(key["PartitionKey"], []).append(("delete", key))
        await at_once([lambda rows=rows: self._delete_batches(rows) for rows in partitions.values()])  # type: ignore[misc]
        return sum(len(rows) for rows in partitions.values())

    async def entity(self, partition: str, row: str, body: bytes, **values: Any) -> Entity:
        """Return what is stored for a body; one that is too long is written to its blob first."""
        entity: Entity = {"PartitionKey": partition, "RowKey": row, **values}
        if len(body) > CHUNK_BYTES * MOST_CHUNKS:
            entity["blob"] = f"{self.name}/{partition}/{row}/{uuid.uuid4().hex}"
            blob = self._storage.blobs.get_blob_client(entity["blob"])
            await made_if_missing(
                lambda: blob.upload_blob(BytesIO(body), length=len(body)), self._storage.blobs.create_container
            )
            return entity
        for number in range(-(-len(body) // CHUNK_BYTES)):
            entity[f"body{number}"] = body[number * CHUNK_BYTES : (number + 1) * CHUNK_BYTES]
        return entity

    async def _delete_batches(self, operations: Sequence[Operation]) -> None:
        for start in range(0, len(operations), BATCH_ROWS):
            batch = operations[start : start + BATCH_ROWS]
            try:
                await self.transact(batch)
            except NotFoundError:  # another instance was quicker with one of them
                await at_once([lambda one=one: self.delete(one[1]["PartitionKey"], one[1]["RowKey"]) for one in batch])  # type: ignore[misc]

    async def has(self, partition: str, row: str) -> bool:
        """Say whether a row is there, without reading its body."""
        return bool(await self.keys("PartitionKey eq @p and RowKey eq @r", p=partition, r=row))

    async def _row(self, entity: Entity) -> Row:
        values = dict(entity)
        if name := values.pop("blob", None):
            blob = self._storage.blobs.get_blob_client(name)
            body = await made_if_missing(lambda: _downloaded(blob), self._storage.blobs.create_container)
        else:
            chunks: list[bytes] = []
            while (chunk := values.pop(f"body{len(chunks)}", None)) is not None:
                chunks.append(chunk)
            body = b"".join(chunks)
        keys = values.pop("PartitionKey"), values.pop("RowKey")
        metadata = entity.metadata  # type: ignore[attr-defined]
        return Row(*keys, body, metadata["etag"], values, metadata["timestamp"])

    async def _entities(
        self, condition: str, parameters: dict[str, Any], *, select: list[str] | None = None, limit: int | None = None
    ) -> list[Entity]:
        async def read() -> list[Entity]:
            found: list[Entity] = []
            pages = self._table.query_entities(
                condition, parameters=parameters, select=select, results_per_page=limit and min(limit, MOST_OF_PAGE)
            ).by_page()
            async for page in pages:
                found += [entity async for entity in page]
                if limit is not None and len(found) >= limit:
                    return found[:limit]
            return found

        return await self._made(read)

    async def _made[T](self, call: Callable[[], Awaitable[T]]) -> T:
        return await made_if_missing(call, self._table.create_table)


class RefusedError(ConflictError):
    """A row of a batch is there already."""

    def __init__(self, index: int) -> None:
        super().__init__("a row is there already")
        self.index = index


async def sweep_blobs(storage: Storage, before: datetime | None = None, prefix: str = "") -> int:
    """Remove the blobs that no row names, written before a time (by default an hour ago); return how many."""
    before = before or system_clock() - ORPHANED_AFTER

    async def names() -> list[str]:
        return [blob.name async for blob in storage.blobs.list_blobs(prefix or None) if blob.last_modified < before]

    removed = 0
    for name in await made_if_missing(names, storage.blobs.create_container):
        table, partition, row, _ = name.split("/")
        named = await Table(storage, table).keys("PartitionKey eq @p and RowKey eq @r", "blob", p=partition, r=row)
        if [entity.get("blob") for entity in named] != [name]:
            blob = storage.blobs.get_blob_client(name)
            try:
                await made_if_missing(blob.delete_blob, storage.blobs.create_container)
                removed += 1
            except NotFoundError:
                continue  # another instance was quicker
    return removed


def batches(entities: Iterable[Entity]) -> list[list[Entity]]:
    """Split the rows of one partition into what a transaction holds each."""
    parts: list[list[Entity]] = []
    room = 0
    for entity in entities:
        size = sum(len(value) for value in entity.values() if isinstance(value, bytes | str)) + 500
        if not parts or size > room or len(parts[-1]) == BATCH_ROWS:
            parts.append([])
            room = BATCH_BYTES
        parts[-1].append(entity)
        room -= size
    return parts


async def _downloaded(blob: Any) -> bytes:
    return bytes(await (await blob.download_blob()).readall())


def _etag(answer: Any) -> str:
    return str(answer["etag"])
