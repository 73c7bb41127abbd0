"""Password sprays seen from their address."""

from collections.abc import Sequence

from msgspec import structs

from shared.correlate.sprays import campaign_of, signals_of_spray
from shared.models.cases import Campaign
from shared.models.records import SignIn
from shared.patterns.sprays import latest_spray
from shared.settings import Settings
from tests.records import minutes, sign_in
from tests.systems import tuned

SETTINGS = Settings()


def tried(number: int, at: float, *, error_code: int = 50126) -> SignIn:
    """Return one try at user ``number``."""
    return sign_in(f"{number}-{at}", minutes(at), user=f"user-{number:02}", error_code=error_code)


def test_many_users_failing_in_the_window_are_a_spray() -> None:
    """Twenty-five users failing within eight minutes from one address, one of whom falls, is a campaign."""
    records = [tried(n, n / 3) for n in range(25)] + [tried(12, 9.0, error_code=0)]
    spray = latest_spray(records, SETTINGS)
    assert spray is not None
    assert len(spray.targeted) == 25
    assert spray.fell == {"user-12"}
    assert campaign_of(spray, []).succeeded == ("user-12",)
    assert [(identity.id, s.reason) for identity, s in signals_of_spray(spray)] == [
        ("user-12", "password_spray_success")
    ]


def test_few_users_or_slow_failures_are_not() -> None:
    """Nine users, or ten users over an hour, stay below the rule."""
    assert latest_spray([tried(n, n / 3) for n in range(9)], SETTINGS) is None
    assert latest_spray([tried(n, n * 6) for n in range(10)], SETTINGS) is None


def test_one_user_failing_often_is_not() -> None:
    """Users are counted, not failures."""
    assert latest_spray([tried(1, n / 10) for n in range(60)], SETTINGS) is None


def test_colleagues_behind_a_shared_egress_did_not_fall() -> None:
    """A user who came from the address before the spray began is at home there."""
    records = [tried(40, -30, error_code=0), *[tried(n, n / 3) for n in range(25)], tried(40, 5.0, error_code=0)]
    spray = latest_spray(records, SETTINGS)
    assert spray is not None
    assert spray.fell == frozenset()


def test_an_office_that_mistypes_on_monday_is_no_spray() -> None:
    """Who was let in from the same address on an earlier day is at home there; strangers among them still count."""
    friday = [tried(n, -60 * 24 * 3 + n, error_code=0) for n in range(60)]
    monday = [tried(n, n / 10) for n in range(60)]
    assert latest_spray([*friday, *monday, tried(7, 8.0, error_code=0)], SETTINGS) is None
    spray = latest_spray([*friday, *monday, *(tried(n, n / 10) for n in range(60, 80))], SETTINGS)
    assert spray is not None
    assert len(spray.targeted) == 20


def test_a_trusted_network_is_no_source_of_a_spray() -> None:
    """Entra's trusted locations, and those of the policy file."""
    tries = [tried(n, n / 3) for n in range(25)]
    assert latest_spray([structs.replace(one, trusted_network=True) for one in tries], SETTINGS) is None
    address = str(tries[0].ip_address)
    assert latest_spray(tries, tuned(networks={"trusted": [{"cidr": f"{address}/32", "name": "Exit"}]})) is None


def test_a_right_password_stopped_by_mfa_still_fell() -> None:
    """Entra asks for MFA only after the password was right."""
    records = [tried(n, n / 3) for n in range(25)] + [tried(3, 9.0, error_code=50074)]
    spray = latest_spray(records, SETTINGS)
    assert spray is not None
    assert spray.fell == {"user-03"}


def test_a_success_long_after_is_not_part_of_it() -> None:
    """The spray ends an hour after its last failure."""
    records = [tried(n, n / 3) for n in range(25)] + [tried(3, 120, error_code=0)]
    spray = latest_spray(records, SETTINGS)
    assert spray is not None
    assert spray.fell == frozenset()


def test_a_spray_has_one_id_whichever_of_its_failures_come_first() -> None:
    """Two instances that see other parts of it first say the same; so does whoever knows it already."""
    whole = campaign([tried(n, n / 3) for n in range(25)])
    late = campaign([tried(n, n / 3) for n in range(10, 25)])
    assert late.first_at > whole.first_at
    assert late.id == whole.id
    assert campaign([tried(n, n / 3) for n in range(25)], late).id == late.id


def test_another_spray_has_another_id() -> None:
    """From another address, on another day, and on the same day, in whichever order they are seen."""
    morning = [tried(n, n / 3) for n in range(25)]
    evening = [tried(n, 600 + n / 3) for n in range(25)]
    elsewhere = [structs.replace(record, ip_address="203.0.113.9") for record in morning]
    next_day = [tried(n, 1440 + n / 3) for n in range(25)]
    for first, *others in ([morning, evening, elsewhere, next_day], [evening, next_day, morning, elsewhere]):
        known = [campaign(first)]
        for records in others:
            known.append(campaign(records, *known))
        assert len({one.id for one in known}) == 4


def test_a_spray_that_late_failures_carry_over_midnight_keeps_its_id() -> None:
    """The day is that of the failures that made the campaign."""
    until = 24 * 60 - minutes(0).hour * 60 - minutes(0).minute
    after = campaign([tried(n, until + n / 3) for n in range(25)])
    whole = campaign([tried(n, until - 5 + n / 3) for n in range(25)], after)
    assert whole.first_at.date() < after.first_at.date()
    assert whole.id == after.id


def campaign(records: Sequence[SignIn], *known: Campaign) -> Campaign:
    """Return the campaign that some sign-ins make."""
    spray = latest_spray(records, SETTINGS)
    assert spray is not None
    return campaign_of(spray, known)
