"""A tenant behind the rules of a real one: judge each request, answer it, remember it."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from local.tenant.answers import GRAPH_URL, Answer, GraphError, error_answer
from local.tenant.batch import Item, read_batch, run_batch
from local.tenant.limits import Throttle, bucket_of
from local.tenant.query import Query, read_query
from local.tenant.routes import Route, Version, read_route, split_path, version_of
from local.tenant.rules import Fault, Rules
from local.tenant.tenant import Tenant
from shared.clock import Clock, system_clock

_READING_ACTIONS = ("checkmembergroups", "getmembergroups")


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """One request that was answered: a whole HTTP request, or one item of a batch."""

    time: datetime
    method: str
    path: str
    """Relative to the version, without query."""
    query: str
    in_batch: bool
    bucket: str
    """Throttling bucket; ``batch`` for the batch itself."""
    status: int
    """0 when the connection was cut."""

    @property
    def is_write(self) -> bool:
        """Say whether it asked for a change, which the product must never do."""
        return self.method != "GET" and self.bucket != "batch" and not self.path.lower().endswith(_READING_ACTIONS)


class StandIn:
    """Answers whole HTTP requests, batches included, and keeps a record of each."""

    def __init__(self, tenant: Tenant, rules: Rules | None = None, clock: Clock = system_clock) -> None:
        """Put a tenant behind rules. Times in answers and throttling windows follow the clock."""
        self.rules = rules or Rules()
        self.requests: list[Served] = []
        """Every request in the order in which it was judged; a batch comes before its items."""
        self.round_trips = 0
        """HTTP requests."""
        self._tenant = tenant.seen_by(self.rules.view, self.rules.max_page) if self.rules.is_narrowing else tenant
        self._clock = clock
        self._throttle = Throttle(self._tenant.user_count, clock) if self.rules.limits else None
        self._judged = 0

    @property
    def refused(self) -> int:
        """Return how many requests were answered 429."""
        return sum(served.status == 429 for served in self.requests)

    @property
    def peaks(self) -> dict[str, float]:
        """Return the largest share of each limit that was used in any window; empty where none is enforced."""
        return self._throttle.peaks if self._throttle else {}

    @property
    def writes(self) -> list[Served]:
        """Return the requests that asked for a change: all were refused."""
        return [served for served in self.requests if served.is_write]

    def count(self, path_part: str) -> int:
        """Return how many requests, batch items included, went to a path that holds this text, in any case."""
        return sum(path_part.lower() in served.path.lower() for served in self.requests if served.bucket != "batch")

    def clear(self) -> None:
        """Forget the requests so far; throttling windows and the count of faults go on."""
        self.requests.clear()
        self.round_trips = 0

    def answer(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"", *, base_url: str = GRAPH_URL
    ) -> Answer:
        """Answer one HTTP request. An answer with status 0 stands for a connection that was cut."""
        self.round_trips += 1
        if not _bearer(headers):
            return self._refuse(method, url, _no_token())
        path = url.partition("?")[0].removeprefix(base_url)
        version = version_of(path)
        base_url = f"{base_url.rsplit('/', 1)[0]}/{version}"
        if split_path(path) == ("$batch",):
            return self._batch(method, body, base_url, version)
        return self._single(method, url, headers, body, base_url, in_batch=False)

    def _batch(self, method: str, body: bytes, base_url: str, version: Version) -> Answer:
        fault = self._fault()
        if fault == "reset":
            return self._served(method, "$batch", "", "batch", Answer(status=0))
        position = len(self.requests)
        try:
            self._strike(fault)
            answer = run_batch(read_batch(method, body), lambda item: self._item(item, base_url, version))
        except GraphError as error:
            answer = self._rendered(error)
        answer = self._served(method, "$batch", "", "batch", answer)
        self.requests.insert(position, self.requests.pop())
        return answer

    def _item(self, item: Item, base_url: str, version: Version) -> Answer:
        try:
            item.check()
            content = item.content
        except GraphError as error:
            return self._served(item.method, item.url.partition("?")[0], "", "", self._rendered(error), in_batch=True)
        url = f"/{version}/{item.url.lstrip('/')}"
        return self._single(item.method.upper(), url, item.headers, content, base_url, in_batch=True)

    def _single(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, base_url: str, *, in_batch: bool
    ) -> Answer:
        route = read_route(url)
        fault = self._fault()
        if fault == "reset" and not in_batch:
            return self._served(method, route.path, route.query, bucket_of(route), Answer(status=0))
        try:
            extra = self._admit(route, method, fault)
            answer = self._tenant.reply(method, url, headers, body, base_url=base_url).adding(extra)
        except GraphError as error:
            answer = self._rendered(error)
        return self._served(method, route.path, route.query, bucket_of(route), answer, in_batch=in_batch)

    def _admit(self, route: Route, method: str, fault: Fault | None) -> dict[str, str]:
        """Count and judge a request; return headers for its answer. Raises GraphError when it is refused."""
        self._strike(fault)
        query = read_query(route.query) if method == "GET" else Query()
        headers = self._throttle.take(route, query) if self._throttle else {}
        self.rules.check(route, query)
        return headers

    def _fault(self) -> Fault | None:
        """Return the fault that is due, if one is."""
        self._judged += 1
        every, faults = self.rules.fault_every, self.rules.faults
        if not every or not faults or self._judged % every:
            return None
        return faults[(self._judged // every - 1) % len(faults)]

    def _strike(self, fault: Fault | None) -> None:
        """Raise the GraphError of a fault, if there is one."""
        if fault:
            raise _failure(fault)

    def _refuse(self, method: str, url: str, error: GraphError) -> Answer:
        route = read_route(url)
        return self._served(method, route.path, route.query, bucket_of(route), self._rendered(error))

    def _rendered(self, error: GraphError) -> Answer:
        request_id = str(UUID(int=len(self.requests) + 1))
        return error_answer(error, at=self._clock(), ids={"request-id": request_id, "client-request-id": request_id})

    def _served(
        self, method: str, path: str, query: str, bucket: str, answer: Answer, *, in_batch: bool = False
    ) -> Answer:
        self.requests.append(
            Served(
                time=self._clock(),
                method=method,
                path=path,
                query=query,
                in_batch=in_batch,
                bucket=bucket,
                status=answer.status,
            )
        )
        return answer


def _bearer(headers: Mapping[str, str]) -> str:
    value = next((value for name, value in headers.items() if name.lower() == "authorization"), "")
    scheme, _, token = value.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _no_token() -> GraphError:
    challenge = {"WWW-Authenticate": 'Bearer realm="", authorization_uri="", client_id=""'}
    return GraphError(401, "InvalidAuthenticationToken", "Access token is empty.", challenge)


def _failure(fault: Fault) -> GraphError:
    if fault == "429":
        return GraphError(429, "TooManyRequests", "Too many requests.", {"Retry-After": "1"})
    if fault == "503":
        return GraphError(503, "serviceNotAvailable", "The service is temporarily unavailable.", {"Retry-After": "1"})
    if fault == "reset":
        return GraphError(504, "UnknownError", "The service behind the batch did not answer.")
    return GraphError(500, "InternalServerError", "An internal error has happened.")
