"""A small storm through the real pipeline while the stand-in Graph enforces its limits."""

import asyncio
import time

import pytest

from local.storm.result import Result, result_of
from local.storm.storm import Plan, run_storm
from local.storm.virtual_time import run_simulated


@pytest.fixture(scope="module")
def burst() -> Result:
    """Return what twelve users in a second and a half came to: as many a second as 5,000 in ten minutes."""
    return result_of(run_storm(Plan(users=12, minutes=0.024, after_minutes=1)))


def test_everybody_has_a_ticket_in_time_and_nothing_is_refused(burst: Result) -> None:
    """What design promises of 5,000 holds of the first seconds."""
    assert burst.without_ticket == 0
    assert burst.time_to_ticket.max <= 120
    assert burst.refused == burst.parked == burst.failed_runs == 0
    assert burst.meets


def test_limits_are_used_and_kept(burst: Result) -> None:
    """A storm that asks Graph nothing would refuse nothing either."""
    assert burst.requests["directory"] >= burst.users
    assert 0 < burst.quota_peaks["reports"] <= 1
    assert 0 < burst.quota_peaks["identity_protection"] <= 1


def test_the_same_storm_comes_to_the_same(burst: Result) -> None:
    """Simulated time is nobody's machine; only the processor's is."""
    again = result_of(run_storm(Plan(users=3, minutes=0.006, after_minutes=0)))
    other = result_of(run_storm(Plan(users=3, minutes=0.006, after_minutes=0)))
    assert again.time_to_ticket == other.time_to_ticket
    assert again.requests == other.requests


def test_time_passes_only_while_everybody_waits() -> None:
    """An hour of sleeping takes no hour, and sleepers wake in order."""

    async def sleepers() -> list[int]:
        woken: list[int] = []

        async def sleep(seconds: int) -> None:
            await asyncio.sleep(seconds)
            woken.append(seconds)

        async with asyncio.timeout(4000):
            await asyncio.gather(*(sleep(seconds) for seconds in (3600, 1, 60)))
        assert 3600 <= asyncio.get_running_loop().time() < 3601
        return woken

    began = time.monotonic()
    assert run_simulated(sleepers) == [1, 60, 3600]
    assert time.monotonic() - began < 60
