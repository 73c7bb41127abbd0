"""Terms of use: who accepted or declined which, as the audit log tells it.

Graph gives ``/identityGovernance/termsOfUse/agreements`` and its acceptances to signed-in people alone: its reference
says "not supported" for application permissions, so an app that reads with its own identity has the audit log.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.ask.audits import (
    PATH,
    PERMISSION,
    any_of,
    audits,
    change_table,
    initiator,
    newest_first,
    people,
    target_name,
)
from shared.ask.fields import time_range
from shared.ask.found import items, reply
from shared.ask.given import span, thing, words
from shared.ask.look import Look
from shared.ask.skill import Input, InputValue, Ref, Reply, skill
from shared.ask.tables import field, table
from shared.ask.telling import is_cut, names, within
from shared.enrich.statement import counted
from shared.graph.queries import literal
from shared.hostile import quoted

ACTIVITIES = {"Accept Terms Of Use": "accepted", "Decline Terms Of Use": "declined"}
ELSEWHERE = (
    "That is what the audit log of at most 30 days tells. Microsoft Graph gives the agreements themselves, and older "
    "acceptances, only to a signed-in person with the role Security Reader: Terms of use in the Entra admin center has "
    "them, and who has not answered."
)
ANSWERS = (
    field("at", "At", "When, UTC"),
    field("user", "User", "User principal name of who answered"),
    field("answer", "Answer", "accepted or declined"),
    field("agreement", "Terms of use", "Name of the agreement, as the log writes it"),
    field("result", "Result", "success or failure of writing it down"),
    field("agreement_id", "Agreement id", "Id of the agreement"),
)
AGREEMENTS = (
    field("agreement", "Terms of use", "Name of the agreement, as the log writes it"),
    field("accepted", "Accepted", "How often it was accepted in the span"),
    field("declined", "Declined", "How often it was declined in the span"),
)


@skill(
    id="terms_of_use",
    area="audit_logs",
    title="Terms of use and who accepted them",
    description=(
        "Who accepted or declined which terms of use in a span, all users or one, from the audit log; who has not "
        "answered at all cannot be told."
    ),
    inputs=(
        Input(name="user", kind="user", description="Only the answers of this user.", required=False),
        Input(
            name="answer",
            kind="choice",
            description="Only who accepted, or only who declined.",
            required=False,
            choices=("accepted", "declined"),
            words={
                "accepted": ("accepted", "accept", "agreed"),
                "declined": ("declined", "decline", "rejected", "refused"),
            },
        ),
        time_range("the past 30 days"),
    ),
    permissions=(PERMISSION,),
    paths=(PATH,),
    examples=(
        "List user terms of use agreements",
        "What are the terms of use agreements for this user",
        "What are the terms of use agreements for {user}",
        "Show me all agreement acceptances this user",
        "who {answer} the terms of use in {time_range}",
        "terms of use acceptances",
    ),
)
async def terms_of_use(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the log for answers to terms of use."""
    when, only = span(given, "time_range"), words(given, "answer")
    user = thing(given, "user") if "user" in given else None
    condition = any_of(*(name for name, answer in ACTIVITIES.items() if only in {"", answer}))
    condition += f" and initiatedBy/user/id eq {literal(user.id)}" if user else ""
    answers = await look.read(audits(look, when, condition, what="answers to terms of use"))
    log = items(answers, "audits")
    if log is None:
        return reply(answers, (ELSEWHERE,), subjects=(user,) if user else ())
    rows = [_answer(record) for record in newest_first(log)]
    cut = ", as far as the log was read" if is_cut(answers, "audits") else ""
    said = only or "accepted or declined"
    none = f"{quoted(user.name)} {said} no terms of use" if user else f"No user {said} terms of use"
    agreements = _agreements(rows)
    return reply(
        answers,
        (_told(rows, agreements, user, within(when)) if rows else f"{none} {within(when)}{cut}.", ELSEWHERE),
        tables=(
            change_table(answers, "Answers to terms of use", ANSWERS, rows),
            table("Terms of use", AGREEMENTS, agreements, complete=not cut),
        ),
        facts={
            **{answer: sum(row["answer"] == answer for row in rows) for answer in ACTIVITIES.values()},
            "agreements": tuple(str(one["agreement"]) for one in agreements),
        },
        subjects=(*([user] if user else []), *people(log)),
        follow_ups=tuple(f"Show me the audit logs for {one.name}" for one in people(log)[:1]),
    )


def _told(
    rows: Sequence[Mapping[str, Any]], agreements: Sequence[Mapping[str, Any]], user: Ref | None, when: str
) -> str:
    each = {answer: {row["user"] for row in rows if row["answer"] == answer} for answer in ACTIVITIES.values()}
    named = names(one["agreement"] for one in agreements)
    if user is not None:
        counts = [
            f"{answer} {counted(sum(row['answer'] == answer for row in rows), 'time')}"
            for answer in each
            if each[answer]
        ]
        return f"{quoted(user.name)} {' and '.join(counts)} {when}: {named}."
    parts = [f"{counted(len(people_of), 'user')} {answer}" for answer, people_of in each.items() if people_of]
    declined = f" Declined by {names(sorted(each['declined']))}." if each["declined"] else ""
    return f"{' and '.join(parts)} terms of use {when}: {named}.{declined}"


def _agreements(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        one = found.setdefault(str(row["agreement"]), {"agreement": row["agreement"], "accepted": 0, "declined": 0})
        one[row["answer"]] += 1
    return list(found.values())


def _answer(record: Mapping[str, Any]) -> dict[str, Any]:
    targets = [one for one in record.get("targetResources") or [] if str(one.get("type", "")).lower() != "user"]
    agreement = targets[0] if targets else {}
    return {
        "at": record.get("activityDateTime"),
        "user": initiator(record),
        "answer": ACTIVITIES.get(str(record.get("activityDisplayName"))),
        "agreement": target_name(agreement) or None,
        "agreement_id": agreement.get("id"),
        "result": record.get("result"),
    }
