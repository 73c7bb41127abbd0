"""What the verdict tables ask of the findings: which kinds there are, and what they come to together."""

from collections.abc import Callable

from shared.assess.grounds import Grounds
from shared.assess.reading import newness, succeeded
from shared.assess.values import address_of

FOOTHOLDS = (
    "app_credential_added_after_risk",
    "auth_method_added_after_risk",
    "consent_after_risk",
    "device_registered_after_risk",
    "inbox_rule_hides_or_forwards",
    "owner_added_after_risk",
    "password_changed_from_risky_address",
    "policy_changed_after_risk",
    "role_assigned_after_risk",
)
GRAVE = (
    "access_elevated",
    "access_pass_out_of_hours",
    "app_role_granted",
    "federation_changed",
    "foreign_federated_credential",
    "mail_consent_given",
    "mfa_policy_weakened",
    "policy_deleted",
    "service_principal_credential_added",
    "sign_in_policy_redirected",
    "top_role_assigned",
    "wide_consent_given",
)
"""Changes that hand out the tenant or its data, or take a protection away."""
ODD = (
    "account_enabled_and_reset",
    "account_made_and_deleted",
    "application_credential_added",
    "device_secret_read",
    "guest_made_member",
    "policy_exclusion_added",
    "service_principals_in_series",
)
"""Changes that are rare and handy for an intruder, and have honest reasons."""
QUIET = ("guest_invited", "top_role_assigned_in_pim")
"""Changes that somebody should have seen, and that are honest nearly always."""
HOSTILE_ADDRESS = ("anonymous_ip_sign_in", "malicious_ip_sign_in", "threat_intelligence_match")
WEAK = frozenset(
    {
        "account_enabled_after_risk",
        "directory_tool_sign_in",
        "foreign_tenant_sign_in",
        "new_country_sign_in",
        "odd_hour_sign_in",
        "password_reset_by_other_after_risk",
    }
)
"""Worth showing, but no evidence of risk when nothing else is."""
UNKNOWN = frozenset({"unknown_risk_type", "hidden_risk"})
DERIVED = frozenset({"risky_sign_in_succeeded", "risky_sign_in_blocked", "single_factor_risky_sign_in"})
"""Say that something was risky, not why."""
MILD = (
    frozenset({"unfamiliar_sign_in", "impossible_travel", "anonymous_ip_sign_in", "suspicious_browser"})
    | DERIVED
    | WEAK
)
"""What an honest journey looks like to Identity Protection."""
USERS_SIDE = {"compliant_known_device": 2, "phishing_resistant_mfa": 2, "trusted_network": 2, "familiar_location": 1}
ENOUGH_FOR_THE_USER = 3


def stranger(grounds: Grounds) -> bool:
    """A risky sign-in was let in that nothing ties to the user."""
    return bool(grounds.reading.unexplained)


def new_stranger(grounds: Grounds) -> bool:
    """The same, from a place, network or device that the user never used."""
    return bool(grounds.reading.foreign)


def foothold(grounds: Grounds) -> bool:
    """Say whether something was changed in the aftermath that outlives a new password."""
    return grounds.has(*FOOTHOLDS)


def is_serious(grounds: Grounds) -> bool:
    """Say whether Entra gives open evidence a medium or high level."""
    return not _levels(grounds).isdisjoint({"medium", "high"})


def is_high(grounds: Grounds) -> bool:
    """Say whether Entra gives open evidence a high level."""
    return "high" in _levels(grounds)


def guessed_by_stranger(grounds: Grounds) -> bool:
    """Say whether the guessed password was used from a place new to the user, or at risk."""
    reading = grounds.reading
    cited = grounds.facts_of("brute_force_success")
    successes = [fact for fact in reading.all("sign_in") if fact.id in cited and succeeded(fact)]
    return grounds.has("brute_force_success") and any(
        newness(fact) or fact in reading.risky_successes for fact in successes
    )


def password_alone_from_hostile_address(grounds: Grounds) -> bool:
    """Say whether a password alone let somebody new in from an address with a bad name."""
    new = new_stranger(grounds) or grounds.has("unfamiliar_sign_in", "impossible_travel", "new_country_sign_in")
    alone = grounds.has("single_factor_risky_sign_in") and stranger(grounds)
    return alone and new and is_high(grounds) and grounds.has(*HOSTILE_ADDRESS)


def two_hostile_signs(grounds: Grounds) -> bool:
    """Say whether two independent detections call the address hostile, and it was let in."""
    return stranger(grounds) and len(grounds.open_ids.intersection(HOSTILE_ADDRESS)) > 1


def reported(grounds: Grounds, finding_id: str) -> bool:
    """Say whether a finding rests on a detection of Identity Protection."""
    detections = {fact.id for fact in grounds.reading.all("risk.detection")}
    return not detections.isdisjoint(grounds.facts_of(finding_id))


def live_evidence(grounds: Grounds) -> frozenset[str]:
    """Return the open findings that are evidence of risk; weak ones only where Entra itself reported them."""
    return frozenset(it for it in grounds.open_risk if it not in WEAK or reported(grounds, it))


def is_only_unknown(grounds: Grounds) -> bool:
    """Say whether all evidence is of a kind or level that nobody can read."""
    evidence = live_evidence(grounds)
    unnamed = {"other_risk_detection"} if is_hidden_throughout(grounds) else set()
    return bool(evidence & UNKNOWN) and evidence <= UNKNOWN | DERIVED | unnamed and not new_stranger(grounds)


def is_hidden_throughout(grounds: Grounds) -> bool:
    """Say whether the licence hides the level of every open detection: then ``generic`` says nothing at all."""
    return all(fact.text_of("risk_level").lower() == "hidden" for fact in grounds.reading.detections)


def is_explained(grounds: Grounds) -> bool:
    """All open evidence is mild, points at the user's own sign-ins, and enough speaks for the user."""
    for_user = sum(points for finding_id, points in USERS_SIDE.items() if finding_id in grounds.open_ids)
    if for_user < ENOUGH_FOR_THE_USER or not grounds.open_risk <= MILD or stranger(grounds) or new_stranger(grounds):
        return False
    reading = grounds.reading
    own = {address_of(fact) for fact in reading.all("sign_in") if succeeded(fact) and reading.is_own(fact)}
    tried = [fact for fact in reading.risky_sign_ins if not reading.is_closed(fact)]
    return all(address_of(fact) in own | {""} for fact in [*reading.detections, *tried])


def is_readable(grounds: Grounds) -> bool:
    """Nothing hides the sign-ins and changes that would speak against the user."""
    return grounds.reading.gap("sign_in", "audit") is None


def closed_as(state: str) -> Callable[[Grounds], bool]:
    """Return the test whether the risk was closed this way and nothing newer speaks against it."""

    def holds(grounds: Grounds) -> bool:
        closing = grounds.reading.closing
        return closing is not None and closing.state == state and not live_evidence(grounds)

    return holds


def remediated_after_tool(grounds: Grounds) -> bool:
    """Say whether the risk is remediated and a tool had been let in with the password alone before.

    A new password ends that, but says nothing of what was read or copied until then.
    """
    found = {finding.id for finding in grounds.findings}
    return {"attack_tool_user_agent", "single_factor_risky_sign_in"} <= found and closed_as("remediated")(grounds)


def remediated_with_foothold(grounds: Grounds) -> bool:
    """Say whether the risk is closed and only changes of its aftermath still stand."""
    evidence = live_evidence(grounds)
    return grounds.reading.closing is not None and bool(evidence) and evidence <= set(FOOTHOLDS)


def _levels(grounds: Grounds) -> set[str]:
    """Return the levels that Entra gives open evidence."""
    evidence = [*grounds.reading.detections, *grounds.reading.risky_successes]
    return {fact.text_of("risk_level").lower() for fact in evidence}
