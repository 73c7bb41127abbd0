"""Reports as pages: HTML for people, Markdown for tickets. Everything from the evidence is escaped."""

import re
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from shared.clock import period, stamp, with_plain_times
from shared.deliver.page import FeedbackForm, page_content
from shared.deliver.style import PAGES
from shared.hostile import shown
from shared.models.assessment import Assessment
from shared.models.reports import Report

if TYPE_CHECKING:
    from jinja2 import Environment

_MARKDOWN_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+!|~@&])")
_LINE_START = re.compile(r"^(\s*)([-=]|\d+\.)", re.MULTILINE)
ONE_LINE = 80
_AUTOLINK = re.compile(r"://|www\.|mailto:|xmpp:", re.IGNORECASE)


def as_html(report: Report, form: FeedbackForm | None = None) -> str:
    """Return one self-contained page: no script, no outside request; with a form for feedback where it is served."""
    return _pages().get_template("report.html.j2").render(_content(report), **page_content(report, form))


def as_markdown(report: Report) -> str:
    """Return the report as CommonMark in which text from the evidence can't act as markup."""
    return _pages().get_template("report.md.j2").render(_content(report))


def markdown_text(text: object) -> str:
    """Return text that Markdown shows as it is: one line, nothing unseen, no markup, no mention, no autolink."""
    plain = shown(" ".join(str(text).split()))
    escaped = _LINE_START.sub(r"\1\\\2", _MARKDOWN_SPECIAL.sub(r"\\\1", plain))
    return _AUTOLINK.sub(lambda found: found[0].replace(":", "\\:").replace(".", "\\."), escaped)


def visible_text(text: object) -> str:
    """Return text with unseen characters made visible, for HTML (which autoescape then escapes)."""
    return shown(str(text), keep="\t\n")


def moment(at: datetime | None) -> str:
    """Return ``14 April 2025, 09:14 UTC``; empty for None."""
    return stamp(at) if at else ""


def points(number: int) -> str:
    """Return ``+25``, or a taken-off 155 with a true minus sign."""
    return f"{number:+d}".replace("-", "\N{MINUS SIGN}")


def pretty(body: str) -> str:
    """Return JSON text over several lines where one would be hard to read; what is no JSON stays as it is."""
    if len(body) <= ONE_LINE:
        return body
    try:
        return msgspec.json.format(body, indent=2)
    except msgspec.DecodeError:
        return body


def _content(report: Report) -> dict[str, Any]:
    titles = {action.id: action for action in report.assessment.actions}
    steps = [(titles[step.action_id], step.reason) for step in report.summary.steps if step.action_id in titles]
    numbered = [(number, action, reason) for number, (action, reason) in enumerate(steps, start=1)]
    plan = [(when, [step for step in numbered if step[1].when == when]) for when in ("now", "next", "later")]
    return {
        "report": report,
        "identity": report.identity,
        "assessment": report.assessment,
        "summary": report.summary,
        "dossier": report.dossier,
        "plan": [(when, group) for when, group in plan if group],
    }


def _title_in(action_id: str, assessment: Assessment) -> str:
    """Return what people call an action of the plan."""
    return next(action.title for action in assessment.actions if action.id == action_id)


@cache
def _pages() -> "Environment":
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(PAGES),
        autoescape=jinja2.select_autoescape(["html.j2"], default=False),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: (
            visible_text(value) if isinstance(value, str) and not hasattr(value, "__html__") else value
        ),
    )
    environment.filters.update(
        md=markdown_text, moment=moment, points=points, told=with_plain_times, pretty=pretty, title_in=_title_in
    )
    environment.globals.update(period=period)
    return environment
