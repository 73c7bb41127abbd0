"""Thirty users at risk within a minute while Graph enforces its limits: tickets at once, the rest later and together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from local.tenant import Rules, StandInCredential, Tenant, TenantServer
from shared.clients import Services, open_services
from shared.clock import ManualClock, iso
from shared.graph.bulk import KINDS, MOST_USERS, Asker, shares, together
from shared.models.cases import TriageRequest
from shared.pipeline import take_in, triage
from shared.settings import Settings
from shared.state.interface import LOOK_UP_QUEUE, TRIAGE_QUEUE
from shared.state.sqlite import MEMORY
from tests.systems import NOW, TENANT_ID

USERS = [f"11111111-aaaa-4bbb-8ccc-{number:012d}" for number in range(1, 31)]
BOTH = {"sign_in.baseline", "audit"}


def tenant() -> dict[str, Any]:
    """Return thirty users; each changed their own phone number yesterday and signed in each morning of the month."""
    return {
        "users": [{"id": user, "displayName": user[-4:], "userPrincipalName": f"u{user[-4:]}@woodgrovebank.com", "userType": "Member", "accountEnabled": True} for user in USERS],
        "auditLogs/signIns": [sign_in(user, day) for user in USERS for day in range(1, 20)],
        "auditLogs/directoryAudits": [change(user) for user in USERS],
    }  # fmt: skip


def sign_in(user: str, day: int) -> dict[str, Any]:
    """Return an ordinary sign-in some days ago."""
    return {
        "id": f"{user[:-4]}{day:02d}{user[-2:]}", "userId": user, "createdDateTime": iso(NOW - timedelta(days=day)),
        "userPrincipalName": f"u{user[-4:]}@woodgrovebank.com", "appDisplayName": "Portal", "ipAddress": "198.51.100.7",
        "status": {"errorCode": 0}, "location": {"city": "Lund", "countryOrRegion": "SE"}, "riskState": "none",
        "isInteractive": True,
    }  # fmt: skip


def change(user: str) -> dict[str, Any]:
    """Return a change that a user made to themselves."""
    return {
        "id": f"Directory_{user}", "activityDateTime": iso(NOW - timedelta(hours=3)), "activityDisplayName": "User registered security info",
        "category": "UserManagement", "result": "success", "initiatedBy": {"user": {"id": user, "userPrincipalName": f"u{user[-4:]}@woodgrovebank.com"}},
        "targetResources": [{"id": user, "type": "User", "userPrincipalName": f"u{user[-4:]}@woodgrovebank.com"}],
    }  # fmt: skip


def risk(user: str) -> bytes:
    """Return an event body with one risk detection."""
    at = iso(NOW - timedelta(minutes=30))
    properties = {
        "id": f"{int(user[-4:]):064x}", "userId": user, "userPrincipalName": f"u{user[-4:]}@woodgrovebank.com", "riskEventType": "unfamiliarFeatures",
        "riskState": "atRisk", "riskLevel": "medium", "riskDetail": "none", "activityDateTime": at, "detectedDateTime": at, "lastUpdatedDateTime": at,
    }  # fmt: skip
    return msgspec.json.encode(
        {"records": [{"category": "UserRiskEvents", "tenantId": TENANT_ID, "properties": properties}]}
    )


@asynccontextmanager
async def running(rules: Rules) -> AsyncIterator[tuple[TenantServer, Services, ManualClock]]:
    """Serve the tenant behind rules, and open services on it; time moves only when told."""
    clock = ManualClock(NOW)
    async with TenantServer(Tenant.load(tenant()), rules, clock=clock, sleep=clock.sleep) as server:
        settings = Settings(state_path=MEMORY, graph_url=server.url, destinations=("queue",))
        services = await open_services(settings, clock=clock, sleep=clock.sleep, credential=StandInCredential())
        try:
            yield server, services, clock
        finally:
            await services.close()


async def run_minutes(services: Services, clock: ManualClock, minutes: int) -> int:
    """Triage what is due, second by second; return how often."""
    triaged = 0
    for _ in range(minutes * 60):
        while messages := await services.state.receive(TRIAGE_QUEUE, visibility_seconds=600, limit=12):
            for message in messages:
                await triage(msgspec.json.decode(message.body, type=TriageRequest), services)
                await services.state.delete(TRIAGE_QUEUE, message)
                triaged += 1
        clock.advance(1)
    return triaged


async def complete(services: Services) -> int:
    """Return how many cases have their history and their changes."""
    reports = [await services.state.report(case.id) for case in await services.state.cases()]
    return sum(report is not None and {f.kind for f in report.dossier.facts} >= BOTH and not any(g.kinds == ("audit",) for g in report.dossier.gaps) for report in reports)  # fmt: skip


async def test_everybody_has_a_ticket_at_once_and_the_rest_soon(tmp_path: Path) -> None:
    """All thirty in the first minute; their logs, which one by one would take 3 minutes of a budget that is shared, together."""
    async with running(Rules(limits=True)) as (server, services, clock):
        await take_in([risk(user) for user in USERS], services, source="risk_events")
        await run_minutes(services, clock, 1)
        reports = [await services.state.report(case.id) for case in await services.state.cases()]
        assert len([report for report in reports if report]) == 30
        assert any(gap.reason == "not_asked" for report in reports if report for gap in report.dossier.gaps)
        await run_minutes(services, clock, 14)
        assert server.refused == 0
        assert await complete(services) == 30
        logs = [s for s in server.requests if s.path.startswith("auditLogs/")]
        assert len(logs) < 60
        assert any(s.query.count("userId%20eq") + s.query.count("userId eq") > 5 for s in logs)


async def test_each_gets_what_is_theirs() -> None:
    """Items go to whom they are about, no further back than they need; one that cannot be read spoils the answer."""
    from shared.graph.answers import Answer

    async with running(Rules()) as (_, services, _clock):
        queries = services.graph.user_queries
        one, two = (Asker(user_id=user, history_since=NOW - timedelta(days=days), changes_since=NOW - timedelta(days=days)) for user, days in zip(USERS, (2, 10), strict=False))  # fmt: skip
        for query_id in KINDS:
            query = together(queries, query_id, [one, two])
            answers = await services.graph.read([query], services.graph.deadline())
            assert answers.is_complete(query_id), answers.gaps()
        query = together(queries, "sign_ins", [one, two])
        answers = await services.graph.read([query], services.graph.deadline())
        found = shares("sign_ins", answers["sign_ins"], [one, two])
        assert found is not None
        assert {user: len(items) for user, items in found.items()} == {USERS[0]: 2, USERS[1]: 10}
        spoilt = Answer(query=query, state="found", items=(msgspec.Raw(b'{"userId":7}'),))
        assert shares("sign_ins", spoilt, [one, two]) is None


async def test_urls_stay_within_what_graph_takes() -> None:
    """Fifteen users fit into 2,048 characters, whatever is asked."""
    async with running(Rules()) as (_, services, _clock):
        askers = [Asker(user_id=user, history_since=NOW, changes_since=NOW) for user in USERS[:MOST_USERS]]
        for query_id in KINDS:
            url = together(services.graph.user_queries, query_id, askers).url
            assert len(quote(url, safe="/?$=&%,()'")) < 2048


async def test_a_graph_that_refuses_such_filters_is_asked_one_by_one() -> None:
    """After one 400 nothing is asked together for an hour; the cases go on by themselves."""
    async with running(Rules(limits=True)) as (server, services, clock):
        original = server.stand_in.answer

        def answer(method: str, url: str, headers: Any, body: bytes = b"", *, base_url: str = "") -> Any:
            changed = body.replace(b"or%20userId", b"or%20nobody").replace(b"or%20t", b"or%20nobody").replace(b"or%20initiatedBy", b"or%20nobody")  # fmt: skip
            return original(method, url, headers, changed, base_url=base_url)

        server.stand_in.answer = answer  # type: ignore[method-assign]
        await take_in([risk(user) for user in USERS[:6]], services, source="risk_events")
        await run_minutes(services, clock, 30)
        together_asked = [s for s in server.requests if s.status == 400]
        assert 1 <= len(together_asked) <= len(KINDS)
        assert await complete(services) == 6
        assert server.refused == 0


async def test_the_queue_empties() -> None:
    """Nothing waits that has been answered."""
    async with running(Rules(limits=True)) as (_, services, clock):
        await take_in([risk(user) for user in USERS[:12]], services, source="risk_events")
        await run_minutes(services, clock, 40)
        assert await complete(services) == 12
        left = [msgspec.json.decode(body)["case_id"] for body in await services.state.peek(LOOK_UP_QUEUE)]
        assert len(left) < MOST_USERS
