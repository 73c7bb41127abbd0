"""A ticket's text as titled lists of plain lines, for destinations that have a markup of their own to write.

Lines hold no line break and nothing unseen; whatever a destination's markup would read in them, it escapes.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import msgspec

from shared.clock import with_plain_times
from shared.hostile import shown
from shared.models.identity import NOUNS

LONGEST_LINE = 600
"""Characters of one line; nobody reads a longer one in a ticket."""
LONGEST_BODY = 240
"""A longer request body is left to the report: cut short it would be wrong."""
FIRST_LINES = 3
"""Lines of each section that are kept while another has more."""
STORY_LINES = {"what_happened": 8, "why": 4, "actions": 6}
"""Lines of what people come for, kept while anything else can be cut to its first lines."""
MOST_NAMED = 5
"""Actions named beside the verdict."""
EXPENDABLE = {"evidence", "withheld"}
"""Sections that go altogether before any other loses its first lines."""
CUT_ORDER = (
    "evidence",
    "withheld",
    "done",
    "stakes",
    "checks",
    "what_happened",
    "why",
    "why_benign",
    "gaps",
    "questions",
    "actions",
)
"""Sections from least to most worth keeping; the first section, the verdict, is never cut."""


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A title and its lines."""

    key: str
    title: str
    lines: tuple[str, ...]
    left_out: int = 0
    """Lines that did not fit."""
    is_numbered: bool = False
    """The order matters: destinations number the lines from 1."""

    @property
    def rest(self) -> str:
        """Say how many lines are left out, and where they are; empty when all are there."""
        if not self.left_out:
            return ""
        return f"… and {self.left_out} more in the report" if self.lines else f"{self.left_out} in the report"

    def marked(self, bullet: str) -> list[str]:
        """Return the lines with their numbers, or with a bullet, and the count of the rest."""
        lines = [f"{n}. {line}" if self.is_numbered else f"{bullet} {line}" for n, line in enumerate(self.lines, 1)]
        return [*lines, self.rest] if self.rest else lines


def line_of(text: object, longest: int = LONGEST_LINE) -> str:
    """Return text as one line without unseen characters, at most ``longest`` characters long."""
    line = " ".join(shown(str(text)[: longest * 2], keep="\t\r\n").split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def sections_of(ticket: dict[str, Any], *, brief: bool = False) -> tuple[Section, ...]:
    """Return the ticket's sections in the order of an analyst's questions; empty ones are left out.

    ``ticket`` is what ``ticket_of`` returns. ``brief`` names actions without their requests.
    """
    ask = "Ask the user, over a channel the attacker does not hold"
    found = [
        ("head", "Verdict", _head(ticket)),
        ("what_happened", "What happened", _plain(ticket["what_happened"])),
        ("why", "How sure we are, and why", _plain(ticket["why"])),
        ("why_benign", "Why it may be benign", ticket["why_benign"]),
        ("stakes", "What is at stake", ticket["stakes"]),
        ("actions", "What to do", [_action(one, brief) for one in ticket["actions"]]),
        ("checks", "Check next", [check["text"] for check in ticket["checks"]]),
        ("done", "Done already", _plain(f"{item['title']}: {item['text']}" for item in ticket["done"])),
        ("withheld", "Left out", [item["text"] for item in ticket["withheld"]]),
        ("questions", ask if ticket["identity"]["kind"] == "user" else "Ask the owner", ticket["questions"]),
        ("gaps", "What could not be read", [_gap(gap) for gap in ticket["gaps"]]),
        ("evidence", "Evidence", _plain(_fact(fact) for fact in ticket["evidence"])),
    ]
    return tuple(
        Section(key=key, title=title, lines=tuple(line_of(line) for line in lines), is_numbered=key == "actions")
        for key, title, lines in found
        if lines
    )


def _plain(texts: Iterable[str]) -> list[str]:
    """Return texts with their times as people read them."""
    return [with_plain_times(text) for text in texts]


def change_title(ticket: dict[str, Any]) -> str:
    """Return the title of the comment on a change; no other comment on any case has the same."""
    return f"What changed: {ticket['ticketKey']}, version {ticket['version']}"


def changes_of(ticket: dict[str, Any]) -> tuple[Section, ...]:
    """Return the comment on a change: what is new, and the verdict as it is now."""
    changes = _plain(ticket["changes"]) or ["The report was written anew."]
    head = Section(key="head", title=change_title(ticket), lines=tuple(line_of(line) for line in changes))
    verdict = Section(key="verdict", title="Now", lines=tuple(line_of(line) for line in _head(ticket)[:2]))
    return (head, verdict)


def shortened(sections: Sequence[Section], size: Callable[[Sequence[Section]], int], limit: int) -> list[Section]:
    """Return the sections with as few lines left out as it takes for ``size`` of them to be at most ``limit``.

    The least worth keeping go first, from their ends; the first lines of each only when nothing else is left to cut.
    The first section stays whole: its few lines are bounded.
    """
    fitted = list(sections)
    for first in (STORY_LINES, {}, None):
        for key in CUT_ORDER:
            if size(fitted) <= limit:
                return fitted
            kept = 0 if key in EXPENDABLE or first is None else first.get(key, FIRST_LINES)
            for at in (n for n, section in enumerate(fitted) if section.key == key and len(section.lines) > kept):
                choices = range(kept, len(fitted[at].lines))
                fitting = bisect_right(choices, limit, key=partial(_size_with, fitted, at, size))
                fitted[at] = _cut(fitted[at], choices[max(0, fitting - 1)])
    return fitted


def at_most(sections: Sequence[Section], lines: int) -> list[Section]:
    """Return the sections with this many lines each, for where space is dear."""
    return [_cut(section, min(lines, len(section.lines))) for section in sections]


def _size_with(sections: Sequence[Section], at: int, size: Callable[[Sequence[Section]], int], kept: int) -> int:
    return size([*sections[:at], _cut(sections[at], kept), *sections[at + 1 :]])


def _cut(section: Section, kept: int) -> Section:
    left_out = section.left_out + len(section.lines) - kept
    return msgspec.structs.replace(section, lines=section.lines[:kept], left_out=left_out)


def plain_text(sections: Sequence[Section], link: str | None = None) -> str:
    """Return the sections as plain text, with a link to the report at the end."""
    blocks = ["\n".join([section.title, *section.marked("-")]) for section in sections]
    return "\n\n".join([*blocks, *([f"The whole report: {link}"] if link else [])])


def _head(ticket: dict[str, Any]) -> list[str]:
    identity, confidence = ticket["identity"], f"confidence {ticket['confidence']}"
    outcome = f" ({str(ticket['outcome']).replace('_', ' ')})" if ticket["outcome"] else ""
    verdict = ticket["verdict"].capitalize()
    noun = NOUNS[identity["kind"]]
    label = "Campaign" if noun == "campaign" else "Identity"
    return [
        f"{verdict}, severity {ticket['severity']}, score {ticket['score']} of 100, {confidence}",
        ticket["verdictReason"],
        *_now(ticket),
        f"{label}: {line_of(identity['name'] or identity['id'], 200)} ({noun} {identity['id']})",
        f"Case: {ticket['ticketKey']}, version {ticket['version']}, {ticket['status']}{outcome}",
        *([f"Part of campaign {ticket['campaign']}, which has a ticket of its own."] if ticket["campaign"] else []),
        "Suggestions only: nothing here has been executed.",
    ]


def _now(ticket: dict[str, Any]) -> list[str]:
    """Return what has to be done at once, as one line; none when nothing has."""
    counts = Counter(action["title"] for action in ticket["actions"] if action["when"] == "now")
    titles = [f"{title} ({times})" if times > 1 else title for title, times in counts.items()]
    more = f"; and {len(titles) - MOST_NAMED} more" if len(titles) > MOST_NAMED else ""
    return [f"Do now: {'; '.join(titles[:MOST_NAMED])}{more}."] if titles and ticket["status"] == "open" else []


def _fact(fact: dict[str, Any]) -> str:
    """Return a fact with its record, or the path that Graph was asked for; the whole request is in the report."""
    source = fact["source"].split("?")[0]
    return f"{fact['id']}: {fact['text']}{'' if source in fact['text'] else f' ({source})'}"


def _gap(gap: dict[str, Any]) -> str:
    return f"{gap['what']}: {gap['detail']}. {gap['mend']}"


def _action(action: dict[str, Any], brief: bool) -> str:
    said = f"{action['title']} ({action['when']}, {action['phase']}): {action['why']}"
    if action["method"] == "NONE" or brief:
        return said
    body = f" with {action['body'] if len(action['body']) <= LONGEST_BODY else 'the body in the report'}"
    body = body if action["body"] else ""
    return f"{said} {action['method']} {action['url']}{body}; permission {action['permission']}"
