"""Two tenants in one app that look alike on purpose: the same user ids, the same address, at the same time."""

import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import aiohttp
import msgspec

from local.host.http import Keys
from local.system import RISK_HUB, System, running
from local.tenant import Tenant
from local.ticket_desk import TicketDesk, webhook_secret
from shared.clock import ManualClock
from shared.settings import Settings
from shared.tenants.file import read_tenants
from tests.systems import ANNA, KEY, MASTER_KEY, NOW

A, B = "aaaaaaaa-0000-4000-8000-00000000000a", "bbbbbbbb-0000-4000-8000-00000000000b"
MSSP, STRANGER = "cccccccc-0000-4000-8000-00000000000c", "dddddddd-0000-4000-8000-00000000000d"
KEY_OF_A = "a-function-key-of-woodgrove"
ADDRESS = "203.0.113.7"
OWN_USER = {A: "aaaaaaaa-1111-4111-8111-000000000001", B: "bbbbbbbb-2222-4222-8222-000000000002"}
"""A user whose id only this tenant has."""
DOMAIN = {A: "woodgrovebank.example", B: "fabrikam.example"}
NAME = {A: "Anna Lind", B: "Bertil Quist"}
"""Of one and the same object id."""
BOSS = {A: "Wanda Woodgrove", B: "Frida Fabrikam"}
WORDS = {
    tenant: (tenant, tenant.replace("-", ""), OWN_USER[tenant], DOMAIN[tenant], NAME[tenant], BOSS[tenant])
    for tenant in (A, B)
}
"""What only one of them may ever see; ids of cases come on top."""


def user(tenant: str, user_id: str) -> dict[str, Any]:
    """Return a user as Graph tells it."""
    name = NAME[tenant] if user_id == ANNA else BOSS[tenant]
    upn = f"{name.replace(' ', '.').lower()}@{DOMAIN[tenant]}"
    return {"id": user_id, "displayName": name, "userPrincipalName": upn, "userType": "Member", "accountEnabled": True}


def graph(tenant: str, **more: Any) -> Tenant:
    """Return a tenant's Graph: two users, one of whom the other reports to."""
    boss = {"@odata.type": "#microsoft.graph.user", **user(tenant, OWN_USER[tenant])}
    users = [user(tenant, ANNA), user(tenant, OWN_USER[tenant])]
    return Tenant.load({"users": users, f"users/{ANNA}/manager": boss, **more})


def risk(tenant: str, number: int, *, user_id: str = ANNA) -> dict[str, Any]:
    """Return a record of a risky detection; its number is the tenant's own."""
    at, who = _text(30), user(tenant, user_id)
    properties = {
        "id": hashlib.sha256(f"{tenant}{number}".encode()).hexdigest(),
        "userId": user_id,
        "userPrincipalName": who["userPrincipalName"],
        "userDisplayName": who["displayName"],
        "riskType": "generic",
        "riskEventType": "anomalousToken",
        "riskState": "atRisk",
        "riskLevel": "medium",
        "riskDetail": "none",
        "activityDateTime": at,
        "detectedDateTime": at,
        "lastUpdatedDateTime": at,
        "ipAddress": ADDRESS,
    }
    return {"time": at, "category": "UserRiskEvents", "tenantId": tenant, "properties": properties}


def tried(tenant: str, number: int, *, minutes_ago: float, error_code: int = 50126) -> dict[str, Any]:
    """Return a sign-in of user ``number`` from the address that both tenants see."""
    at = _text(minutes_ago)
    properties = {
        "id": hashlib.sha256(f"{tenant}{number}{minutes_ago}".encode()).hexdigest()[:36],
        "createdDateTime": at,
        "userId": f"00000000-0000-4000-8000-{number:012d}",
        "userPrincipalName": f"user{number}@{DOMAIN[tenant]}",
        "userDisplayName": f"User {number} of {DOMAIN[tenant]}",
        "appId": "11111111-1111-4111-8111-111111111111",
        "appDisplayName": "Office 365",
        "ipAddress": ADDRESS,
        "isInteractive": True,
        "status": {"errorCode": error_code},
    }
    return {"time": at, "category": "SignInLogs", "tenantId": tenant, "properties": properties}


def body(*records: dict[str, Any]) -> bytes:
    """Return a message that holds records of both."""
    return msgspec.json.encode({"records": records})


def digest(key: str) -> str:
    """Return a function key as the file of tenants has it."""
    return hashlib.sha256(key.encode()).hexdigest()


class Two:
    """The running app, asked over HTTP for one tenant."""

    def __init__(
        self, system: System, http: aiohttp.ClientSession, desks: dict[str, TicketDesk], clock: ManualClock
    ) -> None:
        self.system = system
        self.clock = clock
        self.desks = desks
        self.answers: dict[str, list[bytes]] = {A: [], B: []}
        """Every byte that was answered about a tenant."""
        self._http = http

    async def ask(
        self, method: str, path: str, tenant: str = "", *, key: str = KEY, given: Any = None, **headers: str
    ) -> tuple[int, Any, dict[str, str]]:
        """Send a request; return status, parsed body and headers."""
        headers = {"x-functions-key": key, **({"x-triage-tenant": tenant} if tenant else {}), **headers}
        async with self._http.request(method, self.system.host.url + path, headers=headers, json=given) as answer:
            content = await answer.read()
            if tenant in self.answers:
                self.answers[tenant].append(content + repr(answer.headers).encode())
            is_json = answer.content_type in {"application/json", "application/problem+json"}
            return answer.status, msgspec.json.decode(content) if is_json else content, dict(answer.headers)

    async def take_in(self, *bodies: bytes) -> None:
        """Send event bodies and have them taken in and triaged."""
        for one in bodies:
            self.system.events.append(RISK_HUB, [one])
        while await self.system.host.step_event_hubs():
            pass
        while await self.system.host.step_queues():
            pass


@asynccontextmanager
async def two(folder: Path, file: str, *graphs: Tenant, **given: Any) -> AsyncIterator[Two]:
    """Run the app for both, each with a ticket desk of its own.

    In ``file`` ``DESK_A_URL`` and ``DESK_B_URL`` stand for their addresses; their secrets are in the environment.
    """
    clock = ManualClock(NOW)
    desks: dict[str, TicketDesk] = {}
    async with AsyncExitStack() as stack:
        secrets = {name: webhook_secret() for name in ("DESK_A_SECRET", "DESK_B_SECRET")}
        stack.enter_context(patch.dict(os.environ, secrets))
        for name, tenant in (("A", A), ("B", B)):
            desks[tenant] = TicketDesk(folder / f"tickets-{name}.jsonl", secrets[f"DESK_{name}_SECRET"])
            url = await stack.enter_async_context(desks[tenant].serving())
            file = file.replace(f"DESK_{name}_URL", url)
        (folder / "tenants.toml").write_text(file)
        settings = Settings(tenants_path=str(folder / "tenants.toml"), public_url="https://triage.example", **given)
        system = await stack.enter_async_context(
            running(
                graphs or (graph(A), graph(B)),
                folder,
                settings,
                file=read_tenants(settings),
                clock=clock,
                sleep=clock.sleep,
                mode="stepped",
                port=0,
                keys=Keys(function=(KEY, KEY_OF_A), master=MASTER_KEY),
            )
        )
        yield Two(system, await stack.enter_async_context(aiohttp.ClientSession()), desks, clock)


def _text(minutes_ago: float) -> str:
    return (NOW - timedelta(minutes=minutes_ago)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
