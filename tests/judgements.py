"""The judgement that each scenario was signed with, line by line, so that whoever changes a rule sees what it moves.

``python -m tests.judgements`` writes ``judgement.txt`` beside each scenario anew; read the difference before you commit.
"""

import asyncio
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from rich.progress import track

from shared.models.assessment import Action, Assessment, Precondition
from shared.models.reports import Report

SCENARIOS = Path(__file__).parent / "scenarios"
FILE = "judgement.txt"
MET = {True: "yes", False: "no", None: "unknown"}


def signed(reports: Iterable[Report]) -> str:
    """Return the judgements of a scenario's cases as text: one block a case, the score's terms so that they add up."""
    return "\n".join("\n".join(_lines(report)) + "\n" for report in reports)


def _lines(report: Report) -> Iterator[str]:
    judged = report.assessment
    yield f"{report.identity.kind} {report.identity.name or report.identity.id}, {report.status}"
    yield f"{judged.verdict}, {judged.severity}, {judged.score} of 100, {judged.confidence} confidence"
    yield f"  {judged.verdict_reason}"
    yield from (f"  {reason}" for reason in judged.confidence_reasons)
    yield "terms"
    yield from (f"  {term.points:+d} {term.source}" for term in judged.terms)
    yield "findings"
    yield from (f"  {finding.id}: {finding.statement}" for finding in judged.findings)
    yield from _plan(judged)


def _plan(judged: Assessment) -> Iterator[str]:
    yield "actions"
    for action in judged.actions:
        yield from _action(action)
    if judged.withheld:
        yield "withheld"
        yield from (f"  {_need(need)}" for need in judged.withheld)
    if judged.done:
        yield "done"
        yield from (f"  {done.id}: {done.text}" for done in judged.done)


def _action(action: Action) -> Iterator[str]:
    after = f" after {', '.join(action.after)}" if action.after else ""
    yield f"  {action.when}, {action.phase}: {action.id}{after}"
    yield f"    {action.method} {action.url} {action.body}".rstrip()
    yield from (f"    {_need(need)}" for need in action.preconditions)


def _need(need: Precondition) -> str:
    return f"{MET[need.met]}: {need.text}"


async def _write(folder: Path) -> None:
    # Whoever only compares does not wait for the whole local system to be imported.
    from local.scenario_folders import reports_of

    with tempfile.TemporaryDirectory() as out:
        (folder / FILE).write_text(signed(await reports_of(folder, Path(out))), encoding="utf-8")


def main() -> int:
    """Write every scenario's judgement."""
    for expectation in track(sorted(SCENARIOS.glob("*/expect.json")), "Judging"):
        asyncio.run(_write(expectation.parent))
    return 0


if __name__ == "__main__":
    sys.exit(main())
