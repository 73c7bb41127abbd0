"""The poller on the whole system: stand-in tenant over HTTP, embedded state, the app in the official worker."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from local.outcome import reports_in
from local.replay import read_bodies, replay
from local.system import System
from local.tenant import Rules, Tenant
from local.tenant.stand_in import StandIn
from shared import polling
from shared.clock import ManualClock, iso
from shared.errors import AccessDeniedError, ConfigurationError
from shared.models.cases import Case
from shared.settings import Settings
from shared.state.interface import TICKET_QUEUE
from tests.systems import ANNA, NOW, TENANT, TENANT_ID, risk_body, stepped, take_in, triage_due

ON = Settings(tenant_id=TENANT_ID, poll_risk=True)
SCENARIO = Path(__file__).parent.parent / "scenarios/leaked_credentials"
USERS, DETECTIONS = "identityProtection/riskyUsers", "identityProtection/riskDetections"

type Running = Callable[..., AbstractAsyncContextManager[tuple[System, ManualClock]]]


@pytest.fixture
def running(tmp_path: Path) -> Running:
    """Return what runs the system on a folder of its own; the same folder again goes on where it stopped."""

    @asynccontextmanager
    async def run(tenant: dict[str, Any], settings: Settings = ON) -> AsyncIterator[tuple[System, ManualClock]]:
        async with stepped(tmp_path, settings=settings, tenant=tenant) as (system, clock):
            yield system, clock

    return run


def detection_of(body: bytes) -> dict[str, Any]:
    """Return what Graph has for a streamed detection: its properties, without those of the stream alone."""
    properties: dict[str, Any] = msgspec.json.decode(body)["records"][0]["properties"]
    return {name: value for name, value in properties.items() if name != "riskType"}


def risky(number: int, *, minutes_ago: float = 30, state: str = "atRisk") -> dict[str, Any]:
    """Return a risky user as Graph has it; the first is Anna."""
    return {
        "id": ANNA if number == 1 else f"22222222-aaaa-4bbb-8ccc-{number:012}",
        "userPrincipalName": f"user{number}@woodgrovebank.com",
        "riskState": state,
        "riskLevel": "high",
        "riskDetail": "none",
        "riskLastUpdatedDateTime": iso(NOW - timedelta(minutes=minutes_ago)),
    }


def narrowed(system: System, **rules: Any) -> None:
    """Make the stand-in tenant stricter from here on."""
    old = system.tenant.stand_in
    system.tenant.stand_in = StandIn(old._tenant, Rules(**rules), system.services.clock)


async def poll(system: System, clock: ManualClock) -> polling.Polled:
    """Let the timer's minute pass and poll."""
    clock.advance(60)
    polled = await polling.poll(system.services)
    assert polled is not None
    return polled


async def names(system: System) -> set[str]:
    """Return the object ids of those who have a case."""
    return {case.identity.id for case in await system.services.state.cases()}


async def position(system: System, feed: str = "risky-users") -> polling.Position:
    """Return how far a feed was read."""
    stored = await system.services.state.document("poll", f"{feed}-{TENANT_ID}")
    assert stored is not None
    return msgspec.json.decode(stored[0].body, type=polling.Position)


async def test_the_timer_opens_a_case_and_sends_one_ticket(running: Running) -> None:
    """The function itself, by its timer: the case of a user whom only Graph calls risky, triaged to a ticket."""
    async with running({**TENANT, USERS: [risky(1)]}) as (system, clock):
        clock.advance(60)
        while await system.host.step_timers():
            pass
        assert await names(system) == {ANNA}
        clock.advance(10)
        await system.host.run_until_idle()
        assert len(await system.services.state.peek(TICKET_QUEUE)) == 1


async def test_it_is_off_unless_it_is_set(running: Running) -> None:
    """By default the timer asks Graph nothing."""
    async with running({**TENANT, USERS: [risky(1)]}, Settings(tenant_id=TENANT_ID)) as (system, clock):
        clock.advance(60)
        while await system.host.step_timers():
            pass
        assert system.tenant.requests == []
        assert await names(system) == set()
    with pytest.raises(ConfigurationError, match="TRIAGE_TENANT_ID"):
        Settings.from_env({"TRIAGE_POLL_RISK": "true"})
    assert Settings.from_env({"TRIAGE_POLL_RISK": "true", "TRIAGE_TENANT_ID": TENANT_ID}).poll_risk


@pytest.mark.parametrize("is_stream_first", [True, False])
async def test_stream_and_poller_make_one_ticket(running: Running, *, is_stream_first: bool) -> None:
    """The same detection by both ways, in either order, is one record, one case and one ticket."""
    body = risk_body(1)
    async with running({**TENANT, DETECTIONS: [detection_of(body)]}) as (system, clock):
        for by_stream in (is_stream_first, not is_stream_first):
            await (take_in(system, body) if by_stream else poll(system, clock))
            clock.advance(10)
            await triage_due(system)
        (case,) = await system.services.state.cases()
        clock.advance(3600)
        await triage_due(system)
        assert (await system.services.state.cases()) == [case]
        assert case.revision == 1
        assert len(await system.services.state.records(case.identity.key)) == 1
        assert len(await system.services.state.peek(TICKET_QUEUE)) == 1


async def test_alone_it_gives_the_verdict_that_the_stream_gives(tmp_path: Path) -> None:
    """A scenario whose events never come: what the poller and triage read of Graph is enough for the same judgement."""
    expected = msgspec.json.decode((SCENARIO / "expect.json").read_bytes())
    now = datetime.fromisoformat(expected["now"])
    tenant = Tenant.load(SCENARIO / "tenant.json")
    streamed = await replay(tenant, read_bodies([SCENARIO / "events.json"]), tmp_path / "stream", now=now)
    (by_stream,) = reports_in(streamed, tmp_path / "stream")
    content = msgspec.json.decode((SCENARIO / "tenant.json").read_bytes())
    settings = Settings(tenant_id=by_stream.identity.tenant_id, poll_risk=True)
    clock = ManualClock(now - timedelta(hours=25))
    async with stepped(tmp_path / "poll", settings=settings, tenant=content, clock=clock) as (system, _):
        assert await polling.poll(system.services) is not None
        clock.advance((now - clock()).total_seconds())
        await system.host.run_until_idle()
        (case,) = await system.services.state.cases()
        by_poll = await system.services.state.report(case.id)
    assert by_poll is not None
    mine, theirs = by_poll.assessment, by_stream.assessment
    assert (mine.verdict, mine.severity) == (theirs.verdict, theirs.severity)
    assert [finding.id for finding in mine.findings] == [finding.id for finding in theirs.findings]
    assert [action.id for action in mine.actions] == [action.id for action in theirs.actions]


async def test_pages_are_read_to_the_end_and_a_change_only_once(running: Running) -> None:
    """Seven users in pages of two; the next tick finds the same ones again in its overlap and takes none in."""
    async with running({**TENANT, USERS: [risky(number) for number in range(1, 8)]}) as (system, clock):
        narrowed(system, max_page=2)
        polled = await poll(system, clock)
        assert (polled.changes, polled.pages, polled.gaps) == (7, 6, ())
        assert len(await names(system)) == 7
        again = await poll(system, clock)
        assert (again.changes, again.pages) == (0, 6)
        found = await position(system)
        assert found.since == NOW - timedelta(minutes=30) - polling.OVERLAP
        counts = await system.services.state.counts()
        assert counts["records"] == 7


async def test_what_arrives_late_is_found_in_the_overlap(running: Running) -> None:
    """A change that Entra reports an hour after it happened, behind one that was read, is not missed."""
    tenant = {**TENANT, USERS: [risky(2, minutes_ago=1)]}
    async with running(tenant) as (system, clock):
        await poll(system, clock)
    tenant[USERS] = [risky(2, minutes_ago=1), risky(1, minutes_ago=60), risky(3, minutes_ago=600)]
    async with running(tenant) as (system, clock):
        clock.advance(60)
        polled = await poll(system, clock)
        assert polled.changes == 1
        assert ANNA in await names(system)


async def test_a_full_budget_stops_it_and_the_next_tick_goes_on(running: Running) -> None:
    """A tenth of the bucket is six requests a minute; the seventh page waits for the next minute, none is skipped."""
    tenant = {**TENANT, USERS: [risky(number) for number in range(1, 31)]}
    async with running(tenant) as (system, clock):
        narrowed(system, max_page=2)
        polled = await poll(system, clock)
        assert polled.pages == 6
        assert [gap.reason for gap in polled.gaps] == ["not_asked"]
        assert (await position(system)).rest
        ticks = 1
        while polled.gaps:
            polled = await poll(system, clock)
            ticks += 1
            assert polled.pages <= 6
        assert len(await names(system)) == 30
        assert ticks == 4, "fifteen pages of users, four a tick beside one of each other feed"
        assert {request.status for request in system.tenant.requests} == {200}


async def test_a_throttled_tenant_is_left_alone_and_read_at_the_next_tick(running: Running) -> None:
    """Graph's own refusal ends the tick without an error; the watermark has not moved, and nothing is lost."""
    async with running({**TENANT, USERS: [risky(1)]}) as (system, clock):
        narrowed(system, fault_every=1, faults=("429",))
        polled = await poll(system, clock)
        assert [gap.reason for gap in polled.gaps] == ["throttled"]
        narrowed(system)
        assert (await poll(system, clock)).changes == 1
        assert await names(system) == {ANNA}


async def test_a_refusal_names_the_permission_and_the_others_are_read(running: Running) -> None:
    """Without IdentityRiskyUser.Read.All detections are read all the same, and the run fails with what mends it."""
    body = risk_body(1)
    async with running({**TENANT, USERS: [risky(2)], DETECTIONS: [detection_of(body)]}) as (system, clock):
        narrowed(system, roles=frozenset({"IdentityRiskEvent.Read.All"}))
        clock.advance(60)
        with pytest.raises(AccessDeniedError, match="users whose risk changed") as caught:
            await polling.poll(system.services)
        assert caught.value.hint == "Grant the app `IdentityRiskyUser.Read.All`."
        assert await names(system) == {ANNA}
        narrowed(system, roles=frozenset({"IdentityRiskEvent.Read.All", "IdentityRiskyUser.Read.All"}))
        polled = await poll(system, clock)
        assert [gap.mend for gap in polled.gaps] == ["Grant the app `IdentityRiskyServicePrincipal.Read.All`."]
        assert len(await names(system)) == 2


async def test_a_kill_before_the_watermark_loses_nothing(
    running: Running, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """State as it is when the process dies between taking a page in and noting it: the page is read again."""
    tenant = {**TENANT, USERS: [risky(number) for number in range(1, 6)]}
    async with running(tenant) as (system, clock):
        narrowed(system, max_page=2)
        taken = 0

        async def die(*_: object) -> str:
            nonlocal taken
            taken += 1
            if taken > 1:
                raise OSError("killed")
            return await save(*_)  # type: ignore[arg-type]

        save = system.services.state.save_document
        monkeypatch.setattr(system.services.state, "save_document", die)
        clock.advance(60)
        with pytest.raises(OSError, match="killed"):
            await polling.poll(system.services)
        monkeypatch.undo()
    async with running(tenant) as (system, clock):
        narrowed(system, max_page=2)
        clock.advance(60)
        await poll(system, clock)
        cases: list[Case] = await system.services.state.cases()
        assert len(cases) == 5
        assert {case.revision for case in cases} == {1}


async def test_what_cannot_be_read_is_parked_and_the_rest_goes_on(running: Running) -> None:
    """A detection that names no user is parked with its bytes, once."""
    broken = {**detection_of(risk_body(2)), "userId": None}
    async with running({**TENANT, USERS: [risky(1)], DETECTIONS: [broken]}) as (system, clock):
        await poll(system, clock)
        await poll(system, clock)
        assert await names(system) == {ANNA}
        (parked,) = await system.services.state.parked()
        assert msgspec.json.decode(parked.body) == broken


async def test_another_instance_that_polls_is_left_to_it(running: Running) -> None:
    """The lease keeps two ticks apart; it runs out when its holder dies."""
    async with running({**TENANT, USERS: [risky(1)]}) as (system, clock):
        assert await system.services.state.acquire_lease(f"poll|{TENANT_ID}", "another", polling.LEASE_SECONDS)
        assert await polling.poll(system.services) is None
        clock.advance(polling.LEASE_SECONDS + 1)
        assert (await poll(system, clock)).changes == 1


async def test_service_principals_are_read_too(running: Running) -> None:
    """A risky service principal that changed today opens a case; one of last year does not."""
    mine = {
        "id": "33333333-aaaa-4bbb-8ccc-000000000001",
        "appId": "44444444-aaaa-4bbb-8ccc-000000000001",
        "displayName": "Payroll export",
        "riskState": "atRisk",
        "riskLevel": "high",
        "riskLastUpdatedDateTime": iso(NOW - timedelta(minutes=5)),
    }
    old = {**mine, "id": "33333333-aaaa-4bbb-8ccc-000000000002", "riskLastUpdatedDateTime": "2025-03-01T00:00:00Z"}
    async with running({**TENANT, "identityProtection/riskyServicePrincipals": [mine, old]}) as (system, clock):
        assert (await poll(system, clock)).changes == 1
        assert await names(system) == {mine["id"]}
