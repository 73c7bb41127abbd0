"""Decide the severity from verdict, privilege and impact, and the confidence from sources and gaps."""

from shared.assess.evidence import FOOTHOLDS, GRAVE, ODD, QUIET, UNKNOWN, USERS_SIDE, live_evidence, reported
from shared.assess.grounds import Grounds
from shared.assess.values import flag
from shared.models.assessment import Confidence, Severity, Verdict

PRIVILEGE = (
    "emergency_access_account",
    "privileged_permission_held",
    "privileged_role_eligible",
    "privileged_role_held",
)
SEVERITIES: tuple[Severity, ...] = ("informational", "low", "medium", "high", "critical")
CONFIDENCES: tuple[Confidence, ...] = ("low", "medium", "high")

SOURCES = {
    "Identity Protection": ("risk.detection", "risk.user"),
    "the sign-in log": ("sign_in", "sign_in.mfa_denials", "sign_in.spray", "sign_in.travel", "sign_in.shared_session"),
    "the audit log": ("audit",),
    "the directory": (
        *("user.auth_method", "user.device", "user.consent", "user.password"),
        *("workload.credential", "workload.federated_credential"),
    ),
    "the mailbox": ("user.inbox_rule",),
}
"""Who can bear witness, and the fact kinds that come from there."""
KEY_KINDS = {
    "risk detections": ("risk.detection", "risk.user"),
    "sign-ins": ("sign_in", "sign_in.baseline"),
    "audit records": ("audit",),
    "authentication methods": ("user.auth_method", "user.auth_methods"),
    "roles": ("user.role",),
}
"""What the judgement leans on: a gap in one of these costs confidence."""
ALARMING = ("leaked_credentials", "attacker_in_the_middle", "device_joined_after_portal")
"""Suspicion that does not wait for the next morning."""
NUISANCE = frozenset({"account_locked_out", "invalid_secrets_tried", "risky_sign_in_blocked"})


def severity_of(grounds: Grounds, verdict: Verdict) -> Severity:
    """Return how urgent it is.

    A compromised guest is high like a member: what the guest can reach is this tenant's data. A disabled or deleted
    account takes one step off a compromise, because nobody can sign in with it any more.
    """
    privileged = grounds.has(*PRIVILEGE) or _is_in_named_group(grounds)
    match verdict:
        case "compromised":
            severity: Severity = "critical" if privileged else "high"
            contained = grounds.has("account_disabled", "account_deleted")
            return SEVERITIES[SEVERITIES.index(severity) - 1] if contained else severity
        case "suspicious":
            return _of_suspicion(grounds, privileged=privileged)
        case "inconclusive":
            return "medium" if privileged or grounds.has(*UNKNOWN) else "low"
        case "benign":
            return "low" if privileged and grounds.reading.closing is None and grounds.open_risk else "informational"


def _is_in_named_group(grounds: Grounds) -> bool:
    """Say whether the user is in a group that the policy file calls sensitive: its operators know what hangs on it."""
    return any(flag(fact, "named") is True for fact in grounds.reading.all("user.group"))


def _of_suspicion(grounds: Grounds, *, privileged: bool) -> Severity:
    reading = grounds.reading
    if grounds.has("emergency_access_account") and reading.risky_successes:
        # Nobody uses it from day to day: a risky use is an emergency or an attack, and both wake people up.
        return "critical"
    evidence = live_evidence(grounds)
    # Only administrators can make such changes at all, so a role says nothing more about them.
    if evidence and evidence <= {*ODD, *QUIET}:
        return "low" if evidence <= set(QUIET) else "medium"
    high_alone = grounds.has("single_factor_risky_sign_in") and any(
        fact.text_of("risk_level").lower() == "high" for fact in [*reading.detections, *reading.risky_successes]
    )
    # A secret is no password: nobody guesses it, whatever it opens.
    tempting = privileged and (reading.identity.kind == "user" or not evidence <= NUISANCE)
    # Somebody went on until a secret worked: whoever it was is in.
    tried_until_in = grounds.has("invalid_secrets_tried") and grounds.has("workload_sign_in_from_new_place")
    if tempting or high_alone or tried_until_in or grounds.has(*ALARMING, *FOOTHOLDS, *GRAVE):
        return "high"
    if evidence <= NUISANCE:
        return "medium" if privileged else "low"
    levels = {fact.text_of("risk_level").lower() for fact in [*reading.detections, *reading.risky_successes]}
    # A low level counts for less, unless a password was found to be right.
    named = evidence - {"risky_sign_in_succeeded", "risky_sign_in_blocked"}
    if (
        len(named) == 1
        and named != {"password_spray_success"}
        and reported(grounds, *named)
        and levels <= {"low", "none", ""}
        and "low" in levels
    ):
        return "low"
    return "medium"


def confidence_of(grounds: Grounds, verdict: Verdict) -> tuple[Confidence, tuple[str, ...]]:
    """Return how sure the verdict is, and why. Each gap in what it leans on takes a step off."""
    step, reasons = _support(grounds, verdict)
    missing = [what for what, kinds in KEY_KINDS.items() if grounds.reading.gap(*kinds)]
    if missing:
        reasons.append(f"Could not be read, or not fully: {', '.join(missing)}.")
    # What the sign-in log bears out is no less sure for having been detected late.
    offline = step < 1 and _is_offline_only(grounds) and verdict in {"compromised", "suspicious"}
    if offline:
        reasons.append("All detections were made offline, after the fact.")
    hidden = grounds.has("hidden_risk")
    if hidden:
        reasons.append("The licence hides a risk level or state.")
    step -= len(missing) + offline + hidden
    return CONFIDENCES[max(0, min(step, 2))], tuple(reasons)


def _support(grounds: Grounds, verdict: Verdict) -> tuple[int, list[str]]:
    if verdict == "inconclusive":
        return 0, ["The evidence that could be read does not decide."]
    closing = grounds.reading.closing
    if verdict == "benign" and closing is not None:
        return 2, ["The risk was closed in Entra, and no open evidence is newer."]
    if verdict == "benign":
        sides = [item.finding.title for item in grounds.weighed if item.finding.id in USERS_SIDE]
        noun = grounds.reading.identity.noun
        spoken = (
            [f"Speaks for the {noun}: {', '.join(sides)}."] if sides else ["No finding speaks against the identity."]
        )
        return min(len(sides), 2) if sides else 1, spoken
    if grounds.has("admin_confirmed_compromised"):
        return 2, ["The compromise was confirmed, not inferred."]
    witnesses = _witnesses(grounds)
    if witnesses == ["the audit log"] and grounds.has(*GRAVE, *ODD, *QUIET):
        return 1, ["The audit log is the record of the change itself; it does not say whether it was planned."]
    names = ", ".join(witnesses)
    agree = (
        f"Independent sources agree: {names}."
        if len(witnesses) > 1
        else f"The evidence comes from one source: {names}."
    )
    return len(witnesses) - 1, [agree]


def _witnesses(grounds: Grounds) -> list[str]:
    reading = grounds.reading
    cited = {fact for item in grounds.weighed if item.finding.id in grounds.open_risk for fact in item.finding.facts}
    kinds = {fact.kind for fact in reading.facts if fact.id in cited}
    return [name for name, of in SOURCES.items() if not kinds.isdisjoint(of)]


def _is_offline_only(grounds: Grounds) -> bool:
    timings = [fact.text_of("timing").lower() for fact in grounds.reading.detections]
    return bool(timings) and all(timing == "offline" for timing in timings)
