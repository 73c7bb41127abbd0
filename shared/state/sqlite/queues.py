"""Queues that behave as Storage queues do: visibility time-outs, receipts, dequeue counts.

A message stamped by a clock that has since been set back (``CLOCK_SLACK_MICROS``) is visible at once.
"""

from datetime import datetime
from sqlite3 import Connection

import msgspec

from shared.errors import ConflictError
from shared.state.addressed import addressed, own_messages
from shared.state.interface import TRIGGER_QUEUES, QueueMessage
from shared.state.sqlite.database import Database, Part
from shared.state.values import (
    CLOCK_SLACK_MICROS,
    MAX_BODY_BYTES,
    MAX_HIDDEN_SECONDS,
    MAX_RECEIVED,
    from_micros,
    seconds_to_micros,
)

# Two ranges of an index each, so that neither a long backlog nor many delayed messages are read through.
_VISIBLE = """
    SELECT number, body, inserted_at, dequeue_count, receipt FROM messages WHERE number IN (
        SELECT number FROM (
            SELECT number FROM messages WHERE queue = :queue AND visible_at <= :now
            ORDER BY visible_at, number LIMIT :limit)
        UNION ALL
        SELECT number FROM (
            SELECT number FROM messages WHERE queue = :queue AND stamped_at > :set_back LIMIT :limit)
    ) ORDER BY visible_at, number LIMIT :limit"""

_NEXT_VISIBLE = """
    SELECT min(visible_at) FROM (
        SELECT min(visible_at) AS visible_at FROM messages WHERE queue = :queue
        UNION ALL
        SELECT :now FROM messages WHERE queue = :queue AND stamped_at > :set_back
    ) HAVING min(visible_at) IS NOT NULL"""


class SqliteQueues(Part):
    """Tables ``messages`` and ``sent_keys``."""

    async def send(self, queue: str, body: bytes, *, delay_seconds: float = 0, key: str | None = None) -> None:
        """Append a message, visible after a delay. A second send with the same key to the queue is dropped for ever.

        Raises ValueError above 48 KiB, or for a delay below 0 or above 7 days.
        """
        if queue in TRIGGER_QUEUES:
            body = addressed(self._tenant_id, body)
        if len(body) > MAX_BODY_BYTES:
            raise ValueError(f"a queue message holds at most {MAX_BODY_BYTES} bytes")
        database = self._of(queue)
        delay = _micros_hidden(delay_seconds, least=0)

        def work(connection: Connection) -> None:
            if key is not None:
                statement = "INSERT INTO sent_keys (queue, key) VALUES (?, ?) ON CONFLICT DO NOTHING"
                if connection.execute(statement, (queue, key)).rowcount == 0:
                    return
            now = database.now()
            connection.execute(
                "INSERT INTO messages (queue, body, inserted_at, stamped_at, visible_at, dequeue_count, receipt)"
                " VALUES (?, ?, ?, ?, ?, 0, 0)",
                (queue, body, now, now, now + delay),
            )

        await database.write(work)

    async def receive(self, queue: str, *, visibility_seconds: float, limit: int = 1) -> list[QueueMessage]:
        """Take up to ``limit`` visible messages, longest visible first; each counts one dequeue.

        Raises ValueError for a limit outside 1 to 32 or a time-out of 0, below 0 or above 7 days.
        """
        if not 1 <= limit <= MAX_RECEIVED:
            raise ValueError(f"receive takes 1 to {MAX_RECEIVED} messages")
        hidden = _micros_hidden(visibility_seconds, least=1)

        database = self._of(queue)

        def work(connection: Connection) -> list[QueueMessage]:
            now = database.now()
            found = {"queue": queue, "now": now, "set_back": now + CLOCK_SLACK_MICROS, "limit": limit}
            rows = connection.execute(_VISIBLE, found).fetchall()
            connection.executemany(
                "UPDATE messages SET stamped_at = ?, visible_at = ?, dequeue_count = dequeue_count + 1,"
                " receipt = receipt + 1 WHERE number = ?",
                ((now, now + hidden, row[0]) for row in rows),
            )
            return [_received(*row) for row in rows]

        return await database.write(work)

    async def renew(self, queue: str, message: QueueMessage, *, visibility_seconds: float) -> QueueMessage:
        """Keep a message invisible from now on for a time; 0 gives it back. The old receipt is stale afterwards.

        Raises ConflictError when the receipt is stale or the message is gone.
        """
        hidden = _micros_hidden(visibility_seconds, least=0)

        database = self._of(queue)

        def work(connection: Connection) -> int | None:
            now = database.now()
            row = connection.execute(
                "UPDATE messages SET stamped_at = ?, visible_at = ?, receipt = receipt + 1"
                " WHERE queue = ? AND number = ? AND receipt = ? RETURNING receipt",
                (now, now + hidden, queue, message.id, message.receipt),
            ).fetchone()
            return None if row is None else int(row[0])

        receipt = await database.write(work)
        if receipt is None:
            raise _stale(queue, message)
        return msgspec.structs.replace(message, receipt=str(receipt))

    async def delete(self, queue: str, message: QueueMessage) -> None:
        """Finish a message. Raises ConflictError when the receipt is stale or the message is gone.

        A receipt outlives its time-out until someone else takes the message.
        """
        deleted = await self._of(queue).change(
            "DELETE FROM messages WHERE queue = ? AND number = ? AND receipt = ?", (queue, message.id, message.receipt)
        )
        if not deleted:
            raise _stale(queue, message)

    async def peek(self, queue: str, limit: int = 32) -> list[bytes]:
        """Return bodies of visible and invisible messages, oldest first, changing nothing.

        Of those that functions are to receive, only this tenant's, if any, among the first ``limit``.
        """
        statement = "SELECT body FROM messages WHERE queue = ? ORDER BY number LIMIT ?"
        found = await self._of(queue).select(statement, (queue, limit), bytes)
        return own_messages(self._tenant_id, queue, found)

    async def next_visible_at(self, queue: str) -> datetime | None:
        """Return when the earliest message is (or was) visible, or None for an empty queue."""
        database = self._of(queue)
        now = database.now()
        found = {"queue": queue, "now": now, "set_back": now + CLOCK_SLACK_MICROS}
        times = await database.select(_NEXT_VISIBLE, found, from_micros)
        return next(iter(times), None)

    def _of(self, queue: str) -> Database:
        return self._triggers if queue in TRIGGER_QUEUES else self._database


def _micros_hidden(seconds: float, *, least: int) -> int:
    """Return microseconds. Raises ValueError below ``least`` microseconds or above seven days."""
    micros = seconds_to_micros(seconds)
    if not least <= micros <= seconds_to_micros(MAX_HIDDEN_SECONDS):
        raise ValueError(f"a message is hidden for at most {MAX_HIDDEN_SECONDS} seconds and not for less than none")
    return micros


def _received(number: int, body: bytes, inserted_at: int, dequeue_count: int, receipt: int) -> QueueMessage:
    """Return a message as it is after this dequeue."""
    return QueueMessage(
        id=str(number),
        receipt=str(receipt + 1),
        body=body,
        dequeue_count=dequeue_count + 1,
        inserted_at=from_micros(inserted_at),
    )


def _stale(queue: str, message: QueueMessage) -> ConflictError:
    return ConflictError(f"message `{message.id}` of queue `{queue}` is no longer held with this receipt")
