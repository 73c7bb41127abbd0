"""The reason that an analyst reads is that of the row that fits best, not of a vaguer row further down."""

import pytest

from shared.models.dossier import Fact
from tests.assess.facts import (
    account,
    audit,
    detection,
    fact,
    finding_ids,
    gap,
    hours_ago,
    judge,
    method,
    own_risky,
    risk_user,
    stranger,
)
from tests.assess.twins import grave

SHARED = fact(
    "sign_in.shared_session", hours_ago(6), ip_addresses=("198.51.100.10", "203.0.113.66"), countries=("FI", "NG")
)
ALONE: list[tuple[str, list[Fact]]] = [
    ("A token shows signs of theft", [detection("anomalousToken"), stranger(), method()]),
    ("MFA was approved in a suspicious way", [detection("authenticatorPhishing", risk_level="low"), stranger()]),
    ("One session was used from two places", [SHARED, stranger()]),
    ("A device code sign-in at risk succeeded", [stranger(protocol="deviceCode")]),
    ("A tool signed in with a single factor", [stranger(user_agent="python-requests/2.31.0", risk_level="low")]),
    ("A risky sign-in from where the user never signed in succeeded", [stranger(), method()]),
    (
        "A stranger's sign-in succeeded, and a change",
        [stranger(), audit("Set domain authentication", grave="federation_changed", hours=8)],
    ),
    ("A change was made that hands out", [grave("mfa_policy_weakened")]),
    ("A change was made that is rare", [grave("account_made_and_deleted")]),
    ("A change was made that is most often planned", [grave("guest_invited")]),
]
CLOSED = [("remediated", "was remediated"), ("dismissed", "was dismissed"), ("confirmed_safe", "was confirmed as safe")]
STATES = {"remediated": "remediated", "dismissed": "dismissed", "confirmed_safe": "confirmedSafe"}


@pytest.mark.parametrize(("reason", "facts"), ALONE, ids=[reason for reason, _ in ALONE])
def test_the_reason_names_what_decided(reason: str, facts: list[Fact]) -> None:
    """An analyst acts on the reason: a stolen session is another job than a guessed password."""
    found = judge(*facts, *account())
    assert found.verdict_reason.startswith(reason), (found.verdict_reason, finding_ids(found))


@pytest.mark.parametrize(("outcome", "says"), CLOSED)
def test_a_closed_risk_says_how_it_was_closed(outcome: str, says: str) -> None:
    """A new password, a judgement of an administrator and an answer of the user are not the same end."""
    over = detection("unfamiliarFeatures", hours=9, risk_state=STATES[outcome])
    found = judge(over, risk_user(STATES[outcome]), *account(), status="closed", outcome=outcome)
    assert (found.verdict, says in found.verdict_reason) == ("benign", True), found.verdict_reason


def test_a_foothold_outlives_the_end_of_the_risk() -> None:
    """The password is new, the method that the intruder added is still there."""
    over = detection("unfamiliarFeatures", hours=9, risk_state="remediated")
    added = audit("User registered security info")
    found = judge(over, risk_user("remediated"), added, method(), *account(), status="closed", outcome="remediated")
    assert (found.verdict, found.verdict_reason) == (
        "suspicious",
        "The risk was closed, but a change made in its aftermath still stands.",
    )


def test_what_speaks_for_the_user_does_not_decide_while_the_changes_are_unread() -> None:
    """A traveller's own device and key are no proof that nothing was changed afterwards."""
    traveller = [detection("unfamiliarFeatures"), own_risky(), *account()]
    assert judge(*traveller).verdict == "benign"
    found = judge(*traveller, gaps=[gap("audit")])
    assert (found.verdict, found.verdict_reason) == (
        "inconclusive",
        "What could be read speaks for the user, but what speaks against could not be read.",
    )
