"""The table of named reasons, record by record, and its blindness to order and repetition."""

import random
from datetime import datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.correlate.cases import case_after
from shared.correlate.signals import is_candidate, signals_of
from shared.models.identity import Identity
from shared.models.records import INVALID_SECRET, AnyRecord, WorkloadSignIn
from shared.patterns.workloads import wrong_secrets
from shared.policy_sections import Network
from shared.settings import Settings
from tests.records import ANNA, TENANT, audit, detection, minutes, risky_user, sign_in

SETTINGS = Settings()
IDENTITY = Identity(tenant_id=TENANT, kind="user", id=ANNA, name="anna@woodgrovebank.com")
MFA = "multiFactorAuthentication"


def reasons(*records: AnyRecord) -> list[str]:
    """Return the reasons found in some records."""
    return [signal.reason for signal in signals_of(records, IDENTITY, SETTINGS)]


def denials(count: int) -> list[AnyRecord]:
    """Return MFA prompts denied half a minute apart."""
    return [sign_in(f"denied-{n}", minutes(n / 2), error_code=500121) for n in range(count)]


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([detection(1, minutes(0))], ["risky_detection"]),
        ([detection(1, minutes(0), risk_level="hidden")], ["risky_detection"]),
        ([detection(1, minutes(0), risk_level="low")], ["risky_detection"]),
        ([detection(1, minutes(0), state="confirmedCompromised")], ["confirmed_compromised"]),
        ([risky_user(minutes(0))], ["user_risk_raised"]),
        ([risky_user(minutes(0), state="confirmedCompromised")], ["confirmed_compromised"]),
        ([risky_user(minutes(0), state="none", level="none")], []),
        ([sign_in(1, minutes(0), risk_state="atRisk", risk_level_during_sign_in="high")], ["risky_sign_in"]),
        ([sign_in(1, minutes(0), risk_state="atRisk", risk_level_during_sign_in="hidden")], ["risky_sign_in"]),
        ([sign_in(1, minutes(0), risk_state="atRisk", risk_level_during_sign_in="low")], []),
        ([sign_in(1, minutes(0), risk_state="none", risk_level_during_sign_in="high")], []),
        ([sign_in(1, minutes(0), risk_state="dismissed", risk_level_during_sign_in="high")], []),
        ([audit(1, minutes(0), "User registered security info")], []),
        ([detection(1, minutes(0)), audit(1, minutes(5), "User registered security info")],
         ["risky_detection", "sensitive_change_after_risk"]),
        ([detection(1, minutes(5)), audit(1, minutes(0), "User registered security info")], ["risky_detection"]),
        ([detection(1, minutes(0)), audit(1, minutes(5), "Change password (self-service)")], ["risky_detection"]),
        ([detection(1, minutes(0)), audit(1, minutes(5), "Add member to role", succeeded=False)], ["risky_detection"]),
    ],
)  # fmt: skip
def test_each_record_raises_the_reason_of_the_table(records: list[AnyRecord], expected: list[str]) -> None:
    """A record raises exactly the named reasons, and noise raises none."""
    assert reasons(*records) == expected


def test_denied_prompts_below_the_threshold_are_no_fatigue() -> None:
    """Four denials in ten minutes are a user having a bad morning; five are a pattern."""
    assert reasons(*denials(SETTINGS.policy.thresholds.mfa_denials - 1)) == []
    assert reasons(*denials(SETTINGS.policy.thresholds.mfa_denials)) == ["mfa_fatigue"]


def test_denials_spread_over_hours_are_no_fatigue() -> None:
    """The window, not the total, makes the pattern."""
    assert reasons(*[sign_in(n, minutes(n * 11), error_code=500121) for n in range(9)]) == []


def test_an_approval_after_the_denials_is_a_signal_of_its_own() -> None:
    """The approval is what turns an annoyance into an incident."""
    approved = sign_in("yes", minutes(8), authentication_requirement=MFA)
    assert reasons(*denials(11), approved) == ["mfa_fatigue", "mfa_fatigue"]


def test_an_approval_much_later_is_another_sign_in() -> None:
    """A sign-in an hour after the prompts does not belong to them."""
    later = sign_in("later", minutes(90), authentication_requirement=MFA)
    assert reasons(*denials(11), later) == ["mfa_fatigue"]


@pytest.mark.parametrize(
    ("state", "reason"),
    [("remediated", "risk_remediated"), ("dismissed", "risk_dismissed"), ("confirmedSafe", "risk_confirmed_safe")],
)
def test_a_closed_user_state_closes(state: str, reason: str) -> None:
    """Each closed state of the user is a closing signal of its own name."""
    assert reasons(detection(1, minutes(0)), risky_user(minutes(9), state=state)) == ["risky_detection", reason]


def test_detections_close_only_together() -> None:
    """Without RiskyUsers records, the last open detection keeps the case open."""
    first, second = detection(1, minutes(0)), detection(2, minutes(1))
    first_safe = detection(1, minutes(0), state="dismissed", updated_at=minutes(20))
    second_safe = detection(2, minutes(1), state="dismissed", updated_at=minutes(21))
    assert "risk_dismissed" not in reasons(first, second, first_safe)
    assert reasons(first, second, first_safe, second_safe)[-1] == "risk_dismissed"


def test_a_dismissed_detection_does_not_close_mfa_fatigue() -> None:
    """Entra's dismissal of one detection says nothing of the prompts that were denied."""
    dismissed = detection(1, minutes(0), state="dismissed", updated_at=minutes(20))
    assert "risk_dismissed" not in reasons(dismissed, *denials(11))


def test_changes_after_the_remediation_are_the_repair() -> None:
    """Registering a method again after the risk was remediated does not open the case again."""
    records = [
        detection(1, minutes(0)),
        risky_user(minutes(10), state="remediated"),
        audit(1, minutes(20), "User registered security info"),
    ]
    assert "sensitive_change_after_risk" not in reasons(*records)


def test_the_sign_in_that_a_detection_is_about_is_a_signal() -> None:
    """By its request, its correlation, or its address at that time; not by address days later, nor without a risk."""
    found = detection(1, minutes(0), request_id="sign-in-1", correlation_id="c", ip_address="203.0.113.9")
    assert "detected_sign_in" in reasons(found, sign_in(1, minutes(-600)))
    assert "detected_sign_in" in reasons(found, sign_in(2, minutes(-600), correlation_id="c"))
    assert "detected_sign_in" in reasons(found, sign_in(3, minutes(30), ip_address="203.0.113.9"))
    assert "detected_sign_in" not in reasons(found, sign_in(4, minutes(600), ip_address="203.0.113.9"))
    assert "detected_sign_in" not in reasons(found, sign_in(5, minutes(1)))
    assert reasons(sign_in(1, minutes(0))) == []


def test_signing_in_again_after_the_remediation_opens_nothing() -> None:
    """The user who has changed the password works on from the same address."""
    records = [
        detection(1, minutes(0), ip_address="203.0.113.9"),
        risky_user(minutes(10), state="remediated"),
        sign_in(1, minutes(20), ip_address="203.0.113.9"),
    ]
    assert reasons(*records) == ["risky_detection", "risk_remediated"]


def tries(address: str = "203.0.113.9", count: int = 8, **more: Any) -> list[AnyRecord]:
    """Return wrong secrets of a service principal, a minute apart."""
    return [used(n, minutes(n), address, error_code=INVALID_SECRET, **more) for n in range(count)]


def used(number: int, at: datetime, address: str, *, error_code: int = 0, **more: Any) -> WorkloadSignIn:
    """Return a sign-in of a service principal."""
    return WorkloadSignIn(
        category="ServicePrincipalSignInLogs",
        tenant_id=TENANT,
        record_id=f"{address}-{error_code}-{number}",
        at=at,
        user_id=ANNA,
        error_code=error_code,
        ip_address=address,
        **more,
    )


def test_wrong_secrets_count_unless_the_address_is_its_own() -> None:
    """Without history nobody knows whose address it is; a success, a trusted location or the policy says so."""
    assert all(is_candidate(record, SETTINGS.policy) for record in tries())
    assert reasons(*tries()) == reasons(used(0, minutes(-90), "198.51.100.7"), *tries()) == ["invalid_secrets"]
    assert reasons(*tries(count=4)) == []
    assert reasons(used(0, minutes(-90), "203.0.113.9"), *tries()) == []
    assert reasons(*tries(trusted_network=True)) == []
    policy = SETTINGS.policy
    networks = msgspec.structs.replace(policy.networks, trusted=(Network(cidr="203.0.113.0/28", name="pipelines"),))
    assert wrong_secrets(tries(), policy) != []
    assert wrong_secrets(tries(), msgspec.structs.replace(policy, networks=networks)) == []


def test_a_secret_that_works_after_wrong_ones_makes_no_address_usual() -> None:
    """Tried until it worked, and used from there ever since: still the stranger's address, whatever came last."""
    let_in = [used(n, minutes(10 + 60 * n), "203.0.113.9") for n in range(4)]
    assert reasons(*tries(), *let_in) == ["invalid_secrets"]
    assert reasons(*let_in, *tries()) == ["invalid_secrets"]
    assert reasons(used(9, minutes(-1), "203.0.113.9"), *tries(), *let_in) == []


def test_ordinary_records_cost_no_look_up() -> None:
    """Single-factor successes, wrong passwords and unrelated audits are evidence, not candidates."""
    assert not is_candidate(sign_in(1, minutes(0)), SETTINGS.policy)
    assert not is_candidate(sign_in(1, minutes(0), error_code=50126), SETTINGS.policy)
    assert not is_candidate(audit(1, minutes(0), "Update user"), SETTINGS.policy)


RECORDS: list[AnyRecord] = [
    detection(1, minutes(0)),
    detection(1, minutes(0), state="remediated", updated_at=minutes(60)),
    risky_user(minutes(1)),
    *denials(7),
    sign_in("yes", minutes(6), authentication_requirement=MFA),
    audit(1, minutes(15), "User registered security info"),
    risky_user(minutes(70), state="remediated"),
]


@given(st.randoms(use_true_random=False), st.integers(min_value=0, max_value=5))
def test_order_and_repetition_do_not_matter(shuffle: random.Random, repeats: int) -> None:
    """Shuffled and repeated records end in the same signals."""
    records = RECORDS + shuffle.choices(RECORDS, k=repeats)
    shuffle.shuffle(records)
    assert signals_of(records, IDENTITY, SETTINGS) == signals_of(RECORDS, IDENTITY, SETTINGS)


@given(st.randoms(use_true_random=False))
def test_a_case_ends_the_same_whatever_the_order_of_arrival(shuffle: random.Random) -> None:
    """Record by record in any order, the case has the same id, signals, status and outcome."""
    order = RECORDS.copy()
    shuffle.shuffle(order)
    case = None
    for count in range(1, len(order) + 1):
        case = case_after(case, IDENTITY, signals_of(order[:count], IDENTITY, SETTINGS), SETTINGS)
    whole = case_after(None, IDENTITY, signals_of(RECORDS, IDENTITY, SETTINGS), SETTINGS)
    assert case is not None
    assert whole is not None
    assert (case.id, case.signals, case.status, case.outcome) == (whole.id, whole.signals, "closed", "remediated")


def test_risk_that_comes_back_opens_the_same_case_again() -> None:
    """New risk inside the window after a remediation reopens the ticket instead of making a second one."""
    before = [detection(1, minutes(0)), risky_user(minutes(60), state="remediated")]
    closed = case_after(None, IDENTITY, signals_of(before, IDENTITY, SETTINGS), SETTINGS)
    assert closed is not None
    assert closed.status == "closed"
    again = case_after(
        closed, IDENTITY, signals_of([*before, detection(2, minutes(600))], IDENTITY, SETTINGS), SETTINGS
    )
    assert again is not None
    assert (again.id, again.status, again.outcome) == (closed.id, "open", None)


def test_risk_after_a_long_silence_is_a_new_case() -> None:
    """A signal later than the window opens a case of its own that knows its predecessor."""
    first = case_after(None, IDENTITY, signals_of([detection(1, minutes(0))], IDENTITY, SETTINGS), SETTINGS)
    assert first is not None
    later = detection(2, minutes(60 * 24 * 20))
    second = case_after(first, IDENTITY, signals_of([later], IDENTITY, SETTINGS), SETTINGS)
    assert second is not None
    assert second.id != first.id
    assert second.previous_case_ids == (first.id,)
    assert [signal.record_id for signal in second.signals] == ["detection-2"]


def test_good_news_alone_opens_no_case() -> None:
    """A remediation for which no risk was seen is not worth a ticket."""
    signals = signals_of([risky_user(minutes(0), state="remediated")], IDENTITY, SETTINGS)
    assert case_after(None, IDENTITY, signals, SETTINGS) is None
