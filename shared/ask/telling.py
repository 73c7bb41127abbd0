"""Words that the answers of all skills share: what could not be read, what was cut, how many of what."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from shared.ask.skill import Cell, TimeRange
from shared.enrich.statement import counted, listed
from shared.graph.answers import Answer, Answers
from shared.hostile import quoted
from shared.models.dossier import Gap

MOST_NAMES = 5
"""Names in a sentence; the table has all."""
_ADVERBS = frozenset("in since from on last this today yesterday".split())
"""First words of spans that take no "in" before them."""
AGAIN = "Ask again in a moment."
BOUNDED = "Nothing to mend: a prompt reads a bounded number of pages. Narrow it, or read the rest at the source."
_REASONS = {
    "denied": "access was denied",
    "unlicensed": "the tenant has no licence for it",
    "throttled": "Microsoft Graph is busy",
    "failed": "Microsoft Graph did not answer it",
    "not_asked": "the requests that a prompt may take are used up",
}


def gaps_of(answers: Answers) -> tuple[Gap, ...]:
    """Return the gaps, with mends that fit somebody who waits for an answer."""
    return tuple(_fitting(answer, gap) for answer in answers.values() for gap in answer.gaps)


def unread(answers: Answers) -> str:
    """Return one sentence for each look-up that failed or was cut, with what would mend it; empty when all is read."""
    said = [_unread(answer, gap) for answer in answers.values() for gap in answer.gaps]
    return " ".join(dict.fromkeys(said))


def is_cut(answers: Answers, *query_ids: str) -> bool:
    """Say whether any of these was read in part only: there is more than the items."""
    return any(
        (answer := answers.by_id.get(query_id)) is not None and answer.state == "found" and bool(answer.gaps)
        for query_id in query_ids
    )


def is_missing(answers: Answers, *query_ids: str) -> bool:
    """Say whether any of these could not be read at all."""
    return any((answer := answers.by_id.get(query_id)) is None or answer.state == "missing" for query_id in query_ids)


def found(answers: Answers, query_id: str) -> list[dict[str, Any]]:
    """Return what a query brought as JSON objects; none when it could not be read, which its gap says."""
    return answers.decode(query_id, dict[str, Any]) or []


def joined(*sentences: str) -> str:
    """Return sentences as one text; empty ones are left out."""
    return " ".join(sentence for sentence in sentences if sentence)


def names(items: Iterable[object]) -> str:
    """Return names in quotation marks, the first few and how many more."""
    return listed((quoted(str(item)) for item in items), longest=MOST_NAMES)


def by_count(values: Iterable[Cell]) -> str:
    """Return ``2 high, 1 low``: how often each value occurs, in order of first appearance."""
    tally: dict[str, int] = {}
    for value in values:
        tally[str(value)] = tally.get(str(value), 0) + 1
    return ", ".join(f"{number} {value}" for value, number in tally.items())


def are(number: int, thing: str, things: str = "") -> str:
    """Return ``1 app is``, ``2 apps are``, ``No app is``; ``things`` where the plural takes more than an s."""
    return f"No {thing} is" if number == 0 else f"{some(number, thing, things)} {'is' if number == 1 else 'are'}"


def some(number: int, thing: str, things: str = "") -> str:
    """Return ``1 policy``, ``2 policies``."""
    return f"{number} {things}" if things and number != 1 else counted(number, thing)


def within(span: TimeRange) -> str:
    """Return a span as it stands in a sentence: ``in the past 7 days``, ``since yesterday``, ``last weekend``."""
    return span.words if span.words.split()[0] in _ADVERBS else f"in {span.words}"


def named(item: Mapping[str, Any], *keys: str) -> str:
    """Return the first of these properties that says something; ``displayName``, then the id, by default."""
    return next((str(item[key]) for key in (keys or ("displayName", "id")) if item.get(key)), "")


def _fitting(answer: Answer, gap: Gap) -> Gap:
    if answer.state == "found" and gap.reason == "not_asked":
        return msgspec.structs.replace(gap, mend=BOUNDED)
    return msgspec.structs.replace(gap, mend=AGAIN) if gap.is_passing else gap


def _unread(answer: Answer, gap: Gap) -> str:
    what = gap.what[:1].upper() + gap.what[1:]
    if answer.state == "found" and gap.reason == "not_asked":
        return f"{what}: the first {len(answer.items)} were read, and there are more."
    if answer.state == "found":
        return f"{what}: the first {len(answer.items)} were read, then {_REASONS[gap.reason]}. {AGAIN}"
    return f"{what} could not be read: {_REASONS[gap.reason]} ({gap.detail}). {_fitting(answer, gap).mend}"
