"""The score as a bar: each term begins where the one before it ended, so that the sum can be seen and redone."""

from itertools import accumulate

import msgspec

from shared.models.assessment import Assessment, ScoreTerm

LAST = ("floor", "cap")
"""Terms that hold the sum inside the verdict's band: they depend on all others."""


class Bar(msgspec.Struct, frozen=True):
    """A term, from where to where it reaches, in percent of the width."""

    term: ScoreTerm
    x: float
    width: float
    is_finding: bool
    """False for discounts, floors and caps, which no finding of the report is named like."""

    @property
    def tone(self) -> str:
        """Return the class that colours it: what holds the sum speaks for nobody."""
        if self.term.source in LAST:
            return "none"
        return "failure" if self.term.points > 0 else "success"


class ScoreBars(msgspec.Struct, frozen=True):
    """All terms, and where 0 and 100 are."""

    bars: tuple[Bar, ...]
    zero: float
    hundred: float
    score: int


def score_bars(assessment: Assessment) -> ScoreBars:
    """Return the terms, what adds first and the heaviest first, then what takes off, then what holds the sum."""
    terms = sorted(assessment.terms, key=_order)
    ends = list(accumulate((term.points for term in terms), initial=0))
    low, high = min(0, *ends), max(100, *ends)
    scale = 100 / (high - low)
    found = {finding.id for finding in assessment.findings}
    bars = tuple(
        Bar(
            term,
            round((min(start, end) - low) * scale, 2),
            round(abs(end - start) * scale, 2),
            term.source in found,
        )
        for term, start, end in zip(terms, ends, ends[1:], strict=False)
    )
    return ScoreBars(bars, round(-low * scale, 2), round((100 - low) * scale, 2), assessment.score)


def _order(term: ScoreTerm) -> tuple[bool, bool, int]:
    return (term.source in LAST, term.points < 0, -term.points)
