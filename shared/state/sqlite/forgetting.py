"""Forgetting by age: cases that ended with all that belongs to them, and what has no case."""

from collections.abc import Sequence
from datetime import datetime
from sqlite3 import Connection

import msgspec

from shared.models.cases import Campaign
from shared.models.documents import DOCUMENTS_OF_CASE
from shared.state.sqlite.database import Part
from shared.state.values import body_reader, to_micros

_campaign = body_reader(msgspec.json.Decoder(Campaign))

_OF_CASE = {
    "reports": "DELETE FROM reports WHERE case_id = ?",
    "deliveries": "DELETE FROM deliveries WHERE case_id = ?",
    "feedback": "DELETE FROM feedback WHERE case_id = ?",
    # The kinds are names of our own.
    "documents": f"DELETE FROM documents WHERE kind IN ({str(DOCUMENTS_OF_CASE)[1:-1]}) AND id = ?",  # noqa: S608
    # Keys of sends begin with the case's id, as in `case-0123456789ab-v2`.
    "sent_keys": "DELETE FROM sent_keys WHERE key GLOB ? || '-*'",
    "cases": "DELETE FROM cases WHERE id = ?",
}
_BY_AGE = {
    "messages": "DELETE FROM messages WHERE inserted_at < ?",
    "parked": "DELETE FROM parked WHERE at < ?",
    "feedback": "DELETE FROM feedback WHERE at < ? AND case_id NOT IN (SELECT id FROM cases)",
}
_HABITS = "DELETE FROM habits WHERE identity_key = ? AND identity_key NOT IN (SELECT identity_key FROM cases)"


class SqliteForgetting(Part):
    """All tables but records, which have a time of their own."""

    async def forget(self, case_ids: Sequence[str], before: datetime) -> dict[str, int]:
        """Forget cases with all that belongs to them, and whatever else was last touched before a time.

        Messages that nobody took go by age too: Storage queues let them expire. The file is written anew when
        anything went, which takes seconds a gigabyte.
        """

        def work(connection: Connection) -> dict[str, int]:
            removed = _forget_cases(connection, case_ids)
            for table, statement in _BY_AGE.items():
                removed[table] = removed.get(table, 0) + connection.execute(statement, (to_micros(before),)).rowcount
            removed["campaigns"] = _forget_campaigns(connection, before)
            return {table: count for table, count in removed.items() if count}

        removed = await self._database.write(work)
        if removed:
            await self._database.forget_for_good()
        return removed


def _forget_cases(connection: Connection, case_ids: Sequence[str]) -> dict[str, int]:
    ids = [(case_id,) for case_id in case_ids]
    owners = set()
    for one in ids:
        owners |= set(connection.execute("SELECT identity_key FROM cases WHERE id = ?", one).fetchall())
    removed = {table: connection.executemany(statement, ids).rowcount for table, statement in _OF_CASE.items()}
    del removed["sent_keys"]
    removed["habits"] = connection.executemany(_HABITS, sorted(owners)).rowcount
    return {table: max(count, 0) for table, count in removed.items()}


def _forget_campaigns(connection: Connection, before: datetime) -> int:
    began = connection.execute("SELECT id, body FROM campaigns WHERE first_at < ?", (to_micros(before),)).fetchall()
    over = [(campaign_id,) for campaign_id, body in began if _campaign(body).last_at < before]
    connection.executemany("DELETE FROM campaigns WHERE id = ?", over)
    return len(over)
