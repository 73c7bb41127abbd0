"""Text as an Atlassian document (ADF, version 1): headings, lists of lines, one link."""

from collections.abc import Sequence
from typing import Any

import msgspec

from shared.deliver.sections import Section


def document_of(sections: Sequence[Section], link: str | None) -> dict[str, Any]:
    """Return the sections as a document: headings and lists, and a link to the report at its end."""
    content: list[dict[str, Any]] = []
    for section in sections:
        content.append({"type": "heading", "attrs": {"level": 3}, "content": [_text(section.title)]})
        if section.lines:
            items = [{"type": "listItem", "content": [_paragraph(line)]} for line in section.lines]
            content.append({"type": "orderedList" if section.is_numbered else "bulletList", "content": items})
        if section.rest:
            content.append(_paragraph(section.rest))
    if link:
        marks = [{"type": "link", "attrs": {"href": link}}]
        content.append({"type": "paragraph", "content": [{**_text("The whole report"), "marks": marks}]})
    return {"type": "doc", "version": 1, "content": content}


def _paragraph(line: str) -> dict[str, Any]:
    return {"type": "paragraph", "content": [_text(line)] if line else []}


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def length_of(document: dict[str, Any]) -> int:
    """Return a document's length as JSON, in characters: é counts once, not as the two bytes that are sent."""
    return len(msgspec.json.encode(document).decode())
