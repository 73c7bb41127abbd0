"""The door: a running system with a small tenant, callers who knock, and a planner that says what a test wants."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from local.host.http import Keys
from local.system import System, running
from local.tenant import Tenant
from shared.ask import run
from shared.ask.plan import Context, Declined, NeedInput, Plan, Step
from shared.clock import ManualClock
from shared.settings import Settings
from tests.systems import ANNA, KEY, NOW, TENANT_ID

OTHER_KEY = "another-function-key-for-tests"
MASTER_KEY = "a-master-key-for-tests"
BO = "11111111-aaaa-4bbb-8ccc-000000000002"
TWIN = "11111111-aaaa-4bbb-8ccc-000000000003"
HOSTILE = "11111111-aaaa-4bbb-8ccc-000000000004"
ANNA_UPN = "anna.lind@woodgrovebank.com"
SETTINGS = Settings(tenant_id=TENANT_ID)


def person(user_id: str, name: str, upn: str, *, enabled: bool = True) -> dict[str, Any]:
    """Return a user as Graph has it."""
    return {
        "id": user_id,
        "displayName": name,
        "userPrincipalName": upn,
        "userType": "Member",
        "accountEnabled": enabled,
    }


TENANT: dict[str, Any] = {
    "users": [
        person(ANNA, "Anna Lind", ANNA_UPN),
        person(BO, "Bo Berg", "bo.berg@woodgrovebank.com", enabled=False),
        person(TWIN, "Bo Berg", "bo.berg2@woodgrovebank.com"),
        person(HOSTILE, "[pay](http://evil.example) <b>|x|</b>", "h@woodgrovebank.com"),
    ]
}
BOOK: dict[str, Any] = {
    "name": "Who is <it>",
    "description": "A book",
    "prompts": [
        {"promptType": "Prompt", "content": "account of this user", "sequenceNumber": 2},
        {"promptType": "Prompt", "content": "account of <UPN>", "sequenceNumber": 1, "plugins": ["Entra"]},
        {"content": "weather", "sequenceNumber": 3},
    ],
    "promptbookinputs": [{"name": "upn", "description": "User principal name"}],
    "visibility": "Private",
    "tags": [],
}
"""A promptbook as a maker sends it: its prompts out of order, one of which is declined."""


class Scripted:
    """A planner that knows three things: accounts, whoever was talked about, and that the weather is off topic."""

    def __init__(self) -> None:
        self.contexts: list[Context] = []

    async def plan(self, prompt: str, context: Context) -> Plan | NeedInput | Declined:
        """Return a step about the account of whoever follows ``of``; ``this user`` is the session's."""
        self.contexts.append(context)
        if "weather" in prompt:
            return Declined(reason="The weather is not in Entra.", prompts=("Is this user's account enabled?",))
        known = [context.subject, *context.recent]
        steps = []
        for name in prompt.split(" of ", 1)[-1].rstrip("?").split(" and of "):
            who = next((ref for ref in known if ref), None) if name == "this user" else name
            steps.append(Step(skill="user_account_state", inputs={"user": who} if who else {}))
        return Plan(steps=tuple(steps))


class Door:
    """Asks the running app, as one caller or another."""

    def __init__(self, http: aiohttp.ClientSession, system: System, clock: ManualClock) -> None:
        self.system = system
        self.clock = clock
        self._http = http

    async def send(
        self, method: str, path: str, body: Any = None, *, key: str = KEY, data: bytes | None = None, **headers: str
    ) -> tuple[int, Any, dict[str, str]]:
        """Return status, parsed body and headers (lower case)."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        given = {"x-functions-key": key, **named}
        if data is not None:
            given.setdefault("content-type", "application/json")
        async with self._http.request(
            method, self.system.host.url + path, json=body, data=data, headers=given
        ) as answer:
            text = await answer.text()
            is_json = answer.content_type.endswith(("/json", "+json")) and bool(text)
            parsed = await answer.json(content_type=None) if is_json else text
            return answer.status, parsed, {name.lower(): value for name, value in answer.headers.items()}

    async def ask(self, prompt: str, *, key: str = KEY, **more: Any) -> Any:
        """Return the answer to a prompt."""
        status, body, _ = await self.send("POST", "/api/prompts", {"prompt": prompt, **more}, key=key)
        assert status == 200, body
        return body

    async def get(self, path: str, *, key: str = KEY) -> Any:
        """Return the body of a GET that works."""
        status, body, _ = await self.send("GET", path, key=key)
        assert status == 200, body
        return body


@asynccontextmanager
async def door(
    folder: Path, *, tenant: dict[str, Any] | None = None, settings: Settings = SETTINGS, now: datetime = NOW
) -> AsyncIterator[Door]:
    """Run the system step by step, with two callers' keys."""
    clock = ManualClock(now)
    async with (
        running(
            Tenant.load(tenant or TENANT),
            folder,
            settings,
            clock=clock,
            sleep=clock.sleep,
            mode="stepped",
            port=0,
            keys=Keys(function=(KEY, OTHER_KEY), master=MASTER_KEY),
        ) as system,
        aiohttp.ClientSession() as http,
    ):
        yield Door(http, system, clock)


@pytest.fixture
def planner(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    """Put the scripted planner in the real one's place."""
    scripted = Scripted()
    monkeypatch.setattr(run, "planner_of", lambda *_: scripted)
    return scripted


def failing(path: str, status: int, code: str) -> dict[str, Any]:
    """Return the tenant with a path that fails."""
    return {**TENANT, path: {"$error": {"status": status, "code": code}}}


def skill_that(monkeypatch: pytest.MonkeyPatch, look: Callable[..., Any]) -> None:
    """Have the account skill do something else."""
    import msgspec

    from shared.ask.catalogue import skills

    known = skills()
    changed = msgspec.structs.replace(known["user_account_state"], look=look)
    monkeypatch.setitem(known, "user_account_state", changed)
