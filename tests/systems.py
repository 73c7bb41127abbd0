"""The whole system on a small tenant, for tests that look at it from outside."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from local.host.http import Keys
from local.system import RISK_HUB, System, running
from local.tenant import Tenant
from shared.clock import ManualClock
from shared.policy import policy_of
from shared.settings import Settings

KEY = "a-function-key-for-tests"
MASTER_KEY = "a-master-key-for-tests"
TENANT_ID = "7a1f0c1e-4a53-4c4c-9f65-0b8f5f6b9d10"
ANNA = "11111111-aaaa-4bbb-8ccc-000000000001"
NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
TENANT: dict[str, Any] = {
    "users": [
        {
            "id": ANNA,
            "displayName": "Anna Lind",
            "userPrincipalName": "anna.lind@woodgrovebank.com",
            "userType": "Member",
            "accountEnabled": True,
        }
    ]
}


def risk_body(number: int, *, minutes_ago: float = 30, state: str = "atRisk", **more: Any) -> bytes:
    """Return an event body with one risk detection of Anna's, as Entra streams it."""
    at = (NOW - timedelta(minutes=minutes_ago)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    properties = {
        "id": f"{number:064x}",
        "userId": ANNA,
        "userPrincipalName": "anna.lind@woodgrovebank.com",
        "userDisplayName": "Anna Lind",
        "riskType": "generic",
        "riskEventType": "anomalousToken",
        "riskState": state,
        "riskLevel": "medium",
        "riskDetail": "none",
        "activityDateTime": at,
        "detectedDateTime": at,
        "lastUpdatedDateTime": at,
        "ipAddress": "203.0.113.7",
        **more,
    }
    record = {
        "time": "3/10/2026 11:45:00 AM",
        "category": "UserRiskEvents",
        "tenantId": TENANT_ID,
        "properties": properties,
    }
    return msgspec.json.encode({"records": [record]})


@asynccontextmanager
async def stepped(
    folder: Path,
    *,
    settings: Settings | None = None,
    tenant: dict[str, Any] | None = None,
    clock: ManualClock | None = None,
) -> AsyncIterator[tuple[System, ManualClock]]:
    """Run the system step by step, HTTP served on a free port."""
    clock = clock or ManualClock(NOW)
    async with running(
        Tenant.load(TENANT if tenant is None else tenant),
        folder,
        settings or Settings(),
        clock=clock,
        sleep=clock.sleep,
        mode="stepped",
        port=0,
        keys=Keys(function=(KEY,), master=MASTER_KEY),
    ) as system:
        yield system, clock


async def take_in(system: System, *bodies: bytes) -> None:
    """Send event bodies and have them taken in; nothing is triaged yet."""
    for body in bodies:
        system.events.append(RISK_HUB, [body])
    while await system.host.step_event_hubs():
        pass


async def triage_due(system: System) -> int:
    """Run what the queue has for this moment; return how many messages."""
    count = 0
    while await system.host.step_queues():
        count += 1
    return count


def tuned(**sections: Any) -> Settings:
    """Return settings whose policy differs from the defaults in these sections."""
    settings = Settings()
    settings.__dict__["policy"] = policy_of(sections)
    return settings
