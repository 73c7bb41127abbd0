"""Streamed records to Event Hubs message bodies, delivered the way Azure Monitor does: at least once, in no order."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from local.story.moments import moment, spread
from local.story.streamed import RISK_CATEGORIES, Streamed

type Hub = Literal["risk", "sign_ins"]

CUT_SHORT = b'{"records":[{"time":"9/16/2026 9:02:11 AM","category":"UserRiskEvents","operationName":"User Risk Det'
"""A body that ends in the middle of a word."""


class HubEvent(msgspec.Struct, frozen=True):
    """One Event Hubs message."""

    hub: Hub
    body: bytes


def delivered(records: Sequence[Streamed]) -> list[HubEvent]:
    """Return the messages of both hubs in the order they arrive.

    One risk record in four and one other in thirty comes twice. One in seven is late by up to half an hour. Some
    audits come through the risk hub and some risky users through the sign-in hub.
    """
    everything = [*records, *(_redelivered(s) for s in records if _comes_twice(s))]
    found: list[tuple[datetime, int, HubEvent]] = []
    for hub in ("risk", "sign_ins"):
        mine = sorted((s for s in everything if _hub_of(s) == hub), key=_place_in_queue)
        for batch in _batches(mine, "risk" if hub == "risk" else "sign_ins"):
            at = max(_place_in_queue(s)[0] for s in batch)
            found.append((at, len(found), HubEvent(hub, body_of([s.record for s in batch]))))
    found.append((moment("2026-09-16T09:05"), len(found), HubEvent("risk", CUT_SHORT)))
    found.append((moment("2026-09-16T09:06"), len(found), HubEvent("sign_ins", body_of([]))))
    return [event for _, _, event in sorted(found, key=lambda item: item[:2])]


def body_of(records: Sequence[dict[str, Any]]) -> bytes:
    """Return an Event Hubs message body."""
    return json.dumps({"records": list(records)}, ensure_ascii=False, separators=(",", ":")).encode()


def with_text_properties(streamed: Streamed) -> Streamed:
    """Return the record with its properties as text that breaks off: it cannot be read."""
    text = json.dumps(streamed.properties)[:180]
    return Streamed({**streamed.record, "properties": text}, streamed.arrives)


def without_id(streamed: Streamed) -> Streamed:
    """Return the record without ``properties.id``: nobody can tell it from another, so it cannot be used."""
    properties = {name: value for name, value in streamed.properties.items() if name != "id"}
    return Streamed({**streamed.record, "properties": properties}, streamed.arrives)


def _key(streamed: Streamed) -> tuple[str, str, str]:
    return streamed.category, str(streamed.record["correlationId"]), str(streamed.record["time"])


def _comes_twice(streamed: Streamed) -> bool:
    return spread(4 if streamed.category in RISK_CATEGORIES else 30, "twice", *_key(streamed)) == 0


def _redelivered(streamed: Streamed) -> Streamed:
    return streamed.again(timedelta(minutes=1 + spread(9, "again", *_key(streamed)), seconds=17))


def _hub_of(streamed: Streamed) -> Hub:
    if streamed.category == "AuditLogs":
        return "risk" if spread(5, "hub", *_key(streamed)) == 0 else "sign_ins"
    if streamed.category == "RiskyUsers":
        return "sign_ins" if spread(6, "hub", *_key(streamed)) == 0 else "risk"
    return "risk" if streamed.category in RISK_CATEGORIES else "sign_ins"


def _place_in_queue(streamed: Streamed) -> tuple[datetime, tuple[str, str, str]]:
    key = _key(streamed)
    late = timedelta(minutes=spread(30, "minutes-late", *key)) if spread(7, "late", *key) == 0 else timedelta()
    return streamed.arrives + late, key


def _batches(records: Sequence[Streamed], hub: Hub) -> list[Sequence[Streamed]]:
    found: list[Sequence[Streamed]] = []
    start = 0
    while start < len(records):
        size = 1 + spread(3 if hub == "risk" else 8, "size", hub, str(start))
        found.append(records[start : start + size])
        start += size
    return found
