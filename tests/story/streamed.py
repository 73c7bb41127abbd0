"""The story's events taken apart again: bodies, records, and what the real ingest makes of them."""

import json
from typing import Any

from local import story
from shared.ingest import Decoded, decode

EVENTS = story.events()
TENANT = story.tenant()


def parsed() -> list[tuple[str, list[dict[str, Any]]]]:
    """Return hub and records of each body that is JSON."""
    found = []
    for event in EVENTS:
        try:
            body = json.loads(event.body)
        except json.JSONDecodeError:
            continue
        found.append((event.hub, body["records"]))
    return found


def all_records() -> list[dict[str, Any]]:
    """Return every record in order of arrival."""
    return [record for _, records in parsed() for record in records]


def readable(*categories: str) -> list[dict[str, Any]]:
    """Return the records of some categories that have properties and an id."""
    return [
        record
        for record in all_records()
        if record["category"] in categories and isinstance(record["properties"], dict) and "id" in record["properties"]
    ]


def decoded() -> list[Decoded]:
    """Return what the real ingest makes of each body."""
    return [decode(event.body, received_at=story.NOW) for event in EVENTS]
