"""Forgetting a person for good: rows, the blobs that they named, and messages.

Everything is looked through, a page at a time: a person may be named in anybody's row. Soft delete of the account keeps
removed blobs (bodies above 640 KiB) for the days that storage.bicep says; tables and queues have none.
"""

import re
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta

import msgspec

from shared.clock import system_clock
from shared.errors import ConflictError
from shared.models.cases import Parked
from shared.state.addressed import opened
from shared.state.azure.queues import AzureQueues
from shared.state.azure.rows import CHUNK_BYTES, MOST_CHUNKS, Row, Table, at_once, sweep_blobs
from shared.state.erasing import ERASED, pattern_of, text_of
from shared.state.interface import QUEUES, TRIGGER_QUEUES
from shared.state.values import MAX_RECEIVED

OF_CASES = ("reports", "deliveries")
OF_IDENTITY = {"evidence": "records", "cases": "cases", "habits": "habits"}
OF_IDENTITY |= dict.fromkeys(("caselists", "caseids", "evidencedays"), "")
"""Gone when an id or a user principal name is there. Under which name a table is counted; empty: not at all."""
GONE = {"feedback": "feedback", "documents": "documents", "leases": ""}
"""Gone for a name too: there is nothing of anybody else's in them that would be missed."""
REDACTED = ("evidence", "cases", "habits", "reports", "deliveries", "campaigns")
COPIES = "caselists"
HELD_SECONDS = 60
AHEAD = timedelta(days=1)
"""Blobs of rows that are gone are removed however young they are, whatever our clock says."""


class AzureErasing(AzureQueues):
    """All tables and queues."""

    async def erase(self, case_ids: Sequence[str], ids: Sequence[str], names: Sequence[str]) -> dict[str, int]:
        """Forget cases with all that belongs to them, and every trace of ids and names. Return counts by kind."""
        cases, strong, every = (
            pattern_of(case_ids),
            pattern_of([*case_ids, *ids]),
            pattern_of([*case_ids, *ids, *names]),
        )
        removed = {table: await self._delete(table, cases) for table in OF_CASES}
        for table, name in OF_IDENTITY.items():
            removed[name] = await self._delete(table, strong)
        for table, name in GONE.items():
            removed[name] = await self._delete(table, every)
        removed["parked"] = await self._delete("parked", every, _parked_text)
        removed["messages"] = await self._drop_messages(every)
        person = pattern_of([*ids, *names])
        removed["redacted"] = sum([await self._redact(table, person) for table in REDACTED])
        await self._redact(COPIES, person)
        return {name: count for name, count in removed.items() if name and count}

    async def _delete(
        self, table: str, pattern: re.Pattern[str], text: Callable[[Row], str] = lambda row: text_of(row.body)
    ) -> int:
        rows = Table(self._storage, table)
        count = 0
        async for row in _matching(rows, pattern, text):
            await rows.delete(row.partition, row.row)
            await self._drop_blobs(table, row)
            count += 1
        return count

    async def _redact(self, table: str, person: re.Pattern[str]) -> int:
        rows = Table(self._storage, table)
        count = 0
        async for found in _matching(rows, person, lambda row: text_of(row.body)):
            row: Row | None = found
            while row is not None:
                body = person.sub(ERASED, text_of(row.body)).encode("utf-8", "surrogateescape")
                try:
                    await rows.replace(row.partition, row.row, body, row.etag, **row.values)
                    break
                except ConflictError:  # somebody wrote it anew, perhaps with the name
                    row = await rows.get(found.partition, found.row)
            await self._drop_blobs(table, found)
            count += 1
        return count

    async def _drop_blobs(self, table: str, row: Row) -> None:
        if len(row.body) > CHUNK_BYTES * MOST_CHUNKS:
            await sweep_blobs(self._storage, system_clock() + AHEAD, f"{table}/{row.partition}/{row.row}/")

    async def _drop_messages(self, every: re.Pattern[str]) -> int:
        """Remove messages that can be seen; the rest are given back, with one more try counted.

        A message that is hidden now names its case alone, or is being worked on: what works on it finds no case.
        """
        return sum(await at_once([lambda queue=queue: self._drop_from(queue, every) for queue in QUEUES]))  # type: ignore[misc]

    async def _drop_from(self, queue: str, every: re.Pattern[str]) -> int:
        dropped, kept = 0, []
        while found := await self.receive(queue, visibility_seconds=HELD_SECONDS, limit=MAX_RECEIVED):
            for message in found:
                if self._is_gone(queue, message.body, every):
                    await self.delete(queue, message)
                    dropped += 1
                else:
                    kept.append(message)
        for message in kept:
            try:
                await self.renew(queue, message, visibility_seconds=0)
            except ConflictError:
                continue  # it was held too long, and another has it
        return dropped

    def _is_gone(self, queue: str, body: bytes, every: re.Pattern[str]) -> bool:
        """Say whether a message has a match; of those that functions are to receive, only this tenant's may."""
        own = self._storage.tenant_id
        whose, message = opened(body) if queue in TRIGGER_QUEUES else (own, body)
        return whose == own and every.search(text_of(message)) is not None


async def _matching(rows: Table, pattern: re.Pattern[str], text: Callable[[Row], str]) -> AsyncIterator[Row]:
    """Yield rows with a match in their body or keys; keys hold a readable part of what they were made of."""
    async for page in rows.pages():
        for row in page:
            if pattern.search(text(row)) or pattern.search(f"{row.partition}\n{row.row}"):
                yield row


def _parked_text(row: Row) -> str:
    """Return what is parked with its bytes, which are base64 inside the row."""
    return text_of(row.body) + "\n" + text_of(msgspec.json.decode(row.body, type=Parked).body)
