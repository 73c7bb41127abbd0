"""HTTP answers: JSON bodies, and errors as RFC 9457 problems that never show an exception's text."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any

import azure.functions as func
import msgspec

from shared import clients
from shared.clients import Services
from shared.errors import TriageError
from shared.telemetry import went_wrong

PROBLEM_BASE = "urn:entra-triage:problem:"
HEADERS = {"x-content-type-options": "nosniff", "cache-control": "no-store"}


def json_answer(content: Any, status: int = 200) -> func.HttpResponse:
    """Return content as JSON."""
    return func.HttpResponse(
        msgspec.json.encode(content), status_code=status, mimetype="application/json", headers=HEADERS
    )


def page_answer(content: str, mimetype: str, **headers: str) -> func.HttpResponse:
    """Return a text page."""
    return func.HttpResponse(content, mimetype=mimetype, charset="utf-8", headers={**HEADERS, **headers})


def caller_of(req: func.HttpRequest) -> str:
    """Return a digest that tells one caller from another: of the Easy Auth principal, else of the function key.

    Azure sets the principal's header itself and drops one that a client sends.
    """
    known = req.headers.get("x-ms-client-principal-id") or req.headers.get("x-functions-key") or req.params.get("code")
    return hashlib.sha256(f"caller|{known or 'anonymous'}".encode()).hexdigest()[:16]


async def answered(make: Callable[[Services], Awaitable[func.HttpResponse]]) -> func.HttpResponse:
    """Return what ``make`` answers, or a problem. The one place where an HTTP function catches everything."""
    try:
        return await make(await clients.services())
    except TriageError as error:
        return _problem(type(error).__name__, error.http_status, error.hint)
    except Exception as error:  # noqa: BLE001 - the door to the outside: nothing of the error may show
        went_wrong("http request failed", error)
        return _problem("InternalError", 500, "The log of this invocation has the type of the error.")


def _problem(name: str, status: int, hint: str) -> func.HttpResponse:
    title = name.removesuffix("Error")
    body = {"type": PROBLEM_BASE + title, "title": title, "status": status, "detail": hint}
    return func.HttpResponse(
        msgspec.json.encode(body), status_code=status, mimetype="application/problem+json", headers=HEADERS
    )
