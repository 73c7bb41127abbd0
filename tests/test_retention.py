"""What is past its time is gone everywhere, what is needed stays, and a new case is never taken for a forgotten one."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shared.clock import ManualClock
from shared.erasure import ErasureRequest, erase
from shared.errors import ConfigurationError, DependencyUnavailableError
from shared.models.identity import Identity
from shared.retention import forget_old
from shared.settings import Settings
from shared.state.interface import TICKET_QUEUE
from shared.state.sqlite import MEMORY, SqliteState
from shared.upkeep import sweep
from tests.records import sign_in
from tests.state.samples import NOON, case, ended
from tests.state.samples import sign_in as recorded
from tests.systems import ANNA, NOW, TENANT_ID, risk_body, stepped, take_in, triage_due

DAY = 24 * 3600
ANNA_KEY = Identity(tenant_id=TENANT_ID, kind="user", id=ANNA).key
BO = "22222222-aaaa-4bbb-8ccc-000000000002"
UPN, NAME = "anna.lind@woodgrovebank.com", "Anna Lind"


def safe(number: int, **more: Any) -> bytes:
    """Return the event that an administrator confirmed a detection as safe."""
    said = (NOW - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    word = {"state": "confirmedSafe", "riskDetail": "adminConfirmedAccountSafe", "lastUpdatedDateTime": said}
    return risk_body(number, **{**word, **more})


def traces(folder: Path, *words: str) -> set[str]:
    """Return which words stand in the bytes of the state, its log included."""
    text = b"".join(path.read_bytes() for path in folder.glob("state.sqlite*")).lower()
    return {word for word in words if word.lower().encode() in text}


async def today_comes(system: Any, clock: Any) -> None:
    """Let a record of the clock's time come in: without one no sweep believes that the clock is right."""
    now = sign_in(f"at {clock()}", clock(), user=BO)
    await system.services.state.add_records([(now.identity.key, now)])


async def close_annas_case(system: Any, clock: Any) -> str:
    """Let a case of Anna's be triaged and end; return its id."""
    await take_in(system, risk_body(1))
    await triage_due(system)
    await take_in(system, safe(1))
    clock.advance(3600)
    await triage_due(system)
    for message in await system.services.state.receive(TICKET_QUEUE, visibility_seconds=60, limit=32):
        await system.services.state.delete(TICKET_QUEUE, message)
    return next(str(case.id) for case in await system.services.state.cases() if case.identity.id == ANNA)


async def test_a_closed_case_is_gone_to_the_byte_and_an_open_one_stays(tmp_path: Path) -> None:
    """A year after its last signal, and not a day before; the open case keeps its report."""
    bo = {"userId": BO, "userPrincipalName": "bo@woodgrovebank.com", "userDisplayName": "Bo Berg"}
    async with stepped(tmp_path) as (system, clock):
        state = system.services.state
        await take_in(system, risk_body(2, **bo))
        closed = await close_annas_case(system, clock)
        clock.advance(364 * DAY)
        await today_comes(system, clock)
        await sweep(system.services)
        assert await state.case(closed) is not None
        assert traces(tmp_path, ANNA, UPN) == {ANNA, UPN}
        clock.advance(2 * DAY)
        await today_comes(system, clock)
        await sweep(system.services)
        (left,) = await state.cases()
        assert (left.identity.id, left.status) == (BO, "open")
        assert await state.report(left.id) is not None
        assert await state.report(closed) is None
        assert traces(tmp_path, ANNA, UPN, NAME, BO) == {BO}
    assert traces(tmp_path, ANNA, UPN, NAME) == set()


async def test_a_case_after_a_forgotten_one_is_another_ticket(tmp_path: Path) -> None:
    """Destinations still have the ticket of the forgotten case: ids and keys of sends are never used again."""
    async with stepped(tmp_path) as (system, clock):
        first = await close_annas_case(system, clock)
        seen = {first}
        for year in (1, 2):
            clock.advance(366 * DAY)
            await today_comes(system, clock)
            await sweep(system.services)
            assert await system.services.state.cases() == []
            away = -366 * year * DAY / 60
            await take_in(system, risk_body(10 + year, minutes_ago=away))
            await triage_due(system)
            (case,) = await system.services.state.cases()
            assert case.id not in seen
            (message,) = await system.services.state.receive(TICKET_QUEUE, visibility_seconds=60)
            ticket = msgspec.json.decode(message.body)
            assert (ticket["action"], ticket["ticketKey"]) == ("create", case.id)
            await system.services.state.delete(TICKET_QUEUE, message)
            seen.add(case.id)
            later = (NOW + timedelta(seconds=366 * year * DAY + 3600)).strftime("%Y-%m-%dT%H:%M:%SZ")
            await take_in(system, safe(10 + year, minutes_ago=away, lastUpdatedDateTime=later))
            clock.advance(2 * 3600)
            await triage_due(system)
            (last,) = await system.services.state.receive(TICKET_QUEUE, visibility_seconds=60)
            await system.services.state.delete(TICKET_QUEUE, last)
        clock.advance(366 * DAY)
        await today_comes(system, clock)
        await sweep(system.services)
        assert len(await system.services.state.documents("forgotten")) == 1
        await erase(ErasureRequest(id=ANNA), system.services)
        assert await system.services.state.documents("forgotten") == []


async def test_a_case_that_another_followed_goes_too(tmp_path: Path) -> None:
    """Nobody closed it, but it is over; the one that followed is open and stays, and says that there was one."""
    async with stepped(tmp_path) as (system, clock):
        await take_in(system, risk_body(1))
        await triage_due(system)
        (first,) = await system.services.state.cases()
        clock.advance(200 * DAY)
        await today_comes(system, clock)
        await take_in(system, risk_body(2, minutes_ago=-200 * 24 * 60))
        await triage_due(system)
        clock.advance(170 * DAY)
        await today_comes(system, clock)
        await sweep(system.services)
        (second,) = await system.services.state.cases()
        assert second.previous_case_ids == (first.id,)
        report = await system.services.state.report(second.id)
        assert report is not None
        assert len(report.dossier.all("case.previous")) == 1


async def test_an_earlier_case_still_counts_while_it_is_kept(tmp_path: Path) -> None:
    """With the shortest time that settings take, what was confirmed safe 20 days ago weighs."""
    async with stepped(tmp_path, settings=Settings(keep_days=30)) as (system, clock):
        first = await close_annas_case(system, clock)
        clock.advance(20 * DAY)
        await today_comes(system, clock)
        await sweep(system.services)
        await take_in(system, risk_body(2, minutes_ago=-20 * 24 * 60))
        await triage_due(system)
        case = (await system.services.state.cases())[0]
        assert case.previous_case_ids == (first,)
        report = await system.services.state.report(case.id)
        assert "harmless_in_earlier_case" in {term.source for term in report.assessment.terms}


async def test_tickets_that_nobody_reads_are_forgotten(tmp_path: Path) -> None:
    """The embedded queues let messages go by age; Storage queues do so by themselves."""
    async with stepped(tmp_path, settings=Settings(delivery_mode="shadow")) as (system, clock):
        await take_in(system, risk_body(1))
        await triage_due(system)
        assert len(await system.services.state.peek("tickets-shadow")) == 1
        clock.advance(366 * DAY)
        await today_comes(system, clock)
        await sweep(system.services)
        assert await system.services.state.peek("tickets-shadow") == []


async def test_what_is_kept_for_long_is_looked_for_once_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Again at the next sweep when it failed, and not twice a day: on Azure Storage it reads whole tables."""
    async with stepped(tmp_path) as (system, clock):
        closed = await close_annas_case(system, clock)
        state = system.services.state
        forget, asked = state.forget, []

        async def forgetting(case_ids: list[str], before: datetime) -> dict[str, int]:
            asked.append(case_ids)
            if len(asked) == 1:
                raise DependencyUnavailableError("busy")
            return dict(await forget(case_ids, before))

        monkeypatch.setattr(state, "forget", forgetting)
        clock.advance(366 * DAY)
        await today_comes(system, clock)
        with pytest.raises(DependencyUnavailableError):
            await sweep(system.services)
        for _ in range(3):
            await sweep(system.services)
            clock.advance(900)
        assert asked == [[closed], [closed]]
        clock.advance(DAY)
        await today_comes(system, clock)
        await sweep(system.services)
        assert asked == [[closed], [closed], []]


async def test_a_clock_far_ahead_forgets_nothing_early(tmp_path: Path) -> None:
    """Four years ahead for a day of sweeps, then set right: case, report and evidence are there, whatever it said."""
    async with stepped(tmp_path) as (system, clock):
        state, right = system.services.state, clock()
        closed = await close_annas_case(system, clock)
        evidence = await state.records(ANNA_KEY)
        await sweep(system.services)
        clock.advance(4 * 366 * 24 * 3600.0)
        for _ in range(96):
            await sweep(system.services)
            clock.advance(900)
        assert await state.case(closed) is not None
        assert await state.report(closed) is not None
        assert await state.records(ANNA_KEY) == evidence != []
        clock.advance(-4 * 366 * 24 * 3600.0)
        assert clock() - right < timedelta(days=2)
        await sweep(system.services)
        assert await state.case(closed) is not None


async def test_silence_holds_nothing_back() -> None:
    """No record comes any more, the timer does: a case goes on its day, and not a tick later."""
    clock, settings = ManualClock(NOON), Settings(keep_days=30)
    state = SqliteState.open(MEMORY, clock=clock)
    await state.save_case(ended(case()), None)
    await state.add_records([(case().identity.key, recorded(1))])
    due = NOON.replace(hour=0) + timedelta(days=31)
    while await state.case(case().id) is not None:
        assert clock() < due + timedelta(minutes=30)
        await forget_old(state, settings, clock())
        clock.advance(1800)
    assert clock() == due + timedelta(minutes=30)
    await state.close()


async def test_an_app_that_was_off_forgets_with_the_first_record(tmp_path: Path) -> None:
    """It can't tell a long pause from a wrong clock before something of today comes; then it forgets at once."""
    async with stepped(tmp_path) as (system, clock):
        closed = await close_annas_case(system, clock)
        await sweep(system.services)
        clock.advance(400 * 24 * 3600.0)
        await sweep(system.services)
        assert await system.services.state.case(closed) is not None
        await today_comes(system, clock)
        await sweep(system.services)
        assert await system.services.state.case(closed) is None


def test_cases_are_not_kept_for_less_than_their_records() -> None:
    """Else records would open them again."""
    with pytest.raises(ConfigurationError, match="TRIAGE_KEEP_DAYS"):
        Settings.from_env({"TRIAGE_KEEP_DAYS": "20"})
