"""The whole system in one process: stand-in tenant, embedded state, official worker, the app itself."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Literal

import msgspec
from aiohttp import web

from local.host.event_hubs import HubSource
from local.host.event_log import EventLog
from local.host.host import Host
from local.host.http import Keys
from local.host.invocations import Watcher
from local.tenant import StandInCredential, Tenant, TenantServer
from shared.app import App, install, open_app
from shared.clients import Services
from shared.clock import Clock
from shared.errors import ConfigurationError
from shared.settings import Settings
from shared.state.sqlite import MEMORY
from shared.tenants.file import Tenants

APP_FOLDER = Path(__file__).parent.parent
UNLIMITED = 1000.0
"""Share of Graph's limits for a stand-in tenant, which has none."""
RISK_HUB = "risk-events"
SIGN_IN_HUB = "sign-in-events"
HUBS = {"risk": RISK_HUB, "sign_ins": SIGN_IN_HUB}
"""Event hubs by their short names, which the story and the way in for events use."""
ENVIRONMENT = {
    "TRIAGE_RISK_EVENT_HUB": RISK_HUB,
    "TRIAGE_SIGN_IN_EVENT_HUB": SIGN_IN_HUB,
    "TRIAGE_CONSUMER_GROUP": "entra-triage",
}


class System(msgspec.Struct, frozen=True):
    """What runs, for a command to drive and to look at."""

    host: Host
    app: App
    events: EventLog
    tenants: tuple[TenantServer, ...]
    """In the order of the file of tenants."""

    @property
    def services(self) -> Services:
        """Return the services of the one tenant; of several, what belongs to none."""
        return self.app.own

    @property
    def tenant(self) -> TenantServer:
        """Return the one tenant's stand-in; of several, the first."""
        return self.tenants[0]

    async def is_idle(self) -> bool:
        """Say whether every event is taken in and no triage is owed."""
        return await owed(self.events, self.app) == {"events": 0, "triage": 0}


async def owed(events: EventLog, app: App) -> dict[str, int]:
    """Return how many events wait to be taken in, and how many cases wait for triage."""
    backlog = sum(events.backlog(hub, ENVIRONMENT["TRIAGE_CONSUMER_GROUP"]) for hub in HUBS.values())
    cases = [case for services in app.all for case in await services.state.open_cases()]
    return {"events": backlog, "triage": sum(case.needs_triage for case in cases)}


@asynccontextmanager
async def running(
    tenants: Tenant | Sequence[Tenant],
    folder: Path,
    settings: Settings,
    *,
    clock: Clock,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    mode: Literal["live", "stepped"] = "live",
    port: int | None = None,
    keys: Keys | None = None,
    pages: Callable[[EventLog, App], Sequence[web.AbstractRouteDef]] = lambda _events, _app: (),
    on_invocation: Watcher | None = None,
    hubs: HubSource | None = None,
    file: Tenants | None = None,
) -> AsyncIterator[System]:
    """Start everything on this loop, hand it out, and end everything.

    ``folder`` keeps state and events; the same folder again goes on where it stopped, also after kill -9.
    ``hubs``: real event hubs that are read besides the embedded ones. ``file``: the file of several tenants; then
    there is one of ``tenants`` for each, in its order.
    """
    folder.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        several = [tenants] if isinstance(tenants, Tenant) else tenants
        servers = [await stack.enter_async_context(TenantServer(tenant)) for tenant in several]
        events = EventLog.open(folder / "events.sqlite", clock=clock)
        stack.callback(events.close)
        state_path = MEMORY if settings.state_path == MEMORY else str(folder / "state.sqlite")
        local_settings = msgspec.structs.replace(settings, graph_url=servers[0].url, state_path=state_path)
        app = await open_app(
            local_settings,
            _served_by(servers, file) if file else None,
            clock=clock,
            sleep=sleep,
            credential=StandInCredential(),
        )
        stack.push_async_callback(app.close)
        install(app)
        stack.callback(install, None)
        host = await Host.start(
            APP_FOLDER,
            state=app.own.state,
            event_log=events,
            environ=ENVIRONMENT,
            mode=mode,
            port=port,
            keys=keys,
            clock=clock,
            sleep=sleep,
            on_invocation=on_invocation,
            pages=pages(events, app),
            hubs=hubs,
        )
        stack.push_async_callback(host.stop)
        yield System(host=host, app=app, events=events, tenants=tuple(servers))


def _served_by(servers: Sequence[TenantServer], file: Tenants) -> Tenants:
    """Return the tenants of the file, each with the stand-in that has its place. Raises ConfigurationError."""
    if len(file.tenants) != len(servers):
        raise ConfigurationError(
            f"{len(file.tenants)} tenants and {len(servers)} tenant files",
            hint="Give a tenant file for each tenant of the file of tenants, in its order.",
        )
    return msgspec.structs.replace(
        file,
        tenants=tuple(
            msgspec.structs.replace(tenant, settings=msgspec.structs.replace(tenant.settings, graph_url=server.url))
            for tenant, server in zip(file.tenants, servers, strict=True)
        ),
    )
