"""The app's work shared out: what fails for one tenant stops no other, and what a tick reads is the tenant's own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared import polling
from shared.clients import Services
from shared.errors import DependencyUnavailableError
from shared.tenants import work
from tests.systems import ANNA
from tests.tenants.two import A, B, Two, body, graph, risk, two, user

FILE = f"""
client_id = "99999999-0000-4000-8000-000000000009"

[[tenants]]
id = "{A}"
name = "Woodgrove Bank"

[[tenants]]
id = "{B}"
name = "Fabrikam"
poll_risk = true
"""
RISKY = {
    "id": ANNA,
    "userPrincipalName": user(B, ANNA)["userPrincipalName"],
    "riskLevel": "high",
    "riskState": "atRisk",
    "riskDetail": "none",
    "riskLastUpdatedDateTime": "2026-03-10T11:30:00Z",
}


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[Two]:
    """Run both; B polls."""
    async with two(tmp_path, FILE, graph(A), graph(B, **{"identityProtection/riskyUsers": [RISKY]})) as app:
        yield app


async def count(app: Two, tenant: str) -> int:
    """Return how many cases a tenant has."""
    return len(await app.system.app.tenants[tenant].state.cases())


async def test_a_tenant_that_fails_stops_no_other(app: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its state is away: the other's part of the same message is in; the error has the message come again."""

    async def away(*_: object) -> int:
        raise DependencyUnavailableError("away")

    both, several = body(risk(A, 1), risk(B, 1)), app.system.app
    with monkeypatch.context() as broken:
        broken.setattr(several.tenants[A].state, "add_records", away)
        with pytest.raises(DependencyUnavailableError):
            await work.take_in([both], several, source="risk_events")
    assert [await count(app, tenant) for tenant in (A, B)] == [0, 1]
    await work.take_in([both], several, source="risk_events")
    assert [await count(app, tenant) for tenant in (A, B)] == [1, 1]


async def test_a_fault_of_the_sorting_parks_the_body(app: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    """It must not hold up its partition; nobody's until it is replayed, and then each tenant's."""
    both, several = body(risk(A, 1), risk(B, 1)), app.system.app
    with monkeypatch.context() as broken:
        broken.setattr(work, "decode", lambda *_, **__: 1 / 0)
        taken = await work.take_in([both], several, source="risk_events")
    assert (taken.records, taken.dead_lettered) == (0, 1)
    (letter,) = await several.own.state.parked()
    assert (await app.ask("POST", f"/api/parked/{letter.id}/replay", "unassigned"))[0] == 202
    assert [await count(app, tenant) for tenant in (A, B)] == [1, 1]
    assert await several.own.state.parked() == []


async def test_a_tick_is_each_tenants_own(app: Two) -> None:
    """B polls its own Graph, and A's is not asked; an error in one is raised after the others are done."""
    await work.for_each(app.system.app, polling.poll)
    assert [len(server.stand_in.requests) > 0 for server in app.system.tenants] == [False, True]
    assert [await count(app, tenant) for tenant in (A, B)] == [0, 1]
    done: list[str] = []

    async def fails_for_a(services: Services) -> None:
        if services.settings.tenant_id == A:
            raise DependencyUnavailableError("away")
        done.append(services.settings.tenant_id)

    with pytest.raises(DependencyUnavailableError):
        await work.for_each(app.system.app, fails_for_a)
    assert done == [B, ""]
