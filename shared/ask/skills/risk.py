"""Risk of one user: now, before, and by which detections."""

from collections.abc import Mapping

from shared.ask.fields import USER, count
from shared.ask.found import Item, both, items, one, reply, rows
from shared.ask.given import number, span, thing
from shared.ask.look import Look
from shared.ask.risk_reads import (
    DETECTIONS,
    OPEN_STATES,
    RISKY_USERS,
    STATES,
    detections_query,
    level_of,
    reasons,
    risky_user_query,
    told_detail,
    with_names,
)
from shared.ask.skill import Cell, Input, InputValue, Ref, Reply, skill
from shared.ask.tables import field, table
from shared.ask.telling import by_count
from shared.enrich.statement import counted
from shared.graph.queries import P2, literal
from shared.hostile import clean, quoted

_SPAN = Input(name="time_range", kind="time_range", description="Only what was detected in this span.", required=False)
HISTORY = (
    field("riskLastUpdatedDateTime", "At", "When the risk changed, UTC"),
    field("riskLevel", "Risk level", "The level from then on"),
    field("riskState", "Risk state", "The state from then on"),
    field("riskDetail", "Risk detail", "What changed it, as Entra names it"),
    field("activity.riskEventTypes", "Detections", "Types of the detections that changed it", name="risk_event_types"),
    field("initiatedBy", "By", "Object id of the administrator who changed it; empty when Entra did"),
)


@skill(
    id="user_risk",
    area="risk",
    title="Risk of a user",
    description="Whether one user is risky now and why: level, state, detail, and what was detected while it is open.",
    inputs=(USER,),
    permissions=("IdentityRiskyUser.Read.All", "IdentityRiskEvent.Read.All"),
    licence=P2,
    paths=("/identityProtection/riskyUsers/{id}", "/identityProtection/riskDetections"),
    examples=(
        "What is the risk level for user: {user}",
        "Is this user risky?",
        "What is the risk level, state, and risk details for {user}?",
        "Determine if this user is currently high risk",
        "Display detailed risk information for this user",
        "Is the user considered risky? If so, why?",
        "Generate a report based on Entra plug-in: Is the user {user} considered risky? If yes, list the reasons.",
        "Is {user} risky?",
        "how risky is {user}",
        "is {user} compromised",
        "why is user {user} at risk",
        "risk state of {user}",
    ),
)
async def user_risk(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the user's risk, and the detections when it is open: one request to Identity Protection at a time."""
    user = thing(given, "user")
    answers = await look.read(risky_user_query(look, user.id))
    found = one(answers, "risky")
    if found is None:
        told = f"{quoted(user.name)} is not risky and never was: Identity Protection does not know the user."
        is_known = answers.is_absent("risky")
        return reply(
            answers,
            [told if is_known else ""],
            facts={"is_risky": False, "risk_level": "none", "risk_state": "none"} if is_known else {},
            subjects=(user,),
            follow_ups=_next(user),
        )
    is_risky = found.get("riskState") in OPEN_STATES
    if is_risky:
        answers = both(answers, await look.read(detections_query(look, f"userId eq {literal(user.id)}")))
    seen = with_names(items(answers, "detections") or []) if is_risky else []
    ongoing = [item for item in seen if item.get("riskState") in OPEN_STATES]
    return reply(
        answers,
        [
            _state(user, found),
            f"Detected: {reasons(ongoing)}." if ongoing else "",
            "A change of this risk is still being worked on." if found.get("isProcessing") else "",
        ],
        tables=[
            table("Risk", RISKY_USERS, [found]),
            *([rows(answers, "detections", "Risk detections", DETECTIONS, seen)] if seen else []),
        ],
        facts=_facts(found, ongoing, is_risky=is_risky),
        subjects=(user,),
        follow_ups=_next(user),
    )


@skill(
    id="user_risk_history",
    area="risk",
    title="Risk history of a user",
    description="How the risk of one user changed over time, and whether the user was ever risky before.",
    inputs=(USER,),
    permissions=("IdentityRiskyUser.Read.All",),
    licence=P2,
    paths=("/identityProtection/riskyUsers/{id}/history",),
    examples=(
        "What is the risk history for {user}?",
        "Show the risk history for this user",
        "Has this user ever been flagged as risky",
        "Was this user previously at risk",
        "when was {user} risky before",
        "how did the risk of {user} change",
        "past risk of {user}",
    ),
)
async def user_risk_history(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the history of one risky user."""
    user = thing(given, "user")
    builder = look.api.identity_protection.risky_users.by_risky_user_id(user.id)
    answers = await look.read(
        look.query(
            "history",
            builder.history,
            what="the risk history of the user",
            permission="IdentityRiskyUser.Read.All",
            licence=P2,
            bucket="identityProtection",
            pages=2,
            absence_is_fact=True,
            top=500,
        )
    )
    found = sorted(
        items(answers, "history") or [], key=lambda item: str(item.get("riskLastUpdatedDateTime")), reverse=True
    )
    if answers["history"].state == "missing":
        return reply(answers, (), subjects=(user,))
    risky = [item for item in found if item.get("riskState") in OPEN_STATES]
    return reply(
        answers,
        _history(user, found, risky),
        tables=[rows(answers, "history", "Risk history", HISTORY, found)],
        facts={
            "ever_risky": bool(risky),
            "changes": len(found),
            "first_date_time": found[-1].get("riskLastUpdatedDateTime") if found else None,
            "latest_date_time": found[0].get("riskLastUpdatedDateTime") if found else None,
        },
        subjects=(user,),
        follow_ups=_next(user),
    )


@skill(
    id="user_risk_detections",
    area="risk",
    title="Risk detections of a user",
    description="Which risk detections Entra has on one user, ever or in a span, with level, place and address.",
    inputs=(USER, _SPAN, count(100, 500)),
    permissions=("IdentityRiskEvent.Read.All",),
    licence=P2,
    paths=("/identityProtection/riskDetections",),
    examples=(
        "List the risk detections details for {user}.",
        "which risk detections does {user} have",
        "show the risk events of {user}",
        "what did Identity Protection detect about {user}",
        "detections of {user}",
        "risk detections of {user} in {time_range}",
    ),
)
async def user_risk_detections(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the detections of one user."""
    user = thing(given, "user")
    when = span(given, "time_range") if "time_range" in given else None
    condition = f"userId eq {literal(user.id)}"
    if when:
        condition += f" and detectedDateTime ge {when.since} and detectedDateTime le {when.until}"
    within = f" in {when.words}" if when else ""
    answers = await look.read(detections_query(look, condition, top=number(given, "count")))
    found = items(answers, "detections")
    if found is None:
        return reply(answers, (), subjects=(user,))
    seen = with_names(found)
    ongoing = [item for item in seen if item.get("riskState") in OPEN_STATES]
    none = f"Identity Protection has no risk detections of {quoted(user.name)}{within}."
    states = by_count(item.get("riskState") for item in seen)
    told = f"{quoted(user.name)} has {counted(len(seen), 'risk detection')}{within} ({states}): {reasons(seen)}."
    return reply(
        answers,
        [told if seen else none],
        tables=[rows(answers, "detections", "Risk detections", DETECTIONS, seen)],
        facts={
            "count": len(seen),
            "open": len(ongoing),
            "risk_event_types": tuple(dict.fromkeys(str(item.get("riskEventType")) for item in seen)),
        },
        subjects=(user,),
        follow_ups=_next(user),
        cut_is_wanted=("detections",),
    )


def _state(user: Ref, found: Item) -> str:
    state = str(found.get("riskState") or "none")
    level = f"risk level {level_of(found)}"
    says = STATES.get(state, f"is in the risk state {clean(state)}")
    return f"{quoted(user.name)} {says}; {level}, since {found.get('riskLastUpdatedDateTime')}{told_detail(found)}."


def _facts(found: Item, ongoing: list[Item], *, is_risky: bool) -> dict[str, Cell | tuple[str, ...]]:
    return {
        "is_risky": is_risky,
        "risk_level": found.get("riskLevel"),
        "risk_state": found.get("riskState"),
        "risk_detail": found.get("riskDetail"),
        "risk_last_updated_date_time": found.get("riskLastUpdatedDateTime"),
        "risk_event_types": tuple(dict.fromkeys(str(item.get("riskEventType")) for item in ongoing)),
    }


def _history(user: Ref, found: list[Item], risky: list[Item]) -> list[str]:
    if not found:
        return [f"{quoted(user.name)} was never flagged as risky: Identity Protection has no history of the user."]
    last = found[0]
    was = f"was flagged as risky {counted(len(risky), 'time')}" if risky else "was never at risk"
    since, at = found[-1].get("riskLastUpdatedDateTime"), last.get("riskLastUpdatedDateTime")
    state = f"{clean(str(last.get('riskState')))} with risk level {level_of(last)}{told_detail(last)}"
    return [
        f"{quoted(user.name)} {was} in {counted(len(found), 'change')} of risk since {since}.",
        f"The latest change, at {at}, was to {state}.",
    ]


def _next(user: Ref) -> tuple[str, ...]:
    return (
        f"List the risk detections details for {user.name}.",
        f"List the recent risky sign-ins for {user.name}.",
        f"What is the risk history for {user.name}?",
        f"Is there a case of {user.name}?",
    )
