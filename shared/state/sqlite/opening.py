"""Opening a state file: making it, refusing what is not ours, bringing its tables to this version."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import tenacity

from shared.errors import ConfigurationError
from shared.state.sqlite.schema import APPLICATION_ID, MIGRATIONS, SCHEMA_VERSION

MEMORY = ":memory:"
BUSY_SECONDS = 30.0
"""How long a call waits for another process's transaction. Those take milliseconds; a big purge, seconds."""
_OLDEST_SQLITE = (3, 38)  # STRICT tables, JSON always there
_making_a_file = threading.Lock()


def connect(path: str) -> sqlite3.Connection:
    """Return a connection to a state file of this version, made or migrated where need be.

    Any one thread at a time may use it. Raises ConfigurationError, having changed nothing in a file it refuses.
    """
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        raise ConfigurationError(
            f"SQLite {sqlite3.sqlite_version} is too old for embedded state",
            hint="Use a Python that is linked with SQLite 3.38 or newer.",
        )
    try:
        return _connect(path)
    except (OSError, sqlite3.Error) as error:
        raise _unopened("cannot be opened") from error


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit what the block did, or nothing of it when it raises."""
    # IMMEDIATE takes the write lock first: a transaction that reads and then writes can neither lose a race
    # after its read nor fail halfway because someone else committed in between.
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _connect(path: str) -> sqlite3.Connection:
    if path != MEMORY:
        _make_private_file(Path(path))
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, autocommit=True, check_same_thread=False)
    try:
        _prepare(connection, journal="memory" if path == MEMORY else "wal")
    except BaseException:
        connection.close()
        raise
    return connection


def _make_private_file(path: Path) -> None:
    """Make an empty file that only its owner can read: it will hold names and addresses."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Closing a file drops all locks that this process has on it. So a file that is there is not opened here, and
    # nobody in this process goes on to lock a new one before it is closed.
    with _making_a_file, suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _is_busy(error: BaseException) -> bool:
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


# Changing the journal mode does not wait for other connections as statements do, so the wait is ours.
@tenacity.retry(
    retry=tenacity.retry_if_exception(_is_busy),
    stop=tenacity.stop_after_delay(BUSY_SECONDS),
    wait=tenacity.wait_random(0.005, 0.05),
    reraise=True,
)
def _prepare(connection: sqlite3.Connection, *, journal: str) -> None:
    _refuse_strangers(connection)
    if connection.execute("PRAGMA journal_mode").fetchone()[0] != journal:
        (mode,) = connection.execute(f"PRAGMA journal_mode={journal}").fetchone()
        if mode != journal:
            raise _unopened("is on a file system without shared memory")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA journal_size_limit=67108864")
    with transaction(connection):
        version = _refuse_strangers(connection)
        for statements in MIGRATIONS[version:]:
            for statement in statements:
                connection.execute(statement)
        if version < SCHEMA_VERSION:
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")


def _refuse_strangers(connection: sqlite3.Connection) -> int:
    """Return the version of the file's tables, 0 for an empty file. Changes nothing in a file it refuses."""
    # One statement reads one state of the file, even while another process brings its tables up.
    application_id, version, tables = connection.execute(
        "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema)"
        " FROM pragma_application_id, pragma_user_version"
    ).fetchone()
    if application_id != APPLICATION_ID and (application_id or version or tables):
        raise _unopened("belongs to another program")
    if version > SCHEMA_VERSION:
        raise _unopened(f"has version {version}, newer than version {SCHEMA_VERSION} of this app")
    return int(version)


def _unopened(reason: str) -> ConfigurationError:
    return ConfigurationError(
        f"the state file {reason}",
        hint="Point TRIAGE_STATE_PATH to a file that the app may write, made by this version or an older one.",
    )
