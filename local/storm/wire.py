"""The stand-in Graph without a network: the SDK's own HTTP client, whose requests are answered in this process."""

import asyncio

import httpx

from local.tenant import StandIn

URL = "http://127.0.0.1/v1.0"


class Wire(httpx.AsyncBaseTransport):
    """Carries each request to a stand-in, which takes its latency by the loop's own time."""

    def __init__(self, stand_in: StandIn) -> None:
        self.stand_in = stand_in

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request. Raises httpx.ReadError where the stand-in cuts the connection."""
        body = await request.aread()
        await asyncio.sleep(self.stand_in.rules.latency_ms / 1000)
        path = request.url.raw_path.decode()
        answer = self.stand_in.answer(request.method, path, request.headers, body, base_url=URL)
        if answer.is_dropped:
            raise httpx.ReadError("the connection was cut", request=request)
        return httpx.Response(answer.status, headers=dict(answer.headers), content=answer.body)
