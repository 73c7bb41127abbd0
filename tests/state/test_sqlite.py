"""The embedded backend keeps the contract, in a file and in memory, and opens only files that it may."""

import asyncio
import sqlite3
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.clock import ManualClock
from shared.errors import ConfigurationError, ConflictError, DependencyError, DependencyUnavailableError
from shared.state.interface import State
from shared.state.sqlite import MEMORY, SqliteState
from shared.state.sqlite import opening as sqlite_opening
from shared.state.sqlite.schema import MIGRATIONS
from tests.state.contract import Backend, StateContract
from tests.state.samples import NOON, after, case, report, sign_in


def backend_on(clock: ManualClock, open_state: Callable[[], State]) -> Backend:
    """Return a backend whose time a test moves."""
    return Backend(open=open_state, advance=clock.sleep, now=clock)


class TestSqliteFile(StateContract):
    """A file, each instance with its own connection."""

    @pytest.fixture
    def backend(self, tmp_path: Path) -> Backend:
        """Return a backend on a new file."""
        clock = ManualClock(NOON)
        return backend_on(clock, lambda: SqliteState.open(tmp_path / "state.sqlite", clock=clock))


class TestSqliteMemory(StateContract):
    """Memory, which cannot be opened twice: all instances are the same object."""

    @pytest.fixture
    def backend(self) -> Backend:
        """Return a backend on new memory."""
        clock = ManualClock(NOON)
        state = SqliteState.open(MEMORY, clock=clock)
        return backend_on(clock, lambda: state)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a state file may be made, in a folder that does not exist yet."""
    return tmp_path / "new" / "folder" / "state.sqlite"


async def opened_and_closed(path: Path, clock: ManualClock | None = None) -> None:
    """Make a state file."""
    await SqliteState.open(path, clock=clock or ManualClock(NOON)).close()


def overwrite_from(path: Path, start: int) -> None:
    """Do to a file what a broken disk does."""
    size = path.stat().st_size
    assert size > start
    with path.open("r+b") as file:
        file.seek(start)
        file.write(b"\xa5" * (size - start))


async def test_a_new_file_is_private(path: Path) -> None:
    """The file and its log, which hold names and addresses, can be read by their owner only."""
    state = SqliteState.open(path, clock=ManualClock(NOON))
    await state.save_case(case(), None)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    await state.close()
    assert modes == {"state.sqlite": 0o600, "state.sqlite-wal": 0o600, "state.sqlite-shm": 0o600}


def test_a_newer_file_is_refused_and_left_alone(path: Path) -> None:
    """A file of a later version raises, names no path, and is not touched."""
    asyncio.run(opened_and_closed(path))
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version=999")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(ConfigurationError, match="999") as caught:
        SqliteState.open(path, clock=ManualClock(NOON))
    assert str(path) not in f"{caught.value}{caught.value.hint}"
    assert path.read_bytes() == before


@pytest.mark.parametrize("mark", ["PRAGMA application_id=1", "PRAGMA user_version=1", "CREATE TABLE cases (id)"])
def test_another_programs_database_is_refused_and_left_alone(tmp_path: Path, mark: str) -> None:
    """A database that is not empty and not ours keeps its bytes."""
    path = tmp_path / "theirs.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute(mark)
    connection.close()
    before = path.read_bytes()
    with pytest.raises(ConfigurationError, match="another program"):
        SqliteState.open(path, clock=ManualClock(NOON))
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    """Some other file under the configured path is not overwritten."""
    path = tmp_path / "notes.txt"
    path.write_text("not a database " * 100)
    with pytest.raises(ConfigurationError, match="cannot be opened"):
        SqliteState.open(path, clock=ManualClock(NOON))
    assert path.read_text() == "not a database " * 100


def test_a_place_that_cannot_hold_a_file_is_refused(tmp_path: Path) -> None:
    """A folder, or a path below a file, raises ConfigurationError with a hint."""
    (tmp_path / "file").write_text("")
    for path in (tmp_path, tmp_path / "file" / "state.sqlite"):
        with pytest.raises(ConfigurationError) as caught:
            SqliteState.open(path, clock=ManualClock(NOON))
        assert "TRIAGE_STATE_PATH" in caught.value.hint


async def test_an_older_file_is_brought_to_this_version(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Later migrations run once, over kept data, and the file then carries the new version."""
    state = SqliteState.open(path, clock=ManualClock(NOON))
    await state.save_case(case(), None)
    await state.close()
    migrations = (*MIGRATIONS, ("CREATE TABLE later (id TEXT) STRICT", "INSERT INTO later VALUES ('x')"))
    monkeypatch.setattr(sqlite_opening, "MIGRATIONS", migrations)
    monkeypatch.setattr(sqlite_opening, "SCHEMA_VERSION", len(migrations))
    await opened_and_closed(path)
    state = SqliteState.open(path, clock=ManualClock(NOON))
    assert await state.cases() == [case()]
    await state.close()
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT id FROM later").fetchall() == [("x",)]
        assert connection.execute("PRAGMA user_version").fetchone() == (len(migrations),)
    connection.close()


async def test_a_migration_that_fails_leaves_the_file_at_its_version(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a migration is rolled back, so that the next start can try again."""
    await opened_and_closed(path)
    with monkeypatch.context() as patch:
        patch.setattr(sqlite_opening, "MIGRATIONS", (*MIGRATIONS, ("CREATE TABLE later (id)", "BROKEN")))
        patch.setattr(sqlite_opening, "SCHEMA_VERSION", len(MIGRATIONS) + 1)
        with pytest.raises(ConfigurationError):
            SqliteState.open(path, clock=ManualClock(NOON))
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
        assert connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'later'").fetchone() == (0,)
    connection.close()


async def test_many_can_make_the_same_file_at_once(path: Path) -> None:
    """Instances that start together on a missing file all open it."""
    opening = [asyncio.to_thread(SqliteState.open, path, clock=ManualClock(NOON)) for _ in range(8)]
    states = await asyncio.gather(*opening)
    await states[0].save_case(case(), None)
    assert await states[7].cases() == [case()]
    for state in states:
        await state.close()


async def test_a_locked_file_is_unavailable_and_then_works(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock held for too long raises the transient error; once it is gone the same call works."""
    monkeypatch.setattr(sqlite_opening, "BUSY_SECONDS", 0.05)
    state = SqliteState.open(path, clock=ManualClock(NOON))
    blocker = sqlite3.connect(path, autocommit=True)
    blocker.execute("BEGIN IMMEDIATE")
    with pytest.raises(DependencyUnavailableError) as caught:
        await state.save_case(case(), None)
    assert (caught.value.code, caught.value.is_transient) == ("SQLITE_BUSY", True)
    assert await state.cases() == []
    blocker.execute("ROLLBACK")
    blocker.close()
    await state.save_case(case(), None)
    await state.close()


async def test_waiting_for_a_lock_does_not_stop_the_loop(path: Path) -> None:
    """While another process holds the file, other tasks run; the call then succeeds."""
    state = SqliteState.open(path, clock=ManualClock(NOON))
    blocker = sqlite3.connect(path, autocommit=True)
    blocker.execute("BEGIN IMMEDIATE")
    saving = asyncio.create_task(state.save_case(case(), None))
    for _ in range(20):
        await asyncio.sleep(0.005)
    assert not saving.done()
    blocker.execute("COMMIT")
    blocker.close()
    assert await saving
    await state.close()


async def test_a_call_that_waited_sees_what_was_written_meanwhile(path: Path) -> None:
    """A receiver that waited for another's transaction does not get the message that this one took."""
    state = SqliteState.open(path, clock=ManualClock(NOON))
    await state.send("work", b"1")
    other_receiver = sqlite3.connect(path, autocommit=True)
    other_receiver.execute("BEGIN IMMEDIATE")
    other_receiver.execute("UPDATE messages SET visible_at = visible_at + 1000000")
    receiving = asyncio.create_task(state.receive("work", visibility_seconds=30))
    await asyncio.sleep(0.1)
    other_receiver.execute("COMMIT")
    other_receiver.close()
    assert await receiving == []
    await state.close()


async def test_a_time_out_ends_at_its_moment(path: Path) -> None:
    """Leases, messages and budgets are free again at the end itself, not a microsecond later or earlier."""
    clock = ManualClock(NOON)
    state = SqliteState.open(path, clock=clock)
    await state.send("work", b"1", delay_seconds=2)
    assert await state.acquire_lease("case-1", "a", 2)
    assert await state.take_budget("graph", 1, 1, 2) == 0
    clock.now = after(1.999999)
    assert await state.receive("work", visibility_seconds=2) == []
    assert not await state.acquire_lease("case-1", "b", 2)
    assert await state.take_budget("graph", 1, 1, 2) == 0.000001
    clock.now = after(2)
    assert len(await state.receive("work", visibility_seconds=2)) == 1
    assert await state.acquire_lease("case-1", "b", 2)
    assert await state.take_budget("graph", 1, 1, 2) == 0
    await state.close()


async def test_memory_never_leaves_the_thread() -> None:
    """Calls on memory run where they are awaited, so that a replay takes the same turns each time."""
    clock, seen = ManualClock(NOON), set[int]()

    def watched_clock() -> object:
        seen.add(threading.get_ident())
        return clock()

    state = SqliteState.open(MEMORY, clock=watched_clock)  # type: ignore[arg-type]
    await state.send("work", b"1")
    await state.close()
    assert seen == {threading.get_ident()}


async def test_a_call_that_fails_halfway_leaves_nothing(path: Path) -> None:
    """When one of many rows cannot be written, none is, and the connection stays usable."""
    state = SqliteState.open(path, clock=ManualClock(NOON))
    broken = sign_in(2, user_agent="\ud800")
    with pytest.raises(UnicodeEncodeError):
        await state.add_records([("a", sign_in(1)), ("a", broken)])
    with pytest.raises(OverflowError):
        await state.add_counts({"records": 1, "too many": 2**70})
    assert await state.records("a") == []
    assert await state.counts() == {}
    assert await state.add_records([("a", sign_in(1))]) == 1
    await state.close()


async def test_a_row_of_another_version_is_an_error_that_quotes_nothing(path: Path) -> None:
    """A body that does not fit today's types raises with a hint and without its content."""
    state = SqliteState.open(path, clock=ManualClock(NOON))
    await state.save_report(report())
    with sqlite3.connect(path) as connection:
        connection.execute("""UPDATE reports SET body = CAST('{"status": "karita@woodgrovebank.com"}' AS BLOB)""")
    connection.close()
    with pytest.raises(DependencyError) as caught:
        await state.report("case-1")
    assert caught.value.code == "UNREADABLE_ROW"
    assert caught.value.__suppress_context__
    assert "karita" not in str(caught.value)
    await state.close()


async def test_a_damaged_file_is_an_error_with_a_hint(path: Path) -> None:
    """Overwritten pages are reported as damage, not as something to retry."""
    state = SqliteState.open(path, clock=ManualClock(NOON))
    await state.close()
    of_the_tables_alone = path.stat().st_size
    state = SqliteState.open(path, clock=ManualClock(NOON))
    await state.add_records([("a", sign_in(number)) for number in range(500)])
    await state.close()
    overwrite_from(path, of_the_tables_alone)
    state = SqliteState.open(path, clock=ManualClock(NOON))
    with pytest.raises(DependencyError) as caught:
        await state.records("a")
    assert not caught.value.is_transient
    assert caught.value.code is not None
    assert caught.value.code.startswith("SQLITE_CORRUPT")
    await state.close()


async def test_a_time_without_a_zone_is_refused(path: Path) -> None:
    """Nothing is guessed about a local time."""
    state = SqliteState.open(path, clock=ManualClock(NOON))
    with pytest.raises(TypeError):
        await state.purge_records(NOON.replace(tzinfo=None))
    await state.close()


@pytest.mark.parametrize("seconds", [-0.001, 7 * 24 * 3600 + 1])
async def test_times_that_storage_queues_refuse_are_refused(path: Path, seconds: float) -> None:
    """Delays and time-outs below nothing or above seven days raise, as they would in the cloud."""
    state = SqliteState.open(path, clock=ManualClock(NOON))
    await state.send("work", b"1")
    (message,) = await state.receive("work", visibility_seconds=60)
    with pytest.raises(ValueError, match="hidden"):
        await state.send("work", b"2", delay_seconds=seconds)
    with pytest.raises(ValueError, match="hidden"):
        await state.renew("work", message, visibility_seconds=seconds)
    for refused in (seconds, 0):
        with pytest.raises(ValueError, match="hidden"):
            await state.receive("work", visibility_seconds=refused)
    await state.delete("work", message)
    await state.close()


async def test_a_clock_set_back_frees_what_the_last_run_held(path: Path) -> None:
    """A rehearsal restarted at its old start time finds its messages, leases and budgets, not hours of waiting."""
    clock = ManualClock(after(3600))
    state = SqliteState.open(path, clock=clock)
    await state.send("work", b"held")
    await state.receive("work", visibility_seconds=30)
    await state.send("work", b"delayed", delay_seconds=60)
    assert await state.acquire_lease("case-1", "killed", 120)
    assert await state.take_budget("graph", 5, 5, 10) == 0
    await state.close()

    clock.now = NOON
    state = SqliteState.open(path, clock=clock)
    assert await state.next_visible_at("work") == NOON
    found = await state.receive("work", visibility_seconds=30, limit=32)
    assert [(message.body, message.dequeue_count) for message in found] == [(b"held", 2), (b"delayed", 1)]
    assert await state.receive("work", visibility_seconds=30) == []
    assert await state.next_visible_at("work") == after(30)
    assert await state.acquire_lease("case-1", "new", 120)
    assert await state.take_budget("graph", 5, 5, 10) == 0
    assert await state.take_budget("graph", 1, 5, 10) == 10
    await state.close()


async def test_a_clock_that_steps_back_a_little_frees_nothing(path: Path) -> None:
    """A correction of a second gives neither a lease to two holders nor a budget twice."""
    clock = ManualClock(after(1))
    state = SqliteState.open(path, clock=clock)
    await state.send("work", b"held")
    await state.receive("work", visibility_seconds=30)
    assert await state.acquire_lease("case-1", "a", 120)
    assert await state.take_budget("graph", 5, 5, 10) == 0
    clock.now = NOON
    assert await state.receive("work", visibility_seconds=30) == []
    assert not await state.acquire_lease("case-1", "b", 120)
    assert await state.take_budget("graph", 1, 5, 10) == 11
    await state.close()


async def test_an_etag_and_a_receipt_survive_a_restart(path: Path) -> None:
    """A worker that reopens the file goes on with what it held, and a new message never fits an old receipt."""
    clock = ManualClock(NOON)
    state = SqliteState.open(path, clock=clock)
    etag = await state.save_case(case(), None)
    await state.send("work", b"1")
    (message,) = await state.receive("work", visibility_seconds=30)
    await state.close()
    state = SqliteState.open(path, clock=clock)
    await state.save_case(case(revision=2), etag)
    await state.delete("work", message)
    await state.send("work", b"2")
    await state.receive("work", visibility_seconds=30)
    with pytest.raises(ConflictError):
        await state.delete("work", message)
    await state.close()
