"""Risky users of the tenant, their detections, and what the app's own cases say of them."""

from collections import Counter
from collections.abc import Mapping, Sequence

from shared.ask.fields import count, time_range
from shared.ask.found import Item, items, number, refs, reply, rows
from shared.ask.given import number as wanted_number
from shared.ask.given import span, words
from shared.ask.look import Look
from shared.ask.own import SEVERITIES, Judged, judged, sources_of
from shared.ask.risk_reads import (
    DETECTIONS,
    LEVELS,
    OPEN_STATES,
    RISKY_USERS,
    any_of,
    detections_query,
    reasons,
    with_names,
    worst_first,
)
from shared.ask.skill import Cell, Input, InputValue, Reply, skill
from shared.ask.tables import field
from shared.ask.telling import names, within
from shared.enrich.statement import counted, listed
from shared.graph.queries import P2, Query
from shared.models.dossier import Source

OPEN = "atRiskOrCompromised"
STATE = Input(
    name="risk_state",
    kind="choice",
    description="One of Entra's risk states, or the two that are open: at risk or confirmed compromised.",
    required=False,
    choices=(OPEN, *OPEN_STATES, "confirmedSafe", "remediated", "dismissed"),
    words={
        OPEN: ("at risk or confirmed compromised", "at risk or compromised", "compromised or at risk"),
        "atRisk": ("at risk",),
        "confirmedCompromised": ("compromised", "confirmed compromised", "hacked"),
        "confirmedSafe": ("safe", "confirmed safe", "considered safe"),
        "remediated": ("remediated", "resolved"),
        "dismissed": ("dismissed",),
    },
    default=OPEN,
)
LEVEL = Input(
    name="risk_level",
    kind="choice",
    description="Only this risk level, or any.",
    required=False,
    choices=("any", "high", "medium", "low"),
    words={
        "high": ("high risk", "high", "highest"),
        "medium": ("medium risk", "medium"),
        "low": ("low risk", "low"),
    },
    default="any",
)
SAID = {
    OPEN: "flagged as risky",
    "atRisk": "at risk",
    "confirmedCompromised": "confirmed compromised",
    "confirmedSafe": "confirmed safe",
    "remediated": "with remediated risk",
    "dismissed": "with dismissed risk",
}
PAGE, MOST_PAGES = 500, 4
JOINED = (
    *RISKY_USERS[:3],
    RISKY_USERS[3],
    RISKY_USERS[5],
    field("case_id", "Case", "The app's own open case of the user; empty when there is none"),
    field("verdict", "Verdict", "What the app's triage found; empty before its first report"),
    field("severity", "Severity", "How grave the app's triage finds it"),
    field("score", "Score", "0 to 100, by the app's rules"),
    RISKY_USERS[-1],
)


@skill(
    id="risky_users",
    area="risk",
    title="Risky users",
    description="Which users, and how many, are risky, compromised, safe, remediated or dismissed in Entra, by level.",
    inputs=(STATE, LEVEL),
    permissions=("IdentityRiskyUser.Read.All",),
    licence=P2,
    paths=("/identityProtection/riskyUsers",),
    examples=(
        "List all users currently flagged as risky.",
        "Show users who are currently at risk.",
        "Identify users who have been marked as risky.",
        "List all users who have been compromised.",
        "Show users who are currently considered safe.",
        "How many users are currently flagged as risky?",
        "Provide a count of all risky users.",
        "List all risky user by risklevel",
        "show {risk_level} risk users",
        "which users were confirmed safe",
        "how many users are at risk",
        "who is risky",
    ),
)
async def risky_users(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read risky users by state and level: one request for each 500."""
    state, level = words(given, "risk_state") or OPEN, words(given, "risk_level") or "any"
    answers = await look.read(_risky(look, OPEN_STATES if state == OPEN else (state,), level))
    found = items(answers, "users")
    if found is None:
        return reply(answers, ())
    ranked = worst_first(found)
    levels = Counter(str(item.get("riskLevel") or "none") for item in ranked)
    said = listed(f"{levels[name]} {name}" for name in LEVELS if levels[name])
    at = f" at level {level}" if level != "any" else ""
    some = f": {names(item.get('userPrincipalName') or item.get('id') for item in ranked)}" if ranked else ""
    amount = counted(len(ranked), "user") if ranked else "no users"
    least = "at least " if answers["users"].gaps else ""
    return reply(
        answers,
        [f"Found {least}{amount} {SAID[state]}{at}{some}.", f"By risk level: {said}." if ranked else ""],
        tables=[rows(answers, "users", "Risky users, worst first", RISKY_USERS, ranked)],
        facts={
            "count": number(answers["users"]),
            "is_all": not answers["users"].gaps,
            **{name: levels[name] for name in ("high", "medium", "low")},
        },
        subjects=refs("user", ranked),
        follow_ups=(
            *(f"Is {ref.name} risky?" for ref in refs("user", ranked)[:1]),
            "Which users at risk in Entra have no case?",
        ),
    )


@skill(
    id="risky_users_and_cases",
    area="risk",
    title="Risky users with the app's cases",
    description="Entra's open risky users, worst first, each with the app's own case and verdict, and who has no case.",
    permissions=("IdentityRiskyUser.Read.All",),
    licence=P2,
    paths=("/identityProtection/riskyUsers",),
    examples=(
        "Which users at risk in Entra have no case?",
        "which risky users are not triaged yet",
        "show risky users with their verdicts",
        "compare risky users with our cases",
        "risky users in Entra and what our triage says of them",
    ),
)
async def risky_users_and_cases(look: Look, _given: Mapping[str, InputValue]) -> Reply:
    """Read risky users once, and join them with the open cases that the app keeps."""
    answers = await look.read(_risky(look, OPEN_STATES, "any"))
    found = items(answers, "users")
    if found is None:
        return reply(answers, ())
    open_cases = [case for case in await look.state.open_cases() if case.status == "open"]
    open_cases = [case for case in open_cases if case.identity.kind == "user"]
    ids = {str(item.get("id")).lower() for item in found}
    cases = await judged(look.state, [case for case in open_cases if case.identity.id.lower() in ids])
    by_user = {one.case.identity.id.lower(): one for one in cases}
    ranked = _by_severity([_joined(item, by_user.get(str(item.get("id")).lower())) for item in worst_first(found)])
    without = [item for item in ranked if not item["case_id"]]
    amount = counted(len(ranked), "user") if ranked else "no users"
    some = f": {names(item.get('userPrincipalName') or item.get('id') for item in without)}" if without else ""
    return reply(
        answers,
        [
            f"Entra holds {'at least ' if answers['users'].gaps else ''}{amount} for at risk or compromised.",
            f"{len(without)} of them have no open case here{some}." if ranked else "",
            f"Worst is {names([ranked[0].get('userPrincipalName') or ranked[0].get('id')])}." if ranked else "",
        ],
        tables=[rows(answers, "users", "Risky users with cases, worst first", JOINED, ranked)],
        facts={"count": len(ranked), "with_case": len(ranked) - len(without), "without_case": len(without)},
        subjects=refs("user", ranked),
        follow_ups=[f"Is {ref.name} risky?" for ref in refs("user", ranked)[:1]],
        also=(Source(kind="state", ref="cases"), *sources_of(one.report for one in cases if one.report)),
    )


@skill(
    id="risk_detections_in_tenant",
    area="risk",
    title="Risk detections of everybody",
    description="Which risk detections Entra raised in a span of time, of all users; never for one named user.",
    inputs=(time_range(), LEVEL, count(200, 500)),
    permissions=("IdentityRiskEvent.Read.All",),
    licence=P2,
    paths=("/identityProtection/riskDetections",),
    examples=(
        "which risk detections were raised in {time_range}",
        "show all risk detections of {time_range}",
        "what did Identity Protection detect in {time_range}",
        "list {risk_level} risk detections",
        "latest risk events in the tenant",
    ),
)
async def risk_detections_in_tenant(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read detections by time and level."""
    when, level = span(given, "time_range"), words(given, "risk_level") or "any"
    condition = f"detectedDateTime ge {when.since} and detectedDateTime le {when.until}"
    condition += "" if level == "any" else f" and {any_of('riskLevel', (level,))}"
    answers = await look.read(detections_query(look, condition, top=wanted_number(given, "count")))
    found = items(answers, "detections")
    if found is None:
        return reply(answers, ())
    seen = with_names(found)
    users = {str(item.get("userId")): item.get("userPrincipalName") for item in seen}
    amount = counted(len(seen), "risk detection") if seen else "no risk detections"
    of_level = f" of level {level}" if level != "any" else ""
    about = f" of {counted(len(users), 'user')} ({names(users.values())})" if seen else ""
    return reply(
        answers,
        [f"Found {amount}{of_level} {within(when)}{about}.", f"Detected: {reasons(seen)}." if seen else ""],
        tables=[rows(answers, "detections", "Risk detections", DETECTIONS, seen)],
        facts={"count": len(seen), "users": len(users), "is_all": not answers["detections"].gaps},
        subjects=refs("user", [{"id": key, "userPrincipalName": name} for key, name in users.items()]),
        follow_ups=("List all users currently flagged as risky.",),
    )


def _risky(look: Look, states: Sequence[str], level: str) -> Query:
    narrow = "" if level == "any" else f" and {any_of('riskLevel', (level,))}"
    return look.query(
        "users",
        look.api.identity_protection.risky_users,
        what="risky users",
        permission="IdentityRiskyUser.Read.All",
        licence=P2,
        bucket="identityProtection",
        pages=MOST_PAGES,
        filter=f"{any_of('riskState', states)}{narrow}",
        top=PAGE,
    )


def _joined(item: Item, one: Judged | None) -> Item:
    """Return a risky user with what the app's case says."""
    assessment = one.report.assessment if one and one.report else None
    case: dict[str, Cell] = {
        "case_id": one.case.id if one else None,
        "verdict": assessment.verdict if assessment else None,
        "severity": assessment.severity if assessment else None,
        "score": assessment.score if assessment else None,
    }
    return {**item, **case}


def _by_severity(ranked: Sequence[Item]) -> list[Item]:
    """Return the worst first: by our severity and score where there is a report, else as Entra's level ranks them."""
    grade: dict[str | None, int] = {None: 2, **{name: place for place, name in enumerate(SEVERITIES)}}
    return sorted(ranked, key=lambda item: (grade[item["severity"]], -(item["score"] or 0)))
