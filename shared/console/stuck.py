"""The page of what is stuck: requests that failed for good, unreadable records, deliveries that did not arrive."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from shared.clients import Services
from shared.console.page import Page, mark_of
from shared.console.reading import each
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
    latest = await services.state.latest_cases(MOST_CASES)
    replayed = query.get("replayed", "")
    # What became of a delivery shows in its case once its triage is done; until then the delivery itself tells.
    owed = await _undelivered([case for case in latest if case.needs_triage], services.state)

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
            "undelivered": await _undelivered(latest, services.state),
            "looked_at": len(latest),
        }

    done = [(case.id, case.triaged_revision, case.report_version) for case in latest]
    mark = mark_of(names, done, owed, replayed)
    return Page(template="stuck.html.j2", mark=mark, content=content)


async def _undelivered(cases: Sequence[Case], state: State) -> list[StuckDelivery]:
    read = await each(cases, lambda case: state.deliveries(case.id))
    return [
        StuckDelivery(case=case, delivery=one)
        for case, deliveries in zip(cases, read, strict=True)
        for one in deliveries
        if one.status in {"pending", "failed"}
    ]


def _case_id(parked: Parked) -> str:
    """Return which case a request was for; empty when its bytes do not say."""
    try:
        return msgspec.json.decode(parked.body, type=TriageRequest).case_id
    except msgspec.DecodeError:
        return ""
