"""Read Graph for one identity: batches, pages, retries, budgets; what fails becomes a gap, never an exception."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec
from tenacity import AsyncRetrying, RetryCallState, retry_if_result

from shared.clock import Clock, seconds_after
from shared.errors import AccessDeniedError, DependencyError, DependencyUnavailableError
from shared.graph.answers import (
    NO_TIME,
    Answer,
    Answers,
    error_code,
    failed,
    gap_of,
    not_asked,
    page_of,
    paused,
    refused,
    withheld,
)
from shared.graph.batch import MAX_REQUESTS, TOO_MANY, Request, Response, post_batch
from shared.graph.breakers import Breakers
from shared.graph.budgets import Bucket, Budgets, Level, Turn, pause_after_refusal
from shared.graph.client import Claims, Graph
from shared.graph.counted import batch_counted, quota_used
from shared.graph.kept import NOTHING, LookUps, with_stale
from shared.graph.queries import Queries, Query, Version
from shared.graph.risk_queries import RiskQueries
from shared.graph.tenant_queries import TenantQueries
from shared.graph.workload_queries import WorkloadQueries
from shared.settings import Settings
from shared.telemetry import count

if TYPE_CHECKING:
    from msgraph.graph_service_client import GraphServiceClient

    from shared.state.interface import Coordination

TRIES = 3
MOST_KEPT = 1000
"""Answers about the tenant that a process keeps; the oldest go first."""
FIRST_PAUSE_SECONDS = 0.5
"""Doubled at each further try, for failures that do not say when to come back."""
TRANSIENT = frozenset({408, 424, 429})
_PRIORITIES: dict[Turn, str] = {"urgent": "high", "ordinary": "low"}
"""What the directory sheds last and first when the tenant is over its quota; ``normal`` needs no saying."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ask:
    """A page of a query that is to be read. ``before`` holds what earlier pages brought."""

    query: Query
    url: str
    page: int = 1
    before: tuple[msgspec.Raw, ...] = ()
    total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trouble:
    """Why an item must be asked again, and the answer it gets when there is no time for that."""

    answer: Answer
    pause_seconds: float | None


class GraphReader:
    """Reads queries within a deadline and the budgets that all instances share. The only owner of retries."""

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
        self._clock = clock
        self._sleep = sleep
        self._seconds = settings.graph_timeout_seconds
        self._tenant: dict[str, Answer] = {}
        """Answers about the tenant as a whole by URL, oldest first."""

    async def levels(self) -> list[Level]:
        """Return how much of Graph's limits all instances together used just now."""
        return await self._budgets.levels()

    def paused_until(self) -> dict[str, datetime]:
        """Return which services this process leaves alone now, and until when."""
        return self._breakers.paused_until()

    @cached_property
    def queries(self) -> Queries:
        """Return the catalogue of queries; loads the SDK at first use."""
        return Queries(self._graph.api)

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
        pages = await self._settle(self._unknown(queries, answers, young), answers, deadline)
        more = self._unknown(then(answers), answers, young) if then else []
        while pages or more:
            pages, more = await self._settle([*more, *pages], answers, deadline), []
        now = self._clock()
        for answer in answers.values():
            if answer.query.keep_seconds and answer.state == "found" and not answer.gaps and answer.read_at is None:
                self._tenant[answer.query.url] = replace(answer, read_at=now)
        for url in list(self._tenant)[:-MOST_KEPT]:
            del self._tenant[url]
        answers.by_id = with_stale(answers.by_id, kept, now)
        return answers

    def _unknown(self, queries: Sequence[Query], answers: Answers, young: LookUps) -> list[_Ask]:
        """Answer what is kept and still good; return what must be asked."""
        asks = []
        now = self._clock()
        for query in queries:
            found = young.fresh(query, now) or self._of_tenant(query, now)
            if found is not None:
                answers.by_id[query.id] = found
            else:
                asks.append(_Ask(query=query, url=query.url))
        return asks

    def _of_tenant(self, query: Query, now: datetime) -> Answer | None:
        found = self._tenant.get(query.url)
        if found is None or found.read_at is None or now - found.read_at >= timedelta(seconds=query.keep_seconds):
            return None
        return replace(found, query=query)

    async def _settle(self, asks: Sequence[_Ask], answers: Answers, deadline: datetime) -> list[_Ask]:
        """Answer what can be answered; return the next pages."""
        sendable, spent = await self._budgets.afford([ask.query for ask in asks], lambda: self._seconds_left(deadline))
        for ask in asks:
            if ask.query.id in spent:
                count("graph_unsent", bucket=ask.query.bucket, reason=spent[ask.query.id])
                unsent = not_asked(ask.query) if spent[ask.query.id] == "spent" else paused(ask.query)
                answers.by_id[ask.query.id] = _with_earlier_pages(ask, unsent)
        allowed = {query.id for query in sendable}
        ready = [ask for ask in asks if ask.query.id in allowed]
        pages: list[_Ask] = []
        # A batch goes to one version of Graph.
        for version in dict.fromkeys(ask.query.version for ask in ready):
            same = [ask for ask in ready if ask.query.version == version]
            for start in range(0, len(same), MAX_REQUESTS):
                pages += await self._send(same[start : start + MAX_REQUESTS], answers, deadline)
        return pages

    async def _send(self, asks: Sequence[_Ask], answers: Answers, deadline: datetime) -> list[_Ask]:
        """Post one batch, and again what may fit a moment later."""
        todo = {str(index): ask for index, ask in enumerate(asks, 1)}
        troubles: dict[str, _Trouble] = {}
        pages: list[_Ask] = []

        async def attempt() -> list[_Trouble]:
            left = self._seconds_left(deadline)
            if troubles and not await self._afford_again(todo, troubles, answers, deadline):
                return []
            if left <= 0:
                self._give_up(todo, troubles, answers)
                return []
            answers.round_trips += 1
            found = await self._post(todo, left)
            troubles.clear()
            for item, ask in list(todo.items()):
                result = found[item]
                if isinstance(result, _Trouble):
                    troubles[item] = result
                    continue
                del todo[item]
                answer, following = result
                answers.by_id[ask.query.id] = answer
                pages.extend(following)
            # One item that must wait for long shall not keep the others from their next try.
            self._give_up_late(todo, troubles, answers, deadline)
            return list(troubles.values())

        await AsyncRetrying(
            retry=retry_if_result(bool),
            wait=_pause,
            stop=lambda state: state.attempt_number >= TRIES or self._seconds_left(deadline) <= state.upcoming_sleep,
            sleep=self._sleep,
            retry_error_callback=lambda _: None,
        )(attempt)
        self._give_up(todo, troubles, answers)
        return pages

    async def _post(self, todo: dict[str, _Ask], seconds: float) -> "dict[str, tuple[Answer, list[_Ask]] | _Trouble]":
        buckets = {item: ask.query.bucket for item, ask in todo.items()}
        try:
            with batch_counted(buckets) as responses:
                root = self._graph.root_of(next(iter(todo.values())).query.version)
                requests = [_request(item, ask) for item, ask in todo.items()]
                responses.update(await post_batch(self._graph, requests, seconds, root))
        except DependencyError as error:
            if isinstance(error, DependencyUnavailableError):
                for bucket in {ask.query.bucket for ask in todo.values()}:
                    self._breakers.failed(bucket)
            return {item: _whole_failure(ask, error) for item, ask in todo.items()}
        self._tell_breakers(todo, responses)
        return {item: self._judge(ask, responses.get(item)) for item, ask in todo.items()}

    def _tell_breakers(self, todo: dict[str, _Ask], responses: dict[str, Response]) -> None:
        """Say once for each service how it answered: well when any item was, else with the longest pause asked for."""
        for bucket in {ask.query.bucket for ask in todo.values()}:
            mine = [responses.get(item) for item, ask in todo.items() if ask.query.bucket == bucket]
            told = [response for response in mine if response is not None]
            waits = [self._wait_of(response, bucket) for response in told if response.status == TOO_MANY]
            if waits:
                self._breakers.refused(bucket, max(waits))
            elif any(response.status < 500 for response in told):
                self._breakers.answered(bucket, max(map(quota_used, told)))
            else:
                self._breakers.failed(bucket)

    def _wait_of(self, response: Response, bucket: Bucket) -> float:
        wait = seconds_after(response.header("Retry-After"), self._clock())
        return pause_after_refusal(bucket) if wait is None else wait

    def _judge(self, ask: _Ask, response: Response | None) -> "tuple[Answer, list[_Ask]] | _Trouble":
        """Return what one item came to: an answer and perhaps a next page, or trouble that may pass."""
        if response is None:
            return _trouble(ask, "failed", "no answer in the batch", None)
        status = response.status
        if 200 <= status < 300:
            return self._found(ask, response)
        if status in TRANSIENT or status >= 500:
            wait = seconds_after(response.header("Retry-After"), self._clock())
            if status == TOO_MANY:
                wait = self._wait_of(response, ask.query.bucket)
            reason = "throttled" if status == TOO_MANY else "failed"
            return _trouble(ask, reason, f"{status} {error_code(response.body)}".strip(), wait)
        return _with_earlier_pages(ask, refused(ask.query, status, response.body)), []

    def _found(self, ask: _Ask, response: Response) -> tuple[Answer, list[_Ask]]:
        if response.status == 204:
            return Answer(query=ask.query, state="found", items=ask.before), []
        try:
            items, link, counted = page_of(response.body)
            hidden = withheld(ask.query, (*ask.before, *items))
        except msgspec.DecodeError:
            return _with_earlier_pages(ask, failed(ask.query, "failed", f"{response.status} malformed")), []
        total = ask.total if counted is None else counted
        answer = Answer(query=ask.query, state="found", items=(*ask.before, *items), gaps=hidden, total=total)
        if link is None:
            return answer, []
        url = self._relative(link, ask.query.version)
        if url is None:
            mend = "Look at what answers in Microsoft Graph's place: its links must stay below the base URL."
            gap = gap_of(ask.query, "failed", "the next page is at another host or version", mend=mend)
            return replace(answer, gaps=(*hidden, gap)), []
        truncated = gap_of(
            ask.query,
            "not_asked",
            f"read the first {len(answer.items)}, there are more",
            mend="Nothing to mend: a triage reads a bounded number of pages; the rest can be read at the source.",
        )
        answer = replace(answer, gaps=(*hidden, truncated), rest=url)
        if ask.page >= ask.query.pages:
            return answer, []
        return answer, [_Ask(query=ask.query, url=url, page=ask.page + 1, before=answer.items, total=total)]

    def _relative(self, link: str, version: Version) -> str | None:
        """Return a next link as a batch wants it, or None when it leaves our host or version: no token goes there."""
        root = self._graph.root_of(version) + "/"
        return link[len(root) - 1 :] if link.lower().startswith(root.lower()) else None

    async def _afford_again(
        self, todo: dict[str, _Ask], troubles: dict[str, _Trouble], answers: Answers, deadline: datetime
    ) -> bool:
        """Take budget for another try, because refused calls count too; what does not fit keeps its gap."""
        _, spent = await self._budgets.afford(
            [ask.query for ask in todo.values()], lambda: self._seconds_left(deadline)
        )
        dropped = {item: ask for item, ask in todo.items() if ask.query.id in spent}
        self._give_up(dropped, troubles, answers)
        for item in dropped:
            del todo[item]
        return bool(todo)

    def _give_up(self, todo: dict[str, _Ask], troubles: dict[str, _Trouble], answers: Answers) -> None:
        for item, ask in todo.items():
            answer = troubles[item].answer if item in troubles else failed(ask.query, "failed", NO_TIME)
            answers.by_id[ask.query.id] = answer

    def _give_up_late(
        self, todo: dict[str, _Ask], troubles: dict[str, _Trouble], answers: Answers, deadline: datetime
    ) -> None:
        left = self._seconds_left(deadline)
        late = {item: todo[item] for item, trouble in troubles.items() if (trouble.pause_seconds or 0.0) >= left}
        self._give_up(late, troubles, answers)
        for item in late:
            del todo[item], troubles[item]

    def _seconds_left(self, deadline: datetime) -> float:
        return (deadline - self._clock()).total_seconds()


def _request(item: str, ask: _Ask) -> Request:
    headers = {"ConsistencyLevel": "eventual"} if ask.query.is_advanced else {}
    if ask.query.bucket == "directory" and ask.query.turn in _PRIORITIES:
        headers["x-ms-throttle-priority"] = _PRIORITIES[ask.query.turn]
    return Request(id=item, url=ask.url, headers=headers or msgspec.UNSET)


def _pause(state: RetryCallState) -> float:
    """Return how long to wait before the next try: the longest that any item asks for."""
    troubles: list[_Trouble] = state.outcome.result() if state.outcome else []
    backoff: float = FIRST_PAUSE_SECONDS * 2 ** (state.attempt_number - 1)
    return max((backoff if t.pause_seconds is None else t.pause_seconds for t in troubles), default=backoff)


def _trouble(ask: _Ask, reason: str, detail: str, pause_seconds: float | None) -> _Trouble:
    answer = failed(ask.query, "throttled" if reason == "throttled" else "failed", detail)
    return _Trouble(answer=_with_earlier_pages(ask, answer), pause_seconds=pause_seconds)


def _whole_failure(ask: _Ask, error: DependencyError) -> "tuple[Answer, list[_Ask]] | _Trouble":
    """Return what a failed POST means for one of its items."""
    detail = " ".join(str(part) for part in (error.status, error.code) if part)
    if isinstance(error, DependencyUnavailableError):
        reason = "throttled" if error.status == TOO_MANY else "failed"
        return _trouble(ask, reason, detail, error.retry_after_seconds)
    if isinstance(error, AccessDeniedError):
        mend = "Check the app's credential and that its tenant allows it to call Microsoft Graph."
        return _with_earlier_pages(ask, failed(ask.query, "denied", detail, mend=mend)), []
    return _with_earlier_pages(ask, failed(ask.query, "failed", detail)), []


def _with_earlier_pages(ask: _Ask, answer: Answer) -> Answer:
    """Return the answer with what earlier pages brought: read in part, with the gap that says so."""
    if ask.page == 1:
        return answer
    gaps = answer.gaps or (gap_of(ask.query, "failed", "the next page is gone"),)
    return Answer(query=ask.query, state="found", items=ask.before, gaps=gaps, total=ask.total, rest=ask.url)
