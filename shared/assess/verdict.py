"""Decide the verdict: a table of plain rules, read from top to bottom; the first that holds decides."""

from collections.abc import Callable
from typing import NamedTuple

from shared.assess.grounds import Grounds
from shared.assess.reading import newness, succeeded
from shared.assess.values import address_of
from shared.models.assessment import Verdict

FOOTHOLDS = (
    "app_credential_added_after_risk",
    "auth_method_added_after_risk",
    "consent_after_risk",
    "device_registered_after_risk",
    "inbox_rule_hides_or_forwards",
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
ODD = ("account_enabled_and_reset", "account_made_and_deleted", "device_secret_read", "guest_made_member")
"""Changes that are rare and handy for an intruder, and have honest reasons."""
HOSTILE_ADDRESS = ("anonymous_ip_sign_in", "malicious_ip_sign_in", "threat_intelligence_match")
WEAK = frozenset(
    {
        "account_enabled_after_risk",
        "directory_tool_sign_in",
        "foreign_tenant_sign_in",
        "new_country_sign_in",
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


class VerdictRule(NamedTuple):
    """One row: the verdict, the reason as a sentence, and when it holds."""

    verdict: Verdict
    reason: str
    holds: Callable[[Grounds], bool]


def decide(grounds: Grounds) -> VerdictRule:
    """Return the first row that holds; the last row always does."""
    return next(row for row in TABLE if row.holds(grounds))


def _stranger(grounds: Grounds) -> bool:
    """A risky sign-in was let in that nothing ties to the user."""
    return bool(grounds.reading.unexplained)


def _new_stranger(grounds: Grounds) -> bool:
    """The same, from a place, network or device that the user never used."""
    return bool(grounds.reading.foreign)


def _foothold(grounds: Grounds) -> bool:
    return grounds.has(*FOOTHOLDS)


def _is_serious(grounds: Grounds) -> bool:
    evidence = [*grounds.reading.detections, *grounds.reading.risky_successes]
    return any(fact.text_of("risk_level").lower() in {"medium", "high"} for fact in evidence)


def _is_high(grounds: Grounds) -> bool:
    evidence = [*grounds.reading.detections, *grounds.reading.risky_successes]
    return any(fact.text_of("risk_level").lower() == "high" for fact in evidence)


def _guessed_by_stranger(grounds: Grounds) -> bool:
    reading = grounds.reading
    cited = grounds.facts_of("brute_force_success")
    successes = [fact for fact in reading.all("sign_in") if fact.id in cited and succeeded(fact)]
    return grounds.has("brute_force_success") and any(
        newness(fact) or fact in reading.risky_successes for fact in successes
    )


def _password_alone_from_hostile_address(grounds: Grounds) -> bool:
    new = _new_stranger(grounds) or grounds.has("unfamiliar_sign_in", "impossible_travel", "new_country_sign_in")
    alone = grounds.has("single_factor_risky_sign_in") and _stranger(grounds)
    return alone and new and _is_high(grounds) and grounds.has(*HOSTILE_ADDRESS)


def _two_hostile_signs(grounds: Grounds) -> bool:
    return _stranger(grounds) and len(grounds.open_ids.intersection(HOSTILE_ADDRESS)) > 1


def _evidence(grounds: Grounds) -> frozenset[str]:
    return grounds.open_risk - WEAK


def _is_only_unknown(grounds: Grounds) -> bool:
    evidence = _evidence(grounds)
    unnamed = {"other_risk_detection"} if _is_hidden_throughout(grounds) else set()
    return bool(evidence & UNKNOWN) and evidence <= UNKNOWN | DERIVED | unnamed and not _new_stranger(grounds)


def _is_hidden_throughout(grounds: Grounds) -> bool:
    """Say whether the licence hides the level of every open detection: then ``generic`` says nothing at all."""
    return all(fact.text_of("risk_level").lower() == "hidden" for fact in grounds.reading.detections)


def _is_explained(grounds: Grounds) -> bool:
    """All open evidence is mild, points at the user's own sign-ins, and enough speaks for the user."""
    for_user = sum(points for finding_id, points in USERS_SIDE.items() if finding_id in grounds.open_ids)
    if for_user < ENOUGH_FOR_THE_USER or not grounds.open_risk <= MILD or _stranger(grounds) or _new_stranger(grounds):
        return False
    reading = grounds.reading
    own = {address_of(fact) for fact in reading.all("sign_in") if succeeded(fact) and reading.is_own(fact)}
    tried = [fact for fact in reading.risky_sign_ins if not reading.is_closed(fact)]
    return all(address_of(fact) in own | {""} for fact in [*reading.detections, *tried])


def _is_readable(grounds: Grounds) -> bool:
    """Nothing hides the sign-ins and changes that would speak against the user."""
    return grounds.reading.gap("sign_in", "audit") is None


def _closed_as(state: str) -> Callable[[Grounds], bool]:
    def holds(grounds: Grounds) -> bool:
        closing = grounds.reading.closing
        return closing is not None and closing.state == state and not _evidence(grounds)

    return holds


def _remediated_with_foothold(grounds: Grounds) -> bool:
    evidence = _evidence(grounds)
    return grounds.reading.closing is not None and bool(evidence) and evidence <= set(FOOTHOLDS)


TABLE = (
    VerdictRule(
        "compromised",
        "The compromise was confirmed in Entra.",
        lambda it: it.has("admin_confirmed_compromised"),
    ),
    VerdictRule(
        "compromised",
        "MFA was approved after a burst of denied prompts, so whoever sent them was let in.",
        lambda it: it.has("mfa_fatigue_approved"),
    ),
    VerdictRule(
        "compromised",
        "An attacker in the middle was detected, and the session was used or the account changed afterwards.",
        lambda it: (
            it.has("attacker_in_the_middle")
            and (_foothold(it) or _stranger(it) or _new_stranger(it) or it.has("session_in_two_places"))
        ),
    ),
    VerdictRule(
        "compromised",
        "A token shows signs of theft, and a stranger used it or the account was changed afterwards.",
        lambda it: (
            it.has("token_theft_pattern") and (_foothold(it) or _new_stranger(it) or it.has("session_in_two_places"))
        ),
    ),
    VerdictRule(
        "compromised",
        "A password spray found the right password, and a risky sign-in succeeded.",
        lambda it: it.has("password_spray_success") and _stranger(it),
    ),
    VerdictRule(
        "compromised",
        "The password was guessed from an address that does not belong to the user.",
        _guessed_by_stranger,
    ),
    VerdictRule(
        "compromised",
        "The password is known to have leaked, and a sign-in that nothing ties to the user succeeded.",
        lambda it: it.has("leaked_credentials") and (_stranger(it) or _new_stranger(it)),
    ),
    VerdictRule(
        "compromised",
        "MFA was approved in a suspicious way, and a sign-in that nothing ties to the user succeeded.",
        lambda it: it.has("suspicious_mfa_approval") and _stranger(it),
    ),
    VerdictRule(
        "compromised",
        "The user reported an MFA request as not theirs, and a sign-in that nothing ties to the user succeeded.",
        lambda it: it.has("user_reported_suspicious_activity") and _stranger(it),
    ),
    VerdictRule(
        "compromised",
        "One session was used from two places, one of them new to the user.",
        lambda it: it.has("session_in_two_places") and _new_stranger(it) and _is_serious(it),
    ),
    VerdictRule(
        "compromised",
        "A device code sign-in at risk succeeded from where the user never signed in.",
        lambda it: it.has("device_code_sign_in") and _new_stranger(it) and _is_serious(it),
    ),
    VerdictRule(
        "compromised",
        "A high-risk sign-in from a hostile address succeeded with a single factor.",
        _password_alone_from_hostile_address,
    ),
    VerdictRule(
        "compromised",
        "Independent detections call the address hostile, and a sign-in that nothing ties to the user succeeded.",
        _two_hostile_signs,
    ),
    VerdictRule(
        "compromised",
        "A stranger signed in to the portal and registered a device within minutes.",
        lambda it: it.has("device_joined_after_portal") and _new_stranger(it),
    ),
    VerdictRule(
        "compromised",
        "A tool signed in with a single factor from where the user never signed in.",
        lambda it: it.has("attack_tool_user_agent") and it.has("single_factor_risky_sign_in") and _new_stranger(it),
    ),
    VerdictRule(
        "compromised",
        "A risky sign-in from where the user never signed in succeeded, and the account was changed afterwards.",
        lambda it: _new_stranger(it) and _foothold(it) and _is_serious(it),
    ),
    VerdictRule(
        "compromised",
        "A stranger's sign-in succeeded, and a change was made that hands out or unprotects the tenant.",
        lambda it: it.has(*GRAVE) and (_stranger(it) or _new_stranger(it)) and _is_serious(it),
    ),
    VerdictRule(
        "benign",
        "The risk was remediated, and nothing risky was seen afterwards.",
        _closed_as("remediated"),
    ),
    VerdictRule(
        "benign",
        "The risk was dismissed, and nothing risky was seen afterwards.",
        _closed_as("dismissed"),
    ),
    VerdictRule(
        "benign",
        "The risk was confirmed as safe, and nothing risky was seen afterwards.",
        _closed_as("confirmed_safe"),
    ),
    VerdictRule(
        "suspicious",
        "The risk was closed, but a change made in its aftermath still stands.",
        _remediated_with_foothold,
    ),
    VerdictRule(
        "benign",
        "The evidence is mild, and device, method or network tie the risky sign-ins to the user.",
        lambda it: _is_explained(it) and _is_readable(it),
    ),
    VerdictRule(
        "inconclusive",
        "What could be read speaks for the user, but what speaks against could not be read.",
        _is_explained,
    ),
    VerdictRule(
        "inconclusive",
        "The only evidence is of a kind or level that is not known, so it proves neither attack nor innocence.",
        _is_only_unknown,
    ),
    VerdictRule(
        "suspicious",
        "A change was made that hands out or unprotects the tenant, and nothing shows that it was planned.",
        lambda it: it.has(*GRAVE),
    ),
    VerdictRule(
        "suspicious",
        "A change was made that is rare and handy for an intruder, and nothing shows that it was planned.",
        lambda it: it.has(*ODD) and _evidence(it) <= frozenset(ODD),
    ),
    VerdictRule(
        "suspicious",
        "There is evidence of risk, but no proof that an attacker got in.",
        lambda it: bool(_evidence(it)),
    ),
    VerdictRule(
        "inconclusive",
        "No evidence of risk was found, but not everything could be read.",
        lambda it: bool(it.reading.dossier.gaps),
    ),
    VerdictRule(
        "benign",
        "No evidence of risk was found, and everything that was asked for could be read.",
        lambda _: True,
    ),
)
