"""What the report's page shows: the report's own fields, and the drawings made from its facts."""

from datetime import datetime
from typing import Any, get_args

import msgspec

from shared.countries import country_name
from shared.deliver.drawings import campaign, countries, risk, score, timeline
from shared.deliver.drawings.axis import axis_of
from shared.deliver.drawings.timeline import KINDS, Kind
from shared.deliver.drawings.who import who
from shared.deliver.style import page_policy, style
from shared.models.dossier import Dossier, Fact
from shared.models.feedback import MOST_COMMENT, Classification, Feedback, Rating
from shared.models.reports import Report

CSS = style("report.css")
FILE_POLICY = page_policy(CSS)
"""Content-Security-Policy of a report that is a file: no script, no request, no form."""
SERVED_POLICY = page_policy(CSS, forms="'self'")
"""The same with a form for feedback, to where the page came from."""
MOST_NOW = 5
"""Actions named at the top; the rest is one click away."""
RATINGS: dict[Rating, str] = {
    "looksRight": "Looks right",
    "needsImprovement": "Needs improvement",
    "inappropriate": "Inappropriate",
}
CLASSIFICATIONS: dict[Classification, str] = {
    "truePositive": "True positive",
    "benignPositive": "Benign positive",
    "falsePositive": "False positive",
    "undetermined": "Undetermined",
}


class Listed(msgspec.Struct, frozen=True):
    """A row of the table that says what the timeline draws."""

    at: datetime
    kind: str
    what: str
    country: str
    risk: str
    fact: Fact


class FeedbackForm(msgspec.Struct, frozen=True):
    """A page that is served takes feedback; a copy has nobody to give it to."""

    opinion: Feedback | None = None
    """What the reader has said of the case already."""


def page_content(report: Report, form: FeedbackForm | None) -> dict[str, Any]:
    """Return what the page's templates name beside the report."""
    dossier = report.dossier
    return {
        "css": CSS,
        "policy": SERVED_POLICY if form else FILE_POLICY,
        "who": who(dossier),
        "members": campaign.told_as_members(dossier),
        "most_now": MOST_NOW,
        "anchors": _anchors(report),
        "countries": countries.countries_of(dossier),
        "score": score.score_bars(report.assessment),
        "requests": _requests(dossier),
        "form": form,
        "ratings": RATINGS,
        "classifications": CLASSIFICATIONS,
        "most_comment": MOST_COMMENT,
        **_timeline(dossier),
    }


def _timeline(dossier: Dossier) -> dict[str, Any]:
    """Return all that is drawn on the one time axis, and the same as rows of a table."""
    events, spans, changes = timeline.events_of(dossier), timeline.spans_of(dossier), risk.changes_of(dossier)
    moments = [event.at for event in events] + [change.at for change in changes]
    moments += [end for span in spans for end in (span.first, span.last)]
    axis = axis_of(moments)
    lanes = timeline.lanes_of(events, axis) if axis else ()
    return {
        "axis": axis,
        "lanes": lanes,
        "clustered": any(mark.count > 1 for lane in lanes for mark in lane.marks),
        "spans": spans,
        "risk": risk.risk_over_time(changes, axis) if axis else None,
        "detections": len(dossier.all("risk.detection")),
        "left_out": timeline.left_out(dossier),
        "listed": _listed(events, spans, changes),
        "kinds": _kinds(events),
    }


def _listed(
    events: tuple[timeline.Event, ...], spans: tuple[timeline.Span, ...], changes: tuple[risk.Change, ...]
) -> list[Listed]:
    rows = [
        Listed(one.at, one.kind.title, one.what, country_name(one.where), _risk(one.fact), one.fact) for one in events
    ]
    rows += [Listed(one.first, one.title, one.text, "", "", one.fact) for one in spans]
    rows += [
        Listed(one.at, one.what, "", "", _risk(one.fact), one.fact) for one in changes if one.fact.kind == "risk.user"
    ]
    return sorted(rows, key=lambda row: row.at)


def _risk(fact: Fact) -> str:
    """Return level and state, where the record says more than none."""
    said = [fact.text_of(name) for name in ("risk_level", "risk_state")]
    return ", ".join(word for word in said if word and word != "none")


def _kinds(events: tuple[timeline.Event, ...]) -> dict[str, Kind]:
    """Return the kind under which each fact is drawn, by the fact's id."""
    return {event.fact.id: KINDS[event.kind.key] for event in events}


def _anchors(report: Report) -> frozenset[str]:
    """Return the ids that a citation can lead to on the page."""
    cited = (report.dossier.facts, report.dossier.gaps, report.assessment.findings)
    return frozenset(one.id for group in cited for one in group)


def _requests(dossier: Dossier) -> dict[str, str]:
    """Return the requests to Graph that facts name, each with an id of its own."""
    refs = dict.fromkeys(fact.source.ref for fact in dossier.facts if fact.source.kind == "graph")
    return {ref: f"S{number}" for number, ref in enumerate(refs, start=1)}


def _complete() -> None:
    """Fail at import where a rating or a classification has no words."""
    for words, names in ((RATINGS, Rating), (CLASSIFICATIONS, Classification)):
        if tuple(words) != get_args(names.__value__):
            raise TypeError(f"words are missing for {names}")


_complete()
