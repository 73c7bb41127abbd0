"""Password sprays seen from their address."""

from shared.correlate.sprays import spray_from, spray_signals
from shared.models.records import SignIn
from shared.settings import Settings
from tests.records import minutes, sign_in

SETTINGS = Settings()


def tried(number: int, at: float, *, error_code: int = 50126) -> SignIn:
    """Return one try at user ``number``."""
    return sign_in(f"{number}-{at}", minutes(at), user=f"user-{number:02}", error_code=error_code)


def test_many_users_failing_in_the_window_are_a_spray() -> None:
    """Twenty-five users failing within eight minutes from one address, one of whom falls, is a campaign."""
    records = [tried(n, n / 3) for n in range(25)] + [tried(12, 9.0, error_code=0)]
    campaign = spray_from(records, SETTINGS)
    assert campaign is not None
    assert len(campaign.targeted) == 25
    assert campaign.succeeded == ("user-12",)
    assert [(identity.id, s.reason) for identity, s in spray_signals(records, campaign)] == [
        ("user-12", "password_spray_success")
    ]


def test_few_users_or_slow_failures_are_not() -> None:
    """Nine users, or ten users over an hour, stay below the rule."""
    assert spray_from([tried(n, n / 3) for n in range(9)], SETTINGS) is None
    assert spray_from([tried(n, n * 6) for n in range(10)], SETTINGS) is None


def test_one_user_failing_often_is_not() -> None:
    """Users are counted, not failures."""
    assert spray_from([tried(1, n / 10) for n in range(60)], SETTINGS) is None


def test_colleagues_behind_a_shared_egress_did_not_fall() -> None:
    """A user who came from the address before the spray began is at home there."""
    records = [tried(40, -30, error_code=0), *[tried(n, n / 3) for n in range(25)], tried(40, 5.0, error_code=0)]
    campaign = spray_from(records, SETTINGS)
    assert campaign is not None
    assert campaign.succeeded == ()


def test_a_right_password_stopped_by_mfa_still_fell() -> None:
    """Entra asks for MFA only after the password was right."""
    records = [tried(n, n / 3) for n in range(25)] + [tried(3, 9.0, error_code=50074)]
    campaign = spray_from(records, SETTINGS)
    assert campaign is not None
    assert campaign.succeeded == ("user-03",)


def test_a_success_long_after_is_not_part_of_it() -> None:
    """The spray ends an hour after its last failure."""
    records = [tried(n, n / 3) for n in range(25)] + [tried(3, 120, error_code=0)]
    campaign = spray_from(records, SETTINGS)
    assert campaign is not None
    assert campaign.succeeded == ()
