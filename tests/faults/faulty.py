"""What goes wrong between a client and a server that is there: one wrapper around any aiohttp handler."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal

from aiohttp import web

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
type Fault = Literal["hang", "reset", "429", "429 in 1", "500", "garbage", "truncated", "drip", "late"]
FAULTS: tuple[Fault, ...] = ("hang", "reset", "429", "429 in 1", "500", "garbage", "truncated", "drip", "late")
"""``429 in 1``: with ``Retry-After: 1``. ``drip``: byte by byte. ``late``: done, and answered when nobody listens."""
TAKEN_IN: frozenset[Fault] = frozenset({"truncated", "drip", "late"})
"""Faults where the server has done what it was asked, and the client cannot know."""
LONG_SECONDS = 1.5
"""Longer than any client of the tests waits."""


_PLAIN: dict[Fault, Callable[[], web.Response]] = {
    "429": lambda: web.json_response({"error": {"code": "TooManyRequests"}}, status=429),
    "429 in 1": lambda: web.json_response({"error": {"code": "Busy"}}, status=429, headers={"retry-after": "1"}),
    "500": lambda: web.json_response({"error": {"code": "InternalServerError"}}, status=500),
    "garbage": lambda: web.Response(body=b"<html>\x00\xff not what you asked for", content_type="text/html"),
}


class Faulty:
    """Answers like the handler, unless a fault is set."""

    def __init__(self, handler: Handler | None, fault: Fault | None) -> None:
        self.handler = handler
        self.fault = fault
        self.faults = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer, or do what goes wrong."""
        assert self.handler is not None
        if self.fault is None:
            return await self.handler(request)
        self.faults += 1
        if self.fault in _PLAIN:
            return _PLAIN[self.fault]()
        if self.fault in TAKEN_IN:
            return await self._badly(request, await self.handler(request))
        if self.fault == "hang":
            await asyncio.sleep(LONG_SECONDS)
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async def _badly(self, request: web.Request, answer: web.StreamResponse) -> web.StreamResponse:
        """Give a good answer in a way that it does not arrive."""
        assert isinstance(answer, web.Response)
        body = bytes(answer.body or b"{}")  # type: ignore[arg-type]
        if self.fault == "late":
            await asyncio.sleep(LONG_SECONDS)
            return answer
        if self.fault == "truncated":
            return web.Response(body=body[: len(body) // 2], content_type="application/json", status=answer.status)
        slow = web.StreamResponse(status=answer.status, headers={"content-length": str(len(body))})
        slow.content_type = "application/json"
        await slow.prepare(request)
        for index in range(len(body)):
            try:
                await slow.write(body[index : index + 1])
            except ConnectionError:
                break
            await asyncio.sleep(LONG_SECONDS / 20)
        return slow
