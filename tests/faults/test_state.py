"""State that is full, busy, or dated by a clock that jumps; work that comes twice, at once, or always fails."""

import asyncio
import contextlib
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shared import pipeline, upkeep
from shared.clock import ManualClock
from shared.errors import DependencyUnavailableError
from shared.models.cases import TriageRequest
from shared.settings import Settings
from shared.state.azure import storage as azure_storage
from shared.state.azure.connection import CONNECTION
from shared.state.interface import TICKET_QUEUE, TRIAGE_QUEUE
from shared.state.sqlite import SqliteState
from tests.faults.storage import Cables
from tests.systems import ANNA, NOW, risk_body, stepped, take_in, triage_due

DELAY = Settings().update_delay_seconds
BERT = "22222222-aaaa-4bbb-8ccc-000000000002"
SERVER_BUSY = b"""HTTP/1.1 503 Server Busy\r
x-ms-error-code: ServerBusy\r
content-length: 0\r
connection: close\r
\r
"""


class Healing(ManualClock):
    """A clock on which something is mended once it has been waited for that long."""

    def __init__(self, seconds: float) -> None:
        super().__init__(NOW)
        self._until = NOW + timedelta(seconds=seconds)
        self.mend: Any = None
        self.waits = 0

    def advance(self, seconds: float) -> None:
        """Move on, and mend."""
        super().advance(seconds)
        self.waits += 1
        if self.mend is not None and self.now >= self._until:
            self.mend()
            self.mend = None


async def sent(system: Any) -> list[tuple[str, int]]:
    """Return action and version of each ticket in the queue, of one case."""
    bodies = [msgspec.json.decode(body) for body in await system.services.state.peek(TICKET_QUEUE)]
    assert len({body["ticketKey"] for body in bodies}) <= 1
    assert len({body["idempotencyKey"] for body in bodies}) == len(bodies)
    return [(body["action"], body["version"]) for body in bodies]


def fill(state: SqliteState) -> Any:
    """Have no page of the file left to grow into; return what gives room again."""
    connection = state._database._connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    return lambda: connection.execute("PRAGMA max_page_count = 1073741823")


async def test_a_full_disk_holds_events_up_and_loses_none(tmp_path: Path) -> None:
    """Thirty detections do not fit; they wait in their hub until there is room, and make one update."""
    clock = Healing(300)
    async with stepped(tmp_path, clock=clock) as (system, _):
        await take_in(system, risk_body(1))
        await triage_due(system)
        clock.mend = fill(system.services.state)
        await take_in(system, *(risk_body(number, additionalInfo="x" * 4000) for number in range(2, 32)))
        assert clock.waits > 5, "nothing failed"
        clock.advance(DELAY)
        await triage_due(system)
        assert await sent(system) == [("create", 1), ("update", 2)]
        (case,) = await system.services.state.cases()
        assert (len(case.signals), case.needs_triage) == (31, False)


async def test_a_full_disk_in_triage_is_a_retry(tmp_path: Path) -> None:
    """A report that cannot be kept is not sent either; with room it is, once."""
    async with stepped(tmp_path) as (system, clock):
        await take_in(system, risk_body(1))
        mend = fill(system.services.state)
        for _ in range(2):
            with contextlib.suppress(DependencyUnavailableError):
                await system.host.step_queues()
            clock.advance(31)
        assert await sent(system) == []
        (case,) = await system.services.state.cases()
        assert case.needs_triage
        mend()
        await triage_due(system)
        assert await sent(system) == [("create", 1)]


@pytest.mark.parametrize("request_is_lost", [False, True])
@pytest.mark.parametrize("hours", [72, -3, -72])
async def test_a_clock_that_jumps(hours: int, request_is_lost: bool, tmp_path: Path) -> None:
    """Between a signal and its update the clock is set; the update still comes, at most a sweep later."""
    async with stepped(tmp_path) as (system, clock):
        await take_in(system, risk_body(1))
        await triage_due(system)
        clock.advance(1)
        await take_in(system, risk_body(2))
        if request_is_lost:
            state = system.services.state
            assert await state._database.change("DELETE FROM messages WHERE queue = ?", (TRIAGE_QUEUE,)) == 1
        case = (await system.services.state.cases())[0]
        assert await system.services.state.acquire_lease(f"case|{case.id}", "killed", 120)
        clock.advance(hours * 3600)
        clock.advance(DELAY)
        await triage_due(system)
        clock.advance(900)
        await upkeep.sweep(system.services)
        await triage_due(system)
        assert await sent(system) == [("create", 1), ("update", 2)]
        await take_in(system, risk_body(3))
        clock.advance(DELAY)
        await triage_due(system)
        assert await sent(system) == [("create", 1), ("update", 2), ("update", 3)]


async def test_a_request_that_comes_again_after_success_does_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The triage was done, its message could not be deleted: the second run finds nothing owed."""

    async def lost(*_: object) -> None:
        raise DependencyUnavailableError("the state file answered `SQLITE_BUSY`")

    async with stepped(tmp_path) as (system, clock):
        await take_in(system, risk_body(1))
        with monkeypatch.context() as patched:
            patched.setattr(SqliteState, "delete", lost)
            with pytest.raises(DependencyUnavailableError):
                await system.host.step_queues()
        assert await sent(system) == [("create", 1)]
        clock.advance(600)
        assert await triage_due(system) == 1, "the message did not come again"
        assert await sent(system) == [("create", 1)]
        assert await system.services.state.report((await system.services.state.cases())[0].id, 2) is None


async def test_workers_at_one_case_at_once_make_one_ticket(tmp_path: Path) -> None:
    """Three requests for one case run at the same time: one works, the others come back and find nothing owed."""
    async with stepped(tmp_path) as (system, clock):
        await take_in(system, risk_body(1))
        (case,) = await system.services.state.cases()
        request = TriageRequest(case_id=case.id)
        done = await asyncio.gather(*(pipeline.triage(request, system.services) for _ in range(3)))
        assert [report.version for report in done if report] == [1]
        clock.advance(60)
        assert await triage_due(system) == 3
        assert await sent(system) == [("create", 1)]


async def test_a_case_that_always_fails_is_parked_seen_and_replayed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A fault of our own in one case: others have their tickets, it is parked once however often it is swept."""
    caplog.set_level(logging.INFO)
    make_report = pipeline.make_report

    async def broken(case: Any, services: Any) -> Any:
        if case.identity.id == BERT:
            raise KeyError(case.identity.name)
        return await make_report(case, services)

    async with stepped(tmp_path) as (system, clock):
        state = system.services.state
        with monkeypatch.context() as patched:
            patched.setattr(pipeline, "make_report", broken)
            await take_in(system, risk_body(1), risk_body(2, userId=BERT))
            for turn in range(60):
                await triage_due(system)
                clock.advance(31)
                if turn % 30 == 29:
                    await upkeep.sweep(system.services)
            assert await sent(system) == [("create", 1)]
            (parked,) = await state.parked()
            assert parked.kind == "triage"
            owed = [case for case in await state.cases() if case.needs_triage]
            assert [case.identity.id for case in owed] == [BERT]
            assert {case.identity.id for case in await state.cases()} == {ANNA, BERT}
        await upkeep.replay_parked(parked.id, system.services)
        await triage_due(system)
        assert await state.parked() == []
        assert not any(case.needs_triage for case in await state.cases())
        assert len(await state.peek(TICKET_QUEUE)) == 2
    assert "triage parked" in caplog.text
    assert "anna" not in caplog.text.lower()


async def test_a_storage_account_that_is_busy_loses_nothing(
    tmp_path: Path, storage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every request is answered 503 ServerBusy for five minutes, then its connection is reset once more in triage."""
    for name in ("initial_backoff", "increment_base", "random_jitter_range"):
        monkeypatch.setitem(azure_storage._SOON, name, 0)
    monkeypatch.setitem(azure_storage._OPTIONS, "retry_backoff_factor", 0)
    cables, clock = Cables(), Healing(300)
    monkeypatch.setenv(CONNECTION, await cables.lead_to(storage))
    try:
        async with stepped(tmp_path, settings=Settings(state_store="azure"), clock=clock) as (system, _):
            cables.refuse(SERVER_BUSY)
            clock.mend = lambda: cables.refuse(None)
            await take_in(system, risk_body(1))
            assert clock.waits > 5, "nothing failed"
            cables.refuse(SERVER_BUSY)
            with pytest.raises(DependencyUnavailableError):
                await upkeep.sweep(system.services)
            cables.refuse(None)
            await triage_due(system)
            assert await sent(system) == [("create", 1)]
            assert not (await system.services.state.cases())[0].needs_triage
            assert (await system.services.state.counts())["records"] == 1
    finally:
        await cables.stop()
