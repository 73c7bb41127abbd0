"""Adaptive cards in a Teams channel, through a webhook of Workflows.

Such a webhook can only post: it gives no id back, and a card that is there can't be changed or looked up. So only what
is worth interrupting somebody becomes a card: a new case, another verdict or severity, the end, and new risk after it.

Words from the evidence stand in ``TextRun`` elements, which show text as it is; ``TextBlock`` and facts would read
Markdown and date functions in it.
"""

from collections.abc import Sequence
from typing import Any

import aiohttp
import msgspec

from shared.deliver.http import Caller, https_address, knock
from shared.deliver.sections import Section, at_most, changes_of, line_of, sections_of, shortened

MAX_BYTES = 24 * 1024
"""Teams takes about 28 KB a message; the rest is room for what Workflows adds."""
MAX_TITLE, MAX_LINES = 300, 6
LEFT_TO_THE_REPORT = {"evidence", "withheld", "checks"}
HINT = (
    "Check TRIAGE_TEAMS_URL: the workflow must be on, start with `When a Teams webhook request is received` for "
    "anyone, and its owner must be a member of the team."
)
COLOURS = {"critical": "Attention", "high": "Attention", "medium": "Warning"}


class TeamsDestination:
    """One channel, or chat."""

    name = "teams"

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        https_address(url, "TRIAGE_TEAMS_URL")
        self._url = url
        self._http = http
        self._caller = Caller(self.name, http, denied=HINT, rejected=HINT)

    async def send(self, ticket: dict[str, Any]) -> str:
        """Post a card if the version is worth one; the ticket's id is the case's own."""
        if ticket["action"] != "update" or ticket["rejudged"]:
            await self._caller.call(
                "POST",
                self._url,
                key=str(ticket["idempotencyKey"]),
                body=_message(ticket),
                headers={"content-type": "application/json"},
                repeatable=False,
            )
        return str(ticket["ticketKey"])

    async def probe(self) -> str:
        """Open a connection and close it."""
        return await knock(self.name, self._url, self._http, hint=HINT)


def _message(ticket: dict[str, Any]) -> bytes:
    known = [section for section in sections_of(ticket, brief=True) if section.key not in LEFT_TO_THE_REPORT]
    sections = at_most([*changes_of(ticket)[:1], *known] if ticket["ticket"] else known, MAX_LINES)
    fitting = shortened(sections, lambda some: len(_envelope(ticket, some)), MAX_BYTES)
    return _envelope(ticket, fitting)


def _envelope(ticket: dict[str, Any], sections: Sequence[Section]) -> bytes:
    colour = COLOURS.get(ticket["severity"], "Default") if ticket["status"] == "open" else "Good"
    title = {"type": "TextRun", "text": line_of(ticket["title"], MAX_TITLE), "weight": "Bolder", "size": "Medium"}
    card: dict[str, Any] = {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "fallbackText": "A triage report; open it in Teams.",
        "body": [
            {"type": "RichTextBlock", "inlines": [{**title, "color": colour}]},
            *(block for section in sections for block in _blocks(section)),
        ],
    }
    if ticket["link"]:
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Open the report", "url": ticket["link"]}]
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return msgspec.json.encode({"type": "message", "attachments": [attachment]})


def _blocks(section: Section) -> list[dict[str, Any]]:
    title = {"type": "TextRun", "text": section.title, "weight": "Bolder"}
    return [
        {"type": "RichTextBlock", "separator": True, "inlines": [title]},
        *(
            {"type": "RichTextBlock", "spacing": "Small", "inlines": [{"type": "TextRun", "text": line}]}
            for line in section.marked("•")
        ),
    ]
