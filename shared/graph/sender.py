"""Send a batch, and again what may fit a moment later: within a deadline, the budgets, and what Graph asks for."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from tenacity import AsyncRetrying, RetryCallState, retry_if_result

from shared.clock import Clock
from shared.errors import DependencyError, DependencyUnavailableError
from shared.graph.answers import NO_TIME, Answers, failed
from shared.graph.asks import Ask, Outcome, Settled, Trouble, outcome_of, outcome_of_failure, pause_of
from shared.graph.batch import TOO_MANY, Response, post_batch
from shared.graph.breakers import Breakers
from shared.graph.budgets import Budgets
from shared.graph.client import Graph
from shared.graph.counted import batch_counted, quota_used

TRIES = 3
FIRST_PAUSE_SECONDS = 0.5
"""Doubled at each further try, for failures that do not say when to come back."""


class _Batch:
    """One batch on its way: what waits for an answer, why the last try brought none, and where answers go."""

    def __init__(self, asks: Sequence[Ask], answers: Answers, seconds_left: Callable[[], float]) -> None:
        self.todo = {str(index): ask for index, ask in enumerate(asks, 1)}
        self.troubles: dict[str, Trouble] = {}
        self.pages: list[Ask] = []
        self.answers = answers
        self.seconds_left = seconds_left

    def take(self, outcomes: Mapping[str, Outcome]) -> None:
        """Note what each item came to."""
        self.troubles = {item: outcome for item, outcome in outcomes.items() if isinstance(outcome, Trouble)}
        for item, outcome in outcomes.items():
            if isinstance(outcome, Settled):
                self.answers.by_id[self.todo.pop(item).query.id] = outcome.answer
                self.pages += [outcome.following] if outcome.following else []
        # One item that must wait for long shall not keep the others from their next try.
        left = self.seconds_left()
        self.give_up([item for item, trouble in self.troubles.items() if (trouble.pause_seconds or 0.0) >= left])

    def give_up(self, items: Iterable[str]) -> None:
        """Answer items with why they could not be read."""
        for item in list(items):
            query, trouble = self.todo.pop(item).query, self.troubles.pop(item, None)
            self.answers.by_id[query.id] = trouble.answer if trouble else failed(query, "failed", NO_TIME)


class Sender:
    """Sends batches. The only owner of retries."""

    def __init__(
        self,
        graph: Graph,
        budgets: Budgets,
        breakers: Breakers,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._graph = graph
        self._budgets = budgets
        self._breakers = breakers
        self._clock = clock
        self._sleep = sleep

    async def send(self, asks: Sequence[Ask], answers: Answers, seconds_left: Callable[[], float]) -> list[Ask]:
        """Ask for up to 20 pages of one version, whose budget is taken already. Answer all; return the next pages."""
        batch = _Batch(asks, answers, seconds_left)
        await AsyncRetrying(
            retry=retry_if_result(bool),
            wait=_pause,
            stop=lambda state: state.attempt_number >= TRIES or seconds_left() <= state.upcoming_sleep,
            sleep=self._sleep,
            retry_error_callback=lambda _: None,
        )(self._try, batch)
        batch.give_up(batch.todo)
        return batch.pages

    async def _try(self, batch: _Batch) -> list[Trouble]:
        """Post once; return what may pass."""
        left = batch.seconds_left()
        if batch.troubles and not await self._afford_again(batch):
            return []
        if left <= 0:
            batch.give_up(batch.todo)
            return []
        batch.answers.round_trips += 1
        batch.take(await self._post(batch.todo, left))
        return list(batch.troubles.values())

    async def _afford_again(self, batch: _Batch) -> bool:
        """Take budget for another try, because refused calls count too; what does not fit keeps its gap."""
        _, spent = await self._budgets.afford([ask.query for ask in batch.todo.values()], batch.seconds_left)
        batch.give_up([item for item, ask in batch.todo.items() if ask.query.id in spent])
        return bool(batch.todo)

    async def _post(self, todo: Mapping[str, Ask], seconds: float) -> dict[str, Outcome]:
        root = self._graph.root_of(next(iter(todo.values())).query.version)
        try:
            with batch_counted({item: ask.query.bucket for item, ask in todo.items()}) as responses:
                requests = [ask.request(item) for item, ask in todo.items()]
                responses.update(await post_batch(self._graph, requests, seconds, root))
        except DependencyError as error:
            if isinstance(error, DependencyUnavailableError):
                for bucket in {ask.query.bucket for ask in todo.values()}:
                    self._breakers.failed(bucket)
            return {item: outcome_of_failure(ask, error) for item, ask in todo.items()}
        self._tell_breakers(todo, responses)
        return {item: outcome_of(ask, responses.get(item), root, self._clock()) for item, ask in todo.items()}

    def _tell_breakers(self, todo: Mapping[str, Ask], responses: Mapping[str, Response]) -> None:
        """Say once for each service how it answered: well when any item was, else with the longest pause asked for."""
        for bucket in {ask.query.bucket for ask in todo.values()}:
            mine = [responses.get(item) for item, ask in todo.items() if ask.query.bucket == bucket]
            told = [response for response in mine if response is not None]
            waits = [pause_of(response, bucket, self._clock()) for response in told if response.status == TOO_MANY]
            if waits:
                self._breakers.refused(bucket, max(waits))
            elif any(response.status < 500 for response in told):
                self._breakers.answered(bucket, max(map(quota_used, told)))
            else:
                self._breakers.failed(bucket)


def _pause(state: RetryCallState) -> float:
    """Return how long to wait before the next try: the longest that any item asks for."""
    troubles: list[Trouble] = state.outcome.result() if state.outcome else []
    backoff: float = FIRST_PAUSE_SECONDS * 2 ** (state.attempt_number - 1)
    return max((backoff if t.pause_seconds is None else t.pause_seconds for t in troubles), default=backoff)
