"""How long something takes: the median for the wall, the best for the processor."""

import time
from collections.abc import Awaitable, Callable
from statistics import median


def per_second(work: Callable[[], object], count: int, *, times: int) -> float:
    """Return how many of ``count`` things a core does in a second: processor time, best run, no other process in it."""
    return count / min(_cpu_seconds(work) for _ in range(times))


def _cpu_seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


async def wall_seconds(work: Callable[[], Awaitable[object]]) -> float:
    """Return how long one run takes for whoever waits for it."""
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


async def median_seconds(work: Callable[[], Awaitable[object]], times: int) -> float:
    """Return the median of several runs, one after another."""
    return median([await wall_seconds(work) for _ in range(times)])
