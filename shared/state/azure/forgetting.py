"""Forgetting by age: cases that ended with all that belongs to them, and what has no case."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import msgspec

from shared.models.cases import Campaign, Case, Parked
from shared.models.documents import DOCUMENTS_OF_CASE
from shared.models.feedback import Feedback
from shared.state.azure.case_lists import CaseLists
from shared.state.azure.documents import keys_of
from shared.state.azure.rows import Entity, Row, Table, key_of
from shared.state.azure.storage import Part
from shared.state.values import body_reader

_case = body_reader(msgspec.json.Decoder(Case))
_campaign = body_reader(msgspec.json.Decoder(Campaign))
_feedback = body_reader(msgspec.json.Decoder(Feedback))
_parked = body_reader(msgspec.json.Decoder(Parked))
_ONLY = "row"
OF_CASE = ("reports", "deliveries", "feedback")
"""Tables in which a case is a partition."""


class AzureForgetting(Part):
    """All tables but records, which have a time of their own. Messages end by themselves (``queues.py``)."""

    async def forget(self, case_ids: Sequence[str], before: datetime) -> dict[str, int]:
        """Forget cases with all that belongs to them, and whatever else was last touched before a time.

        A case's own row goes last, so that a crash before it leaves the case to be forgotten again.
        """
        removed: dict[str, int] = dict.fromkeys(("cases", *OF_CASE, "documents", "habits", "parked", "campaigns"), 0)
        for case_id in case_ids:
            for kind, count in (await self._forget_case(case_id)).items():
                removed[kind] += count
        for table, is_over in self._over(before).items():
            removed[table] += await self._by_age(table, is_over)
        return {kind: count for kind, count in removed.items() if count}

    async def _forget_case(self, case_id: str) -> dict[str, int]:
        key = key_of(case_id)
        removed = {}
        for table in OF_CASE:
            rows = Table(self._storage, table)
            removed[table] = await rows.delete_all(await rows.keys("PartitionKey eq @p", p=key))
        documents = Table(self._storage, "documents")
        removed["documents"] = 0
        for kind in DOCUMENTS_OF_CASE:
            removed["documents"] += int(await documents.has(*keys_of(kind, case_id)))
            await documents.delete(*keys_of(kind, case_id))
        ids = Table(self._storage, "caseids")
        if (way := await ids.get(key, _ONLY)) is None:
            return removed
        partition, cases = way.body.decode(), Table(self._storage, "cases")
        rows_of_identity = {one.row: one for one in await cases.query("PartitionKey eq @p", p=partition)}
        row = rows_of_identity.pop(key, None)
        if row and not rows_of_identity:
            removed["habits"] = await self._forget_habits(_case(row.body).identity.key)
        if row:
            await cases.delete(partition, key)
            await CaseLists(self._storage, cases).remove(_case(row.body))
            removed["cases"] = 1
        await ids.delete(key, _ONLY)
        return removed

    async def _forget_habits(self, identity_key: str) -> int:
        habits = Table(self._storage, "habits")
        found: list[Entity] = await habits.keys("PartitionKey eq @p", p=key_of(identity_key))
        return await habits.delete_all(found)

    def _over(self, before: datetime) -> dict[str, Callable[[Row], Awaitable[bool]]]:
        """Return for each table that goes by age what says whether a row is past its time."""

        async def campaign(row: Row) -> bool:
            return _campaign(row.body).last_at < before

        async def parked(row: Row) -> bool:
            return _parked(row.body).at < before

        async def feedback(row: Row) -> bool:
            found = _feedback(row.body)
            about = found.case_id
            return found.at < before and not (about and await Table(self._storage, "caseids").has(key_of(about), _ONLY))

        return {"campaigns": campaign, "parked": parked, "feedback": feedback}

    async def _by_age(self, table: str, is_over: Callable[[Row], Awaitable[bool]]) -> int:
        rows = Table(self._storage, table)
        gone: list[Entity] = []
        async for page in rows.pages():
            gone += [{"PartitionKey": row.partition, "RowKey": row.row} for row in page if await is_over(row)]
        return await rows.delete_all(gone)
