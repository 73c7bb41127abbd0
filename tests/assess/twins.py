"""Evidence for each finding, beside its twin: the same without the one thing that matters."""

from collections.abc import Sequence

from shared.models.dossier import Fact, Gap, Value
from tests.assess.facts import (
    HOME,
    HOSTILE,
    account,
    audit,
    detection,
    fact,
    gap,
    hours_ago,
    inbox_rule,
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
