"""A process killed at any moment keeps every call that returned and leaves no call half done."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from shared.clock import system_clock
from shared.state.sqlite import SqliteState
from tests.state.doomed_writer import RECORDS_A_CALL

ROOT = Path(__file__).parents[2]
WRITER = [sys.executable, "-m", "tests.state.doomed_writer"]
KILLS = 16


def acknowledged(lines: list[str]) -> dict[str, set[str]]:
    """Return which turns of which kind of call returned."""
    found: dict[str, set[str]] = {}
    for line in lines:
        kind, this = line.split()
        found.setdefault(kind, set()).add(this)
    return found


def assert_sound(path: Path) -> None:
    """Check the file itself, and what one transaction wrote in several rows."""
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    if connection.execute("PRAGMA user_version").fetchone() != (0,):
        sizes = connection.execute("SELECT DISTINCT n FROM (SELECT count(*) AS n FROM records GROUP BY partition)")
        assert sizes.fetchall() in ([], [(RECORDS_A_CALL,)])
        assert len(connection.execute("SELECT DISTINCT value FROM counters").fetchall()) <= 1
        # A remembered key without its message would drop the message for ever when the sender tries again.
        keys = connection.execute("SELECT key FROM sent_keys WHERE queue = 'kept' ORDER BY key").fetchall()
        bodies = connection.execute("SELECT CAST(body AS TEXT) FROM messages WHERE queue = 'kept'").fetchall()
        assert keys == sorted(bodies)
    connection.close()


def kill_a_writer(path: Path, name: str, seconds: float) -> list[str]:
    """Start a writer, kill it some time after its first acknowledgement, and return all of them."""
    writer = subprocess.Popen([*WRITER, str(path), name], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    lines = [writer.stdout.readline()]
    time.sleep(seconds)
    writer.kill()
    lines += writer.stdout.readlines()
    writer.stdout.close()
    assert writer.wait() == -signal.SIGKILL
    return lines


def kill_writers_at_every_statement(folder: Path) -> int:
    """Return how many writers were killed, one a statement."""
    command = [*WRITER, "--at-every-statement", str(folder)]
    return int(subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout)


async def assert_kept(state: SqliteState, acks: dict[str, set[str]]) -> None:
    """Check that what the killed process was told is so."""
    for this in acks.get("records", ()):
        assert len(await state.records(this)) == RECORDS_A_CALL
    for kind, least in (("case", 1), ("case-again", 2)):
        for this in acks.get(kind, ()):
            found = await state.case(f"case-{this}")
            assert found is not None
            assert found[0].revision >= least
    assert {this.encode() for this in acks.get("send", ())} <= set(await state.peek("kept", limit=1_000_000))
    for this in acks.get("delete", ()):
        assert this.encode() not in await state.peek(f"finished-{this.split('-')[0]}", limit=1_000_000)
    for this in acks.get("report", ()):
        assert await state.report(this, 1) is not None
    for this in acks.get("delivery", ()):
        assert len(await state.deliveries(this)) == 1
    assert acks.get("parked", set()) <= {item.id for item in await state.parked()}
    for this in acks.get("budget", ()):
        assert await state.take_budget(this, 3, 5, 600) > 0


async def test_a_process_killed_at_random_moments_loses_nothing(tmp_path: Path) -> None:
    """One file, many writers after one another, each killed at a random moment: every acknowledged call is kept."""
    path, seed, turns = tmp_path / "state.sqlite", random.randrange(2**32), 0
    moments = random.Random(seed)
    counted = 0
    for name in map(str, range(KILLS)):
        lines = kill_a_writer(path, name, moments.uniform(0, 0.15))
        acks = acknowledged(lines)
        turns += len(acks.get("budget", ()))
        counted += len(acks.get("counts", ()))
        assert_sound(path)
        state = SqliteState.open(path, clock=system_clock)
        await assert_kept(state, acks)
        counts = await state.counts()
        await state.close()
        # A call may have been done and killed before it could say so: at most one a writer.
        assert counted <= counts.get("left", 0) <= counted + int(name) + 1, f"seed {seed}"
    assert turns > KILLS, "the writers were killed before they wrote"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
async def test_a_process_killed_at_any_statement_loses_nothing(tmp_path: Path) -> None:
    """From the first statement on a new file to the last: all or nothing of each call, and a rerun completes it."""
    killed = kill_writers_at_every_statement(tmp_path)
    assert killed > 60, "a run has more statements than that"
    for number in range(1, killed + 1):
        path, this = tmp_path / f"{number}.sqlite", f"{number}-0"
        lines = (tmp_path / f"{number}.acks").read_text().splitlines()
        assert_sound(path)
        state = SqliteState.open(path, clock=system_clock)
        await assert_kept(state, acknowledged(lines))
        await state.send("kept", this.encode(), key=this)
        assert await state.peek("kept") == [this.encode()]
        found = await state.case(f"case-{this}")
        if found is not None:
            await state.save_case(msgspec.structs.replace(found[0], revision=9), found[1])
        await state.close()
