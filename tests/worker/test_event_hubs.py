"""The Event Hubs trigger: batches, metadata, retries, checkpoints and crashes; and the embedded event log itself."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.host.event_log import MAX_EVENT_BYTES, EventLog
from shared.clock import ManualClock
from tests.worker.conftest import ROOT
from tests.worker.hosting import SETTINGS, START, live, stepped

HUB = "risk-events"


async def batches(folder: Path) -> dict[str, Any]:
    """Put events into two partitions and step through them."""
    async with stepped(folder) as stage:
        stage.log.append(HUB, [b"a1", b"a2"], partition_key="alice")
        stage.clock.advance(1.5)
        stage.log.append(HUB, [b"b1"])
        stage.log.append(HUB, [b"a3", b"a4"], partition_key="alice")
        steps = [await stage.host.step_event_hubs() for _ in range(4)]
        return {
            "steps": steps,
            "notes": stage.noted("on_events"),
            "backlog": stage.log.backlog(HUB, "triage"),
            "messages": [one.messages for one in stage.invocations],
        }


def test_a_batch_is_one_partition_in_order_with_the_metadata_of_azure(isolated: Callable[..., Any]) -> None:
    """Batches hold at most maxEventBatchSize events of one partition; the partition with the oldest event goes first."""
    result = isolated(batches)
    notes = result["notes"]
    assert [note["bodies"] for note in notes] == [["a1", "a2", "a3"], ["b1"], ["a4"]]
    assert result["steps"] == [True, True, True, False]
    assert result["backlog"] == 0
    assert result["messages"] == [3, 1, 1]
    assert notes[0]["sequences"] == [0, 1, 2]
    assert notes[0]["keys"] == ["alice", "alice", "alice"]
    assert notes[1]["keys"] == [None]
    assert notes[0]["enqueued"] == ["2026-11-23T10:00:00+00:00"] * 2 + ["2026-11-23T10:00:01.500000+00:00"]
    assert notes[0]["trace"].startswith("00-")
    metadata = notes[0]["metadata"]
    assert metadata["SequenceNumberArray"] == [0, 1, 2]
    assert metadata["OffsetArray"] == ["0", "2", "4"]
    assert metadata["PropertiesArray"] == [{}, {}, {}]
    assert metadata["PartitionContext"]["EventHubName"] == HUB
    assert metadata["PartitionContext"]["ConsumerGroup"] == "triage"
    assert metadata["SystemPropertiesArray"][2] == {
        "SequenceNumber": 2,
        "Offset": "4",
        "PartitionKey": "alice",
        "EnqueuedTimeUtc": "2026-11-23T10:00:01.500000Z",
    }


async def failing(folder: Path, body: str) -> dict[str, Any]:
    """Put in one event that fails so many times, and another after it."""
    async with stepped(folder) as stage:
        stage.log.append(HUB, [body.encode()], partition_key="one")
        await stage.host.step_event_hubs()
        stage.log.append(HUB, [b"next"], partition_key="one")
        await stage.host.run_until_idle()
        return {
            "tries": [(note["bodies"], note["retries"], note["max_retries"]) for note in stage.noted("on_events")],
            "seconds": (stage.clock() - START).total_seconds(),
        }


def test_the_retry_policy_runs_before_the_checkpoint(isolated: Callable[..., Any]) -> None:
    """A batch that fails once is run again after the policy's delay, and the app is told which retry it is."""
    result = isolated(failing, "fail1")
    assert result["tries"] == [[["fail1"], 0, 2], [["fail1"], 1, 2], [["next"], 0, 2]]
    assert result["seconds"] == 10


def test_a_batch_that_fails_to_the_end_is_left_behind(isolated: Callable[..., Any]) -> None:
    """After the last retry the checkpoint moves on all the same; the delay doubles up to the policy's maximum."""
    result = isolated(failing, "fail9")
    assert [tries[:2] for tries in result["tries"]] == [[["fail9"], 0], [["fail9"], 1], [["fail9"], 2], [["next"], 0]]
    assert result["seconds"] == 10 + 15


async def one_by_one(folder: Path) -> list[dict[str, Any]]:
    """Read a hub whose function takes single events, as bytes."""
    async with stepped(folder) as stage:
        stage.log.append("singles", [b"\xff\x00", b"{}"])
        await stage.host.run_until_idle()
        return stage.noted("on_event")


def test_a_function_of_cardinality_one_gets_each_event(isolated: Callable[..., Any]) -> None:
    """Each event is an invocation of its own, its bytes untouched, with its own metadata."""
    notes = isolated(one_by_one)
    assert [(note["body"], note["sequence"], note["offset"]) for note in notes] == [("ff00", 0, "0"), ("7b7d", 1, "2")]


async def stopped_in_retry(folder: Path) -> dict[str, Any]:
    """Stop a live host while a failed batch waits for its retry, then start again."""
    async with live(folder) as stage:
        stage.log.append(HUB, [b"fail1"])
        await stage.until(lambda: stage.noted("on_events"))
        began = time.monotonic()
        await stage.host.stop()
        stopped_after = time.monotonic() - began
        waiting = stage.log.backlog(HUB, "triage")
    async with live(folder) as stage:
        await stage.until(lambda: not len(stage.noted("on_events")) < 2)
    return {"waiting": waiting, "quick": stopped_after < 9, "retries": [note["retries"] for note in stage.seen[:1]]}


def test_a_stop_during_a_retry_loses_nothing(isolated: Callable[..., Any]) -> None:
    """A host stopped between two tries ends at once and leaves the batch to the next start."""
    assert isolated(stopped_in_retry) == {"waiting": 1, "quick": True, "retries": [0]}


async def until_killed(folder: Path) -> None:
    """Take a first batch to its end, then one that does not end; the test kills this process."""
    async with live(folder, environ={**SETTINGS, "TEST_MARK": ""}) as stage:
        stage.log.append(HUB, [b"done"], partition_key="one")
        await stage.until(lambda: not stage.log.backlog(HUB, "triage"))
        os.environ["TEST_MARK"] = str(folder / "mark")
        stage.log.append(HUB, [b"first", b"second"], partition_key="one")
        await asyncio.sleep(60)


async def after_the_kill(folder: Path) -> list[list[str]]:
    """Start again and read what comes."""
    async with stepped(folder) as stage:
        await stage.host.run_until_idle()
        return [note["bodies"] for note in stage.noted("on_events")]


def test_a_killed_batch_is_replayed(isolated: Callable[..., Any], tmp_path: Path) -> None:
    """After kill -9 the batch that was running comes again, whole; what was checkpointed does not."""
    name = f"{__name__}:{until_killed.__name__}"
    process = subprocess.Popen([sys.executable, "-m", "tests.worker.drive", name, str(tmp_path), "[]"], cwd=ROOT)
    deadline = time.monotonic() + 60
    while not (tmp_path / "mark").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert (tmp_path / "mark").read_text() == "first,second\n"
    assert isolated(after_the_kill) == [["first", "second"]]


@pytest.fixture
def clock() -> ManualClock:
    """Stand still."""
    return ManualClock(START)


@pytest.fixture
def log(clock: ManualClock) -> Iterator[EventLog]:
    """Keep a log of one partition in memory."""
    with closing(EventLog.open(":memory:", clock=clock, partitions=1)) as log:
        yield log


def test_events_without_a_key_take_turns(tmp_path: Path) -> None:
    """Calls without a key go round the partitions, also after the file was closed and opened again."""
    first = EventLog.open(tmp_path / "log.sqlite", partitions=3)
    chosen = [first.append(HUB, [b"x"]) for _ in range(4)]
    first.close()
    second = EventLog.open(tmp_path / "log.sqlite", partitions=7)
    chosen.append(second.append(HUB, [b"x"]))
    assert chosen == [0, 1, 2, 0, 1]
    assert second.partitions(HUB) == 3
    second.close()


def test_purged_events_do_not_reuse_their_numbers(log: EventLog, clock: ManualClock) -> None:
    """Retention forgets old events; later ones go on counting, so that a checkpoint never hides them."""
    log.append(HUB, [b"old", b"older"])
    log.checkpoint(HUB, "triage", log.read(HUB, "triage", 0, 10)[-1])
    clock.advance(60)
    assert log.purge(clock() - timedelta(seconds=1)) == 2
    log.append(HUB, [b"new"])
    assert [(event.sequence, event.body) for event in log.read(HUB, "triage", 0, 10)] == [(2, b"new")]
    assert [event.sequence for event in log.read(HUB, "another", 0, 10)] == [2]


def test_a_checkpoint_never_moves_back(log: EventLog) -> None:
    """An earlier event cannot undo a later checkpoint."""
    log.append(HUB, [b"1", b"2"])
    one, two = log.read(HUB, "triage", 0, 10)
    log.checkpoint(HUB, "triage", two)
    log.checkpoint(HUB, "triage", one)
    assert log.read(HUB, "triage", 0, 10) == []


def test_an_event_over_the_limit_is_refused_with_its_batch(log: EventLog) -> None:
    """A body above 1 MiB stores nothing of its call."""
    with pytest.raises(ValueError, match="1 MiB"):
        log.append(HUB, [b"fine", b"x" * (MAX_EVENT_BYTES + 1)])
    assert log.backlog(HUB, "triage") == 0


@given(
    appends=st.lists(
        st.tuples(st.one_of(st.none(), st.text(max_size=3)), st.lists(st.binary(max_size=4), max_size=4)), max_size=12
    ),
    limit=st.integers(1, 5),
)
def test_every_event_is_read_once_and_in_order(appends: list[tuple[str | None, list[bytes]]], limit: int) -> None:
    """However events are appended and batched, each is read once, in order within its partition and its key."""
    log = EventLog.open(":memory:", partitions=3)
    sent: dict[int, list[bytes]] = {0: [], 1: [], 2: []}
    homes: dict[str, int] = {}
    for key, bodies in appends:
        partition = log.append(HUB, bodies, partition_key=key)
        sent[partition].extend(bodies)
        if key is not None:
            assert homes.setdefault(key, partition) == partition
    received: dict[int, list[bytes]] = {0: [], 1: [], 2: []}
    for partition, bodies in received.items():
        while batch := log.read(HUB, "triage", partition, limit):
            bodies.extend(event.body for event in batch)
            log.checkpoint(HUB, "triage", batch[-1])
    assert received == sent
    assert log.backlog(HUB, "triage") == 0
    log.close()
