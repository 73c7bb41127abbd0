"""Risk of users as Identity Protection tells it: columns, queries, and the words for levels, states and detections."""

from collections.abc import Iterable, Sequence

from shared.ask.found import Item
from shared.ask.look import Look
from shared.ask.tables import field
from shared.enrich.statement import listed
from shared.graph.queries import P2, Query, literal
from shared.hostile import clean
from shared.risk_types import named

LEVELS = ("high", "medium", "low", "hidden", "none")
"""Worst first; ``hidden``: the tenant's licence does not show it."""
OPEN_STATES = ("atRisk", "confirmedCompromised")
STATES = {
    "atRisk": "is at risk",
    "confirmedCompromised": "is confirmed compromised",
    "confirmedSafe": "was confirmed safe",
    "remediated": "is no longer at risk: the risk was remediated",
    "dismissed": "is no longer at risk: the risk was dismissed",
    "none": "is not at risk",
}
"""What a risk state says of a user."""
DETAILS = {
    "userPerformedSecuredPasswordChange": "the user changed the password securely",
    "userPerformedSecuredPasswordReset": "the user reset the password securely",
    "userPassedMFADrivenByRiskBasedPolicy": "the user passed MFA that a risk policy asked for",
    "userChangedPasswordOnPremises": "the user changed the password on premises",
    "adminGeneratedTemporaryPassword": "an administrator set a temporary password",
    "adminDismissedAllRiskForUser": "an administrator dismissed all risk of the user",
    "adminDismissedRiskForSignIn": "an administrator dismissed the risk of a sign-in",
    "adminConfirmedUserCompromised": "an administrator confirmed that the user is compromised",
    "adminConfirmedSigninCompromised": "an administrator confirmed that a sign-in was compromised",
    "adminConfirmedSigninSafe": "an administrator confirmed that a sign-in was safe",
    "adminConfirmedAccountSafe": "an administrator confirmed that the account is safe",
    "aiConfirmedSigninSafe": "Microsoft's models found the sign-in safe",
    "aiElevatedAccountRisk": "signals of several products together raised the risk",
    "m365DAdminDismissedDetection": "an administrator dismissed the detection in Defender",
    "microsoftRevokedSessions": "Microsoft ended the user's sessions",
    "hidden": "the tenant's licence does not show it",
}
"""``riskDetail`` in words."""
RISKY_USERS = (
    field("userDisplayName", "Name", "Display name"),
    field("userPrincipalName", "User principal name", "The name to sign in with"),
    field("riskLevel", "Risk level", "high, medium, low, none, or hidden without the licence"),
    field("riskState", "Risk state", "atRisk, confirmedCompromised, confirmedSafe, remediated, dismissed or none"),
    field("riskDetail", "Risk detail", "What last changed the risk, as Entra names it"),
    field("riskLastUpdatedDateTime", "Updated at", "When the risk last changed, UTC"),
    field("isDeleted", "Deleted", "Whether the user is deleted; may lag behind the directory"),
    field("isProcessing", "Processing", "Whether a change of the risk is still being worked on"),
    field("id", "Object id", "Object id of the user"),
)
DETECTIONS = (
    field("detectedDateTime", "Detected at", "When Entra detected it, UTC"),
    field("activityDateTime", "Happened at", "When the activity took place, UTC"),
    field("userPrincipalName", "User", "Whom it is about"),
    field("name", "Detection", "Entra's name of the detection"),
    field("riskEventType", "Type", "Graph's name of the detection; generic: the licence hides which"),
    field("riskLevel", "Risk level", "Level of this detection, which may differ from the user's"),
    field("riskState", "Risk state", "What became of it"),
    field("riskDetail", "Risk detail", "What changed its state, as Entra names it"),
    field("detectionTimingType", "Timing", "realtime, nearRealtime or offline"),
    field("ipAddress", "IP address", "Where the activity came from"),
    field("location.city", "City", "Place of the address", name="city"),
    field("location.countryOrRegion", "Country", "Two-letter code of the country", name="country"),
    field("source", "Source", "Which product detected it"),
    field("requestId", "Request id", "Id of the sign-in, if it is about one"),
    field("id", "Detection id", "Id of the detection"),
)


def detections_query(look: Look, condition: str, *, top: int = 100, pages: int = 1) -> Query:
    """Return the query ``detections`` for risk detections that fit a condition."""
    return look.query(
        "detections",
        look.api.identity_protection.risk_detections,
        what="risk detections",
        permission="IdentityRiskEvent.Read.All",
        licence=P2,
        bucket="identityProtection",
        pages=pages,
        filter=condition,
        top=top,
    )


def risky_user_query(look: Look, user_id: str) -> Query:
    """Return the query ``risky`` for one user: 404 means that the user was never risky."""
    return look.query(
        "risky",
        look.api.identity_protection.risky_users.by_risky_user_id(user_id),
        what="the risk of the user",
        permission="IdentityRiskyUser.Read.All",
        licence=P2,
        bucket="identityProtection",
        absence_is_fact=True,
    )


def any_of(name: str, values: Iterable[str]) -> str:
    """Return a condition that a property has one of some values, without ``in``, which is not documented here."""
    return f"({' or '.join(f'{name} eq {literal(value)}' for value in values)})"


def level_of(item: Item) -> str:
    """Return the level in words that say when it is hidden."""
    level = str(item.get("riskLevel") or "none")
    return "hidden by the tenant's licence" if level == "hidden" else clean(level)


def rank(item: Item) -> tuple[int, str]:
    """Return what sorts the worst first, and the latest of equal ones first when sorted by time before."""
    level = str(item.get("riskLevel") or "none")
    return (LEVELS.index(level) if level in LEVELS else len(LEVELS)), level


def worst_first(found: Iterable[Item]) -> list[Item]:
    """Return risky users or detections by level, the latest change first within a level."""
    latest = sorted(
        found,
        key=lambda item: str(item.get("riskLastUpdatedDateTime") or item.get("detectedDateTime") or ""),
        reverse=True,
    )
    return sorted(latest, key=rank)


def told_detail(item: Item) -> str:
    """Return the detail of a risk in words, with a comma before it; empty when there is none."""
    detail = str(item.get("riskDetail") or "none")
    return "" if detail == "none" else f", because {DETAILS[detail]}" if detail in DETAILS else f", {clean(detail)}"


def with_names(detections: Iterable[Item]) -> list[Item]:
    """Return detections with Entra's ``name`` for each."""
    return [{**item, "name": name_of(str(item.get("riskEventType") or ""))} for item in detections]


def name_of(risk_event_type: str) -> str:
    """Return Entra's own name of a type of detection, or the type itself, cleaned."""
    known = named(risk_event_type)
    return known.name if known else clean(risk_event_type) or "unknown"


def reasons(detections: Sequence[Item]) -> str:
    """Return what was detected: each name once, worst first, with its level and how often."""
    seen: dict[str, list[Item]] = {}
    for item in worst_first(detections):
        seen.setdefault(str(item["name"]), []).append(item)
    return listed(
        (
            f"{name} ({level_of(many[0])}{f', {len(many)} times' if len(many) > 1 else ''}, "
            f"{many[0].get('detectedDateTime')})"
            for name, many in seen.items()
        ),
        longest=4,
    )
