"""Five users while Graph enforces its limits: Identity Protection answers one request a second for the whole tenant."""

import asyncio
import time

from local.bench.peers import PAUSE_SECONDS, triage_by_requests
from local.bench.row import Measured, Row
from local.bench.stage import people, stage, triage_one, triage_together
from local.bench.timing import wall_seconds
from shared.models.reports import Report


async def run(small: bool) -> Measured:
    """Triage at once, then let the usual way work through the same users."""
    count = 2 if small else 5
    whom = people(0, count)
    reports: list[Report | None] = []
    async with stage(limits=True) as here:
        await triage_one(here.services, people(100, 1)[0])
        await asyncio.sleep(0 if small else 10)
        here.graph.stand_in.clear()
        seconds = await wall_seconds(lambda: triage_together(here.services, whom, reports))
        refused, round_trips = here.graph.refused, here.graph.round_trips
    pause = 1.1 if small else PAUSE_SECONDS
    async with stage(limits=True) as here:
        ids = [person.id for person in whom]
        began = time.perf_counter()
        tally = await triage_by_requests(here.graph.url, ids, pause_seconds=pause)
        peer_seconds = time.perf_counter() - began
    told = [gap for report in reports if report for gap in report.dossier.gaps if gap.reason == "not_asked"]
    return Measured(
        ours={
            "seconds": seconds,
            "refused": refused,
            "round_trips": round_trips,
            "tickets": sum(report is not None for report in reports),
            "look_ups_told_as_not_yet_asked": len(told),
        },
        baselines={
            "requests one after another": {
                "seconds": peer_seconds,
                "refused": tally.refused,
                "round_trips": tally.requests,
            }
        },
        ratios={"requests_one_after_another": peer_seconds / seconds},
        meets=None if small else seconds <= 2 and refused == 0,
        note=(
            "Identity Protection sends no Retry-After, so the usual way waits ten seconds each time. What ours has no "
            "budget for yet is a gap in the ticket and read by a later update."
        ),
    )


ROW = Row(
    id="protection_limit",
    what="five users under the documented Identity Protection limit",
    target="2 s, no request refused",
    run=run,
)
