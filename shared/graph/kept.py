"""Answers kept with a case: its next update reads only what is missing, and a bad moment loses nothing."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from shared.graph.answers import Answer, Answers
from shared.graph.queries import Query

FRESH = timedelta(minutes=30)
"""A follow-up, for which nothing has happened, does not read again what is younger."""
STALE = timedelta(hours=2)
"""What cannot be read now is shown as it was, with its age, while it is younger."""
MOST_BYTES = 1 << 20
"""What is kept of one case; the largest answers are let go first."""
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}(?::|%3A)\d{2}(?::|%3A)\d{2}Z")


class KeptAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A whole answer, and when it was read."""

    question: str
    """The URL without its moments: a window that slides asks the same thing."""
    read_at: datetime
    state: Literal["found", "absent"]
    items: tuple[msgspec.Raw, ...] = ()
    total: int | None = None


class LookUps(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of one case."""

    answers: dict[str, KeptAnswer] = {}
    """By query id."""
    waiting: tuple[str, ...] = ()
    """Query ids that are in the queue of look-ups for many."""

    def fresh(self, query: Query, now: datetime) -> Answer | None:
        """Return the answer to a query if it is young enough to do without asking."""
        return self._younger(query, now, FRESH)

    def stale(self, query: Query, now: datetime) -> Answer | None:
        """Return the answer to a query if it is young enough to stand in for one that can't be had now."""
        return self._younger(query, now, STALE)

    def _younger(self, query: Query, now: datetime, age: timedelta) -> Answer | None:
        kept = self.answers.get(query.id)
        if kept is None or kept.question != question(query) or now - kept.read_at >= age:
            return None
        return Answer(query=query, state=kept.state, items=kept.items, total=kept.total, read_at=kept.read_at)


NOTHING = LookUps()


def question(query: Query) -> str:
    """Return what a query asks, whatever the moment from which on it asks."""
    return _MOMENT.sub("T", query.url)


def kept_from(answers: Answers, now: datetime, before: LookUps = NOTHING) -> LookUps:
    """Return what is worth keeping: whole answers, over those that were kept before."""
    whole = {query_id: kept_answer(answer, now) for query_id, answer in answers.items() if _is_whole(answer)}
    found = {**before.answers, **whole}
    while len(msgspec.json.encode(found)) > MOST_BYTES:
        found.pop(max(found, key=lambda query_id: sum(map(len, map(bytes, found[query_id].items)))))
    return msgspec.structs.replace(before, answers=found)


def kept_answer(answer: Answer, now: datetime) -> KeptAnswer:
    """Return an answer as it is kept."""
    return KeptAnswer(
        question=question(answer.query),
        read_at=answer.read_at or now,
        state="absent" if answer.state == "absent" else "found",
        items=answer.items,
        total=answer.total,
    )


def with_stale(by_id: Mapping[str, Answer], kept: LookUps, now: datetime) -> dict[str, Answer]:
    """Return answers in which what could not be read now, but may later, is what was kept of it."""
    return {query_id: _or_stale(answer, kept, now) for query_id, answer in by_id.items()}


def _or_stale(answer: Answer, kept: LookUps, now: datetime) -> Answer:
    if answer.state != "missing" or not all(gap.is_passing for gap in answer.gaps):
        return answer
    found = kept.stale(answer.query, now)
    return replace(found, query=answer.query) if found else answer


def _is_whole(answer: Answer) -> bool:
    return answer.state != "missing" and not answer.gaps
