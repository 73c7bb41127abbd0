"""Each thing that the app calls, with each way in which calls go wrong: said on the case, mended later, one ticket."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web

import shared.chat
import shared.deliver.http
from local.tenant import TenantServer
from shared.clock import ManualClock
from shared.models.reports import Report
from shared.settings import Settings
from shared.state.interface import TICKET_QUEUE
from tests.deliver.servicenow import ServiceNow
from tests.faults.faulty import FAULTS, TAKEN_IN, Fault, Faulty
from tests.systems import risk_body, stepped, take_in, triage_due
from tests.write.model_server import ModelServer, says

PATIENCE_SECONDS = 0.4
GAPS = {"429": "throttled", "429 in 1": "throttled"}


class World:
    """A system on one dependency that may fail, and what arrived outside."""

    def __init__(self, system: Any, clock: ManualClock, faulty: Faulty) -> None:
        self.system, self.clock, self.faulty = system, clock, faulty

    async def report(self) -> Report:
        """Return the latest report of the only case."""
        (case,) = await self.system.services.state.cases()
        report = await self.system.services.state.report(case.id)
        assert report is not None
        return report

    async def mend(self) -> None:
        """Let the dependency work again, and time pass."""
        self.faulty.fault = None
        # A busy machine may need longer for what is now to succeed.
        msgspec.structs.force_setattr(self.system.services.settings, "graph_timeout_seconds", 10.0)
        for _ in range(4):
            self.clock.advance(600)
            await triage_due(self.system)
        (case,) = await self.system.services.state.cases()
        assert not case.needs_triage
        assert await self.system.services.state.parked() == []

    async def queued(self) -> list[dict[str, Any]]:
        """Return the tickets in the queue."""
        return [msgspec.json.decode(body) for body in await self.system.services.state.peek(TICKET_QUEUE)]


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for answers as long as a test may, and not at all between tries."""
    monkeypatch.setattr(shared.deliver.http, "TIMEOUT_SECONDS", PATIENCE_SECONDS)
    monkeypatch.setattr(shared.deliver.http, "_pause", lambda _state: 0)
    monkeypatch.setattr(shared.chat, "_pause", lambda _state: 0)


@asynccontextmanager
async def served(*routes: web.RouteDef) -> AsyncIterator[str]:
    """Serve routes on loopback; yield the root."""
    app = web.Application()
    app.add_routes(routes)
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def world(folder: Path, faulty: Faulty, route: web.RouteDef | None, **settings: Any) -> AsyncIterator[World]:
    """Run the system; settings ending in ``_url`` are put behind the address of the route."""
    async with AsyncExitStack() as stack:
        if route is not None:
            root = await stack.enter_async_context(served(route))
            settings = {k: root + v if k.endswith("_url") else v for k, v in settings.items()}
        system, clock = await stack.enter_async_context(stepped(folder, settings=Settings(**settings)))
        yield World(system, clock, faulty)


@pytest.mark.parametrize("fault", FAULTS)
async def test_graph(fault: Fault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first ticket goes out at once and says what is missing and why; an update of it fills that."""
    handle, faulty = TenantServer._handle, Faulty(None, fault)

    async def handled(server: TenantServer, request: web.Request) -> web.StreamResponse:
        faulty.handler = lambda request: handle(server, request)
        return await faulty.answer(request)

    monkeypatch.setattr(TenantServer, "_handle", handled)
    async with world(tmp_path, faulty, None, graph_timeout_seconds=PATIENCE_SECONDS) as here:
        await take_in(here.system, risk_body(1))
        await triage_due(here.system)
        (first,) = await here.queued()
        gaps = (await here.report()).dossier.gaps
        assert {gap.reason for gap in gaps} == {GAPS.get(fault, "failed")}
        assert all(gap.is_passing and gap.mend for gap in gaps)
        assert len(first["gaps"]) == len(gaps) > 5
        await here.mend()
        _, *updates = await here.queued()
        assert [(ticket["action"], ticket["ticketKey"]) for ticket in updates] == [("update", first["ticketKey"])]
        assert updates[-1]["gaps"] == []


@pytest.mark.parametrize("fault", ["hang", "truncated", "drip", "late"])
async def test_model(fault: Fault, tmp_path: Path) -> None:
    """The template writes at once, and the ticket says so and why; tests/write/test_model.py has the other faults."""
    faulty = Faulty(ModelServer(says({"headline": "no"})).handle, fault)
    route = web.post("/v1/chat/completions", faulty.answer)
    given = {
        "model_provider": "openai",
        "model": "m",
        "model_url": "/v1",
        "model_timeout_seconds": 2 * PATIENCE_SECONDS,
    }
    async with world(tmp_path, faulty, route, **given) as here:
        await take_in(here.system, risk_body(1))
        await triage_due(here.system)
        authorship = (await here.report()).summary.authorship
        assert (authorship.writer, bool(authorship.fallback)) == ("template", True)
        assert 1 <= faulty.faults <= 2
        await here.mend()
        assert [ticket["action"] for ticket in await here.queued()] == ["create"]


def _webhook(taken: dict[str, int]) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def take(request: web.Request) -> web.Response:
        key = request.headers["idempotency-key"]
        taken[key] = taken.get(key, 0) + 1
        return web.json_response({"ticket": "INC7"})

    return take


@pytest.mark.parametrize("fault", FAULTS)
async def test_webhook(fault: Fault, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The case shows what is pending and what to do; the queue brings it back; one key whatever was lost."""
    caplog.set_level(logging.INFO)
    taken: dict[str, int] = {}
    faulty = Faulty(_webhook(taken), fault)
    given = {"destinations": ("queue", "webhook"), "webhook_url": "/", "webhook_secret": "whsec_" + "A" * 44}
    async with world(tmp_path, faulty, web.post("/", faulty.answer), **given) as here:
        await _delivered(here, "webhook", fault, caplog, believed={"truncated"})
        key = (await here.queued())[0]["idempotencyKey"]
    assert list(taken) == [key]
    assert "INC7" not in caplog.text


@pytest.mark.parametrize("fault", FAULTS)
async def test_ticket_system(fault: Fault, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """One incident, also where the first was made and its number never arrived."""
    caplog.set_level(logging.INFO)
    vendor, faulty = ServiceNow(), Faulty(None, fault)
    vendor.routes = lambda: [  # type: ignore[method-assign]
        web.RouteDef(route.method, route.path, _wrapped(faulty, route.handler, fault), route.kwargs)
        for route in ServiceNow.routes(vendor)
    ]
    given = {"servicenow_user": "triage", "servicenow_password": "s3cret-0123456789abcdef"}
    async with vendor.running():
        given = {"destinations": ("queue", "servicenow"), "servicenow_url": vendor.url, **given}
        async with world(tmp_path, faulty, None, **given) as here:
            await _delivered(here, "servicenow", fault, caplog, believed=set())
    assert len(vendor.rows) == 1
    assert "s3cret" not in caplog.text


def _wrapped(faulty: Faulty, handler: Any, fault: Fault) -> Any:
    """Return the handler behind the fault; what is carried out all the same must be the making, not the look before."""

    async def handled(request: web.Request) -> web.StreamResponse:
        if fault in TAKEN_IN and request.method == "GET":
            return await handler(request)
        faulty.handler = handler
        return await faulty.answer(request)

    return handled


async def _delivered(
    here: World, destination: str, fault: Fault, caplog: pytest.LogCaptureFixture, *, believed: set[Fault]
) -> None:
    """Check what the case shows while the destination fails, and after it has been mended."""
    await take_in(here.system, risk_body(1))
    await triage_due(here.system)
    (case,) = await here.system.services.state.cases()
    state = here.system.services.state
    shown = {one.destination: one for one in await state.deliveries(case.id)}
    assert shown["queue"].status == "created"
    if fault not in believed:
        assert shown[destination].status == "pending"
        assert shown[destination].hint
        assert case.needs_triage
        assert "delivery failed" in caplog.text
    await here.mend()
    shown = {one.destination: one for one in await state.deliveries(case.id)}
    assert (shown[destination].status, shown[destination].delivered) == ("created", 1)
    assert len(await here.queued()) == 1
    assert "anna" not in caplog.text.lower()
