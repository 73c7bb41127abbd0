"""Sign-ins that tell something only beside a recent one, and two workers at one identity."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.correlate.correlate import correlate
from shared.models.records import AnyRecord, Place
from shared.settings import Settings
from shared.state.interface import State
from tests.records import minutes, sign_in

NL, DE = Place(country="NL"), Place(country="DE")
MFA = {"authentication_requirement": "multiFactorAuthentication"}
NOW = minutes(60)


async def taken(records: list[AnyRecord], state: State) -> list[str]:
    """Return the reasons of the cases that a batch touched."""
    cases = await correlate(records, state, Settings(), NOW)
    return [found.reason for case in cases for found in case.signals]


def denials(count: int = 6) -> list[AnyRecord]:
    """Return denied prompts, a minute apart."""
    return [sign_in(n, minutes(n), error_code=500121) for n in range(count)]


def session(number: int, at: float, place: Place, address: str) -> AnyRecord:
    """Return a sign-in of one session, one factor."""
    return sign_in(number, minutes(at), session_id="s", place=place, ip_address=address)


async def test_an_approval_after_denials_of_an_earlier_batch_is_seen(state: State) -> None:
    """The denials opened the case; the approval, half an hour later at most, is a signal of its own."""
    assert await taken(denials(), state) == ["mfa_fatigue"]
    assert await taken([sign_in(50, minutes(20), **MFA)], state) == ["mfa_fatigue", "mfa_fatigue"]


@pytest.mark.parametrize("first", [0, 1])
async def test_a_session_in_two_countries_is_seen_whichever_comes_first(state: State, first: int) -> None:
    """With one factor too, and in any order of arrival."""
    both = [session(1, 0, DE, "203.0.113.1"), session(2, 45, NL, "198.51.100.9")]
    assert await taken([both[first]], state) == []
    assert await taken([both[1 - first]], state) == ["sign_in_pattern"]


async def test_ordinary_days_read_two_hours_and_no_more(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the records of days cost would be paid for nearly every sign-in."""
    asked: list[datetime] = []
    read = state.records_of

    async def noted(since: dict[str, datetime], *, most: int | None = None) -> dict[str, list[AnyRecord]]:
        asked.extend(at for partition, at in since.items() if "|user|" in partition)
        return await read(since, most=most)

    monkeypatch.setattr(state, "records_of", noted)
    assert await taken([sign_in(1, minutes(0), session_id="s", place=DE, **MFA)], state) == []
    assert asked == [minutes(0) - timedelta(hours=2)]


async def test_nobody_writes_over_the_signal_of_another_worker(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another batch of the same identity comes through between the reads of this one."""
    read: Any = state.records_of

    async def interrupted(since: dict[str, datetime], *, most: int | None = None) -> dict[str, list[AnyRecord]]:
        found = await read(since, most=most)
        if any("|user|" in partition for partition in since):
            monkeypatch.setattr(state, "records_of", read)
            await taken([sign_in(2, minutes(9), risk_state="atRisk", risk_level_during_sign_in="high")], state)
        return found

    monkeypatch.setattr(state, "records_of", interrupted)
    await taken([sign_in(1, minutes(5), risk_state="atRisk", risk_level_during_sign_in="high")], state)
    (case,) = await state.cases()
    assert [found.record_id for found in case.signals] == ["sign-in-1", "sign-in-2"]
