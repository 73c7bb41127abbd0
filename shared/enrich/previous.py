"""Memory: earlier cases of the identity, how they ended, and what analysts said of them and of this one."""

from collections.abc import Iterator

from shared.clock import day
from shared.enrich.statement import fact
from shared.enrich.view import View
from shared.hostile import quoted
from shared.models.dossier import Fact, Source
from shared.models.feedback import Feedback, PastCase

CLASSES = {
    "truePositive": "a true positive",
    "benignPositive": "a benign positive",
    "falsePositive": "a false positive",
    "undetermined": "undetermined",
}


def previous_cases(view: View) -> Iterator[Fact]:
    """Yield one fact for each of the latest earlier cases, and one for what was said of this case."""
    known = {past.case_id for past in view.previous}
    for past in view.previous:
        yield _past(past)
    for case_id in view.case.previous_case_ids:
        if case_id not in known:
            source = Source(kind="state", ref=case_id)
            yield fact("case.previous", f"The identity had an earlier case, {case_id}.", source, case_id=case_id)
    for opinion in view.feedback:
        yield _opinion(opinion)


def _past(past: PastCase) -> Fact:
    ended = {"remediated": "was remediated", "dismissed": "was dismissed", "confirmed_safe": "was confirmed safe"}
    opinion = past.feedback[-1] if past.feedback else None
    text = f"An earlier case, opened on {day(past.opened_at)}, {ended.get(past.outcome or '', 'was left open')}"
    text += f", with the verdict {past.verdict}"
    text += _said(opinion)
    return fact(
        "case.previous",
        f"{text}.",
        Source(kind="state", ref=past.case_id),
        at=past.opened_at,
        case_id=past.case_id,
        opened_at=past.opened_at,
        closed_at=past.last_signal_at if past.outcome else None,
        outcome=past.outcome,
        verdict=past.verdict,
        severity=past.severity,
        score=past.score,
        findings=past.findings,
        risk_event_types=past.risk_event_types,
        ip_addresses=past.addresses,
        countries=past.countries,
        asns=past.asns,
        rating=opinion.rating if opinion else None,
        classification=opinion.classification if opinion else None,
        comment=opinion.comment if opinion else None,
    )


def _opinion(opinion: Feedback) -> Fact:
    text = f"An analyst rated this case {opinion.rating}{_said(opinion)}"
    return fact(
        "case.feedback",
        f"{text}.",
        Source(kind="state", ref=opinion.about),
        at=opinion.at,
        rating=opinion.rating,
        classification=opinion.classification,
        comment=opinion.comment,
    )


def _said(opinion: Feedback | None) -> str:
    if opinion is None:
        return ""
    text = f"; an analyst called it {CLASSES[opinion.classification]}" if opinion.classification else ""
    if opinion.comment:
        text += f": {quoted(opinion.comment)}" if text else f"; an analyst wrote {quoted(opinion.comment)}"
    return text
