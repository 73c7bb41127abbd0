"""From events to tickets: first at once, later ones together, nothing twice, nothing lost."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path

import aiohttp
import msgspec
import pytest
from aiohttp import web

from shared import owed, pipeline, upkeep
from shared.models.cases import TriageRequest
from shared.settings import Settings
from shared.state.interface import TICKET_QUEUE, TRIAGE_QUEUE
from tests.systems import ANNA, KEY, TENANT, TENANT_ID, risk_body, stepped, take_in, triage_due

DELAY = Settings().update_delay_seconds


async def tickets(system: object) -> list[dict[str, object]]:
    """Return the tickets in the queue, oldest first."""
    return [msgspec.json.decode(body) for body in await system.services.state.peek(TICKET_QUEUE)]  # type: ignore[attr-defined]


@asynccontextmanager
async def webhook(take: Callable[[web.Request], Awaitable[web.Response]]) -> AsyncIterator[Settings]:
    """Serve a webhook on loopback; yield settings that send tickets to the queue and to it."""
    app = web.Application()
    app.router.add_post("/", take)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield Settings(
            destinations=("queue", "webhook"),
            webhook_url=f"http://127.0.0.1:{runner.addresses[0][1]}/",
            webhook_secret="whsec_" + "A" * 44,
        )
    finally:
        await runner.cleanup()


async def test_the_first_signal_is_triaged_at_once(tmp_path: Path) -> None:
    """No clock moves between the event and its ticket."""
    async with stepped(tmp_path) as (system, _):
        await take_in(system, risk_body(1))
        assert await triage_due(system) == 1
        assert [t["action"] for t in await tickets(system)] == ["create"]


async def test_a_burst_makes_one_update_of_the_same_ticket(tmp_path: Path) -> None:
    """Ten signals after the first wait for the delay and then make one update."""
    async with stepped(tmp_path) as (system, clock):
        await take_in(system, risk_body(1))
        await triage_due(system)
        for number in range(2, 12):
            clock.advance(1)
            await take_in(system, risk_body(number))
            assert await triage_due(system) == 0
        clock.advance(DELAY)
        assert await triage_due(system) == 1
        found = await tickets(system)
        assert [t["action"] for t in found] == ["create", "update"]
        assert len({t["ticketKey"] for t in found}) == 1
        report = await system.services.state.report(str(found[0]["ticketKey"]))
        assert report is not None
        assert len(report.signals) == 11


async def test_a_redelivered_event_changes_nothing(tmp_path: Path) -> None:
    """The same detection in a fresh envelope makes no update."""
    async with stepped(tmp_path) as (system, clock):
        await take_in(system, risk_body(1))
        await triage_due(system)
        await take_in(system, risk_body(1).replace(b"11:45:00 AM", b"11:47:09 AM"), risk_body(1))
        clock.advance(10 * DELAY)
        await triage_due(system)
        assert len(await tickets(system)) == 1


async def test_signals_that_arrive_during_triage_are_not_forgotten(tmp_path: Path) -> None:
    """A request that was overtaken still ends with every signal in the ticket."""
    async with stepped(tmp_path) as (system, clock):
        await take_in(system, risk_body(1))
        request = msgspec.json.decode((await system.services.state.peek(TRIAGE_QUEUE))[0], type=TriageRequest)
        case, _ = await system.services.state.case(request.case_id)  # type: ignore[misc]
        report = await pipeline.make_report(case, system.services)
        await take_in(system, risk_body(2))
        await system.services.state.save_report(report)
        await owed.mark_triaged(report, system.services.state, system.services.settings, clock())
        clock.advance(DELAY)
        await triage_due(system)
        final, _ = await system.services.state.case(request.case_id)  # type: ignore[misc]
        assert not final.needs_triage
        assert len((await system.services.state.report(request.case_id)).signals) == 2  # type: ignore[union-attr]


async def test_a_request_lost_in_a_crash_is_asked_for_again(tmp_path: Path) -> None:
    """A crash after the case was saved and before its request was noted is mended by the redelivered batch.

    A message that vanished later is mended by the sweep.
    """
    async with stepped(tmp_path) as (system, clock):
        await take_in(system, risk_body(1))
        for message in await system.services.state.receive(TRIAGE_QUEUE, visibility_seconds=10, limit=32):
            await system.services.state.delete(TRIAGE_QUEUE, message)
        case = (await system.services.state.cases())[0]
        _, etag = await system.services.state.case(case.id)  # type: ignore[misc]
        await system.services.state.save_case(msgspec.structs.replace(case, asked_revision=0), etag)
        await take_in(system, risk_body(1))
        clock.advance(DELAY)
        assert await triage_due(system) == 1
        await take_in(system, risk_body(2))
        for message in await system.services.state.receive(TRIAGE_QUEUE, visibility_seconds=10, limit=32):
            await system.services.state.delete(TRIAGE_QUEUE, message)
        clock.advance(3600)
        await upkeep.sweep(system.services)
        await triage_due(system)
        assert not any(case.needs_triage for case in await system.services.state.cases())


async def test_a_remediation_closes_the_ticket_with_its_outcome(tmp_path: Path) -> None:
    """A dismissed detection ends the case and the same ticket says so."""
    async with stepped(tmp_path) as (system, clock):
        await take_in(system, risk_body(1))
        await triage_due(system)
        await take_in(system, risk_body(1, state="dismissed", minutes_ago=5, activityDateTime="2026-03-10T11:30:00Z"))
        clock.advance(DELAY)
        await triage_due(system)
        found = await tickets(system)
        assert [(t["action"], t["outcome"]) for t in found] == [("create", None), ("close", "dismissed")]


async def test_a_case_held_by_another_worker_waits_its_turn(tmp_path: Path) -> None:
    """Two workers never triage one case at once; the second comes back and finds the work done."""
    async with stepped(tmp_path) as (system, clock):
        await take_in(system, risk_body(1))
        case = (await system.services.state.cases())[0]
        assert await system.services.state.acquire_lease(f"case|{case.id}", "another worker", 120)
        await triage_due(system)
        assert await tickets(system) == []
        clock.advance(121)
        await triage_due(system)
        assert len(await tickets(system)) == 1


async def test_what_fails_five_times_is_parked_and_can_be_replayed(tmp_path: Path) -> None:
    """A webhook that stays down parks the request; replayed when it is up, it ends in one ticket."""
    down = True
    received = []

    async def take(request: web.Request) -> web.Response:
        received.append(msgspec.json.decode(await request.read()))
        return web.Response(status=503) if down else web.json_response({"ticket": "INC7"})

    async with webhook(take) as settings, stepped(tmp_path, settings=settings) as (system, clock):
        await take_in(system, risk_body(1))
        for _ in range(8):
            await triage_due(system)
            clock.advance(31)
        parked = await system.services.state.parked()
        assert [p.kind for p in parked] == ["triage"]
        down = False
        async with aiohttp.ClientSession(headers={"x-functions-key": KEY}) as http:
            async with http.get(f"{system.host.url}/api/parked") as answer:
                listed = (await answer.json())["value"]
            async with http.post(f"{system.host.url}/api/parked/{listed[0]['id']}/replay") as answer:
                assert answer.status == 202
        await triage_due(system)
        assert await system.services.state.parked() == []
        deliveries = await system.services.state.deliveries(received[-1]["ticketKey"])
        assert [(d.destination, d.status, d.ticket) for d in deliveries] == [
            ("queue", "created", received[-1]["ticketKey"]),
            ("webhook", "created", "INC7"),
        ]
        assert len(await tickets(system)) == 1
        assert {ticket["idempotencyKey"] for ticket in received} == {f"{received[-1]['ticketKey']}-v1"}


async def test_a_rate_limit_is_waited_for_and_parks_nothing(tmp_path: Path) -> None:
    """A destination that says when gets its tickets then, however long the queue would have tried before."""
    limited = True
    seen = 0

    async def take(_request: web.Request) -> web.Response:
        nonlocal seen
        seen += 1
        return web.Response(status=429, headers={"retry-after": "600"}) if limited else web.json_response({})

    async with webhook(take) as settings, stepped(tmp_path, settings=settings) as (system, clock):
        await take_in(system, risk_body(1))
        for _ in range(8):
            await triage_due(system)
            clock.advance(31)
        assert (seen, await system.services.state.parked()) == (1, [])
        limited = False
        clock.advance(600)
        await triage_due(system)
        (case,) = await system.services.state.cases()
        deliveries = await system.services.state.deliveries(case.id)
        assert [(d.destination, d.status) for d in deliveries] == [("queue", "created"), ("webhook", "created")]
        assert (seen, case.needs_triage) == (2, False)


async def test_what_comes_while_one_destination_is_down_reaches_the_others(tmp_path: Path) -> None:
    """New risk is a version of its own, although the first has not arrived everywhere; nobody gets one key twice."""
    down = True
    received = []

    async def take(request: web.Request) -> web.Response:
        if down:
            return web.Response(status=503)
        received.append(msgspec.json.decode(await request.read()))
        return web.json_response({"ticket": "INC7"})

    async with webhook(take) as settings, stepped(tmp_path, settings=settings) as (system, clock):
        await take_in(system, risk_body(1, minutes_ago=40))
        await triage_due(system)
        await take_in(system, risk_body(2, minutes_ago=20))
        clock.advance(DELAY + 31)
        await triage_due(system)
        sent = [msgspec.json.decode(body) for body in await system.services.state.peek(TICKET_QUEUE)]
        assert [(ticket["version"], ticket["action"], ticket["newRisk"]) for ticket in sent] == [
            (1, "create", True),
            (2, "update", True),
        ]
        down = False
        clock.advance(31)
        await triage_due(system)
        assert [(ticket["version"], ticket["action"]) for ticket in received] == [(2, "create")]
        assert len(await system.services.state.peek(TICKET_QUEUE)) == 2
        (case,) = await system.services.state.cases()
        assert (case.report_version, case.needs_triage) == (2, False)


async def test_an_unreadable_record_is_parked_and_its_neighbours_go_on(tmp_path: Path) -> None:
    """One bad record costs nothing but itself, and is kept with its bytes."""
    good = msgspec.json.decode(risk_body(1))["records"]
    body = msgspec.json.encode({"records": [{"category": "UserRiskEvents", "properties": "not an object"}, *good]})
    async with stepped(tmp_path) as (system, _):
        await take_in(system, body, b"\xff\xfe not json")
        await triage_due(system)
        assert [case.identity.id for case in await system.services.state.cases()] == [ANNA]
        assert {p.kind for p in await system.services.state.parked()} == {"record"}
        assert len(await system.services.state.parked()) == 2


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
async def test_the_order_of_arrival_does_not_change_the_ticket(order: tuple[int, ...], tmp_path: Path) -> None:
    """Three events in any order end in one case with the same id, status and signals."""
    bodies = [risk_body(1, minutes_ago=60), risk_body(2, minutes_ago=40), risk_body(3, minutes_ago=20)]
    async with stepped(tmp_path) as (system, clock):
        for position in order:
            await take_in(system, bodies[position])
            await triage_due(system)
        clock.advance(DELAY)
        await triage_due(system)
        (case,) = await system.services.state.cases()
        assert case.id == "case-" + sha256(f"{case.identity.key}|0".encode()).hexdigest()[:12]
        assert [signal.record_id for signal in case.signals] == [f"{n:064x}" for n in (1, 2, 3)]


async def test_what_graph_could_not_say_is_asked_for_again(tmp_path: Path) -> None:
    """A look-up that failed is a gap in the first ticket; when Graph is back, an update fills it."""
    methods = f"users/{ANNA}/authentication/methods"
    down = {**TENANT, methods: {"$error": {"status": 503, "code": "ServiceUnavailable"}}}
    async with stepped(tmp_path, tenant=down) as (system, clock):
        await take_in(system, risk_body(1))
        await triage_due(system)
        first = (await tickets(system))[0]
        assert "authentication methods" in [gap["what"] for gap in first["gaps"]]  # type: ignore[index,attr-defined]
    async with stepped(tmp_path, clock=clock) as (system, _):
        clock.advance(DELAY)
        assert await triage_due(system) == 1
        second = (await tickets(system))[1]
        assert (second["action"], second["gaps"]) == ("update", [])
        clock.advance(100 * DELAY)
        assert await triage_due(system) == 0


async def test_a_gap_that_stays_makes_no_further_ticket_and_ends(tmp_path: Path) -> None:
    """While Graph stays down, nothing new is said, and after three tries it is not asked again."""
    methods = f"users/{ANNA}/authentication/methods"
    down = {**TENANT, methods: {"$error": {"status": 503, "code": "ServiceUnavailable"}}}
    async with stepped(tmp_path, tenant=down) as (system, clock):
        await take_in(system, risk_body(1))
        triages = 0
        for _ in range(200):
            triages += await triage_due(system)
            clock.advance(DELAY)
        assert triages == 1 + owed.FOLLOW_UPS
        assert len(await tickets(system)) == 1


async def test_a_look_up_that_is_denied_is_not_asked_for_again(tmp_path: Path) -> None:
    """Only a person can mend a missing permission."""
    denied = {**TENANT, f"users/{ANNA}/authentication/methods": {"$error": {"status": 403, "code": "accessDenied"}}}
    async with stepped(tmp_path, tenant=denied) as (system, clock):
        await take_in(system, risk_body(1))
        await triage_due(system)
        clock.advance(100 * DELAY)
        assert await triage_due(system) == 0


async def test_a_sign_in_that_arrives_after_its_detection_updates_the_ticket(tmp_path: Path) -> None:
    """Risk and sign-ins come from two hubs in any order; the late sign-in is in the ticket all the same."""
    late = {
        "time": "2026-03-10T11:52:00Z",
        "category": "SignInLogs",
        "tenantId": TENANT_ID,
        "properties": {
            "id": "0a0b0c0d-0000-4000-8000-000000000001",
            "createdDateTime": "2026-03-10T11:29:00Z",
            "userId": ANNA,
            "userPrincipalName": "anna.lind@woodgrovebank.com",
            "ipAddress": "203.0.113.7",
            "status": {"errorCode": 0},
            "riskState": "none",
            "isInteractive": True,
        },
    }
    async with stepped(tmp_path) as (system, clock):
        await take_in(system, risk_body(1))
        await triage_due(system)
        await take_in(system, msgspec.json.encode({"records": [late]}))
        clock.advance(DELAY)
        assert await triage_due(system) == 1
        (case,) = await system.services.state.cases()
        assert [s.reason for s in case.signals] == ["detected_sign_in", "risky_detection"]
