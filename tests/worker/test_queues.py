"""The queue trigger: retries, poison, renewal, concurrency and crashes."""

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from local.host.bindings import QueueTrigger
from local.host.host_json import read_host_json
from local.host.invocations import Invoker
from local.host.queues import QueueReader
from local.host.worker import Worker
from shared.clock import Clock, ManualClock, clock_from, system_clock
from shared.state.sqlite import SqliteState
from tests.worker.conftest import ROOT
from tests.worker.hosting import APPS, START, live, stepped


def order(**values: Any) -> bytes:
    """Return a message that tells the sample app what to do."""
    return json.dumps(values).encode()


async def failing(folder: Path, fail: int) -> dict[str, Any]:
    """Send one message that fails so many times, and run until nothing is left."""
    async with stepped(folder) as stage:
        await stage.state.send("work", order(fail=fail))
        started = stage.clock()
        await stage.host.run_until_idle()
        return {
            "seen": stage.seen,
            "seconds": (stage.clock() - started).total_seconds(),
            "left": len(await stage.state.peek("work")),
            "poisoned": len(await stage.state.peek("work-poison")),
            "watched": [(one.function, one.ok, one.error_type, one.retry_count) for one in stage.invocations],
        }


def test_a_failed_message_comes_back_after_the_visibility_timeout(isolated: Callable[..., Any]) -> None:
    """A message that fails twice is tried three times, 30 seconds apart, with its dequeue count going up."""
    result = isolated(failing, 2)
    tries = [note for note in result["seen"] if "tries" in note]
    assert [note["tries"] for note in tries] == [1, 2, 3]
    assert len({note["id"] for note in tries}) == 1
    assert tries[0]["inserted"] == "2026-11-23T10:00:00+00:00"
    assert tries[0]["receipt"] is True
    assert result["seconds"] == 60
    assert (result["left"], result["poisoned"]) == (0, 0)
    assert result["watched"] == [
        ["on_message", False, "ValueError", 0],
        ["on_message", False, "ValueError", 1],
        ["on_message", True, None, 2],
    ]


def test_a_message_is_poisoned_after_the_last_try(isolated: Callable[..., Any]) -> None:
    """After maxDequeueCount tries the body moves, unchanged, to the poison queue and its function."""
    result = isolated(failing, 99)
    assert [note["function"] for note in result["seen"]] == ["on_message"] * 3 + ["on_poison"]
    assert json.loads(result["seen"][-1]["body"]) == {"fail": 99}
    assert result["seen"][-1]["tries"] == 1
    assert (result["left"], result["poisoned"]) == (0, 0)


async def poison_that_fails(folder: Path) -> dict[str, Any]:
    """Let the poison queue's own function fail."""
    async with stepped(folder) as stage:
        await stage.state.send("work-poison", b"poison-fails")
        await stage.host.run_until_idle()
        due = await stage.state.next_visible_at("work-poison")
        return {"tries": len(stage.seen), "wait": (due - stage.clock()).total_seconds() if due else None}


def test_a_poison_queue_has_no_poison_queue(isolated: Callable[..., Any]) -> None:
    """A message that fails in a poison queue stays there, out of sight for ten minutes."""
    assert isolated(poison_that_fails) == {"tries": 1, "wait": 600.0}


async def in_order(folder: Path) -> dict[str, Any]:
    """Send delayed messages to two queues and step."""
    async with stepped(folder) as stage:
        await stage.state.send("work", order(name="late"), delay_seconds=60)
        await stage.state.send("raw", b"\xff\x00", delay_seconds=30)
        await stage.state.send("work", order(name="now"))
        before = [await stage.host.step_queues() for _ in range(3)]
        after = [await stage.host.step_queues(ignore_visibility=True) for _ in range(3)]
        return {
            "before": before,
            "after": after,
            "order": [note.get("body") or note["done"]["name"] for note in stage.seen if "tries" not in note],
            "seconds": stage.clock().timestamp() % 3600,
        }


def test_stepping_takes_the_message_that_is_due_first(isolated: Callable[..., Any]) -> None:
    """Delayed messages wait unless told otherwise, then come in the order of their due time; bytes stay bytes."""
    result = isolated(in_order)
    assert result["before"] == [True, False, False]
    assert result["after"] == [True, True, False]
    assert result["order"] == ["now", "ff00", "late"]
    assert result["seconds"] == 60


@asynccontextmanager
async def reader(
    folder: Path, clock: Clock, visibility_seconds: float
) -> AsyncIterator[tuple[QueueReader, SqliteState]]:
    """Read the queue with no host around, so that the test alone decides who asks when."""
    os.environ["TEST_HUB"] = "risk-events"
    state = SqliteState.open(folder / "state.sqlite", clock=clock)
    worker = await Worker.start(APPS / "triggers")
    yield (
        QueueReader(
            worker.functions["on_message"],
            QueueTrigger(name="message", queue_name="work"),
            queues=state,
            invoker=Invoker(worker, timeout_seconds=None, watcher=None),
            settings=read_host_json(APPS / "triggers" / "host.json").queues,
            clock=clock,
            visibility_seconds=visibility_seconds,
        ),
        state,
    )
    await worker.close()
    await state.close()


async def kept_invisible(folder: Path) -> dict[str, Any]:
    """Run a message; each time that it was renewed let most of its visibility pass, while another reader looks for it."""
    clock = ManualClock(START)
    async with reader(folder, clock, 0.6) as (host, state):
        await state.send("work", order(sleep=2))
        await host.fetch()
        stolen = renewed = 0
        while (due := await state.next_visible_at("work")) is not None and not stolen:
            if due - clock() > timedelta(seconds=0.5):
                clock.advance(0.5)
                renewed += 1
                stolen += len(await state.receive("work", visibility_seconds=1))
            await asyncio.sleep(0.02)
        await host.drain()
        return {"stolen": stolen, "for_long": renewed >= 3, "left": len(await state.peek("work"))}


def test_a_running_message_stays_invisible(isolated: Callable[..., Any]) -> None:
    """A message that runs for longer than its visibility is renewed: nobody else gets it, and it is deleted at the end."""
    assert isolated(kept_invisible) == {"stolen": 0, "for_long": True, "left": 0}


async def taken_over(folder: Path) -> dict[str, Any]:
    """Let another reader take a message while the function runs, as after a long sleep of the machine."""
    clock = ManualClock(START)
    async with reader(folder, clock, 10) as (host, state):
        await state.send("work", order(sleep=1))
        await host.fetch()
        clock.advance(60)
        (theirs,) = await state.receive("work", visibility_seconds=60)
        await host.drain()
        left = len(await state.peek("work"))
        await state.delete("work", theirs)
        await state.send("work", order(name="next"))
        return {"left": left, "goes_on": await host.step(), "then": len(await state.peek("work"))}


def test_a_message_that_was_taken_over_is_left_alone(isolated: Callable[..., Any]) -> None:
    """A stale receipt neither deletes the other reader's message nor ends the reader."""
    assert isolated(taken_over) == {"left": 1, "goes_on": True, "then": 0}


async def at_once(folder: Path) -> dict[str, Any]:
    """Send more messages than may run together."""
    async with live(folder) as stage:
        for number in range(6):
            await stage.state.send("work", order(sleep=0.1 + number % 2, number=number))
        most = 0

        def all_ended() -> bool:
            nonlocal most
            started = len([note for note in stage.seen if "tries" in note])
            most = max(most, started - len(stage.invocations))
            return len(stage.invocations) == 6

        await stage.until(all_ended)
        return {"most": most, "all": sorted(note["order"]["number"] for note in stage.seen if "tries" in note)}


def test_no_more_messages_run_at_once_than_host_json_says(isolated: Callable[..., Any]) -> None:
    """With batchSize 2 and newBatchThreshold 1, three messages run together, and each runs once."""
    result = isolated(at_once)
    assert result["most"] == 3
    assert result["all"] == [0, 1, 2, 3, 4, 5]


async def stop_lets_finish(folder: Path) -> dict[str, Any]:
    """Stop the host while a message runs."""
    async with live(folder) as stage:
        await stage.state.send("work", order(sleep=0.5))
        await stage.until(lambda: stage.noted("on_message"))
        await stage.host.stop()
        return {"ok": [one.ok for one in stage.invocations], "left": len(await stage.state.peek("work"))}


def test_stopping_lets_a_running_message_finish(isolated: Callable[..., Any]) -> None:
    """The message that runs when the host is stopped is finished and deleted."""
    assert isolated(stop_lets_finish) == {"ok": [True], "left": 0}


async def timed_out(folder: Path) -> dict[str, Any]:
    """Run a message for longer than functionTimeout."""
    async with live(folder) as stage:
        await stage.state.send("work", order(sleep=30))
        await stage.until(lambda: stage.invocations)
        one = stage.invocations[0]
        return {"error": one.error_type, "quick": one.seconds < 20}


def test_an_invocation_over_the_time_limit_fails(isolated: Callable[..., Any]) -> None:
    """The functionTimeout of host.json ends an invocation, which then counts as failed."""
    assert isolated(timed_out) == {"error": "FunctionTimeoutError", "quick": True}


async def until_killed(folder: Path) -> None:
    """Run a message that does not end; the test kills this process."""
    async with live(folder) as stage:
        await stage.state.send("work", order(hang=1, mark=str(folder / "mark")))
        await asyncio.sleep(60)


async def after_the_kill(folder: Path, seconds: float) -> int:
    """Start again, so many seconds after the message is due; return how many times it ran soon after."""
    async with live(folder, clock=clock_from(await due_at(folder) + timedelta(seconds=seconds))) as stage:
        if seconds < 0:
            await asyncio.sleep(0.7)
        else:
            await stage.until(lambda: stage.invocations)
        return len([note for note in stage.noted("on_message") if "tries" in note])


async def due_at(folder: Path) -> datetime:
    """Return when the message of the killed host is to be seen again."""
    state = SqliteState.open(folder / "state.sqlite", clock=system_clock)
    due = await state.next_visible_at("work")
    await state.close()
    assert due is not None
    return due


def test_a_killed_message_comes_back_soon(isolated: Callable[..., Any], tmp_path: Path) -> None:
    """After kill -9 the message is out of sight for no more than ten seconds, then runs again as its second try."""
    name = f"{__name__}:{until_killed.__name__}"
    process = subprocess.Popen([sys.executable, "-m", "tests.worker.drive", name, str(tmp_path), "[]"], cwd=ROOT)
    mark = tmp_path / "mark"
    deadline = time.monotonic() + 60
    while not (mark.exists() and mark.read_text()) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert asyncio.run(due_at(tmp_path)) <= system_clock() + timedelta(seconds=10)
    assert isolated(after_the_kill, -5) == 0
    assert isolated(after_the_kill, 0) == 1
    assert mark.read_text().split() == ["1", "2"]


async def logged(folder: Path) -> dict[str, Any]:
    """Let a message fail to the end and collect what is logged, the worker library's lines too."""
    lines: list[dict[str, Any]] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append({key: str(value) for key, value in vars(record).items()} | {"text": record.getMessage()})

    logging.basicConfig(level=logging.INFO, handlers=[Collector()])
    async with stepped(folder) as stage:
        await stage.state.send("work", order(fail=9, name="attacker@example.com"))
        await stage.host.run_until_idle()
        (poison,) = [one for one in stage.invocations if one.function == "on_poison"]
    failures = [(line["function"], line["error_type"]) for line in lines if line["text"] == "function failed"]
    return {"failures": failures, "leaks": [line for line in lines if "attacker" in str(line)], "poison": poison.ok}


def test_a_failure_is_logged_by_function_and_type_only(isolated: Callable[..., Any]) -> None:
    """No log line carries the exception's text or the message's body, both of which an attacker may have written."""
    result = isolated(logged)
    assert result["failures"] == [["on_message", "ValueError"]] * 3
    assert result["leaks"] == []
    assert result["poison"] is True


async def replayed(folder: Path) -> list[Any]:
    """Run events and messages of several kinds until nothing is left."""
    async with stepped(folder) as stage:
        for number in range(7):
            stage.log.append("risk-events", [f"e{number}".encode(), b"fail1"], partition_key=f"user{number % 3}")
            await stage.state.send("work", order(fail=number % 4, number=number), delay_seconds=number % 2 * 20)
        stage.log.append("singles", [b"s1", b"s2"])
        await stage.host.run_until_idle()
        notes = [{key: value for key, value in note.items() if key != "trace"} for note in stage.seen]
        return [notes, stage.clock().isoformat()]


def test_a_stepped_run_can_be_repeated(
    isolated: Callable[..., Any], afresh: Callable[..., Any], tmp_path: Path
) -> None:
    """The same input gives the same calls, with the same metadata, in the same order, at the same times."""
    first = isolated(replayed)
    for file in tmp_path.iterdir():
        file.unlink()
    assert afresh(replayed) == first
    assert len(first[0]) > 20


async def worn_out(folder: Path) -> dict[str, Any]:
    """Receive a message more often than allowed without settling it, as hosts that were killed do."""
    async with stepped(folder) as stage:
        await stage.state.send("work", order(fail=0))
        for _ in range(3):
            await stage.state.receive("work", visibility_seconds=1)
            stage.clock.advance(2)
        await stage.host.step_queues()
        return {"ran": len(stage.noted("on_message")), "poisoned": len(await stage.state.peek("work-poison"))}


def test_a_message_that_kills_its_host_is_poisoned_unrun(isolated: Callable[..., Any]) -> None:
    """A message received more than maxDequeueCount times goes to the poison queue without another try."""
    assert isolated(worn_out) == {"ran": 0, "poisoned": 1}
