"""Triage of ten users whose events arrive together, each Graph request taking 50 ms."""

import time

from local.bench.peers import triage_by_requests
from local.bench.row import Measured, Row
from local.bench.stage import people, stage, triage_one, triage_together
from local.bench.timing import wall_seconds
from shared.models.reports import Report


async def run(small: bool) -> Measured:
    """Take the events in as one batch and triage at once, as the queue trigger does."""
    count = 3 if small else 10
    async with stage(share=1000) as here:
        await triage_one(here.services, people(100, 1)[0])
        whom = people(0, count)
        here.graph.stand_in.clear()
        reports: list[Report | None] = []
        seconds = await wall_seconds(lambda: triage_together(here.services, whom, reports))
        round_trips = here.graph.round_trips
        ids = [person.id for person in whom]
        began = time.perf_counter()
        tally = await triage_by_requests(here.graph.url, ids)
        peer_seconds = time.perf_counter() - began
    return Measured(
        ours={"seconds": seconds, "round_trips": round_trips, "tickets": sum(report is not None for report in reports)},
        baselines={"requests one after another": {"seconds": peer_seconds, "round_trips": tally.requests}},
        ratios={"requests_one_after_another": peer_seconds / seconds},
        meets=None if small else seconds <= 0.5,
        note="one process does everything, the stand-in Graph included: on one core.",
    )


ROW = Row(
    id="ten_users",
    what="triage of ten users at once at 50 ms a Graph request",
    target="0.5 s",
    run=run,
)
