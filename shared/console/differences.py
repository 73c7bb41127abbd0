"""What differs between two versions of a report, in full: what a comment on a ticket has no room for."""

from collections import Counter

import msgspec

from shared.deliver.changes import changes_between
from shared.models.reports import Report

MOST_CHANGES = 100


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """An addend of the score, in both versions; None where a version does not have it."""

    label: str
    was: int | None
    now: int | None


class Differences(msgspec.Struct, frozen=True, kw_only=True):
    """Two versions beside each other."""

    was: Report
    now: Report
    changes: tuple[str, ...]
    """In the words of a ticket's comment."""
    new_facts: tuple[str, ...]
    gone_facts: tuple[str, ...]
    terms: tuple[Term, ...]
    """Only those that differ."""


def differences(was: Report, now: Report) -> Differences:
    """Compare two versions of the same case."""
    return Differences(
        was=was,
        now=now,
        changes=changes_between(was, now, most=MOST_CHANGES).lines,
        new_facts=_facts_beyond(was, now),
        gone_facts=_facts_beyond(now, was),
        terms=_terms(was, now),
    )


def _facts_beyond(known: Report, report: Report) -> tuple[str, ...]:
    """Return what a report states that another does not, in its order; what is stated twice counts twice."""
    left = Counter((fact.kind, fact.text) for fact in known.dossier.facts)
    found = []
    for fact in report.dossier.facts:
        left[fact.kind, fact.text] -= 1
        if left[fact.kind, fact.text] < 0:
            found.append(fact.text)
    return tuple(found)


def _terms(was: Report, now: Report) -> tuple[Term, ...]:
    before = {term.source: term for term in was.assessment.terms}
    after = {term.source: term for term in now.assessment.terms}
    every = {**before, **after}
    terms = [
        Term(
            label=every[source].label,
            was=before[source].points if source in before else None,
            now=after[source].points if source in after else None,
        )
        for source in every
    ]
    return tuple(term for term in terms if term.was != term.now)
