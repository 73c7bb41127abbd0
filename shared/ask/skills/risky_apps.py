"""Apps at risk: what Identity Protection says of service principals."""

from collections.abc import Mapping
from typing import Any

from shared.ask.given import number, thing, words
from shared.ask.look import Look, sources
from shared.ask.skill import Input, InputValue, Ref, Reply, skill
from shared.ask.tables import field, table
from shared.ask.telling import are, by_count, found, gaps_of, is_cut, is_missing, joined, named, names, unread
from shared.enrich.statement import counted
from shared.graph.answers import Answers
from shared.graph.queries import Query, literal
from shared.graph.workload_queries import WORKLOAD_LICENCE
from shared.hostile import quoted

PERMISSION = "IdentityRiskyServicePrincipal.Read.All"
OPEN = ("atRisk", "confirmedCompromised")
_WORST_FIRST = {"high": 0, "medium": 1, "low": 2, "hidden": 3}
_STATES = {
    "atRisk": "at risk",
    "confirmedCompromised": "confirmed compromised",
    "confirmedSafe": "confirmed safe",
    "remediated": "remediated",
    "dismissed": "dismissed",
    "none": "not at risk",
}
RISK = (
    field("displayName", "Display name", "Name of the service principal, as its maker chose it"),
    field("id", "ID", "Object id of the service principal"),
    field("riskState", "Risk state", "Where the risk stands: atRisk, confirmedCompromised, dismissed, …"),
    field("riskLevel", "Risk level", "Level that Entra gives: low, medium, high; hidden without the licence"),
    field("riskDetail", "Risk detail", "Why the state is what it is; hidden without the licence"),
    field("riskLastUpdatedDateTime", "Updated", "When the risk changed last, UTC"),
    field("appId", "Application ID", "Client id of the application"),
    field("servicePrincipalType", "Type", "Application, ManagedIdentity, Legacy, SocialIdp"),
    field("isEnabled", "Enabled", "Whether the app may sign in"),
)
DETECTIONS = (
    field("riskEventType", "Detection", "Name of the detection, as Graph writes it"),
    field("riskLevel", "Level", "Level of this detection"),
    field("riskState", "State", "State of this detection"),
    field("detectedDateTime", "Detected", "When Entra raised it, UTC"),
    field("activityDateTime", "Happened", "When the activity happened, UTC"),
    field("ipAddress", "Address", "Where the activity came from"),
    field("location.countryOrRegion", "Country", "Country of the address", "country"),
    field("keyIds", "Key ids", "Credentials that took part"),
    field("requestId", "Request id", "The sign-in that it is about"),
    field("id", "ID", "Id of the detection"),
)
APP = Input(name="app", kind="service_principal", description="The app: display name, object id or application id.")


@skill(
    id="risky_apps",
    area="apps",
    title="Apps at risk",
    description=(
        "Service principals that Identity Protection holds for risky, worst first, by level or state; not the details "
        "of one app, and not users."
    ),
    inputs=(
        Input(
            name="risk_level",
            kind="choice",
            description="Only this risk level.",
            required=False,
            choices=("low", "medium", "high", "hidden", "none"),
            words={"low": ("low",), "medium": ("medium",), "high": ("high",), "hidden": ("hidden",)},
        ),
        Input(
            name="risk_state",
            kind="choice",
            description="Only this risk state; else those at risk or confirmed compromised.",
            required=False,
            choices=tuple(_STATES),
            words={
                "confirmedCompromised": ("confirmed compromise", "confirmed compromised", "confirmed as compromised"),
                "confirmedSafe": ("confirmed safe", "confirmed as safe"),
                "remediated": ("remediated",),
                "dismissed": ("dismissed",),
            },
        ),
        Input(name="count", kind="count", description="Most apps to list.", required=False, default=50),
    ),
    permissions=(PERMISSION,),
    licence=WORKLOAD_LICENCE,
    paths=("/identityProtection/riskyServicePrincipals",),
    examples=(
        "List risky app details for my tenant",
        "Show me risky apps.",
        "Are any apps at risk of being malicious or compromised?",
        "List {count} apps with {risk_level} Risk Level. Format the table as follows: Display Name | ID | Risk State",
        'List the apps with Risk State "{risk_state}".',
        "How many risky apps are there?",
        "which service principals are at risk",
        "show {risk_level} risk apps",
        "list the top {count} risky applications",
        "apps confirmed as compromised",
        "any workload identities flagged as risky",
    ),
)
async def risky_apps(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read ``/identityProtection/riskyServicePrincipals``, narrowed by level and state."""
    level, state = words(given, "risk_level"), words(given, "risk_state")
    most = number(given, "count") if "count" in given else 50
    narrowed: dict[str, Any] = {"filter": f"riskLevel eq {literal(level)}"} if level else {}
    risky = look.api.identity_protection.risky_service_principals
    answers = await look.read(_query(look, "risky_apps", risky, "risky apps", pages=2, top=500, **narrowed))
    every = found(answers, "risky_apps")
    rows = [one for one in every if one.get("riskState") in ((state,) if state else OPEN)]
    rows.sort(key=lambda one: str(one.get("riskLastUpdatedDateTime") or ""), reverse=True)
    rows.sort(key=lambda one: _WORST_FIRST.get(str(one.get("riskLevel")), 9))
    shown, cut = rows[:most], is_cut(answers, "risky_apps")
    subjects = tuple(_ref(one) for one in shown if one.get("id"))
    first = subjects[0].name if subjects else ""
    return Reply(
        text=joined(_risky_text(answers, rows, level, state), _confirmed(every, state), unread(answers)),
        tables=()
        if is_missing(answers, "risky_apps")
        else (table("Risky apps", RISK, shown, total=None if cut else len(rows), complete=not cut),),
        facts={} if is_missing(answers, "risky_apps") else _facts(rows),
        sources=sources(answers),
        gaps=gaps_of(answers),
        subjects=subjects[:50],
        follow_ups=(
            f"Show me the details of risky app with ID {subjects[0].id}",
            f"Which permissions granted to {first} are highly privileged?",
            f"Who owns the app {first}?",
        )
        if subjects
        else ("How many apps are from outside my tenant?",),
    )


@skill(
    id="risky_app",
    area="apps",
    title="Risk of one app",
    description="Risk level, state and every detection of one service principal; not the list of all risky apps.",
    inputs=(APP,),
    permissions=(PERMISSION,),
    licence=WORKLOAD_LICENCE,
    paths=(
        "/identityProtection/riskyServicePrincipals/{id}",
        "/identityProtection/servicePrincipalRiskDetections",
    ),
    examples=(
        "Show me the details of risky app with ID {app}",
        "Show me the details of risky app with App ID {app}",
        "Is the app {app} risky?",
        "Why is {app} at risk?",
        "risk detections of the service principal {app}",
        "what is the risk level of app {app}",
        "has this app been compromised",
    ),
)
async def risky_app(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the risk and the detections of one service principal."""
    app = thing(given, "app")
    protection = look.api.identity_protection
    answers = await look.read(
        _query(
            look,
            "risk",
            protection.risky_service_principals.by_risky_service_principal_id(app.id),
            "the risk level and state of the app",
            absence_is_fact=True,
        ),
        _query(
            look,
            "detections",
            protection.service_principal_risk_detections,
            "risk detections of the app",
            filter=f"servicePrincipalId eq {literal(app.id)}",
            top=50,
        ),
    )
    risk, detections = found(answers, "risk"), found(answers, "detections")
    detections.sort(key=lambda one: str(one.get("detectedDateTime") or ""), reverse=True)
    tables = [table("Risk", RISK, risk)] if risk else []
    if not is_missing(answers, "detections"):
        cut = is_cut(answers, "detections")
        tables.append(table("Risk detections", DETECTIONS, detections, complete=not cut))
    facts = {} if is_missing(answers, "risk") else _risk_facts(risk)
    return Reply(
        text=joined(_risk_text(answers, app, risk), _detections_text(answers, detections), unread(answers)),
        tables=tuple(tables),
        facts=facts if is_missing(answers, "detections") else {**facts, "detections": len(detections)},
        sources=sources(answers),
        gaps=gaps_of(answers),
        subjects=(app,),
        follow_ups=(
            f"Which permissions granted to {app.name} are highly privileged?",
            f"Who owns the app {app.name}?",
            f"What would you do about {app.name}?",
        ),
    )


def _query(look: Look, query_id: str, builder: Any, what: str, **more: Any) -> Query:
    return look.query(
        query_id,
        builder,
        what=what,
        permission=PERMISSION,
        licence=WORKLOAD_LICENCE,
        bucket="identityProtection",
        **more,
    )


def _ref(item: Mapping[str, Any]) -> Ref:
    return Ref(kind="service_principal", id=str(item["id"]), name=named(item))


def _risky_text(answers: Answers, rows: list[dict[str, Any]], level: str, state: str) -> str:
    if is_missing(answers, "risky_apps"):
        return ""
    of_level = f" with risk level {level}" if level else ""
    what = _STATES.get(state, state) if state else "at risk or confirmed compromised"
    text = f"{are(len(rows), 'app')} {what}{of_level}"
    if not rows:
        return f"{text}{' among those read' if is_cut(answers, 'risky_apps') else ''}."
    levels = "" if level else f" ({by_count(one.get('riskLevel') for one in rows)})"
    return f"{text}{levels}: {names(named(one) for one in rows)}."


def _confirmed(every: list[dict[str, Any]], state: str) -> str:
    """Return what whoever asks for apps at risk must hear too: some are past being at risk."""
    worse = [named(one) for one in every if one.get("riskState") == "confirmedCompromised"]
    return f"Confirmed compromised: {names(worse)}." if worse and state == "atRisk" else ""


def _facts(rows: list[dict[str, Any]]) -> dict[str, Any]:
    levels = ("high", "medium", "low")
    return {
        "risky_apps": len(rows),
        **{f"{name}_risk": sum(r.get("riskLevel") == name for r in rows) for name in levels},
    }


def _risk_facts(risk: list[dict[str, Any]]) -> dict[str, Any]:
    one = risk[0] if risk else {"riskLevel": "none", "riskState": "none"}
    return {
        "risk_level": one.get("riskLevel"),
        "risk_state": one.get("riskState"),
        "risk_detail": one.get("riskDetail"),
    }


def _risk_text(answers: Answers, app: Ref, risk: list[dict[str, Any]]) -> str:
    if answers.is_absent("risk"):
        return f"Identity Protection holds no risk for the app {quoted(app.name)}."
    if not risk:
        return ""
    level, state = risk[0].get("riskLevel"), str(risk[0].get("riskState"))
    said = "a level that is hidden without the licence" if level == "hidden" else f"risk level {level}"
    return f"The app {quoted(app.name)} is {_STATES.get(state, state)}, with {said}."


def _detections_text(answers: Answers, detections: list[dict[str, Any]]) -> str:
    if is_missing(answers, "detections"):
        return ""
    if not detections:
        return "It has no risk detections."
    types = ", ".join(dict.fromkeys(str(one.get("riskEventType")) for one in detections))
    latest = detections[0].get("detectedDateTime")
    return f"It has {counted(len(detections), 'risk detection')} ({types}), the latest at {latest}."
