"""From the event body to the queue: decode, correlate, state. The worker's own cost is in `worker`."""

import time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from local import story
from local.bench.row import Measured, Row
from local.bench.rows.decode import filtered
from local.bench.tenant_events import sign_in_bodies
from local.bench.timing import per_second
from local.tenant import StandInCredential
from shared.clients import open_services
from shared.clock import clock_from
from shared.pipeline import take_in
from shared.settings import Settings

BATCH = 10
"""Bodies that one invocation is handed."""


async def run(small: bool) -> Measured:
    """Take ordinary sign-ins in, on a state file; the worst kind and the usual kind."""
    count = 200 if small else 5000
    ours: dict[str, float] = {}
    ratios: dict[str, float] = {}
    for name, managed in (("managed", True), ("single_factor", False)):
        bodies = sign_in_bodies(count, managed=managed)
        bound = per_second(partial(filtered, bodies), count, times=1 if small else 3)
        ours[f"{name}_records_per_second"], cases = await _rate(bodies, count)
        ours[f"{name}_decode_bound"] = bound
        ours[f"{name}_cases"] = cases
        ratios[f"{name}_share_of_decode_bound"] = ours[f"{name}_records_per_second"] / bound
    return Measured(
        ours=ours,
        ratios=ratios,
        note=(
            f"per core: processor time of all threads. {BATCH} bodies of 100 records an invocation, SQLite file. "
            "managed: compliant laptop, MFA satisfied. "
            "single factor: a device that nobody manages, one factor, the most to look at."
        ),
    )


async def _rate(bodies: list[bytes], count: int) -> tuple[float, int]:
    with TemporaryDirectory(prefix="entra-triage-bench-") as folder:
        settings = Settings(state_path=str(Path(folder) / "state.sqlite"))
        services = await open_services(settings, clock=clock_from(story.NOW), credential=StandInCredential())
        try:
            await take_in(bodies[:1], services, source="sign_ins")
            began, cases = time.process_time(), 0
            for start in range(0, len(bodies), BATCH):
                cases += (await take_in(bodies[start : start + BATCH], services, source="sign_ins")).cases
            return count / (time.process_time() - began), cases
        finally:
            await services.close()


ROW = Row(
    id="ingest",
    what="event body to queue, sign-ins that open no case",
    target="close to the decode bound",
    run=run,
)
