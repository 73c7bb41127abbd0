"""A Microsoft Graph on loopback that answers $batch with what a test tells it to."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import unquote

from aiohttp import web
from azure.core.credentials import AccessToken

type Reply = dict[str, Any]
"""An item of a batch answer without its id; ``{"drop": True}`` leaves the item out."""
type Rule = Reply | list[Reply] | Callable[[str], Reply]


def ok(body: Any) -> Reply:
    """Return a 200; lists become collections."""
    return {"status": 200, "body": {"value": body} if isinstance(body, list) else body}


def error(status: int, code: str = "", message: str = "", **headers: str) -> Reply:
    """Return an error as Graph writes it."""
    return {
        "status": status,
        "headers": {name.replace("_", "-"): value for name, value in headers.items()},
        "body": {"error": {"code": code, "message": message}},
    }


class FakeGraph:
    """Rules by the longest matching beginning of the relative URL; a list is used up one answer a request."""

    def __init__(self) -> None:
        self.rules: dict[str, Rule] = {}
        self.batches: list[list[str]] = []
        self.tokens: list[str | None] = []
        self.whole: list[Callable[[web.Request], Any]] = []
        """What happens instead to the next POSTs, one each; None for nothing special."""
        self.url = ""

    @property
    def asked(self) -> list[str]:
        """Return every relative URL asked, in order, decoded."""
        return [url for batch in self.batches for url in batch]

    async def batch(self, request: web.Request) -> web.StreamResponse:
        """Answer a $batch, in reverse order as Graph may."""
        self.tokens.append(request.headers.get("Authorization"))
        body = json.loads(await request.read())
        self.batches.append([unquote(item["url"]) for item in body["requests"]])
        if self.whole and (special := self.whole.pop(0)):
            answer = special(request)
            return await answer if asyncio.iscoroutine(answer) else answer
        answers = []
        for item in body["requests"]:
            reply = dict(self.reply(unquote(item["url"])))
            if not reply.pop("drop", False):
                answers.append({"id": item["id"], **reply})
        return web.json_response({"responses": answers[::-1]})

    def reply(self, url: str) -> Reply:
        """Return the answer to one item."""
        match = max((start for start in self.rules if url.startswith(start)), key=len, default=None)
        if match is None:
            return ok([])
        rule = self.rules[match]
        if callable(rule):
            return rule(url)
        if isinstance(rule, list):
            return rule.pop(0) if len(rule) > 1 else rule[0]
        return rule


class Credential:
    """Gives the same token to whoever asks, and remembers for what."""

    def __init__(self) -> None:
        self.scopes: list[tuple[str, ...]] = []

    async def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        """Return a token for an hour from now, far in the future of any test."""
        self.scopes.append(scopes)
        return AccessToken("secret-token", 4102444800)

    async def close(self) -> None:
        """Nothing to end."""


@asynccontextmanager
async def running(graph: FakeGraph) -> AsyncIterator[FakeGraph]:
    """Serve it on a free loopback port."""
    app = web.Application()
    app.router.add_post("/v1.0/$batch", graph.batch)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    graph.url = f"http://127.0.0.1:{port}/v1.0"
    try:
        yield graph
    finally:
        await runner.cleanup()


class Budgets:
    """Buckets on a manual clock: the same promise as ``Coordination.take_budget``."""

    def __init__(self, clock: Callable[[], Any]) -> None:
        self.clock = clock
        self.taken: dict[str, list[tuple[float, int]]] = {}

    async def take_budget(self, bucket: str, cost: int, limit: int, per_seconds: float) -> float:
        """Take from a sliding window, or return the seconds until it fits."""
        now = self.clock().timestamp()
        held = [entry for entry in self.taken.get(bucket, []) if entry[0] > now - per_seconds]
        self.taken[bucket] = held
        excess = sum(entry[1] for entry in held) + cost - limit
        for at, amount in held:
            if excess <= 0:
                break
            excess -= amount
            wait = at + per_seconds - now
            if excess <= 0:
                return max(wait, 0.001)
        held.append((now, cost))
        return 0.0
