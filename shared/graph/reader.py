"""Read Graph for one identity: what is kept, pages, budgets; what fails becomes a gap, never an exception."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from shared.clock import Clock
from shared.graph.answers import Answer, Answers, not_asked, paused
from shared.graph.asks import Ask
from shared.graph.batch import MAX_REQUESTS
from shared.graph.breakers import Breakers
from shared.graph.budgets import Budgets, Level
from shared.graph.client import Claims, Graph
from shared.graph.kept import NOTHING, LookUps, with_stale
from shared.graph.queries import Bucket, Query, Turn, tenant_size
from shared.graph.risk_queries import RiskQueries
from shared.graph.sender import Sender
from shared.graph.tenant_queries import TenantQueries
from shared.graph.user_queries import UserQueries
from shared.graph.workload_queries import WorkloadQueries
from shared.settings import Settings
from shared.telemetry import count

if TYPE_CHECKING:
    from msgraph.graph_service_client import GraphServiceClient

    from shared.state.interface import Coordination

SIZED_FOR, UNSIZED_FOR = timedelta(days=1), timedelta(hours=1)
"""When the tenant's users are counted again; sooner where they could not be."""
MOST_KEPT = 1000
"""Answers about the tenant that a process keeps; the oldest go first."""


class GraphReader:
    """Reads queries within a deadline and the budgets that all instances share."""

    def __init__(
        self,
        graph: Graph,
        budgets: "Coordination",
        *,
        clock: Clock,
        settings: Settings,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._graph = graph
        self._breakers = Breakers(clock)
        self._budgets = Budgets(budgets, sleep, self._breakers, share=settings.graph_share)
        self._sender = Sender(graph, self._budgets, self._breakers, clock, sleep)
        self._clock = clock
        self._seconds = settings.graph_timeout_seconds
        self._tenant: dict[str, Answer] = {}
        """Answers about the tenant as a whole by URL, oldest first."""
        self._size_due: datetime | None = None

    async def levels(self) -> list[Level]:
        """Return how much of Graph's limits all instances together used just now."""
        return await self._budgets.levels()

    def paused_until(self) -> dict[str, datetime]:
        """Return which services this process leaves alone now, and until when."""
        return self._breakers.paused_until()

    @cached_property
    def user_queries(self) -> UserQueries:
        """Return the catalogue of queries about users; loads the SDK at first use."""
        return UserQueries(self._graph.api)

    @cached_property
    def workload_queries(self) -> WorkloadQueries:
        """Return the catalogue of queries about service principals."""
        return WorkloadQueries(self._graph.api)

    @cached_property
    def tenant_queries(self) -> TenantQueries:
        """Return the catalogue of queries about the tenant as a whole."""
        return TenantQueries(self._graph.api)

    @cached_property
    def risk_queries(self) -> RiskQueries:
        """Return the catalogue of queries about changes of risk in the whole tenant."""
        return RiskQueries(self._graph.api)

    @property
    def api(self) -> "GraphServiceClient":
        """Return the SDK's typed request builders; loads the SDK at first use."""
        return self._graph.api

    async def permissions(self) -> frozenset[str]:
        """Return the application permissions that the app's own token lists; none for a token that lists none."""
        return await self._graph.permissions()

    async def claims(self) -> Claims:
        """Return what the app's own token says. Raises DependencyError when there is none to be had."""
        return await self._graph.claims()

    def now(self) -> datetime:
        """Return the moment that answers are dated with."""
        return self._clock()

    async def has_room(self, bucket: Bucket, cost: int, turn: Turn = "ordinary") -> bool:
        """Say whether queries of a bucket would be sent now; nothing is taken."""
        return await self._budgets.has_room(bucket, turn, cost)

    def deadline(self) -> datetime:
        """Return when a read that starts now must be over."""
        return self._clock() + timedelta(seconds=self._seconds)

    async def read(
        self,
        queries: Sequence[Query],
        deadline: datetime,
        *,
        then: Callable[[Answers], Sequence[Query]] | None = None,
        kept: LookUps = NOTHING,
        is_fresh: bool = False,
    ) -> Answers:
        """Return an answer for every query.

        ``kept`` stands in for what can't be read now, and with ``is_fresh`` for what was read a while ago. ``then``
        names what the first answers made worth asking (asking an id again replaces its answer); it shares its
        round trip with the next pages of the first. Raises only when the state that keeps the budgets does.
        """
        answers = Answers()
        young = kept if is_fresh else NOTHING

        def seconds_left() -> float:
            return (deadline - self._clock()).total_seconds()

        asks = self._with_size(self._unknown(queries, answers, young))
        pages = await self._settle(asks, answers, seconds_left)
        self._fit(answers)
        more = self._unknown(then(answers), answers, young) if then else []
        while pages or more:
            pages, more = await self._settle([*more, *pages], answers, seconds_left), []
        now = self._clock()
        self._keep_of_tenant(answers, now)
        answers.by_id = with_stale(answers.by_id, kept, now)
        return answers

    def _unknown(self, queries: Sequence[Query], answers: Answers, young: LookUps) -> list[Ask]:
        """Answer what is kept and still good; return what must be asked."""
        asks = []
        now = self._clock()
        for query in queries:
            found = young.fresh(query, now) or self._of_tenant(query, now)
            if found is not None:
                answers.by_id[query.id] = found
            else:
                asks.append(Ask(query=query, url=query.url))
        return asks

    def _with_size(self, asks: list[Ask]) -> list[Ask]:
        """Return what is asked; where the directory's limit is reached, with the count of users, once a day."""
        now = self._clock()
        is_due = self._budgets.is_tight and (self._size_due is None or now >= self._size_due)
        if not is_due or not any(ask.query.version == "v1.0" for ask in asks):
            return asks
        # Before the answer, so that reads at the same time do not ask too.
        self._size_due = now + UNSIZED_FOR
        query = replace(tenant_size(self._graph.api), turn=asks[0].query.turn)
        return [Ask(query=query, url=query.url), *asks]

    def _fit(self, answers: Answers) -> None:
        """Use the limit for as many users as there are. It is no fact of the case, and no gap where it is denied."""
        counted = answers.by_id.pop("tenant_size", None)
        if counted is not None and counted.total is not None:
            self._budgets.fit(counted.total)
            self._size_due = self._clock() + SIZED_FOR

    def _of_tenant(self, query: Query, now: datetime) -> Answer | None:
        found = self._tenant.get(query.url)
        if found is None or found.read_at is None or now - found.read_at >= timedelta(seconds=query.keep_seconds):
            return None
        return replace(found, query=query)

    def _keep_of_tenant(self, answers: Answers, now: datetime) -> None:
        for answer in answers.values():
            if answer.query.keep_seconds and answer.state == "found" and not answer.gaps and answer.read_at is None:
                self._tenant[answer.query.url] = replace(answer, read_at=now)
        for url in list(self._tenant)[:-MOST_KEPT]:
            del self._tenant[url]

    async def _settle(self, asks: Sequence[Ask], answers: Answers, seconds_left: Callable[[], float]) -> list[Ask]:
        """Answer what can be answered; return the next pages."""
        sendable, spent = await self._budgets.afford([ask.query for ask in asks], seconds_left)
        for ask in asks:
            if ask.query.id in spent:
                count("graph_unsent", bucket=ask.query.bucket, reason=spent[ask.query.id])
                unsent = not_asked(ask.query) if spent[ask.query.id] == "spent" else paused(ask.query)
                answers.by_id[ask.query.id] = ask.with_earlier_pages(unsent)
        allowed = {query.id for query in sendable}
        ready = [ask for ask in asks if ask.query.id in allowed]
        pages: list[Ask] = []
        # A batch goes to one version of Graph.
        for version in dict.fromkeys(ask.query.version for ask in ready):
            same = [ask for ask in ready if ask.query.version == version]
            for start in range(0, len(same), MAX_REQUESTS):
                pages += await self._sender.send(same[start : start + MAX_REQUESTS], answers, seconds_left)
        return pages
