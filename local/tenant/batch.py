"""Read a ``$batch`` and write its answer: who waits for whom, and one status for each request in it."""

import base64
from collections.abc import Callable, Iterator

import msgspec

from local.tenant.answers import Answer, GraphError, bad_request, error_answer, json_answer

_MOST = 20


class Item(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One request of a batch."""

    id: str
    method: str
    url: str
    headers: dict[str, str] = {}
    body: msgspec.Raw = msgspec.Raw(b"")
    depends_on: list[str] = msgspec.field(name="dependsOn", default_factory=list)

    @property
    def content(self) -> bytes:
        """Return the body's bytes: JSON as it is written, or what a base64 string stands for."""
        raw = bytes(self.body)
        if not raw.startswith(b'"') or self.content_type.startswith("application/json"):
            return raw
        try:
            return base64.b64decode(msgspec.json.decode(raw, type=str), validate=True)
        except ValueError as error:
            raise bad_request("The body of a request that is not JSON must be base64.") from error

    @property
    def content_type(self) -> str:
        """Return the request's content type in lower case, or an empty string."""
        return next((value.lower() for name, value in self.headers.items() if name.lower() == "content-type"), "")

    def check(self) -> None:
        """Raise GraphError 400 for what makes this request alone unusable."""
        if "://" in self.url.partition("?")[0] or self.url.startswith("//"):
            raise bad_request("Invalid batch request: the url must be relative to the version of the service.")
        if self.url.lstrip("/").lower().startswith(("v1.0/", "beta/")):
            raise bad_request("Invalid batch request: the url must not name the version of the service.")
        if self.url.lstrip("/").lower().startswith("$batch"):
            raise bad_request("Invalid batch request: a batch cannot hold a batch.")
        if bytes(self.body) and not self.content_type:
            raise bad_request("Invalid batch request: a request with a body needs a Content-Type header.")


class _Batch(msgspec.Struct, frozen=True):
    requests: list[Item]


def read_batch(method: str, body: bytes) -> list[Item]:
    """Read the items. Raises GraphError 400 (405 unless POST) when the batch as a whole cannot be run."""
    if method != "POST":
        raise GraphError(405, "BadRequest", "A batch is sent with POST.")
    try:
        items = msgspec.json.decode(body, type=_Batch).requests
    except msgspec.DecodeError as error:
        raise bad_request("Invalid batch payload format.") from error
    if not items:
        raise bad_request("Invalid batch payload format: it holds no requests.")
    if len(items) > _MOST:
        raise bad_request(f"Number of batch request steps exceeds the max value of {_MOST}.")
    ids = {item.id.lower() for item in items}
    if len(ids) != len(items) or "" in ids:
        raise bad_request("Request Ids must be unique within a batch.")
    if any(needed.lower() not in ids for item in items for needed in item.depends_on):
        raise bad_request("A request depends on an id that the batch does not hold.")
    return items


def run_batch(items: list[Item], run: Callable[[Item], Answer]) -> Answer:
    """Run each item after those it depends on, and answer all in reverse order: nobody may rely on an order.

    Raises GraphError 400 when items wait for each other in a circle.
    """
    answers: dict[str, Answer] = {}
    for item in _in_turn(items):
        failed = any(answers[needed.lower()].status >= 400 for needed in item.depends_on)
        answers[item.id.lower()] = _failed_dependency() if failed else run(item)
    return json_answer({"responses": [_entry(item, answers[item.id.lower()]) for item in reversed(items)]})


def _in_turn(items: list[Item]) -> Iterator[Item]:
    done: set[str] = set()
    waiting = list(items)
    while waiting:
        ready = [item for item in waiting if all(needed.lower() in done for needed in item.depends_on)]
        if not ready:
            raise bad_request("The requests of the batch depend on each other in a circle.")
        yield from ready
        done |= {item.id.lower() for item in ready}
        waiting = [item for item in waiting if item.id.lower() not in done]


def _failed_dependency() -> Answer:
    return error_answer(GraphError(424, "FailedDependency", "A request that this one depends on has failed."))


def _entry(item: Item, answer: Answer) -> dict[str, object]:
    entry: dict[str, object] = {"id": item.id, "status": answer.status, "headers": answer.headers}
    if answer.body:
        entry["body"] = msgspec.Raw(answer.body) if answer.is_json else base64.b64encode(answer.body).decode()
    return entry
