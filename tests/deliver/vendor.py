"""A vendor's service on loopback: what it saw, and the faults that a test asks of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from aiohttp import web

BODY = web.RequestKey("body", bytes)


class Seen(msgspec.Struct, frozen=True):
    """One request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Return the decoded body."""
        return msgspec.json.decode(self.body)


class Fault(msgspec.Struct, frozen=True):
    """What goes wrong with the next request of a method."""

    method: str
    status: int = 0
    headers: dict[str, str] = {}
    body: bytes = b""
    path: str = ""
    """How its path must end."""
    after: bool = False
    """The request is carried out and its answer lost: what a crash or a cut line looks like from outside."""
    seconds: float = 0


class Ticket(msgspec.Struct, frozen=True):
    """A ticket of any vendor, as the contract looks at it."""

    id: str
    title: str
    text: str
    comments: list[str]
    done: bool


class Vendor:
    """Base of the vendors: routes of its own, ``tickets``, and what people do there by hand."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.faults: list[Fault] = []
        self.url = ""

    def routes(self) -> list[web.RouteDef]:
        """Return its routes."""
        raise NotImplementedError

    def tickets(self) -> list[Ticket]:
        """Return its tickets, oldest first."""
        raise NotImplementedError

    def settle(self, ticket: str, *, done: bool) -> None:
        """Finish or reopen a ticket as a person would."""
        raise NotImplementedError

    def delete(self, ticket: str) -> None:
        """Delete a ticket as a person would."""
        raise NotImplementedError

    def sent(self, *methods: str) -> list[Seen]:
        """Return the requests with one of the methods."""
        return [seen for seen in self.seen if seen.method in methods]

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Vendor"]:
        """Serve on a free port of loopback."""
        app = web.Application(middlewares=[self._middleware], client_max_size=2**24)
        app.add_routes(self.routes())
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield self
        await runner.cleanup()

    @web.middleware
    async def _middleware(self, request: web.Request, handler: Any) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.seen.append(Seen(request.method, request.path, dict(request.query), headers, await request.read()))
        request[BODY] = self.seen[-1].body
        fault = next((f for f in self.faults if f.method == request.method and request.path.endswith(f.path)), None)
        if fault is None:
            return await handler(request)
        self.faults.remove(fault)
        if fault.seconds:
            await asyncio.sleep(fault.seconds)
        if fault.after:
            await handler(request)
            assert request.transport is not None
            request.transport.close()
        return web.Response(status=fault.status or 500, headers=fault.headers, body=fault.body)
