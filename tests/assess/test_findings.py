"""Each finding fires on what it is for, and its twin does not."""

from collections.abc import Sequence

import pytest

from shared.assess.grounds import RULES, WEIGHTS
from shared.models.dossier import Fact, Gap, Value
from tests.assess.facts import (
    HOME,
    HOSTILE,
    account,
    audit,
    detection,
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
)

type Facts = Sequence[Fact | Gap]

RISK = detection("unfamiliarFeatures")
BASELINE = fact("sign_in.baseline", days=30, countries=("FI",))
GUESSES = [stranger("failure", hours=6.5 + place / 100, risk_level="none", risk_state="none") for place in range(6)]

DETECTED = {
    "attacker_in_the_middle": "attackerinTheMiddle",
    "token_theft_pattern": "anomalousToken",
    "leaked_credentials": "leakedCredentials",
    "password_spray_success": "passwordSpray",
    "anonymous_ip_sign_in": "anonymizedIPAddress",
    "malicious_ip_sign_in": "maliciousIPAddress",
    "threat_intelligence_match": "nationStateIP",
    "unfamiliar_sign_in": "unfamiliarFeatures",
    "suspicious_browser": "suspiciousBrowser",
    "impossible_travel": "mcasImpossibleTravel",
    "new_country_sign_in": "newCountry",
    "suspicious_mfa_approval": "authenticatorPhishing",
    "user_reported_suspicious_activity": "userReportedSuspiciousActivity",
    "admin_confirmed_compromised": "adminConfirmedUserCompromised",
    "suspicious_inbox_detection": "mcasSuspiciousInboxManipulationRules",
    "anomalous_user_activity": "suspiciousAPITraffic",
    "compound_account_risk": "aiCompoundAccountRisk",
    "suspicious_workload_sign_ins": "suspiciousSignins",
    "anomalous_workload_activity": "anomalousServicePrincipalActivity",
    "malicious_application": "maliciousApplication",
    "suspicious_application": "suspiciousApplication",
    "other_risk_detection": "generic",
    "directory_reconnaissance": "entraDirectoryReconnaissance",
    "agent_malicious_from_start": "earlyLifeMaliciousActivity",
    "failed_access_attempts": "failedAccessAttempt",
    "sign_in_spike": "signInSpike",
    "suspicious_credential_use": "suspiciousCredentialUsage",
    "unfamiliar_resource_access": "unfamiliarResourceAccess",
    "unknown_risk_type": "quantumTokenDrift",
}


def grave(name: str, **values: Value) -> Fact:
    """Return an audit that is grave by itself."""
    return audit("Add member to role", grave=name, target="Contoso Sync", **values)


def patterned(pattern: str, **values: Value) -> Fact:
    """Return a success that completes a pattern."""
    return sign_in(pattern=pattern, ip_address=HOSTILE, **values)


def past(**values: Value) -> Fact:
    """Return an earlier case that was dismissed, of the kind and from the source of ``RISK``."""
    given: dict[str, Value] = {
        "opened_at": text(hours_ago(24 * 20)),
        "outcome": "dismissed",
        "risk_event_types": ("unfamiliarFeatures",),
        "ip_addresses": (HOSTILE,),
        "countries": ("NG",),
    }
    return fact("case.previous", hours_ago(24 * 20), **{**given, **values})


OWN_GRANT = fact("user.consent", app="Contoso Sync", risky=False)
HELPDESK = role("Helpdesk Administrator", privileged=True)

CASES: dict[str, tuple[Facts, Facts]] = {
    "odd_hour_sign_in": ([stranger(odd_hour=True)], [sign_in(odd_hour=True)]),
    "earlier_case_confirmed": (
        [RISK, past(classification="truePositive")],
        [RISK, past(classification="falsePositive")],
    ),
    "harmless_in_earlier_case": ([RISK, past()], [RISK, past(risk_event_types=("anomalousToken",))]),
    "canary_touched": ([fact("user.canary"), sign_in("failure")], [sign_in("failure")]),
    "invalid_secrets_tried": ([sign_in("failure", pattern="invalid_secrets")], [sign_in("failure")]),
    "expired_credential_used": ([sign_in("failure", error_code=7000222)], [sign_in("failure", error_code=7000215)]),
    "owner_added_after_risk": (
        [RISK, audit("Add owner to application", change="owner_added")],
        [audit("Add owner to application", change="owner_added")],
    ),
    "service_principals_in_series": ([grave("service_principals_in_series")], [grave("other")]),
    "privileged_permission_held": (
        [fact("workload.app_role", permission="Mail.Read", tier=1)],
        [fact("workload.app_role", permission="User.Read.All", tier=2)],
    ),
    "unverified_publisher": ([fact("workload.profile", verified=False)], [fact("workload.profile", verified=True)]),
    "managed_identity": ([fact("workload.profile", type="ManagedIdentity")], [fact("workload.profile", type="Legacy")]),
    "device_joined_after_portal": ([patterned("device_joined_at_once")], [patterned("legacy_client")]),
    "code_phished_to_graph": ([patterned("code_phished_to_graph")], [patterned("legacy_client")]),
    "account_locked_out": ([sign_in("failure", pattern="locked_out")], [sign_in("failure")]),
    "address_tried_disabled_account": ([patterned("beside_disabled_account")], [sign_in(ip_address=HOSTILE)]),
    "directory_tool_sign_in": (
        [sign_in(app="Azure Active Directory PowerShell")],
        [sign_in(app="Azure Active Directory PowerShell"), role("User Administrator", privileged=True)],
    ),
    "foreign_tenant_sign_in": ([sign_in(other_tenant="9")], [sign_in()]),
    "user_at_risk": ([risk_user("atRisk", risk_level="high")], [risk_user("atRisk", risk_level="high"), RISK]),
    "top_role_assigned": ([grave("top_role_assigned")], [audit("Add member to role", hours=5)]),
    "access_elevated": ([grave("access_elevated")], [grave("other")]),
    "federation_changed": ([grave("federation_changed")], [grave("other")]),
    "mfa_policy_weakened": ([grave("mfa_policy_weakened")], [grave("other")]),
    "policy_exclusion_added": (
        [grave("policy_exclusion_added", left_out_kinds=("groups",))],
        [grave("other", left_out_kinds=("groups",))],
    ),
    "policy_deleted": ([grave("policy_deleted")], [grave("other")]),
    "sign_in_policy_redirected": ([grave("sign_in_policy_redirected")], [grave("other")]),
    "app_role_granted": ([grave("app_role_granted", app_role="Mail.Read")], [grave("other")]),
    "wide_consent_given": ([grave("wide_consent_given", scopes=("Mail.Read",))], [grave("other")]),
    "mail_consent_given": ([grave("mail_consent_given")], [grave("mail_consent_given"), OWN_GRANT]),
    "foreign_federated_credential": ([grave("foreign_federated_credential")], [grave("other")]),
    "service_principal_credential_added": ([grave("service_principal_credential_added")], [grave("other")]),
    "application_credential_added": ([grave("application_credential_added")], [grave("other")]),
    "guest_invited": ([grave("guest_invited")], [grave("other")]),
    "top_role_assigned_in_pim": ([grave("top_role_assigned_in_pim")], [grave("other")]),
    "guest_made_member": ([grave("guest_made_member")], [grave("other")]),
    "access_pass_out_of_hours": (
        [grave("access_pass_out_of_hours"), role("Global Administrator", privileged=True)],
        [grave("access_pass_out_of_hours"), role("Message Center Reader", privileged=False)],
    ),
    "account_enabled_and_reset": ([grave("account_enabled_and_reset")], [grave("other")]),
    "account_made_and_deleted": ([grave("account_made_and_deleted")], [grave("other")]),
    "device_secret_read": ([grave("device_secret_read")], [grave("device_secret_read"), HELPDESK]),
    "admin_confirmed_compromised": ([risk_user("confirmedCompromised")], [risk_user("atRisk")]),
    "hidden_risk": ([risk_user("atRisk", risk_level="hidden")], [risk_user("atRisk", risk_level="low")]),
    "impossible_travel": (
        [fact("sign_in.travel", hours_ago(5), from_country="FI", to_country="NG", minutes=40, kilometres=6000)],
        [sign_in(), sign_in(hours=5)],
    ),
    "password_spray_success": (
        [fact("sign_in.spray", hours_ago(6), ip_address=HOSTILE, users=25, succeeded=1), stranger()],
        [fact("sign_in.spray", hours_ago(6), ip_address=HOSTILE, users=25, succeeded=1), stranger("failure")],
    ),
    "user_reported_suspicious_activity": (
        [audit("Suspicious activity reported")],
        [audit("User deleted security info")],
    ),
    "risky_sign_in_succeeded": ([stranger()], [sign_in()]),
    "risky_sign_in_blocked": ([stranger("failure")], [sign_in("failure")]),
    "single_factor_risky_sign_in": ([stranger()], [stranger(requirement="multi", mfa="claim_in_token")]),
    "mfa_fatigue_approved": (
        [fact("sign_in.mfa_denials", hours_ago(6), denied=11, minutes=8, approved_at=text(hours_ago(5.9)))],
        [fact("sign_in.mfa_denials", hours_ago(6), denied=11, minutes=8)],
    ),
    "mfa_fatigue_denied": (
        [fact("sign_in.mfa_denials", hours_ago(6), denied=11, minutes=8)],
        [fact("sign_in.mfa_denials", hours_ago(6), denied=11, minutes=8, approved_at=text(hours_ago(5.9)))],
    ),
    "brute_force_success": ([*GUESSES, stranger(hours=6.2)], [*GUESSES[:3], stranger(hours=6.2)]),
    "legacy_authentication_success": (
        [BASELINE, stranger(client_app="IMAP4")],
        [BASELINE, sign_in(client_app="IMAP4")],
    ),
    "ropc_sign_in": ([stranger(protocol="ropc")], [stranger("failure", protocol="ropc")]),
    "device_code_sign_in": (
        [BASELINE, sign_in(protocol="deviceCode", app="Microsoft Authentication Broker")],
        [BASELINE, sign_in(protocol="deviceCode", app="Azure CLI")],
    ),
    "attack_tool_user_agent": (
        [sign_in(user_agent="python-requests/2.31")],
        [sign_in(user_agent="Mozilla/5.0 (Windows NT 10.0) Edg/120")],
    ),
    "session_in_two_places": (
        [
            fact(
                "sign_in.shared_session",
                hours_ago(5),
                session_id="s",
                ip_addresses=(HOME, HOSTILE),
                countries=("FI", "NG"),
            )
        ],
        [fact("sign_in.shared_session", hours_ago(5), session_id="s", ip_addresses=(HOME, HOSTILE), countries=("FI",))],
    ),
    "new_country_sign_in": ([stranger()], [sign_in()]),
    "auth_method_added_after_risk": ([RISK, method()], [RISK, method(hours=24 * 30)]),
    "inbox_rule_hides_or_forwards": ([RISK, inbox_rule()], [RISK, inbox_rule(suspicious=False)]),
    "device_registered_after_risk": (
        [RISK, fact("user.device", name="DESKTOP-1", registered_at=text(hours_ago(5)), id="o-1")],
        [RISK, fact("user.device", name="DESKTOP-1", registered_at=text(hours_ago(700)), id="o-1")],
    ),
    "consent_after_risk": ([RISK, audit("Consent to application")], [RISK, audit("Consent to application", hours=40)]),
    "password_reset_by_other_after_risk": (
        [RISK, audit("Reset user password", initiated_by="user")],
        [
            RISK,
            audit("Reset user password", initiated_by="user"),
            risk_user("remediated", risk_detail="adminGeneratedTemporaryPassword"),
        ],
    ),
    "password_changed_from_risky_address": (
        [RISK, audit("Change user password", ip_address=HOSTILE)],
        [RISK, audit("Change user password", ip_address=HOME)],
    ),
    "role_assigned_after_risk": (
        [RISK, audit("Add member to role", target="Global Administrator")],
        [RISK, audit("Add member to role requested (PIM activation)")],
    ),
    "app_credential_added_after_risk": (
        [RISK, audit("Update application - Certificates and secrets management")],
        [RISK, audit("Update application")],
    ),
    "policy_changed_after_risk": (
        [RISK, audit("Delete conditional access policy")],
        [RISK, audit("Delete conditional access policy", succeeded=False)],
    ),
    "account_enabled_after_risk": ([RISK, audit("Enable account")], [audit("Enable account")]),
    "privileged_role_held": ([role()], [role(privileged=False)]),
    "privileged_role_eligible": ([role(assignment="eligible")], [role()]),
    "sensitive_group_member": ([fact("user.group", name="Payments", id="g")], [fact("user.groups", count=4)]),
    "emergency_access_account": ([fact("user.break_glass")], account()),
    "risky_consent_held": (
        [fact("user.consent", app="Mail tool", risky=True, id="c")],
        [fact("user.consent", app="Mail tool", risky=False, id="c")],
    ),
    "compliant_known_device": ([own_risky()], [own_risky(), stranger()]),
    "phishing_resistant_mfa": ([own_risky()], [own_risky(mfa="claim_in_token")]),
    "familiar_location": ([own_risky(new_country=False, new_asn=False)], [own_risky()]),
    "trusted_network": ([own_risky(trusted_network=True)], [own_risky()]),
    "password_changed_after_risk": (
        [RISK, fact("user.password", changed_at=text(hours_ago(2)))],
        [RISK, fact("user.password", changed_at=text(hours_ago(9)))],
    ),
    "risk_remediated": ([RISK, risk_user("remediated")], [RISK, risk_user("atRisk")]),
    "risk_dismissed": ([RISK, risk_user("dismissed")], [RISK, risk_user("remediated")]),
    "risk_confirmed_safe": ([RISK, risk_user("confirmedSafe")], [RISK, risk_user("dismissed")]),
    "ai_confirmed_safe": (
        [detection("unfamiliarFeatures", risk_state="dismissed", risk_detail="aiConfirmedSigninSafe")],
        [detection("unfamiliarFeatures", risk_state="dismissed", risk_detail="adminDismissedAllRiskForUser")],
    ),
    "guest_account": (account(user_type="Guest"), account()),
    "account_disabled": (account(enabled=False), account()),
    "account_deleted": ([fact("user.deleted")], account()),
    "no_strong_method_registered": (
        [*account(), method("SMS", strength="weak", hours=900)],
        [*account(), method(hours=900)],
    ),
    "evidence_missing": ([gap("audit")], account()),
    "prompt_injection_in_evidence": ([fact("text.injection", where="user agent", excerpt="ignore")], account()),
}


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
        "Identity Protection reported an anomalous token (anomalousToken) at medium risk from 203.0.113.66 in Lagos, NG."
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
