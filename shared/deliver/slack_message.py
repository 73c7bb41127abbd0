"""A ticket as the arguments of Slack's chat.postMessage and chat.update: a header, and rich text a section."""

from collections.abc import Sequence
from typing import Any

import msgspec

from shared.deliver.sections import Section, at_most, changes_of, line_of, sections_of, shortened

CASE, CHANGE = "entra_triage_case", "entra_triage_change"
"""Types of metadata: of a case's message, and of a comment in its thread."""
MAX_TITLE, MAX_BLOCKS = 150, 10_000
"""Characters of a header, which Slack limits; and of all blocks as JSON, below the 12,000 of its longest text."""
COUNTED = {"evidence", "withheld", "checks"}
"""Sections of which a message says only how much the report has."""


def message_of(ticket: dict[str, Any]) -> dict[str, Any]:
    """Return the case's message: how it stands now, also that it is over."""
    ended = f"Closed, {str(ticket['outcome'] or 'over').replace('_', ' ')}: " if ticket["status"] == "closed" else ""
    title = line_of(f"{ended}{ticket['title']}", MAX_TITLE)
    header = {"type": "header", "text": {"type": "plain_text", "text": title, "emoji": False}}
    known = [at_most([one], 0)[0] if one.key in COUNTED else one for one in sections_of(ticket, brief=True)]
    fitting = shortened(known, lambda some: _length([header, *_rich_text(some, ticket["link"])]), MAX_BLOCKS)
    return _arguments(CASE, ticket, title, [header, *_rich_text(fitting, ticket["link"])])


def comment_of(ticket: dict[str, Any]) -> dict[str, Any]:
    """Return the comment on a change, for the thread."""
    sections = changes_of(ticket)
    return _arguments(CHANGE, ticket, line_of(sections[0].title, MAX_TITLE), _rich_text(sections, None))


def _arguments(kind: str, ticket: dict[str, Any], title: str, blocks: list[dict[str, Any]]) -> dict[str, Any]:
    payload = {"case": ticket["ticketKey"], "version": ticket["idempotencyKey"]}
    return {
        "text": _escaped(title),
        "blocks": blocks,
        "metadata": {"event_type": kind, "event_payload": payload},
        # For the text, which notifications show: no word in it becomes a mention or a link.
        "parse": "none",
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _rich_text(sections: Sequence[Section], link: str | None) -> list[dict[str, Any]]:
    """Return a block for each section, title and list, and one with a link to the report."""
    blocks = [_block(section) for section in sections]
    return [*blocks, _rich([_section({"type": "link", "url": link, "text": "The whole report"})])] if link else blocks


def _block(section: Section) -> dict[str, Any]:
    title = {**_text(section.title), "style": {"bold": True}}
    if not section.lines:
        return _rich([_section(title, _text(f"\n{section.rest}"))] if section.rest else [_section(title)])
    style = "ordered" if section.is_numbered else "bullet"
    items = [_section(_text(line or "–")) for line in section.lines]  # Slack refuses empty text
    rest = [_section(_text(section.rest))] if section.rest else []
    return _rich([_section(title), {"type": "rich_text_list", "style": style, "elements": items}, *rest])


def _rich(elements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "rich_text", "elements": elements}


def _section(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text_section", "elements": list(elements)}


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _length(blocks: Sequence[dict[str, Any]]) -> int:
    return len(msgspec.json.encode(blocks).decode())


def _escaped(text: str) -> str:
    """Return text in which mrkdwn finds no mention, channel or link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
