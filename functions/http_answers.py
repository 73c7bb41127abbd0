"""HTTP in and out: strict JSON bodies, JSON answers, errors as RFC 9457 problems that show no exception's text."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any, Literal
from urllib.parse import parse_qsl

import azure.functions as func
import msgspec

from shared.app import App, current_app
from shared.clients import Services
from shared.errors import (
    InvalidRequestError,
    PayloadTooLargeError,
    TriageError,
    UnsupportedMediaTypeError,
)
from shared.telemetry import continuing, of_tenant, traceparent, went_wrong
from shared.tenants.callers import Asking, principal_of
from shared.tenants.choice import services_for

type About = Literal["tenant", "parked", "master", "app"]
"""What a route is about: one tenant; or what is parked, also of none; the same, with the master key; or the app alone.
"""
FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 16
PROBLEM_BASE = "urn:entra-triage:problem:"
HEADERS = {"x-content-type-options": "nosniff", "cache-control": "no-store"}
INTERNAL = "The log of this invocation has the type of the error."
MOST_BYTES = 32 * 1024
TENANT_HEADER = "X-Triage-Tenant"


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """An error, after RFC 9457. ``type`` is stable; ``detail`` tells a person what to do."""

    type: str
    title: str
    status: int
    detail: str


class Listed[T](msgspec.Struct, frozen=True, kw_only=True):
    """A list, in Graph's own form."""

    value: list[T]


def decoded[T](req: func.HttpRequest, kind: type[T], *, most_bytes: int = MOST_BYTES) -> T:
    """Return the body as a type.

    Raises UnsupportedMediaTypeError for what is not called JSON, PayloadTooLargeError, and InvalidRequestError that
    names the field and the expected type, never what was sent.
    """
    if _media_type(req) not in {"", "application/json"}:
        raise UnsupportedMediaTypeError("the body is not called JSON")
    body = _bounded(req, most_bytes)
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise InvalidRequestError("the body does not fit", hint=str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidRequestError("the body is not JSON", hint="Send a JSON object.") from error


def decoded_form[T](req: func.HttpRequest, kind: type[T], *, most_bytes: int = MOST_BYTES) -> T:
    """Return the fields that a page's form sent as a type. Empty fields count as left out.

    Raises what ``decoded`` raises, in the same cases, and InvalidRequestError for a form of another site's page.
    """
    # Every browser says where a form comes from. Without the header it is no browser, and the key alone decides.
    if req.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise InvalidRequestError("a form of another site", hint="Open the page itself and send its form from there.")
    if _media_type(req) != FORM:
        raise UnsupportedMediaTypeError("the body is not called a form", hint=f"Send it as `{FORM}`.")
    body = _bounded(req, most_bytes)
    try:
        pairs = parse_qsl(body.decode(), strict_parsing=True, max_num_fields=MOST_FIELDS, errors="strict")
        # Browsers end a line of a form with two characters, and count it as one.
        return msgspec.convert({name: text.replace("\r\n", "\n") for name, text in pairs}, kind, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidRequestError("the form does not fit", hint=str(error)) from error
    except ValueError as error:
        raise InvalidRequestError("the body is not a form", hint=f"Send `{FORM}` in UTF-8.") from error


def _media_type(req: func.HttpRequest) -> str:
    return str(req.headers.get("content-type", "")).split(";")[0].strip().lower()


def _bounded(req: func.HttpRequest, most_bytes: int) -> bytes:
    body = req.get_body()
    if len(body) > most_bytes:
        raise PayloadTooLargeError("the body is too long", hint=f"Send at most {most_bytes} bytes.")
    return body


def see_other(where: str) -> func.HttpResponse:
    """Send a browser on to where the result of its form is shown."""
    return func.HttpResponse(b"", status_code=303, headers={**HEADERS, "location": where})


def json_answer(content: Any, status: int = 200, **headers: str) -> func.HttpResponse:
    """Return content as JSON."""
    return func.HttpResponse(
        msgspec.json.encode(content),
        status_code=status,
        mimetype="application/json",
        headers={**HEADERS, **{name.replace("_", "-"): value for name, value in headers.items()}},
    )


def page_answer(content: str, mimetype: str, **headers: str) -> func.HttpResponse:
    """Return a text page."""
    return func.HttpResponse(content, mimetype=mimetype, charset="utf-8", headers={**HEADERS, **headers})


def number_of(req: func.HttpRequest, name: str, *, least: int) -> int | None:
    """Return a number of the query; None where it is not there. Raises InvalidRequestError for what is none.

    ``least``: the smallest that is of use, for the hint.
    """
    text = req.params.get(name)
    if text is None:
        return None
    if not (text.isdecimal() and len(text) < 9):
        raise InvalidRequestError(f"{name} is not a number", hint=f"{name} is a whole number from {least}.")
    return int(text)


def wants_async(req: func.HttpRequest) -> bool:
    """Say whether the caller would rather poll (RFC 7240)."""
    preferences = req.headers.get("prefer", "").lower().split(",")
    return any(one.split(";")[0].strip() == "respond-async" for one in preferences)


def caller_of(req: func.HttpRequest, services: Services) -> str:
    """Return a digest that tells one caller from another: of the Easy Auth principal, else of the function key.

    Easy Auth sets the principal's header itself and drops one that a client sends; without it, anybody could write it.
    """
    principal = req.headers.get("x-ms-client-principal-id") if services.settings.easy_auth else None
    known = principal or req.headers.get("x-functions-key") or req.params.get("code")
    return hashlib.sha256(f"caller|{known or 'anonymous'}".encode()).hexdigest()[:16]


def asking_of(req: func.HttpRequest, app: App) -> Asking:
    """Return who asks about which tenant. Raises InvalidRequestError where header and query name two."""
    named = {text.strip().lower() for text in (req.headers.get(TENANT_HEADER), req.params.get("tenant")) if text}
    if len(named) > 1:
        raise InvalidRequestError("two tenants are named", hint=f"Name one: `{TENANT_HEADER}` or `?tenant=`.")
    # Without Easy Auth whoever calls could write this header.
    principal = req.headers.get("x-ms-client-principal") if app.own.settings.easy_auth else None
    return Asking(
        tenant_id=next(iter(named), ""),
        key=req.headers.get("x-functions-key") or req.params.get("code") or "",
        principal=principal_of(principal) if principal else None,
    )


def _services(req: func.HttpRequest, app: App, about: About) -> Services:
    """Return those of the tenant that a request is about. Raises as ``services_for`` does."""
    takes_unassigned = about in {"master", "parked"}
    return services_for(app, asking_of(req, app), is_master=about == "master", takes_unassigned=takes_unassigned)


async def answered(
    req: func.HttpRequest,
    make: Callable[[Services], Awaitable[func.HttpResponse]],
    context: func.Context | None = None,
    *,
    about: About = "tenant",
) -> func.HttpResponse:
    """Return what ``make`` answers for the tenant that a request is about, or a problem.

    The one place where an HTTP function catches everything, and where it is handed a tenant. With the context of the
    invocation, its work belongs to the caller's trace.
    """
    try:
        with continuing(context.trace_context.trace_parent if context else traceparent()):
            app = await current_app()
            services = app.own if about == "app" else _services(req, app, about)
            with of_tenant(services.tenant_id):
                return await make(services)
    except TriageError as error:
        return problem_answer(error)
    except Exception as error:  # noqa: BLE001 - the door to the outside: nothing of the error may show
        went_wrong("http request failed", error)
        return _problem("Internal", 500, INTERNAL)


def problem_answer(error: TriageError, **headers: str) -> func.HttpResponse:
    """Return an error of ours as a problem: its class and its hint, never its message."""
    return _problem(type(error).__name__.removesuffix("Error"), error.http_status, error.hint, **headers)


def _problem(title: str, status: int, hint: str, **headers: str) -> func.HttpResponse:
    body = Problem(type=PROBLEM_BASE + title, title=title, status=status, detail=hint)
    return func.HttpResponse(
        msgspec.json.encode(body),
        status_code=status,
        mimetype="application/problem+json",
        headers={**HEADERS, **headers},
    )
