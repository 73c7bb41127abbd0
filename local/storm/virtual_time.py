"""An event loop on which time passes only while everybody waits: an hour takes as long as its work.

The product's own code runs on it unchanged: its sleeps, time-outs and tasks at once mean what they always mean. Time
that the processor takes is no time here; whoever wants to know measures that apart.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

from shared.clock import Clock

_TICK = 1e-6
"""So that a timer that is due now is due, whatever rounding does."""


class _Selector(selectors.DefaultSelector):
    """Instead of waiting for a time-out, moves the clock there."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready; where nothing is, let the time pass. Without an end it is waited for in earnest."""
        if timeout is None:
            return super().select(None)
        found = super().select(0)
        if not found and timeout > 0:
            self.now += timeout + _TICK
        return found


class VirtualLoop(asyncio.SelectorEventLoop):
    """Its ``time`` is simulated."""

    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    def time(self) -> float:
        """Return the simulated seconds since the loop was made."""
        return self._virtual.now


def loop_clock(start: datetime) -> Clock:
    """Return a clock that reads ``start`` when the running loop was made, and its simulated time from there."""
    loop = asyncio.get_running_loop()
    return lambda: start + timedelta(seconds=loop.time())


def run_simulated[T](make: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine to its end in simulated time. Not from inside another loop's thread."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(make())
