"""The model as a setting: both kinds of endpoint, from the environment's words to the ticket's."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web

from shared.settings import Settings
from shared.state.interface import TICKET_QUEUE
from tests.systems import risk_body, stepped, take_in, triage_due


class Endpoint:
    """A model endpoint that says the verdict, and a lie about an address."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[tuple[str, dict[str, str], dict[str, Any]]] = []

    async def answer(self, request: web.Request) -> web.Response:
        """Answer any chat completion in the schema that it asks for."""
        asked = await request.json()
        self.requests.append((request.path_qs, dict(request.headers), asked))
        schema = asked["response_format"]["json_schema"]["schema"]
        if "sentences" in schema["properties"]:
            said: dict[str, Any] = {"sentences": []}
        else:
            cite = "F1"
            said = {name: [] for name in schema["properties"]}
            said["headline"] = {"text": "This account is assessed as suspicious.", "cites": ["token_theft_pattern"]}
            said["why"] = [{"text": "The attacker came from 192.0.2.254.", "cites": [cite]}]
        message = {"role": "assistant", "content": json.dumps(said)}
        return web.json_response(
            {
                "id": "1",
                "object": "chat.completion",
                "created": 1,
                "model": "scripted",
                "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
                "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
            }
        )


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    """Serve the endpoint on loopback, on any path."""
    made = Endpoint()
    app = web.Application()
    app.router.add_post("/{tail:.*}", made.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


@pytest.mark.parametrize("provider", ["openai", "azure"])
async def test_the_model_writes_what_holds_and_the_template_the_rest(
    provider: str, endpoint: Endpoint, tmp_path: Path
) -> None:
    """True words of the model reach the ticket, its lie does not, and no name or address reached the model."""
    settings = Settings.from_env(
        {
            "TRIAGE_MODEL_PROVIDER": provider,
            "TRIAGE_MODEL": "triage-model",
            "TRIAGE_MODEL_URL": endpoint.url + ("/v1" if provider == "openai" else ""),
            "TRIAGE_MODEL_API_KEY": "a-key" if provider == "openai" else "",
        }
    )
    async with stepped(tmp_path, settings=settings) as (system, _):
        await take_in(system, risk_body(1))
        await triage_due(system)
        body = (await system.services.state.peek(TICKET_QUEUE))[0]
    ticket = msgspec.json.decode(body)
    assert ticket["headline"] == "This account is assessed as suspicious."
    assert ticket["writtenBy"] == "triage-model"
    assert b"192.0.2.254" not in body
    assert "1 sentence of the model was cut by the evidence check" in ticket["text"].replace("\\", "")
    path, headers, _ = endpoint.requests[0]
    if provider == "azure":
        assert path.startswith("/openai/deployments/triage-model/chat/completions?api-version=")
        assert headers["Authorization"].startswith("Bearer ey")
    else:
        assert path == "/v1/chat/completions"
        assert headers["Authorization"] == "Bearer a-key"
    sent = json.dumps([asked for _, _, asked in endpoint.requests])
    for private in ("Anna", "anna.lind", "203.0.113.7"):
        assert private not in sent


async def test_a_model_that_is_down_costs_no_ticket(tmp_path: Path) -> None:
    """The template writes instead, and the ticket says so."""
    settings = Settings(model_provider="openai", model="m", model_url="http://127.0.0.1:9/v1", model_timeout_seconds=2)
    async with stepped(tmp_path, settings=settings) as (system, _):
        await take_in(system, risk_body(1))
        await triage_due(system)
        ticket = msgspec.json.decode((await system.services.state.peek(TICKET_QUEUE))[0])
    assert ticket["writtenBy"] == "template"
    assert "the template stepped in" in ticket["text"]
