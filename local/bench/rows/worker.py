"""What the official worker library costs an event, beside what the app itself does with the event."""

import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from local import story
from local.bench.row import Measured, Row
from local.bench.tenant_events import sign_in_bodies
from local.host.bindings import EventHubTrigger
from local.host.event_batches import Event, batch_metadata, collection_of, partition_context
from local.host.worker import Worker, new_invocation_id
from local.system import APP_FOLDER, SIGN_IN_HUB
from local.tenant import StandInCredential
from shared.app import install
from shared.clients import Services, open_services
from shared.clock import clock_from
from shared.pipeline import take_in
from shared.settings import Settings

BATCH = 50
"""``maxEventBatchSize`` of host.json."""
RECORDS = 10
"""Sign-ins in one event."""


async def run(small: bool) -> Measured:
    """Take the same batch in through the worker and without it, on state that knows it already."""
    bodies = sign_in_bodies(BATCH * RECORDS, a_body=RECORDS)
    times = 1 if small else 10
    with TemporaryDirectory(prefix="entra-triage-bench-") as folder:
        settings = Settings(state_path=str(Path(folder) / "state.sqlite"))
        services = await open_services(settings, clock=clock_from(story.NOW), credential=StandInCredential())
        install(services)
        try:
            await take_in(bodies, services, source="risk_events")
            direct = await _best(partial(take_in, bodies, services, source="risk_events"), times)
            through = await _best(partial(_invoke, await Worker.start(APP_FOLDER), bodies), times)
            await _counted(services, expected=(1 + 2 * times) * BATCH * RECORDS)
        finally:
            install(None)
            await services.close()
    return Measured(
        ours={
            "milliseconds_an_event_in_the_app": direct / BATCH * 1000,
            "milliseconds_an_event_in_the_worker": (through - direct) / BATCH * 1000,
        },
        ratios={"share_of_the_worker": (through - direct) / through},
        note=(
            f"processor time, best of ten; batches of {BATCH} events with {RECORDS} sign-ins each, all known already. "
            "The worker's part includes what a host does to hand a batch over: metadata as JSON, bodies as text."
        ),
    )


async def _best(work: Callable[[], Awaitable[object]], times: int) -> float:
    seconds = []
    for _ in range(times):
        began = time.process_time()
        await work()
        seconds.append(time.process_time() - began)
    return min(seconds)


async def _invoke(worker: Worker, bodies: list[bytes]) -> None:
    trigger = EventHubTrigger(name="events", event_hub_name=SIGN_IN_HUB)
    batch = [
        Event(
            partition="0", sequence=number, offset=str(number), enqueued_at=story.NOW, partition_key=None, body=body
        )
        for number, body in enumerate(bodies)
    ]  # fmt: skip
    outcome = await worker.invoke(
        worker.functions["ingest_sign_ins"],
        new_invocation_id(),
        {"events": collection_of(batch, trigger)},
        metadata=batch_metadata(batch, partition_context("embedded", SIGN_IN_HUB, "$Default", "0")),
    )
    if not outcome.ok:
        raise RuntimeError(f"the invocation failed with {outcome.error_type}")


async def _counted(services: Services, *, expected: int) -> None:
    """Raise when records went elsewhere: then the invocations measured nothing."""
    counts = await services.state.counts()
    if counts["records"] != expected:
        raise RuntimeError(f"{counts['records']} records were taken in, not {expected}")


ROW = Row(
    id="worker",
    what="what the official worker costs an event",
    target="known",
    run=run,
)
