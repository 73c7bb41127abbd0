"""A bench that runs a skill against a served tenant, and checks what holds for every reply."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from local.tenant import Rules, StandInCredential, Tenant, TenantServer
from shared.ask.catalogue import skills
from shared.ask.look import Look
from shared.ask.skill import InputValue, Reply
from shared.clock import ManualClock
from shared.graph.client import make_graph
from shared.graph.reader import GraphReader
from shared.state.sqlite import MEMORY, SqliteState
from tests.ask.world import NOW, SETTINGS, WEEK


class Bench:
    """Runs skills against the served tenant, each with the inputs that a planner would give."""

    def __init__(self, server: TenantServer, reader: GraphReader, state: SqliteState, clock: ManualClock) -> None:
        self.server = server
        self.state = state
        self.reader = reader
        self.clock = clock

    async def ask(self, skill_id: str, **given: InputValue) -> Reply:
        """Return what a skill says. Counts requests from here on, and checks what holds for every reply."""
        self.server.stand_in.clear()
        self.clock.advance(60)  # the budgets of the prompt before are free again
        skill = skills()[skill_id]
        assert set(given) <= {one.name for one in skill.inputs}
        for one in skill.inputs:
            if one.name not in given and one.default is not None:
                given[one.name] = WEEK if one.kind == "time_range" else one.default
        found = await skill.look(Look(self.reader, self.state, SETTINGS, now=NOW), given)
        keeps_promises(found)
        assert self.server.writes == []
        return found

    @property
    def trips(self) -> int:
        """Return how many HTTP requests the last skill took."""
        return self.server.round_trips

    def statuses(self) -> set[int]:
        """Return the statuses of everything that the last skill asked."""
        return {served.status for served in self.server.requests}


@asynccontextmanager
async def bench(document: Mapping[str, Any], rules: Rules | None = None) -> AsyncIterator[Bench]:
    """Serve a tenant and hand out a bench on it."""
    clock = ManualClock(NOW)
    state = SqliteState.open(MEMORY, clock=clock)
    async with TenantServer(Tenant.load(document), rules, clock=clock) as server:
        graph = make_graph(StandInCredential(), server.url)
        reader = GraphReader(graph, state, clock=clock, settings=SETTINGS, sleep=clock.sleep)
        try:
            yield Bench(server, reader, state, clock)
        finally:
            await graph.close()
            await state.close()


def without(document: Mapping[str, Any], *paths: str) -> dict[str, Any]:
    """Return a tenant in which these paths are refused for lack of a permission."""
    error = {"$error": {"status": 403, "code": "Authorization_RequestDenied"}}
    return {**document, **dict.fromkeys(paths, error)}


def keeps_promises(found: Reply) -> None:
    """Check what holds for every reply: rows fit their columns, names are cleaned, follow-ups are whole."""
    assert found.text.strip()
    assert "\u202e" not in found.text
    assert 'Bob "' not in found.text
    for table in found.tables:
        columns = [column.name for column in table.columns]
        assert all(list(row) == columns for row in table.rows)
        assert all(column.meaning and column.title for column in table.columns)
        assert table.total is None or table.total >= len(table.rows)
    assert len(found.follow_ups) <= 4
    assert not any("{" in prompt or "None" in prompt for prompt in found.follow_ups)
    assert all(source.ref for source in found.sources)


def column(found: Reply, name: str, table: int = 0) -> list[Any]:
    """Return the values of one column."""
    return [row[name] for row in found.tables[table].rows]
