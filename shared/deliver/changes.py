"""What a report says that the last delivered one did not: for the comment on a ticket."""

from collections import Counter
from collections.abc import Iterable

import msgspec

from shared.models.cases import CLOSING, Signal
from shared.models.reports import Report

MOST_LINES = 12


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What is new since a destination last heard of the case."""

    lines: tuple[str, ...]
    """One change a line; empty for a first delivery. The last line counts what is left out."""
    new_risk: bool
    """A signal of risk that the destination has not heard of: a reason to open a finished ticket again."""
    rejudged: bool
    """Verdict or severity differ: worth interrupting somebody."""
    regraded: bool
    """Severity differs: the ticket's priority follows. Where it does not, a person's own priority stays."""


def changes_between(before: Report | None, after: Report, *, most: int = MOST_LINES) -> Changes:
    """Compare a report with the one that was last delivered to the same place; None when there was none."""
    if before is None:
        return Changes(lines=(), new_risk=bool(_risks(after.signals)), rejudged=True, regraded=True)
    lines = [*_judgement(before, after), *_signals(before, after), *_lists(before, after), *_knowledge(before, after)]
    if len(lines) > most:
        rest = len(lines) - most + 1
        lines = [*lines[: most - 1], f"And {rest} more changes."]
    regraded = before.assessment.severity != after.assessment.severity
    return Changes(
        lines=tuple(lines),
        new_risk=bool(_risks(after.signals) - _risks(before.signals)),
        rejudged=regraded or before.assessment.verdict != after.assessment.verdict,
        regraded=regraded,
    )


def _risks(signals: Iterable[Signal]) -> set[str]:
    return {signal.key for signal in signals if signal.reason not in CLOSING}


def _judgement(before: Report, after: Report) -> list[str]:
    lines = []
    if before.status != after.status:
        outcome = f": {_words(after.outcome)}" if after.outcome else ""
        lines.append("Opened again: new risk." if after.status == "open" else f"Closed{outcome}.")
    elif before.outcome != after.outcome and after.outcome:
        lines.append(f"Outcome: {_words(after.outcome)}.")
    if after.campaign_id and after.campaign_id != before.campaign_id:
        lines.append(f"Now part of campaign {after.campaign_id}.")
    if after.identity.kind == "campaign":
        was_told = {fact.text for fact in before.dossier.facts}
        lines += [fact.text for fact in after.dossier.all("campaign.result") if fact.text not in was_told]
    for name in ("verdict", "severity", "confidence", "score"):
        was, now = getattr(before.assessment, name), getattr(after.assessment, name)
        if was != now:
            lines.append(f"{name.capitalize()}: {was} → {now}.")
    return lines


def _signals(before: Report, after: Report) -> list[str]:
    known = {signal.key for signal in before.signals}
    new = Counter(_words(signal.reason) for signal in after.signals if signal.key not in known)
    if not new:
        return []
    named = ", ".join(f"{reason} ({count})" if count > 1 else reason for reason, count in new.most_common())
    return [f"New {'signal' if new.total() == 1 else 'signals'}: {named}."]


def _lists(before: Report, after: Report) -> list[str]:
    was, now = before.assessment, after.assessment
    pairs = (
        ("New finding", [f.title for f in now.findings], [f.title for f in was.findings]),
        ("No longer found", [f.title for f in was.findings], [f.title for f in now.findings]),
        ("Done", [d.title for d in now.done], [d.title for d in was.done]),
        ("New action", [a.title for a in now.actions], [a.title for a in was.actions]),
        ("No longer called for", [a.title for a in was.actions], [a.title for a in now.actions]),
    )
    return [
        f"{label}: {title}."
        for label, titles, others in pairs
        for title in dict.fromkeys(titles)
        if title not in others
    ]


def _knowledge(before: Report, after: Report) -> list[str]:
    unread, was_unread = ([gap.what for gap in report.dossier.gaps] for report in (after, before))
    lines = [f"Could not be read this time: {what}." for what in dict.fromkeys(unread) if what not in was_unread]
    lines += [f"Now read: {what}." for what in dict.fromkeys(was_unread) if what not in unread]
    known = {(fact.kind, fact.text) for fact in before.dossier.facts}
    new = sum((fact.kind, fact.text) not in known for fact in after.dossier.facts)
    return [*lines, f"{new} new {'fact' if new == 1 else 'facts'}."] if new else lines


def _words(name: str) -> str:
    return name.replace("_", " ")
