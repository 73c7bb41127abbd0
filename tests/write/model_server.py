"""A loopback endpoint that speaks the chat completions protocol from a script, one entry a request."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from openai import AsyncOpenAI

type Reply = Callable[[web.Request], Any]


class ModelServer:
    """Answers request after request from its script, the last entry for all that follow; keeps what it was asked."""

    def __init__(self, *script: Reply) -> None:
        self.script = list(script)
        self.requests: list[dict[str, Any]] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one chat completion."""
        self.requests.append(await request.json())
        reply = self.script[min(len(self.requests), len(self.script)) - 1]
        answer = reply(request)
        if asyncio.iscoroutine(answer):
            answer = await answer
        assert isinstance(answer, web.StreamResponse)
        return answer

    def data(self, index: int = 0) -> dict[str, Any]:
        """Return the evidence that a request carried."""
        data: dict[str, Any] = json.loads(self.requests[index]["messages"][1]["content"])
        return data


@asynccontextmanager
async def serving(server: ModelServer) -> AsyncIterator[AsyncOpenAI]:
    """Run the endpoint on loopback; yield a real client of it."""
    app = web.Application()
    app.router.add_post("/v1/chat/completions", server.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    client = AsyncOpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="not-a-key")
    try:
        yield client
    finally:
        await client.close()
        await runner.cleanup()


def says(content: Any, *, finish: str = "stop", refusal: str | None = None) -> Reply:
    """Answer 200 with a message; a dict becomes JSON text."""
    text = content if isinstance(content, str) or content is None else json.dumps(content)
    message = {"role": "assistant", "content": text, "refusal": refusal}
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "scripted",
        "choices": [{"index": 0, "finish_reason": finish, "message": message}],
        "usage": {"prompt_tokens": 1200, "completion_tokens": 210, "total_tokens": 1410},
    }
    return lambda _request: web.json_response(body)


def fails(status: int, headers: dict[str, str] | None = None, **error: Any) -> Reply:
    """Answer with an HTTP error."""
    body = {"error": {"message": "no", "type": "error", "param": None, "code": None, **error}}
    return lambda _request: web.json_response(body, status=status, headers=headers)


def raw(text: str, content_type: str = "application/json") -> Reply:
    """Answer 200 with a body that is no completion."""
    return lambda _request: web.Response(text=text, content_type=content_type)


def hangs(_request: web.Request) -> Any:
    """Never answer."""

    async def wait() -> web.Response:
        await asyncio.sleep(60)
        return web.Response()

    return wait()


def resets(request: web.Request) -> Any:
    """Cut the connection instead of answering."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()
