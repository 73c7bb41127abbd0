"""Each finding fires on what it is for, and its twin does not."""

import pytest

from shared.assess.grounds import RULES, WEIGHTS
from shared.models.dossier import Fact, Gap
from tests.assess.facts import (
    HOME,
    HOSTILE,
    audit,
    detection,
    fact,
    finding_ids,
    hours_ago,
    inbox_rule,
    judge,
    method,
    own_risky,
    sign_in,
    stranger,
    text,
)
from tests.assess.twins import CASES, DETECTED, RISK, Facts, grave


def _ids(facts: Facts) -> set[str]:
    gaps = [item for item in facts if isinstance(item, Gap)]
    return finding_ids(judge(*(item for item in facts if isinstance(item, Fact)), gaps=gaps))


@pytest.mark.parametrize(("finding_id", "risk_event_type"), DETECTED.items())
def test_a_detection_makes_its_finding_and_only_that(finding_id: str, risk_event_type: str) -> None:
    """A risk event type makes exactly the detection finding that it belongs to."""
    found = finding_ids(judge(detection(risk_event_type)))
    assert found & DETECTED.keys() == {finding_id}


@pytest.mark.parametrize(("finding_id", "case"), CASES.items())
def test_a_finding_fires_on_its_evidence(finding_id: str, case: tuple[Facts, Facts]) -> None:
    """The finding is there when its evidence is."""
    assert finding_id in _ids(case[0])


@pytest.mark.parametrize(("finding_id", "case"), CASES.items())
def test_a_finding_stays_silent_on_its_twin(finding_id: str, case: tuple[Facts, Facts]) -> None:
    """The finding is not there when the one thing that matters is otherwise."""
    assert finding_id not in _ids(case[1])


def test_every_finding_has_a_case_here() -> None:
    """No rule goes without its pair of examples."""
    elsewhere = {"credential_added_by_itself", "workload_sign_in_from_new_place"}
    assert {rule.id for rule in RULES} == CASES.keys() | DETECTED.keys() | elsewhere


def test_every_finding_has_a_weight_and_its_sign_fits_its_family() -> None:
    """Only what speaks for the user is negative."""
    signs = {rule.id: (rule.family == "exculpatory", WEIGHTS[rule.id].points < 0) for rule in RULES}
    assert all(exculpatory == negative for exculpatory, negative in signs.values())


@pytest.mark.parametrize(("finding_id", "case"), CASES.items())
def test_a_finding_cites_what_it_says(finding_id: str, case: tuple[Facts, Facts]) -> None:
    """Every finding cites at least one fact or gap of the dossier."""
    facts = [item for item in case[0] if isinstance(item, Fact)]
    gaps = [item for item in case[0] if isinstance(item, Gap)]
    finding = judge(*facts, gaps=gaps).finding(finding_id)
    assert finding is not None
    known = {f"F{place}" for place in range(1, len(facts) + 1)} | {f"G{place}" for place in range(1, len(gaps) + 1)}
    assert finding.facts
    assert set(finding.facts) <= known


def test_an_undated_rule_counts_and_an_older_one_does_not() -> None:
    """Graph gives inbox rules no date; a date before the risk clears the rule."""
    old = fact("user.inbox_rule", hours_ago(100), name="x", enabled=True, suspicious=True, id="r")
    assert "inbox_rule_hides_or_forwards" not in finding_ids(judge(RISK, old))


def test_a_password_changed_from_the_hostile_address_does_not_speak_for_the_user() -> None:
    """The attacker's own password change is not a remedy."""
    changed = fact("user.password", changed_at=text(hours_ago(2)))
    found = finding_ids(judge(RISK, changed, audit("Change user password", hours=2, ip_address=HOSTILE)))
    assert "password_changed_after_risk" not in found
    assert "password_changed_from_risky_address" in found


def test_a_travellers_session_is_not_a_stolen_one() -> None:
    """One session at home and abroad, and the security key was touched abroad; a replayed token has no such proof."""
    shared = fact(
        "sign_in.shared_session", hours_ago(5), session_id="s", ip_addresses=(HOME, HOSTILE), countries=("FI", "PT")
    )
    home = sign_in(session_id="s", hours=20)
    proof = own_risky(session_id="s")
    quiet = own_risky(session_id="s", hours=5, mfa="claim_in_token", mfa_method=None)
    assert "session_in_two_places" not in finding_ids(judge(shared, home, proof, quiet))
    assert "session_in_two_places" in finding_ids(judge(shared, home, quiet))


def test_a_proof_covers_what_the_same_device_does_at_the_same_place() -> None:
    """Sign-ins in the background follow the key; another device at the address does not."""
    background = own_risky(hours=5, mfa="claim_in_token", mfa_method=None)
    assert "phishing_resistant_mfa" in finding_ids(judge(own_risky(), background))
    other = own_risky(hours=5, mfa="claim_in_token", mfa_method=None, device_id="dev-2")
    assert "phishing_resistant_mfa" not in finding_ids(judge(own_risky(), other))


def test_an_address_is_not_held_against_sign_ins_from_long_before() -> None:
    """A flagged address that the user has used for weeks makes none of those sign-ins risky."""
    flagged = detection("unfamiliarFeatures")
    weeks_before = sign_in(hours=24 * 14, ip_address=HOSTILE, new_ip=True)
    assert "risky_sign_in_succeeded" not in finding_ids(judge(flagged, weeks_before))
    assert "risky_sign_in_succeeded" in finding_ids(judge(flagged, sign_in(hours=4, ip_address=HOSTILE, new_ip=True)))


def test_a_passkey_alone_is_no_single_factor() -> None:
    """Entra asks for nothing more after a passkey, and calls that single factor."""
    passkey = own_risky(requirement="single", mfa="not_required")
    found = finding_ids(judge(passkey))
    assert "single_factor_risky_sign_in" not in found
    assert "phishing_resistant_mfa" in found


def test_a_password_that_was_right_behind_a_block_counts_for_the_spray() -> None:
    """Conditional Access stopped the sprayer after the right password; a wrong one is no success."""
    spray = fact("sign_in.spray", hours_ago(6), ip_address=HOSTILE, users=25, succeeded=1)
    assert "password_spray_success" in finding_ids(judge(spray, stranger("failure", error_code=53003)))
    assert "password_spray_success" not in finding_ids(judge(spray, stranger("failure", error_code=50126)))


def test_hostile_names_are_quoted_tamed_and_cut() -> None:
    """A name cannot break out of its quotes, reorder text, or run on."""
    name = 'Rule" \u202eevil\x00\n' + "x" * 300
    finding = judge(RISK, inbox_rule(name=name)).finding("inbox_rule_hides_or_forwards")
    assert finding is not None
    assert finding.statement.count('"') == 2
    assert not set("\u202e\x00\n") & set(finding.statement)
    assert len(finding.statement) < 130


def test_statements_name_the_place_from_the_facts() -> None:
    """What a statement says of the source is what its fact carries."""
    finding = judge(detection("anomalousToken")).finding("token_theft_pattern")
    assert finding is not None
    assert finding.statement == (
        "Identity Protection reported an anomalous token (anomalousToken) at medium risk from 203.0.113.66 in Lagos, Nigeria."
    )


def test_methods_of_the_first_days_are_onboarding() -> None:
    """At low risk and within a week of the account; never at a higher risk, an older account, or an unknown age."""
    low, medium = detection("unfamiliarFeatures", risk_level="low"), detection("unfamiliarFeatures")
    new, old = (fact("user.profile", created_at=text(hours_ago(24 * days))) for days in (2, 900))
    foothold = "auth_method_added_after_risk"
    assert foothold not in finding_ids(judge(low, new, method()))
    for evidence, profile in ((medium, new), (low, old), (low, fact("user.profile"))):
        assert foothold in finding_ids(judge(evidence, profile, method()))
    reset = audit("Change user password", ip_address=HOSTILE)
    assert "password_changed_from_risky_address" not in finding_ids(judge(low, new, reset))
    assert "password_changed_from_risky_address" in finding_ids(judge(low, old, reset))


def test_a_consent_finding_cites_the_grant_that_stands() -> None:
    """So that the grant can be deleted by its id."""
    grant = fact("user.consent", app="Contoso Sync", risky=True, id="g-1")
    found = judge(grave("mail_consent_given"), grant)
    assert "/oauth2PermissionGrants/g-1" in {action.url for action in found.actions}
