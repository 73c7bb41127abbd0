"""The whole system kept running: HTTP API on loopback, state under .local/, safe to kill at any moment."""

import asyncio
import os
import secrets
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web
from rich.console import Console

from local import story
from local.host.environment import apply, restore
from local.host.event_log import EventLog
from local.host.http import Keys
from local.hubs.consume import RealHubs
from local.several import tenants_here
from local.system import HUBS, UNLIMITED, System, owed, running
from local.tenant import Tenant
from local.ticket_desk import TicketDesk, webhook_secret
from shared.app import App
from shared.clock import clock_from, system_clock
from shared.console.page import Links
from shared.settings import Settings

FOLDER = Path(".local")
HERE = ("destinations", "webhook_url", "webhook_secret", "graph_share")
"""Settings that are this machine's whatever the file of tenants says."""
PORT = 7071


class Secrets(msgspec.Struct, frozen=True):
    """Made at the first start, kept for the next."""

    function_key: str
    webhook_secret: str


@contextmanager
def storage_of(kind: str) -> Iterator[None]:
    """Have state and queues where ``--storage`` says, for as long as this lasts: the settings name it as in Azure."""
    if kind != "azurite":
        yield
        return
    from local.azurite import running_azurite
    from shared.state.azure.connection import CONNECTION

    with running_azurite(FOLDER / "storage") as azurite:
        replaced = apply({"TRIAGE_STATE_STORE": "azure", CONNECTION: azurite.account(0)})
        try:
            yield
        finally:
            restore(replaced)


async def serve(
    tenants: Sequence[Tenant],
    console: Console,
    *,
    port: int = PORT,
    now: datetime | None = None,
    folder: Path = FOLDER,
    hubs: RealHubs | None = None,
) -> int:
    """Serve until interrupted. Without a tenant the demo's is served, and its story is told at the first start.

    Several tenants need the file that ``TRIAGE_TENANTS_PATH`` names, in the order of its entries.
    ``hubs`` are event hubs to read besides what is sent over HTTP; the story is not told then.
    """
    if hubs is not None:
        partitions = ", ".join(f"{hub} ({count} partitions)" for hub, count in (await hubs.prepare()).items())
        console.print(f"Reading event hubs: {partitions}", soft_wrap=True, markup=False, highlight=False)
    folder.mkdir(parents=True, exist_ok=True)
    kept = _secrets(folder / "secrets.json")
    desk = TicketDesk(folder / "tickets.jsonl", kept.webhook_secret)
    begins = now or (None if tenants else story.NOW)
    async with desk.serving() as url:
        settings = _settings_here(url, kept, port)
        async with running(
            tenants or [Tenant.load(story.tenant())],
            folder,
            settings,
            clock=clock_from(begins) if begins else system_clock,
            port=port,
            keys=Keys(function=(kept.function_key,)),
            pages=partial(_pages, desk, kept),
            hubs=hubs,
            file=tenants_here(settings, **{name: getattr(settings, name) for name in HERE}),
        ) as system:
            if not tenants and hubs is None:
                _tell_story_once(system, folder / "story-told")
            console.print(f"Console: {system.host.url}/", soft_wrap=True)
            console.print(f"API key, for the header x-functions-key: {kept.function_key}", soft_wrap=True)
            console.print("Stop with Ctrl+C; start again and it goes on where it was.")
            await _interrupted()
    return 0


def _settings_here(webhook_url: str, kept: Secrets, port: int) -> Settings:
    """Return the environment's settings with tickets to a queue and to the desk, and Graph as fast as it can."""
    return msgspec.structs.replace(
        Settings.from_env(os.environ),
        destinations=("queue", "webhook"),
        webhook_url=webhook_url,
        webhook_secret=kept.webhook_secret,
        public_url=f"http://127.0.0.1:{port}",
        graph_share=UNLIMITED,
    )


def _tell_story_once(system: System, marker: Path) -> None:
    if not marker.exists():
        for event in story.events():
            system.events.append(HUBS[event.hub], [event.body])
        marker.touch()


async def _interrupted() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()


def _pages(desk: TicketDesk, kept: Secrets, events: EventLog, app: App) -> Sequence[web.AbstractRouteDef]:
    """Return the local routes: the way to the console, the ticket desk, the way in for events, what is still owed."""
    return [
        web.get("/", _console(kept)),
        web.get("/local/tickets", desk.list),
        web.post("/local/event-hubs/{hub}", _event_hub(events)),
        web.get("/local/owed", _owed(events, app)),
    ]


type Handler = Callable[[web.Request], Any]


def _console(kept: Secrets) -> Handler:
    """Lead to the app's own console, with the key of this machine."""

    async def show(_request: web.Request) -> web.Response:
        raise web.HTTPFound(Links(kept.function_key).to())

    return show


def _event_hub(events: EventLog) -> Handler:
    async def take(request: web.Request) -> web.Response:
        hub = HUBS.get(request.match_info["hub"])
        if hub is None:
            raise web.HTTPNotFound(text=f"hubs here: {', '.join(HUBS)}")
        events.append(hub, [await request.read()])
        return web.Response(status=201)

    return take


def _owed(events: EventLog, app: App) -> Handler:
    async def show(_request: web.Request) -> web.Response:
        return web.json_response(await owed(events, app))

    return show


def _secrets(path: Path) -> Secrets:
    if path.exists():
        return msgspec.json.decode(path.read_bytes(), type=Secrets)
    made = Secrets(function_key=secrets.token_urlsafe(32), webhook_secret=webhook_secret())
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_bytes(msgspec.json.encode(made))
    fresh.replace(path)  # at once: a kill in between leaves no half a file
    return made
