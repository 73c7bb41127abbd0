"""Events arrive while something is wrong: they wait, or are parked; none is lost and none holds up the others."""

from datetime import datetime
from pathlib import Path

import aiohttp
import msgspec
import pytest

from local.system import RISK_HUB
from shared import pipeline, upkeep
from shared.clock import ManualClock
from shared.correlate import correlate as correlating
from shared.errors import DependencyError, DependencyUnavailableError
from shared.models.records import AnyRecord
from shared.settings import Settings
from shared.state.interface import TICKET_QUEUE
from shared.state.sqlite import SqliteState
from tests.systems import ANNA, KEY, NOW, TENANT_ID, risk_body, stepped, take_in, triage_due

BERT = "22222222-aaaa-4bbb-8ccc-000000000002"


async def test_a_batch_is_tried_until_state_is_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """State is down for ten minutes: the batch waits in its partition, and then makes its ticket."""
    tries: list[datetime] = []
    clock, add_records = ManualClock(NOW), SqliteState.add_records

    async def down(self: SqliteState, items: list[tuple[str, AnyRecord]]) -> int:
        tries.append(clock())
        if (clock() - NOW).total_seconds() < 600:
            raise DependencyUnavailableError("the state file answered `SQLITE_BUSY`")
        return await add_records(self, items)

    monkeypatch.setattr(SqliteState, "add_records", down)
    async with stepped(tmp_path, clock=clock) as (system, _):
        await take_in(system, risk_body(1))
        await triage_due(system)
        assert len(await system.services.state.peek(TICKET_QUEUE)) == 1
        assert (await system.services.state.counts())["records"] == 1
    assert 20 < len(tries) < 40, "30 seconds apart at last"


@pytest.mark.parametrize("fault", [KeyError("Anna Lind"), DependencyError("answered `InvalidInput`", status=400)])
async def test_what_trips_a_fault_is_parked_and_the_others_go_on(
    fault: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One body of a batch meets a bug, or state refuses it: parked with the place; after the update it is replayed."""
    is_candidate = correlating.is_candidate
    body = risk_body(2, userId=BERT)

    def broken(record: AnyRecord, policy: object) -> bool:
        if record.identity is not None and record.identity.id == BERT:
            raise fault
        return is_candidate(record, policy)  # type: ignore[arg-type]

    async with stepped(tmp_path) as (system, clock):
        with monkeypatch.context() as patched:
            patched.setattr(correlating, "is_candidate", broken)
            system.events.append(RISK_HUB, [risk_body(1), body, risk_body(3)])
            await take_in(system)
            with pytest.raises(type(fault)):
                await upkeep.replay_parked((await system.services.state.parked())[0].id, system.services)
        (parked,) = await system.services.state.parked()
        assert parked.body == body
        assert parked.reason.startswith(f"{type(fault).__name__} at correlate.py:")
        assert "anna" not in parked.reason + caplog.text.lower()
        assert [case.identity.id for case in await system.services.state.cases()] == [ANNA]
        counts = await system.services.state.counts()
        assert (counts["records"], counts["dead_lettered"]) == (2, 1)
        await upkeep.replay_parked(parked.id, system.services)
        assert {case.identity.id for case in await system.services.state.cases()} == {ANNA, BERT}
        assert await system.services.state.parked() == []
        clock.advance(3600)
        await triage_due(system)
        keys = [msgspec.json.decode(ticket)["ticketKey"] for ticket in await system.services.state.peek(TICKET_QUEUE)]
        assert len(set(keys)) == 2


async def test_a_flood_of_unreadable_records_is_one_row_and_replays_in_part(tmp_path: Path) -> None:
    """Thousands in one body are one parked thing with a count; what can be read later is taken in, the rest stays."""
    good = msgspec.json.decode(risk_body(1))["records"][0]
    del good["tenantId"]
    flood = msgspec.json.encode({"records": [good, *({"nothing": number} for number in range(3000))]})
    async with stepped(tmp_path) as (system, _):
        await take_in(system, flood)
        assert (await system.services.state.counts())["dead_lettered"] == 3001
        assert await system.services.state.cases() == []
    async with stepped(tmp_path, settings=Settings(tenant_id=TENANT_ID)) as (system, _):
        async with aiohttp.ClientSession(headers={"x-functions-key": KEY}) as http:
            async with http.get(f"{system.host.url}/api/parked") as answer:
                (listed,) = (await answer.json())["value"]
            assert (listed["records"], listed["bytes"]) == (3001, len(flood))
            for status in (202, 404):
                async with http.post(f"{system.host.url}/api/parked/{listed['id']}/replay") as answer:
                    assert answer.status == status
        (rest,) = await system.services.state.parked()
        assert rest.count == 3000
        assert [case.identity.id for case in await system.services.state.cases()] == [ANNA]


async def test_a_worker_that_stood_still_sends_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its lease ran out while it looked, and another has the case: only that one sends."""
    make_report = pipeline.make_report
    async with stepped(tmp_path) as (system, clock):
        await take_in(system, risk_body(1))
        (case,) = await system.services.state.cases()

        async def slow(*given: object) -> object:
            report = await make_report(*given)  # type: ignore[arg-type]
            clock.advance(system.services.settings.lease_seconds + 1)
            assert await system.services.state.acquire_lease(f"case|{case.id}", "another worker", 120)
            return report

        with monkeypatch.context() as patched:
            patched.setattr(pipeline, "make_report", slow)
            await system.host.step_queues()
        assert await system.services.state.peek(TICKET_QUEUE) == []
        assert await system.services.state.deliveries(case.id) == []
        clock.advance(121)
        await triage_due(system)
        assert len(await system.services.state.peek(TICKET_QUEUE)) == 1
