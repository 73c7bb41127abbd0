"""Start a host on a sample app with real state, for the scenarios of these tests."""

import asyncio
import importlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local.host.event_log import EventLog
from local.host.host import Host
from local.host.http import Keys
from local.host.invocations import Invocation
from shared.clock import ManualClock, system_clock
from shared.state.sqlite import SqliteState

APPS = Path(__file__).parent / "apps"
START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
KEYS = Keys(function=("function-key", "second-key"), master="master-key")
SETTINGS = {
    "TEST_HUB": "risk-events",
    "AzureWebJobs.at_start.Disabled": "true",
    "AzureWebJobs.on_timer.Disabled": "1",
}
"""The timers are switched off: a scenario of another trigger counts invocations."""


class Stage:
    """A running host with all that a scenario looks at."""

    def __init__(self, host: Host, state: SqliteState, log: EventLog, clock: ManualClock) -> None:
        self.host = host
        self.state = state
        self.log = log
        self.clock = clock
        self.invocations: list[Invocation] = []

    @property
    def seen(self) -> list[dict[str, Any]]:
        """What the app's functions noted, in order."""
        # A module of the sample app, importable once the app is loaded.
        return list(importlib.import_module("seen").SEEN)

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait in real time until something holds."""
        async with asyncio.timeout(90):
            while not condition():
                await asyncio.sleep(0.02)

    def noted(self, function: str) -> list[dict[str, Any]]:
        """What one function noted."""
        return [note for note in self.seen if note["function"] == function]


@asynccontextmanager
async def stepped(folder: Path, app: str = "triggers", **options: Any) -> AsyncIterator[Stage]:
    """Run a host that does only what it is told, on a clock that stands still."""
    clock = ManualClock(options.pop("clock_start", START))
    async with _stage(folder, app, clock, clock.sleep, {"mode": "stepped", **options}) as stage:
        yield stage


@asynccontextmanager
async def live(folder: Path, app: str = "triggers", **options: Any) -> AsyncIterator[Stage]:
    """Run a host that works in the background, in real time."""
    async with _stage(folder, app, options.pop("clock", system_clock), None, {"mode": "live", **options}) as stage:
        yield stage


@asynccontextmanager
async def _stage(
    folder: Path, app: str, clock: Any, sleep: Callable[..., Any] | None, options: dict[str, Any]
) -> AsyncIterator[Stage]:
    state = SqliteState.open(folder / "state.sqlite", clock=clock)
    log = EventLog.open(folder / "events.sqlite", clock=clock)
    watched: list[Invocation] = []
    options = {"keys": KEYS, "environ": SETTINGS, **({"sleep": sleep} if sleep else {}), **options}
    try:
        host = await Host.start(
            APPS / app, state=state, event_log=log, clock=clock, on_invocation=watched.append, **options
        )
        stage = Stage(host, state, log, clock)
        stage.invocations = watched
        try:
            yield stage
        finally:
            await host.stop()
    finally:
        log.close()
        await state.close()
