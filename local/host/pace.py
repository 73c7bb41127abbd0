"""How the host waits: by the clock and the sleep that it was handed, and never longer than until it is stopped."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from shared.clock import Clock

type Sleep = Callable[[float], Awaitable[None]]

_logger = logging.getLogger("local.host")
_FIRST_DELAY_SECONDS = 0.02
_SHORTEST_WAIT_SECONDS = 0.001
_LONGEST_WAIT_SECONDS = 60.0


class Pace:
    """One per host: its clock, its sleep and whether it has been asked to stop."""

    def __init__(self, clock: Clock, sleep: Sleep) -> None:
        self.clock = clock
        self._sleep = sleep
        self._stop = asyncio.Event()

    @property
    def is_stopped(self) -> bool:
        """Whether ``stop`` was called."""
        return self._stop.is_set()

    def stop(self) -> None:
        """End all waits, now and later."""
        self._stop.set()

    async def wait(self, seconds: float) -> bool:
        """Sleep. Return False, at once, when the host is stopped meanwhile."""
        if self.is_stopped:
            return False
        sleeping = asyncio.ensure_future(self._sleep(seconds))
        stopping = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait({sleeping, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sleeping, stopping):
                task.cancel()
            await asyncio.gather(sleeping, stopping, return_exceptions=True)
        return not self.is_stopped

    async def wait_until(self, moment: datetime) -> bool:
        """Sleep until the clock has reached a moment. Return False when the host is stopped meanwhile."""
        while (left := (moment - self.clock()).total_seconds()) > 0:
            # A sleep may end a little early, which must not become a busy loop; and it does not notice that the
            # machine slept or that the clock was set.
            if not await self.wait(min(max(left, _SHORTEST_WAIT_SECONDS), _LONGEST_WAIT_SECONDS)):
                return False
        return not self.is_stopped

    async def poll(self, name: str, work: Callable[[], Awaitable[bool]], *, ceiling_seconds: float) -> None:
        """Call ``work`` until the host is stopped: at once after it found work, else ever more slowly.

        What it raises is logged by type and tried again at the slowest pace: a store that is down comes back.
        """
        delay = 0.0
        while not self.is_stopped:
            try:
                found = await work()
                delay = 0.0 if found else min(max(delay * 2, _FIRST_DELAY_SECONDS), ceiling_seconds)
            except Exception as error:  # noqa: BLE001 - a poller outlives every failure of what it polls
                _logger.error("poller failed", extra={"function": name, "error_type": type(error).__name__})  # noqa: TRY400
                delay = ceiling_seconds
            if delay:
                await self.wait(delay)
            else:
                await asyncio.sleep(0)
