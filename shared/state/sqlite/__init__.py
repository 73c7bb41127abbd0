"""State in one SQLite file, for one machine: the embedded backend, with nothing to install or to run."""

from pathlib import Path
from typing import Self

from shared.clock import Clock
from shared.state.sqlite.cases import SqliteCases
from shared.state.sqlite.coordination import SqliteCoordination
from shared.state.sqlite.database import Database
from shared.state.sqlite.documents import SqliteDocuments
from shared.state.sqlite.erasing import SqliteErasing
from shared.state.sqlite.evidence import SqliteEvidence
from shared.state.sqlite.forgetting import SqliteForgetting
from shared.state.sqlite.memory import SqliteMemory
from shared.state.sqlite.opening import MEMORY
from shared.state.sqlite.queues import SqliteQueues
from shared.state.sqlite.reports import SqliteParking, SqliteReports

__all__ = ["MEMORY", "SqliteState", "tenant_file"]


def tenant_file(path: str, tenant_id: str) -> str:
    """Return where the state of one of several tenants is, beside a state file; in memory for one in memory."""
    own = Path(path)
    return path if path == MEMORY else str(own.with_name(f"{own.stem}-{tenant_id}{own.suffix}"))


class SqliteState(
    SqliteEvidence,
    SqliteCases,
    SqliteReports,
    SqliteMemory,
    SqliteDocuments,
    SqliteParking,
    SqliteQueues,
    SqliteCoordination,
    SqliteForgetting,
    SqliteErasing,
):
    """All that the app remembers, in one file that several processes may use at the same time.

    Each method is one transaction: a process killed at any moment leaves all of a call or nothing of it, and
    keeps every call that returned. One object serves one process; it may be used from any event loop.
    Methods raise DependencyUnavailableError when the file is locked for too long, full or unreadable.
    """

    @classmethod
    def open(cls, path: str | Path, *, clock: Clock) -> Self:
        """Open a state file; make it, and its folder, where there is none.

        ``:memory:`` keeps everything in this object instead and never leaves the event loop's thread, so that a
        replay takes the same turns each time. ``clock`` is the only source of time, for every time-out, delay,
        lease and budget. Raises ConfigurationError when the file is newer than this version of the app, is not
        a state file, or cannot be opened.
        """
        return cls(Database.open(path, clock))

    @property
    def shares_queues(self) -> bool:
        """Say whether the queues of functions are other tenants' too."""
        return bool(self._tenant_id)

    def of_tenant(self, tenant_id: str) -> Self:
        """Return the state of one of several tenants, in a file of its own beside this one."""
        database = Database.open(tenant_file(self._database.path, tenant_id), self._database.clock)
        return type(self)(database, triggers=self._database, tenant_id=tenant_id)

    async def close(self) -> None:
        """Finish the calls under way and release the file. A second close changes nothing."""
        await self._database.close()
