"""Say what was found: counts, names, and what could not be read. Nothing that is not known passes for none."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from shared.ask import telling
from shared.ask.look import sources
from shared.ask.skill import Cell, InputKind, Ref, Reply, Table
from shared.ask.tables import Field, table
from shared.ask.telling import gaps_of, joined, unread
from shared.enrich.statement import counted
from shared.graph.answers import Answer, Answers
from shared.hostile import clean, quoted
from shared.models.dossier import Source

type Item = dict[str, Any]

PAGE = 999
"""Objects of the directory on the largest page."""
MOST_PAGES = 3
"""Pages that a list takes from the directory; ``complete`` is False when there are more."""


def items(answers: Answers, query_id: str) -> list[Item] | None:
    """Return what a query found, or None when it was not answered."""
    return answers.decode(query_id, dict[str, Any])


def one(answers: Answers, query_id: str) -> Item | None:
    """Return the resource that a query found; None when it was not answered or there is none."""
    found = items(answers, query_id)
    return found[0] if found else None


def both(first: Answers, second: Answers) -> Answers:
    """Return the answers of two rounds as one, in the order of asking."""
    return Answers(by_id={**first.by_id, **second.by_id}, round_trips=first.round_trips + second.round_trips)


def number(answer: Answer) -> int:
    """Return how many there are, or how many were read when Graph does not say."""
    return len(answer.items) if answer.total is None else answer.total


def is_all(answer: Answer) -> bool:
    """Say whether ``number`` is how many there are."""
    return answer.state == "found" and (answer.total is not None or not answer.gaps)


def how_many(answer: Answer, thing: str) -> str:
    """Return ``no users``, ``3 users``, or ``at least 999 users`` when there are more than were read."""
    amount = number(answer)
    if not amount and is_all(answer):
        return f"no {thing}s"
    return counted(amount, thing) if is_all(answer) else f"at least {counted(amount, thing)}"


def names(found: Iterable[Item], *paths: str) -> str:
    """Return quoted names, the first few: of each the first property that it has."""
    texts = (next((str(item[path]) for path in paths if item.get(path)), "") for item in found)
    return telling.names(text for text in texts if text)


def refs(kind: InputKind, found: Iterable[Item]) -> tuple[Ref, ...]:
    """Return the first 50 as things that the next prompt may mean."""
    made = []
    for item in found:
        name = item.get("userPrincipalName") if kind == "user" else item.get("displayName")
        if item.get("id"):
            made.append(Ref(kind=kind, id=str(item["id"]), name=str(name or item.get("displayName") or item["id"])))
    return tuple(made[:50])


def called(ref: Ref) -> str:
    """Return how a prompt can name a thing: its name, or its id when the name is no plain text."""
    return ref.name if clean(ref.name) == ref.name else ref.id


def rows(answers: Answers, query_id: str, title: str, fields: Sequence[Field], found: Iterable[Item]) -> Table:
    """Return what a query found as a table that says how many there are in all."""
    answer = answers[query_id]
    return table(title, fields, found, total=answer.total, complete=not answer.gaps)


def reply(
    answers: Answers,
    sentences: Iterable[str],
    *,
    tables: Sequence[Table] = (),
    facts: dict[str, Cell | tuple[str, ...]] | None = None,
    subjects: Sequence[Ref] = (),
    follow_ups: Sequence[str] = (),
    cut_is_wanted: Sequence[str] = (),
    also: Sequence[Source] = (),
) -> Reply:
    """Return an answer with its sources, its gaps, and a sentence for each of them.

    ``cut_is_wanted``: ids of queries of which somebody asked for the first few only; ``also``: further sources.
    """
    whole = _uncut(answers, cut_is_wanted)
    return Reply(
        text=joined(*sentences, unread(whole)),
        tables=tuple(one for one in tables if one.rows),
        facts=facts or {},
        sources=(*sources(answers), *also),
        gaps=gaps_of(whole),
        subjects=tuple(subjects)[:50],
        follow_ups=tuple(follow_ups)[:4],
    )


def listing(
    answers: Answers,
    query_id: str,
    *,
    kind: InputKind,
    thing: str,
    phrase: str,
    title: str,
    fields: Sequence[Field],
    found: Sequence[Item] | None = None,
    subjects: Sequence[Ref] = (),
    follow_ups: Sequence[str] = (),
) -> Reply:
    """Return the answer of a skill that lists what one query found.

    ``thing`` is the word for one of them; ``phrase`` follows it: ``created in the past 7 days``. ``found`` stands for
    the query's items when something was added to them; ``subjects`` for what was asked about, if anything.
    """
    found = items(answers, query_id) if found is None else found
    if found is None:
        return reply(answers, (), subjects=subjects)
    answer = answers[query_id]
    some = f": {names(found, 'displayName', 'userPrincipalName', 'id')}" if found else ""
    again = [f"Is {called(ref)} risky?" for ref in refs(kind, found)[:1]] if kind == "user" else []
    return reply(
        answers,
        [f"Found {how_many(answer, thing)} {phrase}{some}."],
        tables=[rows(answers, query_id, title, fields, found)],
        facts={"count": number(answer), "is_all": is_all(answer)},
        subjects=[*subjects, *refs(kind, found)],
        follow_ups=[*follow_ups, *again],
    )


def absent(answers: Answers, query_id: str, name: str, what: str) -> Reply:
    """Return the answer when the thing that was asked about is not there, or could not be read."""
    if answers.is_absent(query_id):
        return reply(answers, [f"There is no {what} {quoted(name)} in the directory."], facts={"found": False})
    return reply(answers, ())


def _uncut(answers: Answers, query_ids: Iterable[str]) -> Answers:
    """Return answers in which these queries count as read in full, though there may be more than was asked for."""
    wanted = set(query_ids)
    kept = {
        answer.query.id: replace(answer, gaps=()) if answer.state == "found" and answer.query.id in wanted else answer
        for answer in answers.values()
    }
    return Answers(by_id=kept, round_trips=answers.round_trips)
