"""Sign-ins that are worth a case by themselves, each beside the habit or the failure that looks like it."""

import random
from datetime import timedelta

import pytest

from shared.models.records import AnyRecord, Place, SignIn
from shared.patterns import alone
from shared.patterns.addresses import beside_disabled, guessed_from
from shared.patterns.alone import may_be_pattern
from shared.patterns.clients import BROKER, OFFICE_HOME, VISUAL_STUDIO_CODE
from shared.policy import default_policy
from tests.records import BEN, audit, minutes, sign_in

GUESSES, LOCK_OUTS = default_policy().thresholds.guesses, default_policy().thresholds.lock_outs
AWAY = "203.0.113.9"
MFA = "multiFactorAuthentication"


def patterns_of(records: list[AnyRecord]) -> list[alone.Found]:
    """Return the patterns under the default policy."""
    return alone.patterns_of(records, default_policy())


def away(number: int | str, at: float, **more: object) -> SignIn:
    """Return a success from an address that the user has not used."""
    return sign_in(number, minutes(at), **{"ip_address": AWAY, **more})


def wrong(count: int, *, address: str = AWAY) -> list[SignIn]:
    """Return wrong passwords half a minute apart."""
    return [sign_in(f"wrong-{n}", minutes(n / 2), error_code=50126, ip_address=address) for n in range(count)]


def locked(count: int, **more: object) -> list[SignIn]:
    """Return refusals of a locked account half a minute apart."""
    return [away(f"locked-{n}", n / 2, error_code=50053, **more) for n in range(count)]


CHAIN = [
    away("portal", 0, app_id=OFFICE_HOME, authentication_requirement=MFA),
    away("registration", 2, app_id=BROKER, resource_display_name="Device Registration Service"),
]
REGISTERED = audit("device", minutes(3), "Register device")
DE, NL = Place(country="DE"), Place(country="NL")
FIRED: list[tuple[list[AnyRecord], list[str]]] = [
    ([*wrong(GUESSES), away("yes", 20)], ["guessed_password"]),
    ([*wrong(GUESSES - 1), away("yes", 20)], []),
    ([*wrong(GUESSES), away("yes", 20, error_code=50126)], []),
    ([*wrong(GUESSES), away("yes", 90)], []),
    ([*wrong(GUESSES, address="192.0.2.1"), away("yes", 20)], []),
    ([*wrong(GUESSES), away("yes", 20), away("before", -3000)], []),
    ([*CHAIN, REGISTERED], ["device_joined_at_once"]),
    ([*CHAIN], []),
    ([CHAIN[1], REGISTERED], []),
    ([away(1, 0, app_id=BROKER, authentication_protocol="deviceCode")], ["device_code_to_broker"]),
    ([away(1, 0, app_id=BROKER, original_transfer_method="deviceCodeFlow")], ["device_code_to_broker"]),
    ([away(1, 0, app_display_name="Microsoft Authentication Broker", authentication_protocol="deviceCode")],
     ["device_code_to_broker"]),
    ([away(1, 0, app_id="cli", authentication_protocol="deviceCode")], []),
    ([away(1, 0, app_id=BROKER)], []),
    ([away(1, 0, app_id=VISUAL_STUDIO_CODE, resource_display_name="Microsoft Graph")], ["code_phished_to_graph"]),
    ([away(1, 0, app_id=VISUAL_STUDIO_CODE, resource_display_name="Azure DevOps")], []),
    ([away(1, 0, authentication_protocol="ropc")], ["password_flow"]),
    ([away(1, 0, authentication_protocol="ropc", error_code=50126)], []),
    ([away(1, 0, authentication_protocol="ropc", authentication_requirement=MFA)], []),
    ([away(1, 0, client_app_used="Authenticated SMTP")], ["legacy_client"]),
    ([away(1, 0, client_app_used="Authenticated SMTP", trusted_network=True)], []),
    ([away(1, 0, client_app_used="Authenticated SMTP"), away(2, -1500, client_app_used="Authenticated SMTP")],
     ["legacy_client"]),
    ([away(1, 0, client_app_used="Browser")], []),
    ([away(1, 0, user_agent="python-requests/2.31")], ["tool_signed_in"]),
    ([away(1, 0, user_agent="Mozilla/5.0 (Windows NT 10.0)")], []),
    ([away(1, 0, session_id="s", place=NL), sign_in(2, minutes(-30), session_id="s", place=DE)],
     ["session_in_two_countries"]),
    ([away(1, 0, session_id="s", place=NL), sign_in(2, minutes(-300), session_id="s", place=DE)], []),
    ([away(1, 0, session_id="s", place=DE), sign_in(2, minutes(-30), session_id="s", place=DE)], []),
    ([away(1, 0, session_id="t", place=NL), sign_in(2, minutes(-30), session_id="s", place=DE)], []),
    (locked(LOCK_OUTS), ["locked_out"]),
    (locked(LOCK_OUTS - 1), []),
    (locked(LOCK_OUTS, autonomous_system_number=8075), []),
    ([*locked(LOCK_OUTS), away("own", -600)], []),
    ([sign_in(n, minutes(n), error_code=code) for n, code in enumerate((50140, 16000, 50058, 50158, 90072))], []),
]  # fmt: skip


@pytest.mark.parametrize(("records", "expected"), FIRED)
def test_a_pattern_fires_on_what_it_is_for(records: list[AnyRecord], expected: list[str]) -> None:
    """The pattern, and nothing for its honest twin."""
    assert [found.pattern for found in patterns_of(records)] == expected


@pytest.mark.parametrize("records", [records for records, expected in FIRED if expected])
def test_order_and_repetition_change_nothing(records: list[AnyRecord]) -> None:
    """The hub delivers late, twice and shuffled."""
    again = [*records, *records]
    random.Random(4).shuffle(again)
    assert patterns_of(again) == patterns_of(records)


def test_what_completes_a_pattern_by_itself_is_a_candidate() -> None:
    """Without this, correlate would never look; guesses and sessions are found from the address and by MFA."""
    alone = [records[0] for records, expected in FIRED if len(records) == 1 and expected]
    assert alone
    assert all(may_be_pattern(record) for record in alone if isinstance(record, SignIn))
    assert not may_be_pattern(sign_in(1, minutes(0)))
    assert not may_be_pattern(sign_in(1, minutes(0), error_code=50126, authentication_protocol="ropc"))


def test_an_old_habit_is_no_pattern_and_a_new_place_is() -> None:
    """The printer that has mailed for weeks, and the same protocol from an address never seen."""
    old = sign_in("old", minutes(0) - timedelta(days=3), client_app_used="Authenticated SMTP")
    assert patterns_of([old, sign_in("now", minutes(0), client_app_used="Authenticated SMTP")])[0].sign_in is old
    assert len(patterns_of([old, sign_in("now", minutes(0), client_app_used="Authenticated SMTP")])) == 1
    assert len(patterns_of([old, away("now", 0, client_app_used="Authenticated SMTP")])) == 2


def test_a_guessed_user_is_seen_from_the_address() -> None:
    """The right password arrives in another batch than the wrong ones."""
    assert guessed_from([*wrong(GUESSES), away("yes", 20)], GUESSES) == {sign_in(1, minutes(0)).user_id}
    assert guessed_from(wrong(GUESSES - 1), GUESSES) == set()
    assert guessed_from([*wrong(GUESSES - 1), away("ben", 20, user=BEN, error_code=50126)], GUESSES) == set()


def test_a_success_beside_a_disabled_account() -> None:
    """The same address, another account, the same day; not in an office, and not for who tried the disabled one."""
    tried = away("tried", 0, user=BEN, error_code=50057)
    assert [r.record_id for r in beside_disabled([tried, away("in", 60), away("in-again", 70)])] == ["sign-in-in"]
    assert beside_disabled([tried, away("in", 60 * 30)]) == []
    assert beside_disabled([away("in", 60)]) == []
    assert beside_disabled([tried, away("own", 60, user=BEN)]) == []
    office = [away(f"colleague-{n}", n, user=f"{n:08}-aaaa-4bbb-8ccc-000000000009") for n in range(5)]
    assert beside_disabled([tried, *office]) == []
    assert beside_disabled([tried, away("in", 60), away("known", -60 * 48)]) == []
