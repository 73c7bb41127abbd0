"""Names that rules know: each by itself does what the others of its list do."""

import pytest

from tests.assess.facts import account, action_ids, detection, finding_ids, judge, own_risky, risk_user, stranger
from tests.assess.twins import RISK, past


@pytest.mark.parametrize(
    "method",
    ["FIDO2 security key", "Passkey (Microsoft Authenticator)", "Windows Hello for Business", "X.509 Certificate"],
)
def test_methods_that_cannot_be_phished_speak_for_the_user(method: str) -> None:
    """Whichever of them the user has; a code by text message does not."""
    assert "phishing_resistant_mfa" in finding_ids(judge(own_risky(mfa_method=method)))
    assert "phishing_resistant_mfa" not in finding_ids(judge(own_risky(mfa_method="Text message")))


@pytest.mark.parametrize(
    "ended",
    [
        {"outcome": "dismissed"},
        {"outcome": "confirmed_safe"},
        {"outcome": "remediated", "classification": "falsePositive"},
        {"outcome": "remediated", "classification": "benignPositive"},
    ],
)
def test_each_harmless_end_of_an_earlier_case_counts(ended: dict[str, str]) -> None:
    """As Entra or an analyst said it; a remediated risk alone was no harmless one."""
    assert "harmless_in_earlier_case" in finding_ids(judge(RISK, past(**ended)))
    assert "harmless_in_earlier_case" not in finding_ids(judge(RISK, past(outcome="remediated")))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("anonymizedIPAddress", "maliciousIPAddress"),
        ("maliciousIPAddress", "nationStateIP"),
        ("nationStateIP", "anonymizedIPAddress"),
    ],
)
def test_any_two_bad_names_of_an_address_are_enough(one: str, other: str) -> None:
    """Independent detections of an address from which a stranger was let in."""
    both = [detection(one), detection(other, detection_id="d2"), stranger(), *account()]
    assert judge(*both).verdict == "compromised"
    assert judge(detection(one), stranger(), *account()).verdict == "suspicious"


def test_a_confirmed_compromise_is_an_open_risk() -> None:
    """An administrator's word does not close the case."""
    found = judge(risk_user("confirmedCompromised", risk_level="high"), stranger(), *account())
    assert found.verdict == "compromised"
    assert "revoke_sessions" in action_ids(found)
