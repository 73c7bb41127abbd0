"""A skill on a stand-in tenant: real HTTP, the real reader, real state."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from local.replay import latest_moment, read_bodies, tenant_of
from local.tenant import Rules, StandInCredential, Tenant, TenantServer
from shared.ask.catalogue import skills
from shared.ask.look import Look
from shared.ask.skill import InputValue, Ref, Reply, TimeRange
from shared.clock import ManualClock
from shared.graph.client import make_graph
from shared.graph.reader import GraphReader
from shared.settings import Settings
from shared.state.interface import State
from shared.state.sqlite import MEMORY, SqliteState
from tests.systems import stepped, take_in

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
TENANT_ID = "7a1f0c1e-4a53-4c4c-9f65-0b8f5f6b9d10"
WEEK = TimeRange(since="2026-03-03T12:00:00Z", until="2026-03-10T12:00:00Z", words="the past 7 days")


class Asked(msgspec.Struct):
    """One prompt's world: ask, and look at what Graph was asked."""

    look: Look
    server: TenantServer
    state: State

    async def __call__(self, skill_id: str, **given: InputValue) -> Reply:
        """Run a skill; what is not given is the default, as a planner would hand it over."""
        skill = skills()[skill_id]
        assert set(given) <= {one.name for one in skill.inputs}
        for one in skill.inputs:
            if one.default is not None and one.name not in given:
                given[one.name] = WEEK if one.kind == "time_range" else one.default
        return await skill.look(self.look, given)

    @property
    def trips(self) -> int:
        """Return how many HTTP requests Graph got."""
        return self.server.round_trips

    @property
    def paths(self) -> list[str]:
        """Return the paths that Graph was asked for, batches left out."""
        return [served.path for served in self.server.requests if served.bucket != "batch"]


@asynccontextmanager
async def asking(
    tenant: Mapping[str, Any],
    *,
    now: datetime = NOW,
    tenant_id: str = TENANT_ID,
    state: SqliteState | None = None,
    **rules: Any,
) -> AsyncIterator[Asked]:
    """Serve a tenant document and hand out a way to ask; ``rules`` are the stand-in's."""
    clock = ManualClock(now)
    settings = Settings(tenant_id=tenant_id, graph_share=1000.0)
    async with TenantServer(Tenant.load(tenant), Rules(**rules), clock=clock) as server:
        kept = state or SqliteState.open(MEMORY, clock=clock)
        graph = make_graph(StandInCredential(), server.url)
        reader = GraphReader(graph, kept, clock=clock, settings=settings, sleep=clock.sleep)
        try:
            yield Asked(look=Look(reader, kept, settings, now=now), server=server, state=kept)
        finally:
            await graph.close()
            if state is None:
                await kept.close()


def ref(kind: str, id_: str, name: str) -> Ref:
    """Return a thing that was resolved."""
    return Ref(kind=kind, id=id_, name=name)  # type: ignore[arg-type]


def holds(reply: Reply) -> None:
    """Fail unless a reply keeps what every reply promises: rows with every column, sources, few follow-ups."""
    for one in reply.tables:
        columns = {column.name for column in one.columns}
        assert all(set(row) == columns for row in one.rows), one.title
        assert all(column.title and column.meaning for column in one.columns)
    assert reply.text.strip()
    assert reply.sources
    assert len(reply.follow_ups) <= 4
    assert all("{" not in prompt for prompt in reply.follow_ups)
    msgspec.json.encode(reply)


SCENARIOS = Path(__file__).parent.parent / "scenarios"


@asynccontextmanager
async def replayed(scenario: str, folder: Path) -> AsyncIterator[Asked]:
    """Run a recorded scenario through the whole system, then hand out a way to ask about what it kept."""
    source = SCENARIOS / scenario
    bodies = read_bodies([source / "events.json"])
    expected = msgspec.json.decode((source / "expect.json").read_bytes())
    now = datetime.fromisoformat(expected["now"]) if "now" in expected else latest_moment(bodies)
    clock = ManualClock(now)
    settings = Settings(graph_share=1000.0, tenant_id=tenant_of(bodies), destinations=("queue",))
    tenant = msgspec.json.decode((source / "tenant.json").read_bytes())
    async with stepped(folder, settings=settings, tenant=tenant, clock=clock) as (system, _):
        await take_in(system, *bodies)
        while await system.host.step_queues(ignore_visibility=True):
            clock.advance(1)
        services = system.services
        look = Look(services.graph, services.state, services.settings, now=clock(), deadline=None)
        yield Asked(look=look, server=system.tenant, state=services.state)
