"""Who is folded into a campaign, and who must not be: false merging is worse than none."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.correlate.correlate import correlate
from shared.models.cases import Case
from shared.models.habits import Habits, Seen
from shared.models.records import AnyRecord, Device, RiskDetection, SignIn
from shared.policy import policy_of
from shared.settings import Settings
from shared.state.sqlite import MEMORY, SqliteState
from tests.records import START, TENANT, detection, minutes, sign_in

SETTINGS = Settings()
KIT = {"ip_address": "203.0.113.31", "autonomous_system_number": 64511, "user_agent": "kit/1.0"}
HOME_ASN = 64500
NOW = minutes(600)


def usual(n: int, **more: Any) -> list[SignIn]:
    """Return an ordinary user's two sign-ins from home on earlier days."""
    where = {"ip_address": f"2001:db8:{n:x}::15", "autonomous_system_number": HOME_ASN, "user_agent": "own browser"}
    return [sign_in(f"{n}-{day}", START - timedelta(days=day), user=f"user-{n}", **{**where, **more}) for day in (2, 4)]


def hit(n: int, *, at: datetime | None = None, **more: Any) -> list[AnyRecord]:
    """Return a risky sign-in from the kit, blocked, and the detection of it."""
    shown = {**KIT, **more}
    when = at or minutes(n)
    tried = sign_in(f"{n}-hit", when, user=f"user-{n}", error_code=53003, risk_state="atRisk",
                    risk_level_during_sign_in="medium", risk_event_types=("unfamiliarFeatures",), **shown)  # fmt: skip
    found = detection(n, when, user=f"user-{n}", request_id=tried.record_id, ip_address=shown["ip_address"],
                      user_agent=shown["user_agent"])  # fmt: skip
    return [tried, found]


def crowd(count: int, **more: Any) -> list[AnyRecord]:
    """Return so many users of the kit, each with a past."""
    return [record for n in range(count) for record in (*usual(n), *hit(n, **more))]


async def taken_in(
    records: Sequence[AnyRecord], *, batch: int = 7, settings: Settings = SETTINGS, habits: Sequence[Habits] = ()
) -> list[Case]:
    """Return all cases after the records were taken in, some at a time."""
    state = SqliteState.open(MEMORY, clock=lambda: NOW)
    try:
        for one in habits:
            await state.save_habits(one)
        for start in range(0, len(records), batch):
            await correlate(records[start : start + batch], state, settings, NOW)
        return await state.cases()
    finally:
        await state.close()


def folded(cases: Sequence[Case]) -> list[str]:
    """Return the users whose case has no ticket of its own."""
    return sorted(case.identity.id for case in cases if case.is_folded)


def campaigns(cases: Sequence[Case]) -> list[Case]:
    """Return the cases of campaigns."""
    return [case for case in cases if case.identity.kind == "campaign"]


@pytest.mark.parametrize("seed", range(3))
async def test_sixty_hit_by_one_kit_are_one_campaign_however_they_arrive(seed: int) -> None:
    """Their pasts come first, as in life; the rest in any order, some of it twice."""
    pasts = [record for n in range(60) for record in usual(n)]
    storm = [record for n in range(60) for record in hit(n, ip_address=f"203.0.113.{31 + n % 4}")]
    storm += storm[::5]
    random.Random(seed).shuffle(storm)
    cases = await taken_in([*pasts, *storm], batch=16)
    (campaign,) = campaigns(cases)
    assert len(folded(cases)) == 60
    assert {case.campaign_id for case in cases if case.is_folded} == {campaign.id}


async def test_nine_are_too_few() -> None:
    """Below the policy's number each has a ticket."""
    cases = await taken_in(crowd(9))
    assert len(cases) == 9
    assert not folded(cases)


async def test_those_who_came_before_the_tenth_join_with_it() -> None:
    """They have tickets by then, which are told of the campaign."""
    cases = await taken_in(crowd(10), batch=4)
    assert len(folded(cases)) == 10
    assert len(campaigns(cases)) == 1


async def test_a_corporate_way_out_folds_nobody() -> None:
    """An office or proxy from which people were let in on earlier days, one client for all of them."""
    records = [record for n in range(40) for record in (*usual(n, **{**KIT, "user_agent": "company browser"}), *hit(n))]
    assert not folded(await taken_in(records))


async def test_a_carrier_with_new_addresses_every_day_folds_nobody() -> None:
    """Many behind one address, strange to each of them; but its network is where they always are."""
    carrier = {"ip_address": "203.0.113.99", "autonomous_system_number": HOME_ASN, "user_agent": "phone browser"}
    records = [record for n in range(40) for record in (*usual(n), *hit(n, **carrier))]
    assert not folded(await taken_in(records))


async def test_a_carrier_folds_nobody_of_whom_nothing_is_known() -> None:
    """Without a past nobody can be told to be a stranger there."""
    assert not folded(await taken_in([record for n in range(40) for record in hit(n)]))


async def test_a_carrier_known_from_kept_profiles_folds_nobody() -> None:
    """What was streamed weeks ago is gone from evidence and stands in the profile."""
    day = (START - timedelta(days=40)).date()
    seen = {"asn": {"64511": Seen(count=9, days=6, first=day, last=day)}}
    habits = [
        Habits(identity_key=f"{TENANT}|user|user-{n}", since=START - timedelta(days=50), until=START - timedelta(days=9),
               sign_ins=9, days=6, last_day=day, seen=seen)
        for n in range(40)
    ]  # fmt: skip
    assert not folded(await taken_in(crowd(40), habits=habits))


async def test_devices_of_the_organisation_fold_nobody() -> None:
    """A conference hotel is strange to everybody, but their own laptops are not an attacker's."""
    own = Device(device_id="d", is_managed=True)
    assert not folded(await taken_in(crowd(40, device=own)))


async def test_trusted_networks_fold_nobody() -> None:
    """Those of the policy file, and Entra's own trusted locations."""
    policy = policy_of({"networks": {"trusted": [{"cidr": "203.0.113.0/24", "name": "VPN exit"}]}})
    trusting = Settings()
    trusting.__dict__["policy"] = policy
    assert not folded(await taken_in(crowd(20), settings=trusting))
    assert not folded(await taken_in(crowd(20, trusted_network=True)))


async def test_other_clients_from_one_address_fold_nobody() -> None:
    """An address alone is shared by honest people."""
    records = [record for n in range(40) for record in (*usual(n), *hit(n, user_agent=f"browser {n}"))]
    assert not folded(await taken_in(records))


async def test_who_is_at_home_at_the_source_stays_out() -> None:
    """One user of that very hosting network has a case and a ticket of their own."""
    records = [*crowd(20), *usual(77, **KIT), *hit(77)]
    cases = await taken_in([*[r for r in records if r.at < START], *[r for r in records if r.at >= START]])
    assert len(folded(cases)) == 20
    assert "user-77" in {case.identity.id for case in cases}
    assert "user-77" not in folded(cases)


async def test_a_source_that_entra_calls_hostile_needs_no_past() -> None:
    """A tenant that streams detections alone: the attacker in the middle is named by Entra itself."""

    def found(n: int, kind: str) -> RiskDetection:
        return detection(n, minutes(n), user=f"user-{n}", risk_event_type=kind, ip_address="203.0.113.31")

    assert len(folded(await taken_in([found(n, "attackerinTheMiddle") for n in range(12)]))) == 12
    assert not folded(await taken_in([found(n, "unfamiliarFeatures") for n in range(12)]))


async def test_the_same_source_a_week_later_is_another_campaign() -> None:
    """After a day of silence a campaign begins anew, with its own ticket."""
    later = [record for n in range(20, 32) for record in (*usual(n), *hit(n, at=START + timedelta(days=8, minutes=n)))]
    cases = await taken_in([*crowd(12), *later])
    first, second = sorted(campaigns(cases), key=lambda case: case.opened_at)
    assert second.previous_case_ids == (first.id,)
    assert len([case for case in cases if case.campaign_id == second.id]) == 12


async def test_a_late_joiner_reopens_nobody() -> None:
    """A joiner changes its own case and the campaign's, and no other member's."""
    before = {case.id: case for case in await taken_in(crowd(12))}
    after = {case.id: case for case in await taken_in([*crowd(12), *usual(50), *hit(50)])}
    changed = [case for case_id, case in after.items() if before.get(case_id) != case]
    assert {case.identity.id for case in changed} - {campaigns(list(after.values()))[0].identity.id} == {"user-50"}
