"""What became of our own reports: tickets, and what analysts said."""

from collections.abc import Mapping
from typing import Any

from shared.ask.given import thing
from shared.ask.look import Look
from shared.ask.own import (
    CASE,
    follow_ups,
    report_of,
    subjects_of,
    verdict_facts,
    who,
)
from shared.ask.skill import Input, InputValue, Ref, Reply, skill
from shared.ask.tables import field, table
from shared.ask.telling import by_count, joined
from shared.clock import iso
from shared.enrich.previous import CLASSES
from shared.enrich.statement import counted, listed
from shared.hostile import quoted
from shared.models.dossier import Source

ANY_CASE = Input(name="case", kind="case", description=CASE.description, required=False)
DELIVERIES = (
    field("case_id", "Case", "Id of the case"),
    field("destination", "Destination", "Where the report was sent"),
    field("status", "Status", "created, updated, closed, shadow, pending or failed"),
    field("ticket", "Ticket", "The destination's own id"),
    field("version", "Version", "Report version last attempted"),
    field("at", "At", "When, UTC"),
    field("detail", "Detail", "Why it failed: type of the error and status"),
)
OPINIONS = (
    field("case_id", "Case", "Id of the case"),
    field("rating", "Rating", "looksRight, needsImprovement or inappropriate"),
    field("classification", "Classification", "truePositive, benignPositive, falsePositive or undetermined"),
    field("comment", "Comment", "What the analyst wrote"),
    field("share_sample", "May be shared", "Whether the case may serve as an evaluation case"),
    field("at", "At", "When, UTC"),
)


@skill(
    id="case_tickets",
    area="cases",
    title="Tickets of a case",
    description="Where the reports of a case were delivered, with the ticket's id and what failed.",
    inputs=(CASE,),
    examples=(
        "Was a ticket made for {case}?",
        "Where was the report on {case} sent?",
        "Which ticket belongs to {case}?",
        "Did the delivery of {case} fail?",
        "Was the report on {case} delivered?",
        "tickets of this case",
    ),
)
async def case_tickets(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the deliveries of a case."""
    found = await report_of(look, thing(given, "case"))
    if isinstance(found, Reply):
        return found
    case, report = found
    every = await look.state.deliveries(case.id)
    rows = [{**_fields(one, "case_id destination status ticket version detail"), "at": iso(one.at)} for one in every]
    failed = [one.destination for one in every if one.status == "failed"]
    text = f"The case {case.id} of {who(case.identity)} was delivered to {counted(len(every), 'destination')}"
    text += f" ({by_count(one.status for one in every)})" if every else ""
    tickets = [one.ticket for one in every if one.ticket]
    return Reply(
        text=joined(
            f"{text}." if every else f"The case {case.id} of {who(case.identity)} was delivered nowhere yet.",
            f"Tickets: {listed(quoted(one) for one in tickets)}." if tickets else "",
            f"It failed at {listed(failed)}." if failed else "",
        ),
        tables=(table("Deliveries", DELIVERIES, rows),),
        facts={
            **verdict_facts(case, report),
            "tickets": tuple(tickets),
            "failed": tuple(failed),
            "delivered_version": max((one.version for one in every), default=0),
        },
        sources=(Source(kind="state", ref=f"{case.id} deliveries"),),
        subjects=subjects_of(case),
        follow_ups=follow_ups(case)[:3],
    )


@skill(
    id="case_feedback",
    area="cases",
    title="Feedback of analysts",
    description="What analysts said of one case or of all: rating, classification, comment.",
    inputs=(ANY_CASE,),
    examples=(
        "What feedback was given?",
        "What feedback was given on {case}?",
        "What did analysts say about {case}?",
        "Was {case} a false positive?",
        "how many cases were rated, and how",
        "list the ratings of our triage",
    ),
)
async def case_feedback(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read opinions, of one case or of all."""
    subjects: tuple[Ref, ...] = ()
    case_id: str | None = None
    if "case" in given:
        found = await report_of(look, thing(given, "case"))
        if isinstance(found, Reply):
            return found
        case_id, subjects = found[0].id, subjects_of(found[0])
    every = await look.state.feedback(case_id)
    rows = [
        {**_fields(one, "case_id rating classification comment share_sample"), "at": iso(one.at)}
        for one in sorted(every, key=lambda one: one.at, reverse=True)
    ]
    where = f"the case {case_id}" if case_id else counted(len({one.case_id for one in every}), "case")
    latest = rows[0] if rows else None
    said = f"The latest calls it {CLASSES[latest['classification']]}." if latest and latest["classification"] else ""
    text = f"Analysts gave {counted(len(rows), 'opinion')} on {where}: {by_count(row['rating'] for row in rows)}."
    none = f"No analyst said anything of {where if case_id else 'any case'} yet."
    return Reply(
        text=joined(text, said if case_id else "") if rows else none,
        tables=(table("Feedback", OPINIONS, rows),),
        facts={
            "opinions": len(rows),
            **{
                name: sum(row["rating"] == name for row in rows)
                for name in ("looksRight", "needsImprovement", "inappropriate")
            },
            "classification": latest["classification"] if latest and case_id else None,
        },
        sources=(Source(kind="state", ref=f"feedback {case_id or 'of all cases'}"),),
        subjects=subjects,
        follow_ups=("Which risky users are still open, worst first?",),
    )


def _fields(one: Any, names: str) -> dict[str, Any]:
    return {name: getattr(one, name) for name in names.split()}
