"""What our own reports suggest to do: exact requests in order; nothing is ever executed."""

from collections.abc import Mapping
from typing import Any

from shared.ask.given import thing
from shared.ask.look import Look
from shared.ask.own import CASE, follow_ups, report_of, sources_of, subjects_of, verdict_facts, who
from shared.ask.skill import InputValue, Reply, skill
from shared.ask.tables import field, table
from shared.ask.telling import joined
from shared.clock import iso
from shared.enrich.statement import counted, listed
from shared.models.assessment import Action, Precondition
from shared.models.reports import Report

ACTIONS = (
    field("order", "Order", "In which order to do it"),
    field("title", "Action", "What to do"),
    field("when", "When", "now, next or later"),
    field("phase", "Phase", "contain, evict, recover or learn"),
    field("why", "Why", "What makes it fit"),
    field("method", "Method", "HTTP method; NONE: done outside Graph"),
    field("url", "Request", "Graph path relative to v1.0"),
    field("body", "Body", "Body of the request, JSON"),
    field("permission", "Permission", "Least application permission"),
    field("role", "Role", "Least directory role for a person"),
    field("preconditions", "Preconditions", "What must hold, and whether it does"),
    field("does_not_fix", "Does not fix", "What it leaves open"),
    field("reversible", "Reversible", "Whether it can be undone"),
    field("reversal", "Undo", "How to undo it, or why that cannot be"),
    field("blast_radius", "Touches", "Whom and what it touches"),
    field("after", "After", "Actions that must come first"),
    field("id", "Id", "Stable id of the action"),
)
LEFT_OUT = (
    field("text", "Action left out", "What a reader would expect, and the precondition that failed"),
    field("met", "Met", "Whether it holds; empty when a gap hides it"),
)
DONE = (
    field("title", "Done already", "What needs no doing any more"),
    field("text", "How it shows", "What the evidence says of it"),
    field("at", "At", "When it was done, UTC"),
    field("by", "By", "Who did it"),
    field("facts", "Facts", "Facts that show it"),
)


@skill(
    id="suggested_actions",
    area="cases",
    title="What to do about an identity",
    description=(
        "Actions that fit a case, in order, each with its exact request, permission, preconditions, undo and what it "
        "does not fix; it executes none of them."
    ),
    inputs=(CASE,),
    examples=(
        "What would you do about {case}?",
        "What should I do about {case}?",
        "How do I remediate {case}?",
        "Which actions do you suggest for {case}?",
        "What are the next steps for {case}?",
        "what is already done about {case}",
        "what would you do about this user",
    ),
)
async def suggested_actions(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the actions of the latest report in the order of the report."""
    found = await report_of(look, thing(given, "case"))
    if isinstance(found, Reply):
        return found
    case, report = found
    judged, ordered = report.assessment, _ordered(report)
    now = [one for one in ordered if one.when == "now"]
    rows = [_action(order, one) for order, one in enumerate(ordered, 1)]
    tables = [table("Actions", ACTIONS, rows)]
    if judged.withheld:
        tables.append(table("Left out", LEFT_OUT, ({"text": one.text, "met": one.met} for one in judged.withheld)))
    if judged.done:
        tables.append(table("Done already", DONE, (_done(one) for one in judged.done)))
    count = f"{counted(len(ordered), 'action')} fit{'s' if len(ordered) == 1 else ''}" if ordered else "No action fits"
    return Reply(
        text=joined(
            f"{count} the case {case.id} of {who(report.identity)}, which is assessed as {judged.verdict}.",
            "Nothing is executed.",
            f"Now: {listed((one.title for one in now), longest=5)}." if now else "",
            f"Not yet: {listed((one.text for one in judged.withheld), longest=2)}." if judged.withheld else "",
            f"Done already: {listed((one.title for one in judged.done), longest=3)}." if judged.done else "",
        ),
        tables=tuple(tables),
        facts={
            **verdict_facts(case, report),
            "actions": tuple(one.id for one in ordered),
            "actions_now": tuple(one.id for one in now),
            "done": tuple(one.id for one in judged.done),
        },
        sources=sources_of([report]),
        subjects=subjects_of(case),
        follow_ups=(follow_ups(case)[0], *follow_ups(case)[2:]),
    )


def _ordered(report: Report) -> list[Action]:
    """Return the actions in the order of the report's steps; those without a step at the end."""
    place = {step.action_id: number for number, step in enumerate(report.summary.steps)}
    return sorted(report.assessment.actions, key=lambda one: place.get(one.id, len(place)))


def _action(order: int, one: Action) -> dict[str, Any]:
    names = ("title", "when", "phase", "why", "method", "url", "body", "permission", "role", "reversible", "reversal",
             "blast_radius", "id")  # fmt: skip
    return {
        **{name: getattr(one, name) for name in names},
        "order": order,
        "preconditions": "; ".join(_need(need) for need in one.preconditions),
        "does_not_fix": " ".join(one.does_not_fix),
        "after": list(one.after),
    }


def _need(need: Precondition) -> str:
    return f"{need.text} ({'not known' if need.met is None else 'holds' if need.met else 'does not hold'})"


def _done(one: Any) -> dict[str, Any]:
    at = iso(one.at) if one.at else None
    return {"title": one.title, "text": one.text, "at": at, "by": one.by, "facts": list(one.facts)}
