"""The timer trigger: NCRONTAB schedules, starts, and runs that were missed."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.host.timers import Schedule
from tests.worker.hosting import START, live, stepped

SETTINGS = {"TEST_HUB": "risk-events"}


def after(expression: str, text: str) -> str:
    """Return the next time of a schedule."""
    return Schedule(expression).after(datetime.fromisoformat(text).replace(tzinfo=UTC)).isoformat(" ")[:19]


@pytest.mark.parametrize(
    ("expression", "moment", "expected"),
    [
        ("0 */5 * * * *", "2026-01-31 23:59:30", "2026-02-01 00:00:00"),
        ("*/10 * * * * *", "2026-01-31 23:59:30.5", "2026-01-31 23:59:40"),
        ("30 15 9 * * 1-5", "2026-01-30 09:15:30", "2026-02-02 09:15:30"),
        ("0 0 9 13 * FRI", "2026-01-01 00:00:00", "2026-02-13 09:00:00"),
        ("0 0 0 29 feb *", "2026-01-01 00:00:00", "2028-02-29 00:00:00"),
        ("0 0 0 * * 0", "2026-01-31 00:00:00", "2026-02-01 00:00:00"),
        ("15 3 * * *", "2026-01-31 04:00:00", "2026-02-01 03:15:00"),
    ],
)
def test_a_schedule_reads_as_ncrontab(expression: str, moment: str, expected: str) -> None:
    """Six fields from seconds on, or five from minutes on; day of month and day of week must both match."""
    assert after(expression, moment) == expected


@pytest.mark.parametrize(
    "expression",
    ["", "* * * *", "0 0 0 L * *", "0 0 0 * * 7", "0 0 0 * * 5#1", "H * * * * *", "@daily", "00:05:00", "60 * * * * *"],
)
def test_what_ncrontab_does_not_have_is_refused(expression: str) -> None:
    """Extensions of other crons would be refused in Azure and are refused here."""
    with pytest.raises(ValueError, match="NCRONTAB"):
        Schedule(expression)


def test_a_schedule_that_never_comes_is_noticed() -> None:
    """30 February has no next time."""
    with pytest.raises(ValueError, match="never comes"):
        Schedule("0 0 0 30 2 *").after(START)


@given(
    second=st.integers(0, 59),
    step=st.integers(1, 30),
    hours=st.sets(st.integers(0, 23), min_size=1, max_size=3),
    moment=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001 - the zone is added below
)
def test_the_next_time_is_the_first_that_matches(second: int, step: int, hours: set[int], moment: datetime) -> None:
    """Between a moment and the next time, no second matches the expression."""
    start = moment.replace(tzinfo=UTC)
    found = Schedule(f"{second} */{step} {','.join(map(str, sorted(hours)))} * * *").after(start)
    candidate = start.replace(second=second, microsecond=0)
    while candidate <= start or candidate.minute % step or candidate.hour not in hours:
        candidate += timedelta(minutes=1)
    assert found == candidate


async def due_and_missed(folder: Path) -> dict[str, Any]:
    """Step through timers, leave the host down over a due time, and start again."""
    seen: dict[str, Any] = {}
    async with stepped(folder, environ=SETTINGS) as stage:
        seen["at once"] = [await stage.host.step_timers() for _ in range(2)]
        stage.clock.advance(299)
        seen["before"] = await stage.host.step_timers()
        stage.clock.advance(1)
        seen["due"] = [await stage.host.step_timers() for _ in range(2)]
        seen["first"] = stage.seen
    async with stepped(folder, environ=SETTINGS) as stage:
        # The clock of this start reads ten o'clock again: nothing was missed.
        seen["not missed"] = [await stage.host.step_timers() for _ in range(2)]
    async with stepped(folder, environ=SETTINGS, clock_start=START + timedelta(seconds=601)) as stage:
        seen["missed"] = [await stage.host.step_timers() for _ in range(3)]
        seen["last"] = stage.noted("on_timer")[-1]
    return seen


def test_a_timer_runs_when_due_and_makes_up_for_a_missed_run(isolated: Callable[..., Any]) -> None:
    """It runs on time, at start when it asks for that, and once, marked past due, after a start that was too late."""
    seen = isolated(due_and_missed)
    assert seen["at once"] == [True, False]
    assert seen["before"] is False
    assert seen["due"] == [True, False]
    assert [note["function"] for note in seen["first"]] == ["at_start", "on_timer"]
    assert seen["first"][1]["past_due"] is False
    assert seen["first"][1]["status"]["Next"] == "2026-11-23T10:05:00+00:00"
    assert seen["not missed"] == [True, False]
    assert seen["missed"] == [True, True, False]
    assert seen["last"]["past_due"] is True


async def in_real_time(folder: Path) -> float:
    """Let a live timer of every second run three times; return how long that took."""
    settings = {**SETTINGS, "TEST_SCHEDULE": "* * * * * *", "AzureWebJobs.at_start.Disabled": "1"}
    async with live(folder, environ=settings) as stage:
        await stage.until(lambda: stage.noted("on_timer"))
        began = time.monotonic()
        await stage.until(lambda: len(stage.noted("on_timer")) == 3)
        return time.monotonic() - began


def test_a_live_timer_follows_its_schedule(isolated: Callable[..., Any]) -> None:
    """After a first run, a schedule of every second needs more than one for two others; its expression is a setting."""
    assert isolated(in_real_time) > 1
