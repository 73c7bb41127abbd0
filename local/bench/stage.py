"""The stage that the rows about triage play on: the story's tenant behind a stand-in Graph, and the app's services."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

import msgspec

from local import story
from local.bench.tenant_events import risk_bodies
from local.story.people import Person
from local.story.staff import colleagues
from local.tenant import Rules, StandInCredential, Tenant, TenantServer
from shared.clients import Services, open_services
from shared.clock import Clock, clock_from
from shared.models.cases import TriageRequest
from shared.models.reports import Report
from shared.pipeline import take_in, triage
from shared.settings import Settings
from shared.state.interface import TRIAGE_QUEUE

LATENCY_MS = 50


class Stage(msgspec.Struct, frozen=True):
    """A stand-in Graph and services that look at it."""

    graph: TenantServer
    services: Services


@cache
def _tenant() -> Tenant:
    return Tenant.load(story.tenant())


@asynccontextmanager
async def stage(*, limits: bool = False, share: float = 1.0, clock: Clock | None = None) -> AsyncIterator[Stage]:
    """Serve the story's tenant at 50 ms a request and open services on it; ``limits``: the documented ones hold."""
    clock = clock or clock_from(story.NOW)
    rules = Rules(latency_ms=LATENCY_MS, limits=limits)
    async with TenantServer(_tenant(), rules, clock=clock) as graph:
        with tempfile.TemporaryDirectory(prefix="entra-triage-bench-") as folder:
            settings = Settings(state_path=str(Path(folder) / "state.sqlite"), graph_url=graph.url, graph_share=share)
            services = await open_services(settings, clock=clock, credential=StandInCredential())
            try:
                yield Stage(graph, services)
            finally:
                await services.close()


def people(first: int, count: int) -> list[Person]:
    """Return some of the staff, so that each run can have people whom no earlier run has asked about."""
    return colleagues()[first : first + count]


async def arrive(services: Services, whom: Sequence[Person]) -> list[TriageRequest]:
    """Take in a risk detection for each person; return the triage that the queue then holds."""
    await take_in(risk_bodies(whom), services, source="risk_events")
    messages = await services.state.receive(TRIAGE_QUEUE, visibility_seconds=600, limit=32)
    for message in messages:
        await services.state.delete(TRIAGE_QUEUE, message)
    return [msgspec.json.decode(message.body, type=TriageRequest) for message in messages]


async def triage_one(services: Services, whom: Person) -> Report:
    """Go from the event body of one person to the delivered ticket."""
    (request,) = await arrive(services, [whom])
    report = await triage(request, services)
    if report is None:
        raise RuntimeError("no report was made")
    return report


async def triage_together(services: Services, whom: Sequence[Person], reports: list[Report | None]) -> None:
    """Take in an event for each person and triage all at once, as the queue trigger does; append their reports."""
    requests = await arrive(services, whom)
    reports += await asyncio.gather(*(triage(request, services) for request in requests))
