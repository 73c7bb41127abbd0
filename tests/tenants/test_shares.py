"""Several tenants share queues and telemetry: a storm in one holds up no other, and numbers say whose they are."""

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.owed import LONGEST_TURN_SECONDS, RELEASES_A_SECOND, RELEASES_AT_ONCE, ask_for_triage
from shared.state.addressed import opened
from shared.state.interface import TRIAGE_QUEUE
from shared.telemetry_names import ATTRIBUTES
from shared.tenants import work
from tests.systems import stepped
from tests.telemetry.seen import Exported
from tests.tenants.test_work import FILE
from tests.tenants.two import STRANGER, A, B, Two, body, graph, risk, two

TENANT = ATTRIBUTES["tenant"][0]


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[Two]:
    """Run both."""
    async with two(tmp_path, FILE, graph(A), graph(B)) as app:
        yield app


async def released(app: Two) -> list[str]:
    """Return whose the requests are that can be seen now, in the order in which the functions get them."""
    found: list[str] = []
    while some := await app.system.app.own.state.receive(TRIAGE_QUEUE, visibility_seconds=3600, limit=32):
        found += [opened(message.body)[0] for message in some]
    return found


async def test_a_storm_of_one_tenant_holds_up_no_other(app: Two) -> None:
    """The other's request is behind a burst, not behind five hundred; the storm itself comes out at its pace."""
    tenants, clock = app.system.app.tenants, app.clock
    for number in range(500):
        await ask_for_triage(f"case-{number}", tenants[A].state)
    await ask_for_triage("case-b", tenants[B].state)
    assert await released(app) == [A] * RELEASES_AT_ONCE + [B]
    clock.advance(10)
    assert await released(app) == [A] * int(10 * RELEASES_A_SECOND)
    clock.advance(60)
    assert len(await released(app)) == 500 - RELEASES_AT_ONCE - int(10 * RELEASES_A_SECOND)


async def test_no_request_waits_longer_than_the_sweep_does(app: Two) -> None:
    """However long the line is."""
    state, clock = app.system.app.tenants[A].state, app.clock
    await state.take_turn("triage", 1 / 7200, 1)
    await state.take_turn("triage", 1 / 7200, 1)
    await ask_for_triage("case-1", state)
    assert await released(app) == []
    clock.advance(LONGEST_TURN_SECONDS)
    assert await released(app) == [A]


async def test_one_tenant_alone_waits_in_no_line(tmp_path: Path) -> None:
    """There is nobody to wait for."""
    async with stepped(tmp_path) as (system, _):
        for number in range(3 * RELEASES_AT_ONCE):
            await ask_for_triage(f"case-{number}", system.services.state)
        assert len(await system.services.state.receive(TRIAGE_QUEUE, visibility_seconds=60, limit=32)) == 32
        assert await system.services.state.acquire_lease("turn|triage", "anybody", 1)


async def test_numbers_say_whose_they_are(app: Two) -> None:
    """Records, cases, reports, tickets and requests to Graph, and every span but those of nobody."""
    seen, several = Exported(), app.system.app
    with seen.on():
        await work.take_in(
            [body(risk(A, 1), risk(B, 1)), body(risk(B, 2), {**risk(B, 3), "tenantId": STRANGER})],
            several,
            source="risk_events",
        )
        while await app.system.host.step_queues():
            pass
    taken = Counter(
        {point.attributes.get(TENANT): point.value for point in seen.points if point.name.endswith("records")}
    )
    assert taken == {A: 1, B: 2}
    for name in ("entra_triage.reports", "entra_triage.deliveries", "entra_triage.graph.round_trips"):
        assert {point.attributes.get(TENANT) for point in seen.points if point.name == name} == {A, B}
    assert {(span.attributes or {}).get(TENANT) for span in seen.spans()} == {A, B}
