"""The app served beside a browser: on a loop of its own in a thread, because a started browser keeps one in this."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from local.system import System
from shared.clock import ManualClock
from tests.ask.door import TENANT
from tests.systems import ANNA, KEY, NOW, stepped, take_in, triage_due

HOSTILE = '"><img src=x onerror="document.title=1"><script>document.title=2</script>\u202egnp.exe'


class Served:
    """The running app, for a test to drive from outside its loop."""

    def __init__(self, system: System, loop: asyncio.AbstractEventLoop, advance: Callable[[float], None]) -> None:
        self.system = system
        self.console = f"{system.host.url}/api/console"
        self.first = f"{self.console}?code={KEY}"
        self._loop = loop
        self._advance = advance

    def do[T](self, work: Callable[[], Awaitable[T]]) -> T:
        """Run something on the app's loop and return what it returns."""

        async def on_loop() -> T:
            return await work()

        return asyncio.run_coroutine_threadsafe(on_loop(), self._loop).result(60)

    def happens(self, *bodies: bytes) -> None:
        """Have events taken in and what they ask for triaged."""

        async def work() -> None:
            await take_in(self.system, *bodies)
            self._advance(120)
            await triage_due(self.system)

        self.do(work)


@contextmanager
def served(folder: Path, tenant: dict[str, Any] | None = None, at: datetime = NOW) -> Iterator[Served]:
    """Serve a tenant at a time; by default one in which a user has a hostile name."""
    users = [{**one, "displayName": HOSTILE} if one["id"] == ANNA else one for one in TENANT["users"]]
    lived_in = tenant or {**TENANT, "users": users}
    found: list[Served] = []
    up, down = threading.Event(), asyncio.Event()

    async def serve() -> None:
        async with stepped(folder, tenant=lived_in, clock=ManualClock(at)) as (system, clock):
            found.append(Served(system, asyncio.get_running_loop(), clock.advance))
            up.set()
            await down.wait()

    def run() -> None:
        try:
            asyncio.run(serve())
        finally:
            up.set()

    thread = threading.Thread(target=run)
    thread.start()
    up.wait()
    try:
        yield found[0]
    finally:
        found[0].do(lambda: asyncio.sleep(0, down.set()))
        thread.join()
