"""The page of outcomes: time to ticket, verdicts, feedback, gaps, cost, of the latest cases."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from shared.ask.own import MOST_REPORTS, SEVERITIES, Judged, judged
from shared.clients import Services
from shared.console.cases import VERDICTS
from shared.console.page import Page, mark_of, words
from shared.console.plots import LONGEST_LABEL, Bars, bars
from shared.console.reading import each
from shared.enrich.statement import counted
from shared.models.cases import Case
from shared.models.feedback import Feedback
from shared.models.reports import Report
from shared.state.interface import State

MOST_GAPS = 10
RATINGS = (("looksRight", "benign"), ("needsImprovement", "suspicious"), ("inappropriate", "compromised"))
CLASSES = ("truePositive", "benignPositive", "falsePositive", "undetermined")
SPANS = (
    ("under 1 minute", timedelta(minutes=1)),
    ("1 to 5 minutes", timedelta(minutes=5)),
    ("5 to 30 minutes", timedelta(minutes=30)),
    ("30 minutes to 2 hours", timedelta(hours=2)),
    ("2 to 12 hours", timedelta(hours=12)),
    ("over 12 hours", timedelta.max),
)


async def statistics_page(services: Services) -> Page:
    """Return the page; it looks at the latest ``MOST_REPORTS`` cases."""
    cases = await services.state.latest_cases(MOST_REPORTS)
    opinions = await services.state.feedback()

    async def content() -> dict[str, Any]:
        read = await judged(services.state, cases)
        reports = [one.report for one in read if one.report]
        waits = await _waits(cases, services.state)
        return {
            "looked_at": len(cases),
            "judged": len(reports),
            "longest_label": LONGEST_LABEL,
            "figures": _figures(read, reports, waits, opinions),
            "plots": [
                _time_to_ticket(waits),
                _verdicts(reports),
                _severities(reports),
                _ratings(opinions),
                _classes(opinions),
                _gaps(reports),
                _requests(reports),
                *([_tokens(reports)] if any(one.summary.authorship.input_tokens for one in reports) else []),
            ],
        }

    shown = [(case.id, case.report_version, case.revision) for case in cases]
    return Page(template="statistics.html.j2", mark=mark_of(shown, opinions), content=content)


async def _waits(cases: Sequence[Case], state: State) -> list[timedelta]:
    """Return for each case with a ticket the time from its first signal to the first ticket, shortest first."""
    waits: list[timedelta] = []
    read = await each(cases, lambda case: state.deliveries(case.id))
    for case, deliveries in zip(cases, read, strict=True):
        arrived = [one.first_at for one in deliveries if one.first_at]
        if arrived:
            waits.append(max(timedelta(0), min(arrived) - case.opened_at))
    return sorted(waits)


def _figures(
    read: Sequence[Judged], reports: Sequence[Report], waits: Sequence[timedelta], opinions: Sequence[Feedback]
) -> list[tuple[str, str, str]]:
    """Return the numbers at the top: what, how much, and what it says."""
    written = [one.summary.authorship for one in reports]
    by_model = sum(one.writer != "template" for one in written)
    right = sum(one.rating == "looksRight" for one in opinions)
    return [
        (
            "Median time to ticket",
            _span(waits[len(waits) // 2]) if waits else "no ticket yet",
            "event to first destination",
        ),
        ("Reports", f"{len(reports)}", _waiting(len(read) - len(reports))),
        ("Looks right", f"{right} of {len(opinions)}", "of all opinions")
        if opinions
        else ("Looks right", "none", "no feedback yet"),
        ("With a gap", f"{sum(bool(one.dossier.gaps) for one in reports)} of {len(reports)}", "something was unread"),
        ("Worded by the model", f"{by_model} of {len(reports)}", "the template wrote the rest"),
        (
            "Tokens",
            f"{sum(one.input_tokens for one in written):,} in, {sum(one.output_tokens for one in written):,} out",
            "of the latest version of each report",
        ),
    ]


def _waiting(number: int) -> str:
    """Return how many cases have no report yet."""
    return "every case has one" if not number else f"{counted(number, 'case')} without one yet"


def _time_to_ticket(waits: Sequence[timedelta]) -> Bars:
    counts = Counter(next(label for label, most in SPANS if wait < most) for wait in waits)
    return bars(
        "Time to ticket",
        "Cases",
        [(label, counts[label], "") for label, _ in SPANS],
        "From the time that Entra gives the first event until the ticket was at its first destination. "
        "Entra itself takes minutes to hours to stream an offline detection.",
    )


def _verdicts(reports: Sequence[Report]) -> Bars:
    counts = Counter(one.assessment.verdict for one in reports)
    return bars("Verdicts", "Cases", [(name, counts[name], name) for name in VERDICTS])  # type: ignore[index]


def _severities(reports: Sequence[Report]) -> Bars:
    counts = Counter(one.assessment.severity for one in reports)
    return bars("Severity", "Cases", [(name, counts[name], name) for name in SEVERITIES])  # type: ignore[index]


def _ratings(opinions: Sequence[Feedback]) -> Bars:
    counts = Counter(one.rating for one in opinions)
    values = [(words(name).capitalize(), counts[name], tone) for name, tone in RATINGS]  # type: ignore[index]
    return bars(
        "Feedback", "Opinions", values, "On cases and on answers to prompts: what each person said last of each."
    )


def _classes(opinions: Sequence[Feedback]) -> Bars:
    counts = Counter(one.classification for one in opinions if one.classification)
    values = [(words(name).capitalize(), counts[name], "") for name in CLASSES]  # type: ignore[index]
    return bars("What analysts called the cases", "Opinions", values)


def _gaps(reports: Sequence[Report]) -> Bars:
    counts = Counter(what for one in reports for what in {gap.what for gap in one.dossier.gaps})
    values = [(what, count, "suspicious") for what, count in counts.most_common(MOST_GAPS)]
    return bars("What could not be read", "Cases", values, "Each report says what would mend it.")


def _requests(reports: Sequence[Report]) -> Bars:
    counts = Counter(one.dossier.round_trips for one in reports)
    values = [(counted(number, "round trip"), counts[number], "") for number in sorted(counts)]
    return bars("Graph round trips for a report", "Cases", values, "HTTP requests; a batch is one.")


def _tokens(reports: Sequence[Report]) -> Bars:
    by_day = Counter[str]()
    for one in reports:
        spent = one.summary.authorship
        by_day[one.generated_at.date().isoformat()] += spent.input_tokens + spent.output_tokens
    return bars(
        "Tokens by day", "Tokens", [(day, by_day[day], "") for day in sorted(by_day)[-14:]], "The last 14 days."
    )


def _span(wait: timedelta) -> str:
    """Return a length of time in its two largest units."""
    seconds = round(wait.total_seconds())
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60} s"
    return f"{seconds // 3600} h {seconds % 3600 // 60} min"
