"""Graph's documented limits, enforced by the stand-in: nothing is refused, nobody starves, what is urgent goes first."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest
import pytest_asyncio

from local.tenant import Rules, StandInCredential, Tenant, TenantServer
from shared.clock import ManualClock
from shared.graph.asks import Ask
from shared.graph.budgets import ARRIVAL_SECONDS
from shared.graph.client import Graph, make_graph
from shared.graph.queries import Query, Turn
from shared.graph.reader import GraphReader
from shared.settings import Settings
from shared.state.sqlite import MEMORY, SqliteState
from tests.graph.conftest import Bench
from tests.graph.fake import FakeGraph, Reply, error, ok

NOW = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
USERS = [f"11111111-aaaa-4aaa-8aaa-{number:012d}" for number in range(40)]


class Instances:
    """Two instances of the app on one state, before a Graph that enforces its limits; time passes only when told."""

    def __init__(self, server: TenantServer, clock: ManualClock, state: SqliteState) -> None:
        self.server, self.clock, self.state = server, clock, state
        self.graphs: list[Graph] = [make_graph(StandInCredential(), server.url) for _ in range(2)]
        self.readers = [
            GraphReader(graph, state, clock=clock, sleep=clock.sleep, settings=Settings(graph_timeout_seconds=10))
            for graph in self.graphs
        ]

    async def ask(self, number: int, make: Callable[[GraphReader, str], list[Query]], turn: Turn) -> list[str]:
        """Have one of the instances ask about a user; return the ids of what was answered."""
        reader = self.readers[number % 2]
        queries = [replace(query, turn=turn) for query in make(reader, USERS[number % len(USERS)])]
        answers = await reader.read(queries, reader.deadline())
        return [query_id for query_id, answer in answers.items() if answer.state != "missing"]


@pytest_asyncio.fixture
async def instances() -> AsyncIterator[Instances]:
    """The two, on a tenant of forty users."""
    clock = ManualClock(NOW)
    users = [{"id": user, "userPrincipalName": f"u{user[-3:]}@woodgrovebank.com"} for user in USERS]
    state = SqliteState.open(MEMORY, clock=clock)
    async with TenantServer(Tenant.load({"users": users}), Rules(limits=True), clock=clock) as server:
        found = Instances(server, clock, state)
        yield found
        for graph in found.graphs:
            await graph.close()
    await state.close()


def reports(reader: GraphReader, user: str) -> list[Query]:
    """Return what triage asks of the logs about a user."""
    q = reader.user_queries
    return [q.auth_methods(user), q.sign_ins(user, NOW), q.audits_about(user, NOW), q.audits_by(user, NOW)]


def risk(reader: GraphReader, user: str) -> list[Query]:
    """Return what triage asks of Identity Protection about a user."""
    return [reader.user_queries.risk_detections(user)]


MINUTES = 5


async def minutes(
    instances: Instances, turns: list[Turn], make: Callable[[GraphReader, str], list[Query]]
) -> Counter[str]:
    """Have all turns ask as often as they can for five minutes, in this order; return what each got."""
    got: Counter[str] = Counter()
    step = 1 + (ARRIVAL_SECONDS / 10 if make is reports else ARRIVAL_SECONDS)  # a tenth of the window, or all of it
    for time in range(int(MINUTES * 60 / step)):
        for turn in turns:
            got[turn] += len(await instances.ask(time, make, turn))
        instances.clock.advance(step)
    return got


@pytest.mark.parametrize(("make", "a_minute"), [(reports, 30), (risk, 60)])
@pytest.mark.parametrize("first", ["prompt", "ordinary"])
async def test_prompts_and_triage_do_not_starve_each_other(
    instances: Instances, make: Callable[[GraphReader, str], list[Query]], a_minute: int, first: Turn
) -> None:
    """Whoever comes first each second, both keep their part; Graph refuses nothing."""
    turns: list[Turn] = ["prompt", "ordinary"] if first == "prompt" else ["ordinary", "prompt"]
    got = await minutes(instances, turns, make)
    assert got["prompt"] >= 0.2 * a_minute * MINUTES
    assert got["ordinary"] >= 0.5 * a_minute * MINUTES
    assert instances.server.refused == 0


@pytest.mark.parametrize(("make", "a_minute"), [(reports, 30), (risk, 60)])
async def test_what_is_urgent_has_its_part_although_it_comes_last(
    instances: Instances, make: Callable[[GraphReader, str], list[Query]], a_minute: int
) -> None:
    """Ordinary triage and prompts together never use a bucket up."""
    got = await minutes(instances, ["ordinary", "prompt", "urgent"], make)
    assert got["urgent"] >= 0.1 * a_minute * MINUTES
    assert instances.server.refused == 0


async def test_ordinary_triage_yields_while_something_urgent_waits(instances: Instances) -> None:
    """Although it asks first each second: what is urgent gets all that triage may have, and nobody is starved after."""
    got = await minutes(instances, ["ordinary", "urgent"], reports)
    assert got["urgent"] >= 0.7 * 30 * MINUTES
    instances.clock.advance(60)
    assert (await minutes(instances, ["ordinary"], reports))["ordinary"] >= 0.5 * 30 * MINUTES


async def test_what_is_urgent_may_use_what_ordinary_triage_may_not(instances: Instances) -> None:
    """Alone it gets four fifths of a minute; ordinary triage three."""
    assert (await minutes(instances, ["urgent"], risk))["urgent"] >= 0.75 * 60 * MINUTES
    instances.clock.advance(120)
    assert (await minutes(instances, ["ordinary"], risk))["ordinary"] <= 0.62 * 60 * MINUTES


async def test_a_calm_minute_answers_everything_at_once(instances: Instances) -> None:
    """Three users, twenty seconds apart: nobody waits and nothing is left out."""
    for number in range(3):
        assert len(await instances.ask(number, reports, "ordinary")) == 4
        instances.clock.advance(20)


async def test_a_pause_that_graph_asks_for_holds_for_every_later_read(bench: Bench, fake: FakeGraph) -> None:
    """Retry-After is the service's, not the request's: others are not sent either, and their gap says why."""
    q = bench.reader.user_queries
    user = USERS[0]
    fake.rules = {f"/users/{user}/authentication": error(429, "TooManyRequests", Retry_After="30")}
    await bench.reader.read([q.auth_methods(user)], bench.reader.deadline())
    sent = len(fake.asked)
    answers = await bench.reader.read([q.sign_ins(user, NOW), q.profile(user)], bench.reader.deadline())
    assert [(gap.what, gap.reason, gap.detail, gap.is_passing) for gap in answers.gaps()] == [
        ("sign-in history", "throttled", "reports is left alone after refusals or failures", True)
    ]
    assert len(fake.asked) == sent + 1
    bench.clock.advance(30)
    assert (await bench.reader.read([q.sign_ins(user, NOW)], bench.reader.deadline())).gaps() == []


async def test_a_service_that_is_down_is_left_alone_and_then_probed(bench: Bench, fake: FakeGraph) -> None:
    """Five failures in a row open its breaker; other services are asked on; one probe goes first, longer each time."""
    q = bench.reader.user_queries
    user = USERS[0]
    fake.rules = {f"/users/{user}/mailFolders": error(503, "ServiceUnavailable")}
    for _ in range(2):
        await bench.reader.read([q.inbox_rules(user)], bench.reader.deadline())
    sent = len(fake.asked)
    assert sent == 5
    answers = await bench.reader.read([q.inbox_rules(user), q.profile(user)], bench.reader.deadline())
    assert [gap.detail for gap in answers.gaps()] == ["outlook is left alone after refusals or failures"]
    assert fake.asked[sent:] == [q.profile(user).ref]
    bench.clock.advance(10)
    await bench.reader.read([q.inbox_rules(user)], bench.reader.deadline())
    assert len(fake.asked) == sent + 2
    bench.clock.advance(11)
    await bench.reader.read([q.inbox_rules(user)], bench.reader.deadline())
    assert len(fake.asked) == sent + 2
    bench.clock.advance(10)
    fake.rules = {f"/users/{user}/mailFolders": ok([])}
    assert (await bench.reader.read([q.inbox_rules(user)], bench.reader.deadline())).gaps() == []
    assert (await bench.reader.read([q.inbox_rules(user)], bench.reader.deadline())).gaps() == []


async def test_near_the_quota_of_the_directory_only_what_is_urgent_goes_on(bench: Bench, fake: FakeGraph) -> None:
    """The header says how much is used; ordinary reads wait a moment, urgent ones do not."""
    q = bench.reader.user_queries
    user = USERS[0]
    near = {"status": 200, "headers": {"x-ms-throttle-limit-percentage": "0.9"}, "body": {"id": user}}
    fake.rules = {f"/users/{user}": near}
    await bench.reader.read([q.profile(user)], bench.reader.deadline())
    await bench.reader.read([replace(q.profile(user), turn="urgent")], bench.reader.deadline())
    assert bench.slept == []
    await bench.reader.read([q.profile(user)], bench.reader.deadline())
    assert [round(seconds, 3) for seconds in bench.slept] == [1.5]


async def test_the_directory_is_told_what_to_shed_first(bench: Bench, fake: FakeGraph) -> None:
    """Ordinary look-ups say low, urgent ones high; prompts say nothing."""
    told = [
        bench_header(replace(bench.reader.user_queries.profile(USERS[0]), turn=turn))
        for turn in ("ordinary", "urgent", "prompt")
    ]
    assert told == ["low", "high", None]
    assert bench_header(bench.reader.user_queries.auth_methods(USERS[0])) is None


def bench_header(query: Query) -> str | None:
    """Return the priority that a query is sent with."""
    headers = msgspec.to_builtins(Ask(query=query, url=query.url).request("1")).get("headers", {})
    return headers.get("x-ms-throttle-priority")


async def test_two_instances_share_the_window(instances: Instances) -> None:
    """What one has used the other does not get."""
    assert len(await instances.ask(0, reports, "ordinary")) == 4
    assert await instances.ask(1, reports, "ordinary") == []
    instances.clock.advance(10)
    assert await instances.ask(1, reports, "ordinary") == [], "on its way it may be quicker than what it follows"
    instances.clock.advance(ARRIVAL_SECONDS)
    assert len(await instances.ask(1, reports, "ordinary")) == 4


@pytest.mark.parametrize(
    ("reply", "units", "asked_in_two_hours"),
    [
        (ok({"@odata.count": 40, "value": [{"id": "u"}]}), 3500, 1),
        (ok({"@odata.count": 400, "value": [{"id": "u"}]}), 5000, 1),
        (ok({"@odata.count": 40_000, "value": [{"id": "u"}]}), 8000, 1),
        (error(403, "Authorization_RequestDenied"), 3500, 2),
    ],
)
async def test_the_directory_has_the_limit_of_the_tenants_size(
    bench: Bench, fake: FakeGraph, reply: Reply, units: int, asked_in_two_hours: int
) -> None:
    """Users are counted once the smallest limit keeps somebody waiting, beside what is read anyway; never a gap."""
    fake.rules = {"/users?": reply}
    large = replace(bench.reader.user_queries.profile(USERS[0]), cost=2500)
    gaps = [(await bench.reader.read([large], bench.reader.deadline())).gaps() for _ in range(2)]
    assert list(map(len, gaps)) == [0, 1]
    assert fake.asked == [large.ref]
    bench.clock.advance(11)
    answers = await bench.reader.read([large], bench.reader.deadline())
    assert list(answers.by_id) == ["profile"]
    assert answers.gaps() == []
    assert fake.batches[-1] == ["/users?$count=true&$select=id&$top=1", large.ref]
    left = units - 2500 - 1
    assert await bench.reader.has_room("directory", left, "urgent")
    assert not await bench.reader.has_room("directory", left + 1, "urgent")
    bench.clock.advance(7200)
    await bench.reader.read([large], bench.reader.deadline())
    assert sum(url.startswith("/users?") for url in fake.asked) == asked_in_two_hours
