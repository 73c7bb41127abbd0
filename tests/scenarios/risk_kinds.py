"""Scenarios of the newest types of detection, each with its honest twin."""

from datetime import timedelta

from local.story.clients import OFFICE_HOME, OUTLOOK
from local.story.places import HEAD_OFFICE, VILNIUS, hosted
from local.story.risks import detection, risky_user
from local.story.sign_ins import Risk, sign_in
from tests.scenarios.patterns import AT, HIGH, STRANGE, life_of, scenario, someone, usual_day
from tests.scenarios.scenario import Expect, Scenario

NEVER_CLOSED = ("confirm_safe", "dismiss_risk")


def risk_kinds() -> list[Scenario]:
    """Return the scenarios."""
    return [
        _authenticator_phishing(),
        _authenticator_phishing_own_phone(),
        _compound_account_risk(),
        _compound_account_risk_dismissed(),
    ]


def _authenticator_phishing() -> Scenario:
    """The user approved the sign-in of somebody in another country: the session is the stranger's."""
    person, source = someone("Ilse Verhoeven"), hosted(36, VILNIUS)
    risk = Risk("high", "high", "atRisk", "none", ("authenticatorPhishing",))
    risky = sign_in(person, AT, source, app=OFFICE_HOME, look=STRANGE, factor="push", risk=risk)
    found = AT + timedelta(minutes=2)
    records = [
        usual_day(person),
        risky,
        detection(person, "authenticatorPhishing", "high", AT, detected=found, network=source, sign_in=risky),
        risky_user(person, "high", found),
    ]
    expect = Expect(
        verdict=("compromised",),
        severity=HIGH,
        findings=("suspicious_mfa_approval", "risky_sign_in_succeeded"),
        not_findings=("unknown_risk_type", "other_risk_detection", "mfa_fatigue_approved"),
        actions=("revoke_sessions", "contact_user"),
        not_actions=NEVER_CLOSED,
        must_not_appear=("of the type",),
    )
    return scenario("authenticator_phishing", life_of(person), records, expect)


def _authenticator_phishing_own_phone() -> Scenario:
    """The same detection on the user's own laptop in the office, the phone being on another network: ask, no more."""
    person = someone("Ilse Verhoeven")
    risk = Risk("low", "low", "atRisk", "none", ("authenticatorPhishing",))
    own = sign_in(person, AT, HEAD_OFFICE, app=OUTLOOK, factor="push", risk=risk)
    found = AT + timedelta(minutes=2)
    records = [
        usual_day(person),
        own,
        detection(person, "authenticatorPhishing", "low", AT, detected=found, network=HEAD_OFFICE, sign_in=own),
    ]
    expect = Expect(
        verdict=("suspicious", "inconclusive", "benign"),
        severity=("informational", "low", "medium"),
        findings=("suspicious_mfa_approval", "compliant_known_device"),
        not_findings=("unknown_risk_type", "mfa_fatigue_approved"),
        not_actions=("disable_account", "reset_password_on_premises"),
    )
    return scenario("authenticator_phishing_own_phone", life_of(person), records, expect)


def _compound_account_risk() -> Scenario:
    """Several products together raise the user, who did nothing odd in Entra: look where the alerts are."""
    person = someone("Tomas Lindqvist")
    found = AT + timedelta(hours=1)
    records = [
        usual_day(person),
        detection(person, "aiCompoundAccountRisk", "high", AT, detected=found, detail="aiElevatedAccountRisk"),
        risky_user(person, "high", found, detail="aiElevatedAccountRisk"),
    ]
    expect = Expect(
        verdict=("suspicious",),
        severity=("medium", "high"),
        findings=("compound_account_risk",),
        not_findings=("unknown_risk_type", "other_risk_detection", "user_at_risk", "risky_sign_in_succeeded"),
        not_actions=NEVER_CLOSED,
        must_not_appear=("of the type", "signed in from"),
    )
    return scenario("compound_account_risk", life_of(person), records, expect)


def _compound_account_risk_dismissed() -> Scenario:
    """The same, found to be a drill and dismissed by an administrator: closed as harmless."""
    person = someone("Tomas Lindqvist")
    found, ended = AT + timedelta(hours=1), AT + timedelta(hours=4)
    over = "adminDismissedAllRiskForUser"
    first = detection(person, "aiCompoundAccountRisk", "high", AT, detected=found, detail="aiElevatedAccountRisk")
    records = [
        usual_day(person),
        first,
        risky_user(person, "high", found, detail="aiElevatedAccountRisk"),
        detection(
            person,
            "aiCompoundAccountRisk",
            "high",
            AT,
            detected=found,
            state="dismissed",
            detail=over,
            updated=ended,
        ),
        risky_user(person, "none", ended, state="dismissed", detail=over),
    ]
    expect = Expect(
        verdict=("benign",),
        severity=("informational", "low"),
        status="closed",
        findings=("compound_account_risk", "risk_dismissed"),
        not_findings=("unknown_risk_type",),
        not_actions=("revoke_sessions", "disable_account", "reset_password_cloud"),
        must_not_appear=("Check next",),
    )
    return scenario("compound_account_risk_dismissed", life_of(person), records, expect)
