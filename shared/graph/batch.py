"""Send up to 20 GETs as one raw $batch and return each item's own answer.

Not the SDK's batch classes: in 1.65.0 they drop JSON bodies (kiota-python #737), ignore given ids and import a package
that they do not declare (msgraph-sdk-python-core #1030).
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from shared.errors import AccessDeniedError, DependencyError, DependencyUnavailableError

if TYPE_CHECKING:
    from shared.graph.client import Graph

MAX_REQUESTS = 20
UNAUTHORIZED, FORBIDDEN, REQUEST_TIMEOUT, TOO_MANY = 401, 403, 408, 429


class Request(msgspec.Struct, frozen=True):
    """One item of a batch: an id that is ours, and a URL relative to the version root."""

    id: str
    url: str
    method: str = "GET"
    headers: dict[str, str] | msgspec.UnsetType = msgspec.UNSET


class Response(msgspec.Struct, frozen=True):
    """One item's answer. ``body`` stays raw JSON until somebody decodes what they need of it."""

    id: str
    status: int
    headers: dict[str, str] = {}
    body: msgspec.Raw = msgspec.Raw(b"null")

    def header(self, name: str) -> str | None:
        """Return a header whatever its case."""
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), None)


class _Envelope(msgspec.Struct):
    responses: list[msgspec.Raw]


async def post_batch(
    graph: "Graph", requests: Sequence[Request], seconds: float, root: str = ""
) -> dict[str, Response]:
    """Return the readable answers by id, in any order; ids that Graph left out or garbled are missing.

    ``root``: where the version's paths begin; the connection's own when empty.
    Raises DependencyUnavailableError (429, 5xx, time-out, no connection, an answer that is no batch),
    AccessDeniedError (401, 403, no token) or DependencyError (another 4xx) when the POST as a whole failed.
    """
    raw = await _post(graph, root or graph.root, msgspec.json.encode({"requests": requests}), seconds)
    try:
        parts = msgspec.json.decode(raw, type=_Envelope).responses
    except msgspec.DecodeError as error:
        raise DependencyUnavailableError("Graph answered no batch", code="malformed") from error
    answers = [answer for part in parts if (answer := _response(part)) is not None]
    wanted = {request.id for request in requests}
    return {answer.id: answer for answer in answers if answer.id in wanted}


async def _post(graph: "Graph", root: str, body: bytes, seconds: float) -> bytes:
    """POST through the SDK's adapter (token, claims challenge, telemetry) and translate what goes wrong."""
    import httpx
    from azure.core.exceptions import AzureError, ClientAuthenticationError
    from kiota_abstractions.api_error import APIError
    from kiota_abstractions.method import Method
    from kiota_abstractions.request_information import RequestInformation

    info = RequestInformation()
    info.http_method = Method.POST
    info.url = f"{root}/$batch"
    info.headers.try_add("Accept", "application/json")
    info.set_stream_content(body, "application/json")
    try:
        async with asyncio.timeout(seconds):
            raw = await graph.adapter.send_primitive_async(info, "bytes", {})
    except APIError as error:
        raise _refusal(error.response_status_code or 0, error.response_headers) from error
    except (TimeoutError, httpx.TimeoutException) as error:
        raise DependencyUnavailableError("Graph did not answer in time", code="timeout") from error
    except httpx.HTTPError as error:
        raise DependencyUnavailableError("no connection to Graph", code=type(error).__name__) from error
    except ClientAuthenticationError as error:
        raise AccessDeniedError("no token for Graph", code="no_token") from error
    except AzureError as error:
        raise DependencyUnavailableError("no token for Graph", code=type(error).__name__) from error
    return raw if isinstance(raw, bytes) else b""


def _refusal(status: int, headers: Mapping[str, str] | None) -> DependencyError:
    message = f"Graph refused the batch with {status}"
    if status in {UNAUTHORIZED, FORBIDDEN}:
        return AccessDeniedError(message, status=status)
    if status in {REQUEST_TIMEOUT, TOO_MANY} or status >= 500 or status == 0:
        text = (headers or {}).get("Retry-After") or ""
        wait = float(text) if text.strip().isdigit() else None
        return DependencyUnavailableError(message, status=status, retry_after_seconds=wait)
    return DependencyError(message, status=status)


def _response(part: msgspec.Raw) -> Response | None:
    """Return one item, or None for one that cannot be read: it is then treated as missing."""
    try:
        return msgspec.json.decode(part, type=Response)
    except msgspec.DecodeError:
        return None
