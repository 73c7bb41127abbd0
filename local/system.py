"""The whole system in one process: stand-in tenant, embedded state, official worker, the app itself."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
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
from shared import clients
from shared.clients import Services, open_services
from shared.clock import Clock
from shared.settings import Settings
from shared.state.sqlite import MEMORY

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
    services: Services
    events: EventLog
    tenant: TenantServer

    async def is_idle(self) -> bool:
        """Say whether every event is taken in and no triage is owed."""
        return await owed(self.events, self.services) == {"events": 0, "triage": 0}


async def owed(events: EventLog, services: Services) -> dict[str, int]:
    """Return how many events wait to be taken in, and how many cases wait for triage."""
    backlog = sum(events.backlog(hub, ENVIRONMENT["TRIAGE_CONSUMER_GROUP"]) for hub in HUBS.values())
    return {"events": backlog, "triage": sum(case.needs_triage for case in await services.state.cases())}


@asynccontextmanager
async def running(
    tenant: Tenant,
    folder: Path,
    settings: Settings,
    *,
    clock: Clock,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    mode: Literal["live", "stepped"] = "live",
    port: int | None = None,
    keys: Keys | None = None,
    pages: Callable[[EventLog, Services], Sequence[web.AbstractRouteDef]] = lambda _events, _services: (),
    on_invocation: Watcher | None = None,
    hubs: HubSource | None = None,
) -> AsyncIterator[System]:
    """Start everything on this loop, hand it out, and end everything.

    ``folder`` keeps state and events; the same folder again goes on where it stopped, also after kill -9.
    ``hubs``: real event hubs that are read besides the embedded ones.
    """
    folder.mkdir(parents=True, exist_ok=True)
    server = TenantServer(tenant)
    await server.start()
    events = EventLog.open(folder / "events.sqlite", clock=clock)
    state_path = MEMORY if settings.state_path == MEMORY else str(folder / "state.sqlite")
    local_settings = msgspec.structs.replace(settings, graph_url=server.url, state_path=state_path)
    services = await open_services(local_settings, clock=clock, sleep=sleep, credential=StandInCredential())
    clients.install(services)
    try:
        host = await Host.start(
            APP_FOLDER,
            state=services.state,
            event_log=events,
            environ=ENVIRONMENT,
            mode=mode,
            port=port,
            keys=keys,
            clock=clock,
            sleep=sleep,
            on_invocation=on_invocation,
            pages=pages(events, services),
            hubs=hubs,
        )
        try:
            yield System(host=host, services=services, events=events, tenant=server)
        finally:
            await host.stop()
    finally:
        clients.install(None)
        await services.close()
        events.close()
        await server.stop()
