"""The verdict table, told as cases that an analyst would recognise."""

import pytest

from shared.models.identity import Identity
from tests.assess.facts import (
    HOSTILE,
    USER,
    account,
    action_ids,
    audit,
    detection,
    done,
    everything_denied,
    fact,
    finding_ids,
    gap,
    hours_ago,
    inbox_rule,
    judge,
    method,
    own_risky,
    risk_user,
    role,
    sign_in,
    stranger,
    text,
    withheld,
)

FATIGUE = fact(
    "sign_in.mfa_denials", hours_ago(6), denied=11, minutes=8, ip_address=HOSTILE, approved_at=text(hours_ago(5.9))
)
MILD = (own_risky(), detection("unfamiliarFeatures", risk_level="low"))
TRAVEL = [detection("unlikelyTravel", risk_level="low"), own_risky(), *account()]


def test_session_theft_with_a_foothold_is_compromised() -> None:
    """An attacker in the middle, a new method and a hiding rule: high, sure, and cleaned up in order."""
    found = judge(
        detection("attackerinTheMiddle", risk_level="high"),
        detection("anomalousToken"),
        stranger(requirement="multi", mfa="claim_in_token"),
        audit("User registered security info"),
        method(),
        inbox_rule(),
        *account(),
    )
    assert (found.verdict, found.severity, found.confidence) == ("compromised", "high", "high")
    assert found.score >= 75
    wanted = {"revoke_sessions", "reset_password_cloud", "disable_account", "remove_auth_method", "delete_inbox_rule"}
    assert wanted <= action_ids(found)
    assert {"confirm_safe", "dismiss_risk", "keep_watching"}.isdisjoint(action_ids(found))


def test_leaked_credentials_of_a_synchronised_user_are_suspicious_and_high() -> None:
    """Nobody got in yet; the password is reset where it lives."""
    found = judge(
        detection("leakedCredentials", risk_level="high", timing="offline"), sign_in(), *account(on_premises=True)
    )
    assert (found.verdict, found.severity) == ("suspicious", "high")
    assert {"reset_password_on_premises", "revoke_sessions", "contact_user"} <= action_ids(found)
    assert "on premises" in withheld(found)["reset_password_cloud"]
    assert "disable_account" not in action_ids(found)


def test_leaked_credentials_and_a_stranger_are_compromised() -> None:
    """The leaked password was used by somebody else."""
    assert judge(detection("leakedCredentials"), stranger(), *account()).verdict == "compromised"


def test_a_spray_that_found_the_password_is_compromised() -> None:
    """The one user who was let in from the sprayer's address."""
    spray = fact("sign_in.spray", hours_ago(6), ip_address=HOSTILE, users=25, failures=60, minutes=8, succeeded=1)
    found = judge(spray, detection("passwordSpray", timing="offline"), stranger(), *account())
    assert found.verdict == "compromised"
    assert {"password_spray_success", "single_factor_risky_sign_in"} <= finding_ids(found)
    assert {"hunt_same_source", "block_source_ip", "reset_password_cloud"} <= action_ids(found)


def test_a_spray_stopped_by_mfa_is_suspicious() -> None:
    """The password is known, but nobody was let in."""
    found = judge(detection("passwordSpray"), stranger("interrupted", error_code=50076), *account())
    assert found.verdict == "suspicious"
    assert "reset_password_cloud" in action_ids(found)


def test_mfa_fatigue_of_a_global_administrator_is_critical() -> None:
    """Approved after eleven denials, and the operator needs a higher role."""
    found = judge(FATIGUE, stranger(requirement="multi", mfa="satisfied"), role(), *account())
    assert (found.verdict, found.severity) == ("compromised", "critical")
    disable = next(action for action in found.actions if action.id == "disable_account")
    assert disable.when == "now"
    assert disable.role == "Privileged Authentication Administrator"
    assert any("Privileged Authentication Administrator" in item.text for item in disable.preconditions)


def test_a_group_of_the_policy_file_raises_the_severity_like_a_role() -> None:
    """A group that is sensitive by its name alone does not: nobody has said so."""
    named, guessed = (fact("user.group", name="Lighthouse", id="g", named=said) for said in (True, False))
    for facts, alone, raised in (
        ((detection("leakedCredentials"), stranger()), "high", "critical"),
        ((detection("anomalousToken"),), "medium", "high"),
        (MILD, "informational", "low"),
    ):
        assert judge(*facts, *account()).severity == alone
        assert judge(*facts, guessed, *account()).severity == alone
        assert judge(*facts, named, *account()).severity == raised
    found = judge(detection("leakedCredentials"), stranger(), named, *account())
    assert not [need for action in found.actions for need in action.preconditions if "Privileged Auth" in need.text]


def test_mfa_fatigue_that_was_only_denied_is_suspicious() -> None:
    """The user stood firm; the password is known all the same."""
    denied = fact("sign_in.mfa_denials", hours_ago(6), denied=11, minutes=8, ip_address=HOSTILE)
    found = judge(denied, *account())
    assert found.verdict == "suspicious"
    assert "reset_password_cloud" in action_ids(found)


def test_a_traveller_on_a_known_device_with_a_security_key_is_benign() -> None:
    """Device and key say that it is the user; both ways of closing the risk are offered, with their meaning."""
    found = judge(*TRAVEL)
    assert (found.verdict, found.severity) == ("benign", "informational")
    assert found.score < 25
    assert {"confirm_safe", "dismiss_risk"} <= action_ids(found)
    assert {"disable_account", "revoke_sessions", "reset_password_cloud"}.isdisjoint(action_ids(found))
    meanings = {action.id: action.blast_radius for action in found.actions}
    assert "False positive" in meanings["confirm_safe"]
    assert "learns nothing" in meanings["dismiss_risk"]


def test_a_traveller_with_the_password_alone_is_not_benign() -> None:
    """The twin without device and key."""
    assert judge(detection("unlikelyTravel", risk_level="low"), stranger(), *account()).verdict == "suspicious"


def test_a_traveller_is_not_cleared_for_a_stranger_elsewhere() -> None:
    """The user's own journey explains nothing about a detection at another address."""
    other = detection("unfamiliarFeatures", ip_address="192.0.2.99")
    assert judge(*TRAVEL, other).verdict == "suspicious"


@pytest.mark.parametrize("hidden", ["sign_in", "audit"])
def test_a_traveller_is_not_cleared_where_the_contrary_could_hide(hidden: str) -> None:
    """Without the sign-ins or the audits, the user's side alone does not decide."""
    assert judge(*TRAVEL, gaps=[gap(hidden)]).verdict != "benign"


def test_remediated_by_password_change_is_benign_and_done() -> None:
    """Nothing after the change; the resets are withheld because they are done."""
    found = judge(
        detection("unfamiliarFeatures"),
        stranger(),
        risk_user("remediated", risk_detail="userPerformedSecuredPasswordChange"),
        fact("user.password", changed_at=text(hours_ago(1))),
        status="closed",
        outcome="remediated",
    )
    assert (found.verdict, found.severity, found.confidence) == ("benign", "informational", "high")
    assert "already changed" in done(found)["reset_password_cloud"]
    assert any(term.source == "closed:unfamiliar_sign_in" and term.points < 0 for term in found.terms)


@pytest.mark.parametrize(
    ("agent", "mfa", "state", "verdict"),
    [
        ("python-requests/2.32.3", "not_required", "remediated", "suspicious"),
        ("python-requests/2.32.3", "satisfied", "remediated", "benign"),
        ("Mozilla/5.0", "not_required", "remediated", "benign"),
        ("python-requests/2.32.3", "not_required", "dismissed", "benign"),
    ],
)
def test_a_new_password_does_not_tell_what_a_tool_did_before(agent: str, mfa: str, state: str, verdict: str) -> None:
    """A tool that was let in with the password alone may have copied the mailbox; a dismissal is a person's word."""
    entered = stranger(user_agent=agent, mfa=mfa)
    assert judge(detection("unfamiliarFeatures"), entered, risk_user(state)).verdict == verdict


def test_remediation_does_not_hide_newer_evidence() -> None:
    """A stranger after the password change opens it all again, and containment is offered."""
    found = judge(
        detection("unfamiliarFeatures"),
        risk_user("remediated", hours=4),
        detection("leakedCredentials", hours=3),
        stranger(hours=2),
        *account(),
    )
    assert found.verdict == "compromised"
    assert {"revoke_sessions", "reset_password_cloud"} <= action_ids(found)


def test_remediation_does_not_remove_a_foothold() -> None:
    """A new password leaves the attacker's method in place."""
    found = judge(detection("attackerinTheMiddle"), method(), risk_user("remediated"), *account())
    assert (found.verdict, found.severity) == ("suspicious", "high")
    assert "remove_auth_method" in action_ids(found)


@pytest.mark.parametrize(
    ("state", "detail"), [("dismissed", "adminDismissedAllRiskForUser"), ("confirmedSafe", "none")]
)
def test_a_judged_risk_is_benign(state: str, detail: str) -> None:
    """An administrator's word closes high risk too."""
    facts = [detection("anonymizedIPAddress", risk_level="high"), stranger(risk_level="high")]
    assert judge(*facts, risk_user(state, risk_detail=detail)).verdict == "benign"
    assert judge(*facts, risk_user("atRisk")).verdict != "benign"


def test_a_guest_at_risk_is_mended_at_home() -> None:
    """No reset, no revocation, no feedback from here; the guest object can be disabled."""
    home = fact("user.home_tenant", tenant_id="33333333-3333-3333-3333-333333333333")
    found = judge(detection("leakedCredentials"), stranger(), home, *account(user_type="Guest"))
    assert (found.verdict, found.severity) == ("compromised", "high")
    assert {"contact_home_tenant", "disable_account"} <= action_ids(found)
    assert {
        "reset_password_cloud",
        "revoke_sessions",
        "confirm_compromised",
        "confirm_sign_in_compromised",
    } <= withheld(found).keys()
    disable = next(action for action in found.actions if action.id == "disable_account")
    assert "guest object" in disable.blast_radius
    assert (disable.when, found.actions[0].id) == ("now", "disable_account")


def test_nothing_is_done_to_a_deleted_account() -> None:
    """The evidence stands; the account is beyond reach."""
    found = judge(detection("leakedCredentials"), stranger(), fact("user.deleted"))
    assert (found.verdict, found.severity) == ("compromised", "medium")
    assert not [action for action in found.actions if action.url.startswith("/users/")]
    assert withheld(found)["reset_password_cloud"] == "The account is not in the directory."


def test_denied_look_ups_never_clear_a_detection() -> None:
    """With nothing but the streamed detection it stays suspicious, with low confidence and open preconditions."""
    found = judge(detection("anonymizedIPAddress", risk_level="high"), gaps=everything_denied())
    assert (found.verdict, found.confidence) == ("suspicious", "low")
    revoke = next(action for action in found.actions if action.id == "revoke_sessions")
    assert any(item.met is None for item in revoke.preconditions)


def test_denied_look_ups_without_evidence_are_inconclusive() -> None:
    """Nothing read is not nothing there."""
    found = judge(gaps=everything_denied())
    assert (found.verdict, found.confidence) == ("inconclusive", "low")
    assert found.score > 0


def test_nothing_found_in_everything_read_is_benign() -> None:
    """A quiet account is quiet."""
    found = judge(sign_in(), *account())
    assert (found.verdict, found.score) == ("benign", 0)


@pytest.mark.parametrize(
    "unknown",
    [
        detection("quantumTokenDrift", risk_level="low"),
        detection("generic", risk_level="hidden"),
        risk_user("atRisk", risk_level="hidden"),
    ],
    ids=["unknown type", "hidden level of a detection", "hidden level of the user"],
)
def test_only_unknown_evidence_is_inconclusive_and_never_zero(unknown: object) -> None:
    """A type or level that nobody can read proves neither way, and still weighs."""
    found = judge(unknown, *account())  # type: ignore[arg-type]
    assert found.verdict == "inconclusive"
    assert found.severity == "medium"
    assert found.score >= 10


def test_confirmed_compromised_by_an_administrator_is_compromised() -> None:
    """Their word is proof; confirming again is not offered."""
    found = judge(risk_user("confirmedCompromised", risk_level="high"), *account())
    assert (found.verdict, found.confidence) == ("compromised", "high")
    assert "confirm_compromised" not in action_ids(found)


def test_guessing_a_password_is_compromised() -> None:
    """Many wrong ones, then the right one, from a place that is new."""
    quiet = {"risk_level": "none", "risk_state": "none"}
    guesses = [stranger("failure", hours=6 + place / 100, **quiet) for place in range(1, 15)]
    assert judge(*guesses, stranger(**quiet), *account()).verdict == "compromised"


def test_device_code_phishing_is_compromised() -> None:
    """A broker's code that was typed for a stranger."""
    code = stranger(protocol="deviceCode", app="Microsoft Authentication Broker", requirement="multi", mfa="satisfied")
    assert judge(detection("anomalousToken"), code, *account()).verdict == "compromised"


def test_tor_and_a_malicious_address_are_compromised() -> None:
    """Two detections that do not depend on each other, and a success."""
    found = judge(detection("anonymizedIPAddress"), detection("maliciousIPAddress", timing="offline"), stranger())
    assert found.verdict == "compromised"


def test_a_high_risk_sign_in_with_the_password_alone_is_at_least_high() -> None:
    """Unfamiliar, anonymous, single factor, let in."""
    facts = [detection("unfamiliarFeatures", risk_level="high"), detection("anonymizedIPAddress", risk_level="high")]
    found = judge(*facts, stranger(risk_level="high"), *account())
    assert (found.verdict, found.severity) == ("compromised", "high")


def test_a_single_low_detection_is_suspicious_and_low() -> None:
    """Not proof, not nothing."""
    found = judge(detection("unfamiliarFeatures", risk_level="low"), stranger("failure", risk_level="low"), *account())
    assert (found.verdict, found.severity) == ("suspicious", "low")
    assert "disable_account" not in action_ids(found)


def test_workload_noise_is_benign() -> None:
    """A service principal whose sign-ins are always at level low and state none."""
    robot = Identity(tenant_id=USER.tenant_id, kind="servicePrincipal", id="44444444-4444-4444-4444-444444444444")
    noise = sign_in(risk_level="low", risk_state="none")
    assert judge(noise, identity=robot).verdict == "benign"


def test_a_compromised_service_principal_gets_its_own_actions() -> None:
    """No sessions to revoke and nobody to call; the object is disabled."""
    robot = Identity(tenant_id=USER.tenant_id, kind="servicePrincipal", id="44444444-4444-4444-4444-444444444444")
    confirmed = detection("adminConfirmedServicePrincipalCompromised", ip_address="")
    found = judge(confirmed, identity=robot)
    assert "disable_service_principal" in action_ids(found)
    assert not [action for action in found.actions if action.url.startswith("/users/")]


def test_a_disabled_account_takes_a_step_off() -> None:
    """Nobody can sign in with it, and it is not disabled twice."""
    found = judge(detection("leakedCredentials"), stranger(), *account(enabled=False))
    assert found.severity == "medium"
    assert "already disabled" in done(found)["disable_account"]
