"""Forgetting a person for good: rows, their remains in free pages, and the write-ahead log."""

import re
from collections.abc import Callable, Iterator, Sequence
from sqlite3 import Connection

import msgspec

from shared.models.cases import Parked
from shared.state.addressed import opened
from shared.state.erasing import ERASED, pattern_of, text_of
from shared.state.interface import TRIGGER_QUEUES
from shared.state.sqlite.database import Part

OF_IDENTITY = {
    "records": ("rowid", "partition, key, body"),
    "cases": ("id", "id, identity_key, body"),
    "habits": ("identity_key", "identity_key, body"),
}
"""Table, key, and what is looked through: gone when an id or a user principal name is there, redacted for a name."""
GONE = {
    "feedback": ("id", "case_id, body"),
    "documents": ("rowid", "id, body"),
    "sent_keys": ("key", "key"),
    "leases": ("name", "name"),
}
"""Gone for a name too: there is nothing of anybody else's in them that would be missed."""


class SqliteErasing(Part):
    """All tables."""

    async def erase(self, case_ids: Sequence[str], ids: Sequence[str], names: Sequence[str]) -> dict[str, int]:
        """Forget cases with all that belongs to them, and every trace of ids and names. Return counts by table."""
        cases, strong, every = (
            pattern_of(case_ids),
            pattern_of([*case_ids, *ids]),
            pattern_of([*case_ids, *ids, *names]),
        )

        def work(connection: Connection) -> dict[str, int]:
            removed: dict[str, int] = {}
            for table in ("reports", "deliveries"):
                removed[table] = _delete(connection, table, "rowid", "case_id", cases.search)
            for table, (key, columns) in OF_IDENTITY.items():
                removed[table] = _delete(connection, table, key, columns, strong.search)
            for table, (key, columns) in GONE.items():
                found = _delete(connection, table, key, columns, every.search)
                if table not in {"leases", "sent_keys"}:
                    removed[table] = found
            removed["messages"] = _drop_messages(connection, every, self._tenant_id)
            removed["parked"] = _unpark(connection, every)
            person = pattern_of([*ids, *names])
            redacted = ("records", "cases", "habits", "reports", "deliveries", "campaigns")
            removed["redacted"] = sum(_redact(connection, table, person) for table in redacted)
            return {table: count for table, count in removed.items() if count}

        removed = await self._database.write(work)
        await self._database.forget_for_good()
        if self._triggers is not self._database:
            dropped = await self._triggers.write(lambda shared: _drop_messages(shared, every, self._tenant_id))
            if dropped:
                removed["messages"] = removed.get("messages", 0) + dropped
                await self._triggers.forget_for_good()
        return removed


def _rows(connection: Connection, statement: str) -> Iterator[tuple[object, ...]]:
    yield from connection.execute(statement).fetchall()


def _delete(connection: Connection, table: str, key: str, columns: str, is_it: Callable[[str], object]) -> int:
    # Names of tables and columns come from this module alone.
    rows = _rows(connection, f"SELECT {key}, {columns} FROM {table}")  # noqa: S608
    gone = [row[0] for row in rows if any(is_it(text_of(value)) for value in row[1:])]
    connection.executemany(f"DELETE FROM {table} WHERE {key} = ?", ((one,) for one in gone))  # noqa: S608
    return len(gone)


def _drop_messages(connection: Connection, every: re.Pattern[str], tenant_id: str) -> int:
    """Remove messages with a match; of those that functions are to receive, only this tenant's."""
    gone = []
    for number, queue, body in connection.execute("SELECT number, queue, body FROM messages").fetchall():
        whose, message = opened(body) if queue in TRIGGER_QUEUES else (tenant_id, body)
        if whose == tenant_id and every.search(text_of(message)):
            gone.append((number,))
    connection.executemany("DELETE FROM messages WHERE number = ?", gone)
    return len(gone)


def _unpark(connection: Connection, every: re.Pattern[str]) -> int:
    """Parked bytes are base64 inside their row."""
    gone = []
    for parked_id, body in connection.execute("SELECT id, body FROM parked").fetchall():
        parked = msgspec.json.decode(body, type=Parked)
        if every.search(text_of(parked.body)) or every.search(text_of(body)):
            gone.append((parked_id,))
    connection.executemany("DELETE FROM parked WHERE id = ?", gone)
    return len(gone)


def _redact(connection: Connection, table: str, person: re.Pattern[str]) -> int:
    changed = []
    for row, body in _rows(connection, f"SELECT rowid, body FROM {table}"):  # noqa: S608
        text, count = person.subn(ERASED, text_of(body))
        if count:
            changed.append((text.encode("utf-8", "surrogateescape"), row))
    connection.executemany(f"UPDATE {table} SET body = ? WHERE rowid = ?", changed)  # noqa: S608
    return len(changed)
