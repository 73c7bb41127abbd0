"""One connection to a state file: its transactions, the thread they run in, and its errors made ours."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from shared.clock import Clock
from shared.errors import DependencyError, DependencyUnavailableError
from shared.state.sqlite.opening import MEMORY, connect, transaction
from shared.state.values import to_micros

type Parameters = Sequence[object] | Mapping[str, object]

_UNAVAILABLE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_READONLY,
}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class Database:
    """A connection, its transactions and its thread.

    Write-ahead log with ``synchronous=NORMAL``: a commit has handed its pages to the operating system before the
    call returns, so killing the process loses nothing and tears nothing. Only a power cut can take back the last
    commits (never part of one, and never the file). FULL would wait for the disk at each commit to cover that
    too: 0.2 ms more on a fast disk and 10 ms on a slow one; who needs it uses Azure Storage.
    """

    def __init__(
        self, connection: sqlite3.Connection, path: str, clock: Clock, thread: ThreadPoolExecutor | None
    ) -> None:
        self.path = path
        self.clock = clock
        self._connection = connection
        self._thread = thread
        self._is_closed = False

    @classmethod
    def open(cls, path: str | Path, clock: Clock) -> Self:
        """Open or make the file. Raises ConfigurationError."""
        connection = connect(str(path))
        # Measured on two cores, one insert of 600 bytes: 0.014 ms called directly, 0.16 ms through a thread, nearly
        # all of it the change of threads. The thread wins for files all the same: another process's lock, a
        # checkpoint's fsync (7 ms here on a fast disk) or a list of all cases would else stop every other task.
        # Memory has none of these waits, so it is called directly, which also makes the order of events repeatable.
        in_memory = str(path) == MEMORY
        return cls(
            connection, str(path), clock, None if in_memory else ThreadPoolExecutor(1, thread_name_prefix="state")
        )

    def now(self) -> int:
        """Return the clock's time in microseconds.

        Writers read it inside their transaction: the wait for the lock must not date a lease or a budget back.
        """
        return to_micros(self.clock())

    async def select[T](self, statement: str, parameters: Parameters, make: Callable[..., T]) -> list[T]:
        """Run one SELECT and return what ``make`` makes of each row's columns."""
        return await self._run(lambda: [make(*row) for row in self._connection.execute(statement, parameters)])

    async def read[T](self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run several SELECTs in one turn of the thread: changing threads costs more than most of them."""
        return await self._run(lambda: work(self._connection))

    async def change(self, statement: str, parameters: Parameters) -> int:
        """Run one writing statement as a transaction and return how many rows it changed."""
        return await self.write(lambda connection: connection.execute(statement, parameters).rowcount)

    async def write[T](self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run statements as one transaction that nobody else writes beside, and return the result.

        When ``work`` raises, nothing of it is kept. A cancelled caller may still find its work done, as
        with any remote store.
        """
        return await self._run(lambda: self._transact(work))

    async def forget_for_good(self) -> None:
        """Leave nothing of what was deleted in the file or its log. Raises DependencyUnavailableError while it is read.

        Memory has neither.
        """

        def work() -> None:
            self._connection.execute("VACUUM")
            # No row for a file that has no log.
            busy, *_ = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() or (0,)
            if busy:
                hint = "What was deleted still stands in its log: do it again when nobody else reads the file."
                raise DependencyUnavailableError("the state file's log is in use", hint=hint)

        await self._run(work)

    async def close(self) -> None:
        """Finish what is queued, close the connection, end the thread."""
        if self._is_closed:
            return
        self._is_closed = True
        await self._run(self._connection.close)
        if self._thread:
            self._thread.shutdown()

    async def _run[T](self, work: Callable[[], T]) -> T:
        with _errors_made_ours():
            if self._thread:
                return await asyncio.get_running_loop().run_in_executor(self._thread, work)
            result = work()
        # Other tasks get a turn at each call, as they do with a file.
        await asyncio.sleep(0)
        return result

    def _transact[T](self, work: Callable[[sqlite3.Connection], T]) -> T:
        with transaction(self._connection):
            return work(self._connection)


@contextmanager
def _errors_made_ours() -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        # Extended codes carry the primary one in their low byte. Other codes are bugs of ours: they stay as they are.
        primary = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
        name = getattr(error, "sqlite_errorname", None)
        if primary in _UNAVAILABLE:
            raise DependencyUnavailableError(f"the state file answered `{name}`", code=name) from error
        if primary in _DAMAGED:
            hint = "Stop the app, keep a copy of the file, and recover it with the sqlite3 tool or start a new one."
            raise DependencyError(f"the state file answered `{name}`", code=name, hint=hint) from error
        raise


class Part:
    """A share of SqliteState's methods, on the database that all shares use."""

    def __init__(self, database: Database, *, triggers: Database | None = None, tenant_id: str = "") -> None:
        """``triggers``: where the queues are that functions listen to, for the state of one of several tenants."""
        self._database = database
        self._triggers = triggers or database
        self._tenant_id = tenant_id
