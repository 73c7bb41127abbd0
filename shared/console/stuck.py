"""The page of what is stuck: requests that failed for good, unreadable records, deliveries that did not arrive."""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec

from shared.ask.own import AT_ONCE
from shared.clients import Services
from shared.console.page import Page, mark_of
from shared.models.cases import Case, Parked, TriageRequest
from shared.models.reports import Delivery
from shared.state.interface import State

MOST_PARKED = 200
MOST_CASES = 200
"""The latest cases, whose deliveries are looked at."""


class StuckDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """A report that a destination does not have."""

    case: Case
    delivery: Delivery


async def stuck_page(query: Mapping[str, str], services: Services) -> Page:
    """Return the page; ``?replayed=…`` names what has just been put back to work."""
    names = await services.state.parked_names()
    cases = await services.state.cases()
    replayed = query.get("replayed", "")
    undelivered = await _undelivered(cases[:MOST_CASES], services.state)

    async def content() -> dict[str, Any]:
        parked = await services.state.parked()
        requests = [(one, _case_id(one)) for one in parked if one.kind == "triage"]
        records = [one for one in parked if one.kind == "record"]
        return {
            "requests": requests[::-1][:MOST_PARKED],
            "requests_total": len(requests),
            "records": records[::-1][:MOST_PARKED],
            "records_total": len(records),
            "most": MOST_PARKED,
            "replayed": replayed,
            "undelivered": undelivered,
            "looked_at": min(len(cases), MOST_CASES),
            "every": len(cases),
        }

    mark = mark_of(names, undelivered, replayed)
    return Page(template="stuck.html.j2", mark=mark, content=content)


async def _undelivered(cases: list[Case], state: State) -> list[StuckDelivery]:
    found: list[StuckDelivery] = []
    for start in range(0, len(cases), AT_ONCE):
        part = cases[start : start + AT_ONCE]
        read = await asyncio.gather(*(state.deliveries(case.id) for case in part))
        for case, deliveries in zip(part, read, strict=True):
            late = [one for one in deliveries if one.status in {"pending", "failed"}]
            found += [StuckDelivery(case=case, delivery=one) for one in late]
    return found


def _case_id(parked: Parked) -> str:
    """Return which case a request was for; empty when its bytes do not say."""
    try:
        return msgspec.json.decode(parked.body, type=TriageRequest).case_id
    except msgspec.DecodeError:
        return ""
