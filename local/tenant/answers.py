"""What the stand-in sends back: one answer, one error, both as Microsoft Graph writes them."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

GRAPH_URL = "https://graph.microsoft.com/v1.0"
JSON = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
TEXT = "text/plain"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP answer: status, headers by their usual spelling, and the body's bytes."""

    status: int
    headers: dict[str, str] = {}
    body: bytes = b""

    @property
    def is_dropped(self) -> bool:
        """Say whether no answer is sent at all: the connection is cut (status 0)."""
        return self.status == 0

    @property
    def is_json(self) -> bool:
        """Say whether the body is JSON."""
        return self.headers.get("Content-Type", "").startswith("application/json")

    def adding(self, headers: Mapping[str, str]) -> "Answer":
        """Return the same answer with more headers."""
        return msgspec.structs.replace(self, headers={**self.headers, **headers})


class GraphError(Exception):
    """An error as Graph answers it: HTTP status, code, message for developers."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})


def bad_request(message: str) -> GraphError:
    """Return the error of a request that Graph cannot read."""
    return GraphError(400, "BadRequest", message)


def unsupported(message: str) -> GraphError:
    """Return the error of a query that the directory does not run."""
    return GraphError(400, "Request_UnsupportedQuery", message)


def not_found(what: str) -> GraphError:
    """Return the error of an object that is not there; ``what`` is its id or the navigation's name."""
    return GraphError(
        404,
        "Request_ResourceNotFound",
        f"Resource '{what}' does not exist or one of its queried reference-property objects are not present.",
    )


def denied(message: str = "Insufficient privileges to complete the operation.") -> GraphError:
    """Return the error of a missing permission."""
    return GraphError(403, "Authorization_RequestDenied", message)


def json_answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """Return an answer with a JSON body."""
    return Answer(status=status, headers={"Content-Type": JSON, **(headers or {})}, body=msgspec.json.encode(value))


def text_answer(text: str) -> Answer:
    """Return a 200 with plain text, as ``/$count`` does."""
    return Answer(status=200, headers={"Content-Type": TEXT}, body=text.encode())


def error_answer(error: GraphError, *, at: datetime | None = None, ids: Mapping[str, str] | None = None) -> Answer:
    """Return an error as Graph's JSON; ``at`` and ``ids`` fill ``innerError`` as the live service does."""
    body: dict[str, object] = {"code": error.code, "message": error.message}
    if at is not None:
        body["innerError"] = {"date": at.strftime("%Y-%m-%dT%H:%M:%S"), **(ids or {})}
    return json_answer({"error": body}, error.status, error.headers)
