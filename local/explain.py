"""Why a verdict was given: the row of the table that held, every addend of the score, what was left out."""

from datetime import datetime
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from shared.assess.grounds import WEIGHTS, find
from shared.assess.reading import read
from shared.assess.verdict import table_of
from shared.models.reports import Report
from shared.policy import Policy

MOST_ABOVE = 6


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """One case's verdict, taken apart."""

    case_id: str
    identity: str
    verdict: str
    severity: str
    score: int
    row: int
    """Which row of the verdict table held, from 1; ``rows`` is how many there are."""
    rows: int
    reason: str
    passed_over: tuple[str, ...]
    """Reasons of the rows above it, which did not hold."""
    terms: tuple[str, ...]
    """Each addend with its arithmetic."""
    findings: dict[str, tuple[str, ...]]
    """Finding id to the facts that it rests on, as they read."""
    withheld: tuple[str, ...]
    policy: str


def explain(report: Report, policy: Policy, now: datetime) -> Explanation:
    """Return why a report says what it says, judged again from its own dossier."""
    reading = read(
        report.dossier,
        identity=report.identity,
        status=report.status,
        outcome=report.outcome,
        now=now,
        policy=policy,
    )
    grounds = find(reading)
    table = table_of(grounds)
    row = next(place for place, rule in enumerate(table) if rule.holds(grounds))
    assessment = report.assessment
    texts = {fact.id: fact.text for fact in report.dossier.facts} | {gap.id: gap.what for gap in report.dossier.gaps}
    return Explanation(
        case_id=report.case_id,
        identity=report.identity.name or report.identity.id,
        verdict=assessment.verdict,
        severity=assessment.severity,
        score=assessment.score,
        row=row + 1,
        rows=len(table),
        reason=table[row].reason,
        passed_over=tuple(rule.reason for rule in table[:row]),
        terms=tuple(_term(term.source, term.label, term.points, policy) for term in assessment.terms),
        findings={it.id: tuple(f"{fact}: {texts.get(fact, '')}" for fact in it.facts) for it in assessment.findings},
        withheld=tuple(item.text for item in assessment.withheld),
        policy=policy.fingerprint,
    )


def show(explanation: Explanation, console: Console) -> None:
    """Print an explanation inside 80 columns."""
    say: Any = lambda text: console.print(text, markup=False, highlight=False, width=80)  # noqa: E731
    say(f"{explanation.case_id}  {explanation.identity}")
    say(f"{explanation.verdict}, {explanation.severity}, score {explanation.score}, policy {explanation.policy}")
    say(f"  row {explanation.row} of {explanation.rows} held: {explanation.reason}")
    above = explanation.passed_over[-MOST_ABOVE:]
    if above:
        say(f"  did not hold, nearest first ({len(explanation.passed_over)} in all):")
        for reason in reversed(above):
            say(f"    - {reason}")
    table = Table(box=None, show_header=False, padding=(0, 1), width=78)
    table.add_column(overflow="fold")
    for term in explanation.terms:
        table.add_row(f"  {term}")
    console.print(table, markup=False, highlight=False)
    for finding_id, facts in explanation.findings.items():
        say(f"  {finding_id}")
        for fact in facts[:3]:
            say(f"    {fact}")
        if len(facts) > 3:
            say(f"    and {len(facts) - 3} more")
    for text in explanation.withheld:
        say(f"  withheld: {text}")
    say("")


def _term(source: str, label: str, points: int, policy: Policy) -> str:
    weight = policy.weight(source) or WEIGHTS.get(source)
    levels = ""
    if weight is not None and weight.high is not None:
        levels = f" [low {weight.low}, medium {weight.medium}, high {weight.high}, else {weight.points}]"
    return f"{points:+4d}  {label}{levels}"
