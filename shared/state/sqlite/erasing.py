"""Forgetting a person for good: rows, their remains in free pages, and the write-ahead log."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from sqlite3 import Connection

import msgspec

from shared.models.cases import Parked
from shared.state.sqlite.database import Part

ERASED = "erased"
ESCAPED = r"(?<=\\[nrtbf])|(?<=\\u[0-9a-f]{4})"
"""Where a word begins although a letter comes before it: that letter ends an escape of JSON."""
OF_IDENTITY = {
    "records": ("rowid", "partition, key, body"),
    "cases": ("id", "id, identity_key, body"),
    "habits": ("identity_key", "identity_key, body"),
}
"""Table, key, and what is looked through: gone when an id or a user principal name is there, redacted for a name."""
GONE = {
    "feedback": ("id", "case_id, body"),
    "documents": ("rowid", "id, body"),
    "messages": ("number", "body"),
    "sent_keys": ("key", "key"),
    "leases": ("name", "name"),
}
"""Gone for a name too: there is nothing of anybody else's in them that would be missed."""


class SqliteErasing(Part):
    """All tables."""

    async def erase(self, case_ids: Sequence[str], ids: Sequence[str], names: Sequence[str]) -> dict[str, int]:
        """Forget cases with all that belongs to them, and every trace of ids and names. Return counts by table."""
        cases, strong, every = _pattern(case_ids), _pattern([*case_ids, *ids]), _pattern([*case_ids, *ids, *names])

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
            removed["parked"] = _unpark(connection, every)
            person = _pattern([*ids, *names])
            redacted = ("records", "cases", "habits", "reports", "deliveries", "campaigns")
            removed["redacted"] = sum(_redact(connection, table, person) for table in redacted)
            return {table: count for table, count in removed.items() if count}

        removed = await self._database.write(work)
        await self._database.forget_for_good()
        return removed


def _pattern(texts: Sequence[str]) -> re.Pattern[str]:
    """Return a pattern that finds each text as it stands in JSON, escaped or not, whatever its case."""
    forms = {
        form
        for text in texts
        if text
        for form in (text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1])
    }
    # Longest first, so that a name inside another leaves nothing of it. Nothing to find: a pattern that never fits.
    found = [_bounded(form) for form in sorted(forms, key=len, reverse=True)]
    return re.compile("|".join(found) or r"(?!)", re.IGNORECASE)


def _bounded(form: str) -> str:
    """Return a pattern for a whole word: ``ann@`` is not in ``joann@`` or ``jo-ann@``."""
    before = r"[\w.+-]" if "@" in form else r"\w"
    return rf"(?:(?<!{before})|{ESCAPED}){re.escape(form)}(?!\w)"


def _text(value: object) -> str:
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)


def _rows(connection: Connection, statement: str) -> Iterator[tuple[object, ...]]:
    yield from connection.execute(statement).fetchall()


def _delete(connection: Connection, table: str, key: str, columns: str, is_it: Callable[[str], object]) -> int:
    # Names of tables and columns come from this module alone.
    rows = _rows(connection, f"SELECT {key}, {columns} FROM {table}")  # noqa: S608
    gone = [row[0] for row in rows if any(is_it(_text(value)) for value in row[1:])]
    connection.executemany(f"DELETE FROM {table} WHERE {key} = ?", ((one,) for one in gone))  # noqa: S608
    return len(gone)


def _unpark(connection: Connection, every: re.Pattern[str]) -> int:
    """Parked bytes are base64 inside their row."""
    gone = []
    for parked_id, body in connection.execute("SELECT id, body FROM parked").fetchall():
        parked = msgspec.json.decode(body, type=Parked)
        if every.search(_text(parked.body)) or every.search(_text(body)):
            gone.append((parked_id,))
    connection.executemany("DELETE FROM parked WHERE id = ?", gone)
    return len(gone)


def _redact(connection: Connection, table: str, person: re.Pattern[str]) -> int:
    changed = []
    for row, body in _rows(connection, f"SELECT rowid, body FROM {table}"):  # noqa: S608
        text, count = person.subn(ERASED, _text(body))
        if count:
            changed.append((text.encode("utf-8", "surrogateescape"), row))
    connection.executemany(f"UPDATE {table} SET body = ? WHERE rowid = ?", changed)  # noqa: S608
    return len(changed)
