"""The embedded Functions host: an app folder in, its triggers served; live in the background, or step by step."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Literal, Self

from aiohttp import web

from local.host.bindings import BoundFunction, EventHubTrigger, HttpTrigger, QueueTrigger, TimerTrigger, bind
from local.host.environment import apply, restore
from local.host.errors import HostError
from local.host.event_batches import EventBatches
from local.host.event_hubs import BackgroundReader, EventHubReader, HubSource
from local.host.event_log import EventLog
from local.host.host_json import HostSettings, read_host_json
from local.host.http import ADDRESS, MAX_BODY_BYTES, HttpServer, Keys
from local.host.invocations import Invoker, Watcher
from local.host.pace import Pace, Sleep
from local.host.queues import QueueReader
from local.host.timers import Timer
from local.host.worker import Function, Worker
from shared.clock import Clock, system_clock
from shared.state.interface import Queues

POLL_CEILING_SECONDS = 0.5
"""Longest wait between polls of an empty queue or partition: here polling costs nothing."""

_BODY_LIMIT_SETTING = "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT"


class Host:
    """One app, its triggers and its HTTP server, all on the running loop.

    ``live``: queues, hubs and timers are served in the background until ``stop``.
    ``stepped``: nothing runs but what is asked for, in a fixed order, so that the same input gives the same
    run. Waits go through the clock and sleep handed in: with a ManualClock, no real time passes.
    """

    def __init__(
        self, bound: Sequence[BoundFunction], settings: HostSettings, *, worker: Worker, pace: Pace, invoker: Invoker
    ) -> None:
        self._worker = worker
        self._pace = pace
        self._settings = settings
        self._invoker = invoker
        self._bound = bound
        self._server: HttpServer | None = None
        self._hubs: list[EventHubReader] = []
        self._remote: list[BackgroundReader] = []
        self._queues: list[QueueReader] = []
        self._timers: list[Timer] = []
        self._pollers: list[asyncio.Task[None]] = []
        self._replaced_environment: dict[str, str | None] = {}

    @classmethod
    async def start(
        cls,
        app_folder: Path,
        *,
        state: Queues,
        event_log: EventLog,
        environ: Mapping[str, str],
        mode: Literal["live", "stepped"] = "live",
        port: int | None = None,
        keys: Keys | None = None,
        clock: Clock = system_clock,
        sleep: Sleep = asyncio.sleep,
        on_invocation: Watcher | None = None,
        pages: Sequence[web.AbstractRouteDef] = (),
        hubs: HubSource | None = None,
        start_worker: Callable[[Path], Awaitable[Worker]] = Worker.start,
    ) -> Self:
        """Load the app and begin.

        ``environ`` holds the app settings; they are put into this process's environment until ``stop``, as in
        Azure. ``port``: None for no HTTP, 0 for a free one. ``pages`` are routes of the caller's own that are
        asked before the app's. ``hubs`` are real event hubs that a live host reads as well. The caller keeps and
        closes ``state``, ``event_log`` and ``hubs``. ``start_worker`` loads the app's folder.

        Raises HostError, before anything is served, when this host cannot run the app as it is.
        """
        settings = read_host_json(app_folder / "host.json")
        replaced = apply(environ)
        worker = None
        try:
            worker = await start_worker(app_folder)
            invoker = Invoker(worker, timeout_seconds=settings.function_timeout_seconds, watcher=on_invocation)
            host = cls(
                bind(worker.functions.values(), os.environ),
                settings,
                worker=worker,
                pace=Pace(clock, sleep),
                invoker=invoker,
            )
            host._connect(state, event_log, hubs)
            await host._serve(port, keys or Keys(), pages)
        except BaseException:
            restore(replaced)
            if worker is not None:
                await worker.close()
            raise
        host._replaced_environment = replaced
        if mode == "live":
            host._go_live()
        return host

    @property
    def url(self) -> str:
        """Where HTTP is served, such as ``http://127.0.0.1:7071``. Raises HostError when it is not."""
        if self._server is None:
            raise HostError("this host serves no HTTP", hint="Start it with a port.")
        return f"http://{ADDRESS}:{self._server.port}"

    @property
    def functions(self) -> list[str]:
        """Names of the enabled functions."""
        return [one.function.name for one in self._bound]

    async def step_event_hubs(self) -> bool:
        """Process one batch of the partition whose next event arrived first; return whether there was any."""
        heads = [(head, reader) for reader in self._hubs if (head := reader.oldest()) is not None]
        if not heads:
            return False
        (_, partition), reader = min(heads, key=lambda one: one[0])
        return await reader.read(partition)

    async def step_queues(self, *, ignore_visibility: bool = False) -> bool:
        """Process one message, the one that is due first; return whether there was any.

        ``ignore_visibility`` sleeps, by the sleep handed in, until a delayed message is due. Failed messages
        of a poison queue are not waited for: nothing would ever end their retries.
        """
        due = [(when, reader) for reader in self._queues if (when := await reader.next_visible_at()) is not None]
        now = self._pace.clock()
        if ignore_visibility:
            due = [(when, reader) for when, reader in due if when <= now or reader.has_poison_queue]
        if not due:
            return False
        when, reader = min(due, key=_when)
        if when > now and not (ignore_visibility and await self._pace.wait_until(when)):
            return False
        return await reader.step()

    async def step_timers(self) -> bool:
        """Run the timer that has been due for longest; return whether there was any."""
        due = [timer for timer in self._timers if timer.due_at <= self._pace.clock()]
        if due:
            await min(due, key=lambda timer: timer.due_at).run()
        return bool(due)

    async def run_until_idle(self, *, ignore_visibility: bool = True) -> None:
        """Step through all events, then messages one by one, looking for events after each. Timers are left out."""
        while await self.step_event_hubs() or await self.step_queues(ignore_visibility=ignore_visibility):  # noqa: ASYNC110
            # SQLite and a manual clock never suspend; the server and the caller's own tasks need their turn.
            await asyncio.sleep(0)

    async def stop(self) -> None:
        """Take no more work, let running invocations finish, and leave no task behind."""
        self._pace.stop()
        if self._server is not None:
            await self._server.stop()
        await asyncio.gather(*self._pollers, *(one.stop() for one in self._remote))
        for reader in self._queues:
            await reader.drain()
        await self._worker.close()
        restore(self._replaced_environment)
        self._replaced_environment = {}

    def _connect(self, state: Queues, event_log: EventLog, hubs: HubSource | None) -> None:
        for one in self._bound:
            match one.trigger:
                case EventHubTrigger() as trigger:
                    self._connect_hub(one.function, trigger, event_log, hubs)
                case QueueTrigger() as trigger:
                    self._queues.append(
                        QueueReader(
                            one.function,
                            trigger,
                            queues=state,
                            invoker=self._invoker,
                            settings=self._settings.queues,
                            clock=self._pace.clock,
                        )
                    )
                case TimerTrigger() as trigger:
                    self._timers.append(
                        Timer(one.function, trigger, log=event_log, invoker=self._invoker, pace=self._pace)
                    )

    def _connect_hub(
        self, function: Function, trigger: EventHubTrigger, event_log: EventLog, hubs: HubSource | None
    ) -> None:
        settings, hub, group = self._settings.event_hubs, trigger.event_hub_name, trigger.consumer_group
        serves = partial(EventBatches, function, trigger, invoker=self._invoker, pace=self._pace)
        self._hubs.append(
            EventHubReader(
                serves(namespace="embedded", hub=hub),
                hub,
                group,
                log=event_log,
                max_batch_size=settings.max_event_batch_size,
            )
        )
        if hubs is not None:
            self._remote.append(hubs.reader(hub, serves, settings, self._pace))

    async def _serve(self, port: int | None, keys: Keys, pages: Sequence[web.AbstractRouteDef]) -> None:
        """Check the routes even when there is no port: a broken route table stops the app in either case."""
        server = HttpServer(
            [(one.function, one.trigger) for one in self._bound if isinstance(one.trigger, HttpTrigger)],
            invoker=self._invoker,
            keys=keys,
            route_prefix=self._settings.route_prefix,
            max_body_bytes=_max_body_bytes(),
            pages=pages,
        )
        if port is not None:
            await server.start(port)
            self._server = server

    def _go_live(self) -> None:
        queue_ceiling = min(self._settings.queues.max_polling_seconds, POLL_CEILING_SECONDS)
        work: list[tuple[str, Callable[[], Awaitable[bool]], float]] = [
            (hub.name, partial(hub.read, partition), POLL_CEILING_SECONDS)
            for hub in self._hubs
            for partition in hub.partitions
        ]
        work += [(queue.function.name, queue.fetch, queue_ceiling) for queue in self._queues]
        work += [(timer.function.name, timer.wait_and_run, POLL_CEILING_SECONDS) for timer in self._timers]
        self._pollers = [
            asyncio.create_task(self._pace.poll(name, task, ceiling_seconds=ceiling)) for name, task, ceiling in work
        ]
        for remote in self._remote:
            remote.start()


def _max_body_bytes() -> int:
    text = os.environ.get(_BODY_LIMIT_SETTING, str(MAX_BODY_BYTES))
    if not text.isdecimal():
        raise HostError(f"the setting `{_BODY_LIMIT_SETTING}` is not a number of bytes")
    return int(text)


def _when(due: tuple[datetime, QueueReader]) -> tuple[datetime, str]:
    return due[0], due[1].function.name
