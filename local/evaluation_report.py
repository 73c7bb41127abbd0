"""An evaluation as a table inside 80 columns, and as data."""

from collections.abc import Sequence
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from local.evaluation import Numbers, ScenarioResult, share

MOST_REASONS = 12


def as_data(model: str, scenarios: int, totals: Numbers) -> dict[str, Any]:
    """Return the totals with their shares, ready for JSON; a share of nothing is null."""
    return {
        "model": model,
        "scenarios": scenarios,
        **msgspec.to_builtins(totals),
        "shares": {
            "in_schema": share(totals.in_schema, totals.answers),
            "kept": share(totals.kept, totals.written),
            "rejected": share(totals.rejected, totals.written),
            "template": share(totals.template, totals.cases),
            "facts_cited": share(totals.facts_cited, totals.facts),
            "findings_cited": share(totals.findings_cited, totals.findings),
        },
    }


def show(results: Sequence[ScenarioResult], totals: Numbers, console: Console) -> None:
    """Print a row for each scenario, the total, and why sentences and summaries were not taken."""
    table = Table(box=None, padding=(0, 1), width=80)
    table.add_column("scenario", overflow="ellipsis", no_wrap=True, ratio=1)
    for name in ("cases", "schema", "kept", "rejected", "mended", "template", "facts", "s"):
        table.add_column(name, justify="right", no_wrap=True)
    for result in results:
        table.add_row(result.scenario, *_cells(result.numbers))
    table.add_section()
    table.add_row("total", *_cells(totals))
    console.print(table, markup=False, highlight=False)
    say: Any = lambda text: console.print(text, markup=False, highlight=False, width=80)  # noqa: E731
    say(
        f"{totals.requests} requests, {totals.asked_again} asked again, {totals.repairs} repairs; "
        f"{totals.input_tokens} tokens in, {totals.output_tokens} out"
    )
    say(
        f"{totals.written} sentences: {totals.kept} kept, {totals.rejected} rejected, {totals.set_aside} set aside; "
        f"{totals.findings_cited} of {totals.findings} findings cited"
    )
    for title, counts in (("sentences rejected", totals.reasons), ("the template wrote all", totals.template_reasons)):
        for reason, count in list(counts.items())[:MOST_REASONS]:
            say(f"  {title}: {count} x {reason}")
        if len(counts) > MOST_REASONS:
            say(f"  and {len(counts) - MOST_REASONS} more reasons")


def _cells(numbers: Numbers) -> tuple[str, ...]:
    return (
        str(numbers.cases),
        f"{numbers.in_schema}/{numbers.answers}",
        f"{numbers.kept}/{numbers.written}",
        str(numbers.rejected),
        str(numbers.mended),
        str(numbers.template),
        f"{numbers.facts_cited}/{numbers.facts}",
        f"{numbers.seconds:.1f}",
    )
