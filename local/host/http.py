"""The HTTP trigger: a server on the loopback address that routes, checks keys, invokes and answers."""

import hmac
import logging
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Literal, NamedTuple

import msgspec
from aiohttp import web

from local.host.bindings import HttpTrigger
from local.host.errors import HostError
from local.host.invocations import Invoker
from local.host.routes import Route, RouteTable
from local.host.stand_ins import RpcHttp, RpcHttpCookie, TypedData
from local.host.worker import Function, Trace

ADDRESS = "127.0.0.1"
MAX_BODY_BYTES = 104_857_600
"""Azure's limit; FUNCTIONS_REQUEST_BODY_SIZE_LIMIT sets another."""

_logger = logging.getLogger("local.host")
_DRAIN_SECONDS = 60.0
# The server writes these itself, from the body that it sends.
_FRAMING_HEADERS = {"connection", "content-length", "keep-alive", "transfer-encoding", "upgrade"}
_OWN_NAMES = {ADDRESS, "localhost"}
_SAME_SITE: dict[int, Literal["Lax", "Strict", "None"]] = {1: "Lax", 2: "Strict", 3: "None"}


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """What callers must show, in ``x-functions-key`` or ``?code=``. Without keys only anonymous routes answer."""

    function: tuple[str, ...] = ()
    """Open the routes of level ``function``."""
    master: str = ""
    """Opens those of level ``admin`` too."""

    def open(self, level: str, shown: str) -> bool:
        """Whether a key opens a route of a level; compares all of them in constant time."""
        if level == "anonymous":
            return True
        accepted = (self.master,) if level == "admin" else (self.master, *self.function)
        return any([_same(key, shown) for key in accepted if key])  # noqa: C419 - stopping early would tell which


class _Target(NamedTuple):
    function: Function
    trigger: HttpTrigger


class HttpServer:
    """Serves the app's HTTP functions, and pages of the host's own beside them."""

    def __init__(
        self,
        functions: Iterable[tuple[Function, HttpTrigger]],
        *,
        invoker: Invoker,
        keys: Keys,
        route_prefix: str,
        max_body_bytes: int = MAX_BODY_BYTES,
        pages: Sequence[web.AbstractRouteDef] = (),
    ) -> None:
        """Raise HostError when two functions answer the same request."""
        self._keys = keys
        self._invoker = invoker
        self._routes = RouteTable(
            [
                (Route(f"{route_prefix}/{_template(function, trigger)}"), trigger.methods, _Target(function, trigger))
                for function, trigger in functions
            ]
        )
        app = web.Application(client_max_size=max_body_bytes, middlewares=[_refuse_foreign_hosts])
        app.add_routes([*pages, web.route("*", r"/{path:[\s\S]*}", self._answer)])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=_DRAIN_SECONDS)
        self.port: int | None = None

    async def start(self, port: int) -> None:
        """Listen; port 0 takes a free one. Raises HostError when the port is taken."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, ADDRESS, port)
        try:
            await site.start()
        except OSError as error:
            await self._runner.cleanup()
            raise HostError(
                f"port {port} cannot be used: {os.strerror(error.errno or 0)}", hint="Choose another port."
            ) from error
        self.port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Stop listening and let the requests that are being answered finish."""
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        found = self._routes.find(request.method, request.rel_url.raw_path)
        if found is None:
            return web.Response(status=404)
        target, parameters = found
        shown = request.headers.get("x-functions-key") or request.query.get("code", "")
        if not self._keys.open(target.trigger.auth_level, shown):
            return web.Response(status=401)
        parent = request.headers.get("traceparent")
        trace = None if parent is None else Trace(parent, request.headers.get("tracestate", ""))
        outcome = await self._invoker.run(
            target.function,
            "http",
            {target.trigger.name: await _request_value(request, parameters)},
            trace=trace,
        )
        if not outcome.ok:
            return web.Response(status=500)
        try:
            return _response(outcome.value)
        except ValueError as error:
            # A status, header or cookie that cannot be sent; its text may come from an attacker.
            fields = {"function": target.function.name, "error_type": type(error).__name__}
            _logger.error("response cannot be sent", extra=fields)  # noqa: TRY400
            return web.Response(status=500)


@web.middleware
async def _refuse_foreign_hosts(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer only under a name of this machine: a web page whose own name resolves to it must not read its pages."""
    if request.url.host not in _OWN_NAMES:
        return web.Response(status=421)
    return await handler(request)


def _template(function: Function, trigger: HttpTrigger) -> str:
    return function.name if trigger.route is None else trigger.route.strip("/")


def _same(key: str, shown: str) -> bool:
    return hmac.compare_digest(key.encode(), shown.encode(errors="surrogateescape"))


async def _request_value(request: web.Request, parameters: Mapping[str, str]) -> TypedData:
    return TypedData(
        http=RpcHttp(
            method=request.method,
            url=str(request.url),
            headers=_joined((name.lower(), value) for name, value in request.headers.items()),
            query=_joined(request.query.items()),
            params=dict(parameters),
            body=TypedData(bytes=await request.read()),
        )
    )


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return one value a name; repeated ones joined by commas, as the Functions host does."""
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return {name: ",".join(several) for name, several in values.items()}


def _response(value: TypedData | None) -> web.Response:
    """Turn what the function returned into a response. Raises ValueError when it cannot be sent."""
    if value is None:
        return web.Response(status=204)
    if value.WhichOneof("data") != "http":
        return web.Response(text=str(value.string))
    http = value.http
    status = int(http.status_code)
    if not 200 <= status <= 599:
        raise ValueError("status")
    headers = {name: text for name, text in http.headers.items() if name.lower() not in _FRAMING_HEADERS}
    if any(mark in text for pair in headers.items() for text in pair for mark in "\r\n\0"):
        raise ValueError("header")
    response = web.Response(status=status, headers=headers, body=http.body.bytes or b"")
    for cookie in http.cookies or ():
        _set_cookie(response, cookie)
    return response


def _set_cookie(response: web.Response, cookie: RpcHttpCookie) -> None:
    expires = _boxed(cookie.expires)
    max_age = _boxed(cookie.max_age)
    response.set_cookie(
        cookie.name,
        cookie.value,
        domain=_boxed(cookie.domain) or None,
        path=_boxed(cookie.path) or "/",
        expires=format_datetime(datetime.fromtimestamp(expires.seconds, UTC), usegmt=True) if expires else None,
        max_age=None if max_age is None else int(max_age),
        secure=_boxed(cookie.secure),
        httponly=_boxed(cookie.http_only),
        samesite=_SAME_SITE.get(cookie.same_site),
    )


def _boxed(nullable: Any) -> Any:
    return None if nullable is None else nullable.value
