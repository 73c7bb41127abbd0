"""Serve a stand-in tenant over HTTP on loopback."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Self
from uuid import uuid4

from aiohttp import web

from local.tenant.answers import Answer
from local.tenant.rules import Rules
from local.tenant.stand_in import Served, StandIn
from local.tenant.tenant import Tenant
from shared.clock import Clock, system_clock

_HOST = "127.0.0.1"
_MOST_BYTES = 4 * 1024 * 1024
"""Graph takes no larger request body."""


class TenantServer:
    """Microsoft Graph v1.0 for one tenant file, at ``url``.

    ``async with TenantServer(tenant) as server:`` starts it on a free port and stops it.
    """

    def __init__(
        self,
        tenant: Tenant,
        rules: Rules | None = None,
        *,
        clock: Clock = system_clock,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Prepare a server; ``sleep`` takes seconds and makes the latency."""
        self.stand_in = StandIn(tenant, rules, clock)
        self._sleep = sleep
        self._runner: web.AppRunner | None = None
        self._port = 0

    async def start(self, port: int = 0) -> str:
        """Listen on a port of 127.0.0.1, a free one for 0. Return ``url``. Raises OSError when it is taken."""
        app = web.Application(client_max_size=_MOST_BYTES)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, _HOST, port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self.url

    async def stop(self) -> None:
        """Close the port and the connections. Stopping twice is no error."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        """Start on a free port."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.stop()

    @property
    def url(self) -> str:
        """Return the base URL, ``http://127.0.0.1:PORT/v1.0``: what a Graph client takes for the service's."""
        return f"http://{_HOST}:{self._port}/v1.0"

    @property
    def requests(self) -> list[Served]:
        """Return every request that was answered, batch items too."""
        return self.stand_in.requests

    @property
    def refused(self) -> int:
        """Return how many requests were answered 429."""
        return self.stand_in.refused

    @property
    def round_trips(self) -> int:
        """Return how many HTTP requests came in."""
        return self.stand_in.round_trips

    @property
    def writes(self) -> list[Served]:
        """Return the requests that asked for a change: all were refused."""
        return self.stand_in.writes

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        if self.stand_in.rules.latency_ms:
            await self._sleep(self.stand_in.rules.latency_ms / 1000)
        answer = self.stand_in.answer(request.method, request.raw_path, request.headers, body, base_url=self.url)
        if answer.is_dropped:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()  # goes nowhere: the connection is gone
        return _response(request, answer)


def _response(request: web.Request, answer: Answer) -> web.Response:
    """Return the answer for HTTP, with the ids that Graph adds to each."""
    headers = {**answer.headers, "request-id": str(uuid4())}
    headers["client-request-id"] = request.headers.get("client-request-id", headers["request-id"])
    return web.Response(status=answer.status, headers=headers, body=answer.body)
