"""Password sprays from many addresses, seen by what the tries share; and mornings that look like one."""

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from shared.clock import ManualClock
from shared.correlate.correlate import correlate
from shared.models.cases import Campaign, Case
from shared.models.records import Device, SignIn
from shared.patterns.spread import signatures, spread_spray
from shared.settings import Settings
from shared.state.sqlite import MEMORY, SqliteState
from tests.records import minutes, sign_in
from tests.systems import tuned

SETTINGS = Settings()
NOW = minutes(600)
SINGLE = "singleFactorAuthentication"
CLIENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/124.0.0.0"
HOSTING = 64511


def tried(number: int, *, at: float | None = None, error_code: int = 50126, **more: Any) -> SignIn:
    """Return one try at user ``number`` from an address of its own, two minutes after the one before."""
    given: dict[str, Any] = {
        "user": f"user-{number:02}",
        "ip_address": f"203.0.{number}.9",
        "autonomous_system_number": HOSTING,
        "user_agent": CLIENT,
        "app_id": "office",
        "authentication_requirement": SINGLE,
        "error_code": error_code,
        **more,
    }
    return sign_in(
        f"{number}-{at}-{error_code}-{given['ip_address']}", minutes(2 * number if at is None else at), **given
    )


def hit(**more: Any) -> SignIn:
    """Return the right password for a user who was not tried before, from the same hosting network."""
    return tried(77, **{"at": 50, "error_code": 0, **more})


SPRAY = [tried(number) for number in range(25)]


async def taken_in(
    records: Sequence[SignIn], *, settings: Settings = SETTINGS, batch: int = 7
) -> tuple[list[Case], list[Campaign]]:
    """Return cases and campaigns after the records came in batches."""
    state = SqliteState.open(MEMORY, clock=ManualClock(NOW))
    try:
        for start in range(0, len(records), batch):
            await correlate(records[start : start + batch], state, settings, NOW)
        return await state.cases(), await state.campaigns()
    finally:
        await state.close()


async def fell(records: Sequence[SignIn], *, settings: Settings = SETTINGS) -> list[str]:
    """Return the users with a case for a spray."""
    cases, _ = await taken_in(records, settings=settings)
    reasons = {case.identity.id: {signal.reason for signal in case.signals} for case in cases}
    return [user for user, found in reasons.items() if "password_spray_success" in found]


@pytest.mark.parametrize("seed", range(4))
async def test_a_spray_from_many_addresses_is_one_campaign_however_it_arrives(seed: int) -> None:
    """Twenty-five addresses, one user each; the one who fell has the case, in whatever order the records came."""
    records = [*SPRAY, hit()]
    random.Random(seed).shuffle(records)
    cases, campaigns = await taken_in(records)
    assert {case.identity.id for case in cases} == {"user-77", campaigns[0].id}
    (campaign,) = campaigns
    assert (campaign.addresses, len(campaign.targeted), campaign.succeeded) == (25, 26, ("user-77",))
    assert campaign.ip_address == ""


@pytest.mark.parametrize(
    "records",
    [
        [*(tried(n, user_agent=f"{CLIENT} {n}") for n in range(25)), hit(user_agent=f"{CLIENT} 3")],
        [*(tried(n, autonomous_system_number=64000 + n) for n in range(25)), hit(ip_address="203.0.4.77")],
        [*SPRAY, hit(error_code=50076)],
        [*SPRAY, hit(is_interactive=False, authentication_protocol="ropc")],
        [*SPRAY, tried(3, at=50, error_code=0, ip_address="203.0.99.9")],
        [tried(60, at=-1440, error_code=0), *SPRAY, hit()],
        [*(tried(n, ip_address=f"2001:db8:{n:x}::9") for n in range(25)), hit(ip_address="2001:db8:3::5")],
    ],
    ids=[
        "other clients",
        "other networks",
        "stopped by MFA",
        "by a program",
        "tried before",
        "a colleague there yesterday",
        "IPv6",
    ],
)
async def test_what_the_tries_share_may_be_client_or_network(records: list[SignIn]) -> None:
    """One of the two is enough for the tries; the right password comes from beside them, or shares both."""
    assert len(await fell(records)) == 1


def at_home(number: int) -> list[SignIn]:
    """Return a colleague's mistyped password and, a minute later, the right one, at home."""
    line = {"ip_address": f"198.51.{number}.9", "autonomous_system_number": 64500}
    return [tried(number, **line), tried(number, at=2 * number + 1, error_code=0, **line)]


EARLIER = minutes(-1440 * 2)
HABITUAL = [sign_in(f"home-{n}", EARLIER, user=f"kin-{n}", ip_address=f"203.0.{n}.9") for n in range(25)]


@pytest.mark.parametrize(
    "records",
    [
        [*SPRAY[:19], hit()],
        [*(tried(n, at=n * 30) for n in range(25)), hit(at=740)],
        [*(record for n in range(30) for record in at_home(n)), hit(autonomous_system_number=64500)],
        [*(tried(n, ip_address=f"203.0.113.{n % 5}") for n in range(30)), hit(ip_address="203.0.113.4")],
        [*HABITUAL, *SPRAY, hit()],
        [*(tried(n, trusted_network=True) for n in range(25)), hit(trusted_network=True)],
        [*SPRAY, hit(autonomous_system_number=64500)],
        [*SPRAY, hit(user_agent="Outlook/16")],
        [*SPRAY, hit(authentication_requirement="multiFactorAuthentication")],
        [*SPRAY, hit(is_interactive=False)],
        [*SPRAY, hit(device=Device(is_compliant=True))],
        [*SPRAY, hit(at=240)],
        [*SPRAY, hit(at=-1440), hit()],
        [*(tried(n, app_id=None) for n in range(25)), hit(app_id=None)],
    ],
    ids=[
        "too few",
        "over half a day",
        "mistyped at home",
        "offices with many users",
        "homes of colleagues",
        "trusted network",
        "a network that took no part",
        "another client",
        "MFA satisfied",
        "a token renewed",
        "a compliant device",
        "hours later",
        "at home there since yesterday",
        "nothing shared",
    ],
)
async def test_honest_mornings_are_no_spray_and_honest_users_did_not_fall(records: list[SignIn]) -> None:
    """Passwords expire for everybody on the same Monday; a shared browser and a shared provider prove nothing."""
    assert await fell(records) == []


async def test_the_policy_says_how_many_users_and_which_networks() -> None:
    """A small tenant counts fewer; a network of its own counts none."""
    few = [*SPRAY[:8], hit()]
    assert await fell(few) == []
    assert await fell(few, settings=tuned(thresholds={"spread_spray_users": 8})) == ["user-77"]
    own = tuned(networks={"trusted": [{"cidr": "203.0.0.0/16", "name": "ours"}]})
    assert await fell([*SPRAY, hit()], settings=own) == []


def test_only_the_sprays_own_are_its_hits() -> None:
    """Whoever hands in more sign-ins than it has: another client from another network is somebody else."""
    (client, _) = signatures(SPRAY[0])
    others = [hit(user="other", autonomous_system_number=64500), hit(user="another", user_agent="Outlook/16")]
    spray = spread_spray([*SPRAY, *others, hit()], client, SETTINGS)
    assert spray is not None
    assert spray.fell == {"user-77"}


async def test_a_day_of_ordinary_sign_ins_makes_no_campaign() -> None:
    """Successes alone, however many and however alike."""
    records = [tried(n, error_code=0, at=n / 3) for n in range(60)]
    assert await taken_in(records) == ([], [])
    assert NOW - records[0].at < timedelta(days=1)
