"""A fake Graph, a clock that moves when slept on, and a reader over the real SDK adapter."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest_asyncio

from shared.clock import ManualClock
from shared.graph.client import make_graph
from shared.graph.reader import GraphReader
from shared.settings import Settings
from tests.graph.fake import Budgets, Credential, FakeGraph, running

NOW = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)


@pytest_asyncio.fixture
async def fake() -> AsyncIterator[FakeGraph]:
    """A Graph on loopback."""
    async with running(FakeGraph()) as graph:
        yield graph


class Bench:
    """A reader and everything it was made from."""

    def __init__(self, fake: FakeGraph) -> None:
        self.clock = ManualClock(NOW)
        self.slept: list[float] = []
        self.credential = Credential()
        self.budgets = Budgets(self.clock)
        self.graph = make_graph(self.credential, fake.url)
        self.reader = GraphReader(
            self.graph, self.budgets, clock=self.clock, sleep=self.sleep, settings=Settings(graph_timeout_seconds=10)
        )

    async def sleep(self, seconds: float) -> None:
        """Let the clock run on instead of waiting."""
        self.slept.append(seconds)
        self.clock.advance(seconds)


@pytest_asyncio.fixture
async def bench(fake: FakeGraph) -> AsyncIterator[Bench]:
    """A reader on the fake Graph, with its clock and credential in reach."""
    bench = Bench(fake)
    yield bench
    await bench.graph.close()
