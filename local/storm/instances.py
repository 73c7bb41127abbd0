"""Instances of the app, as the Functions host runs them: events in batches, the queue by its rules of host.json."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import msgspec

from local.host.host_json import QueueSettings, read_host_json
from local.storm.town import Arrival
from shared.clients import Services
from shared.errors import ConflictError, TriageError
from shared.models.cases import TriageRequest
from shared.pipeline import take_in, triage
from shared.state.interface import TRIAGE_QUEUE, QueueMessage
from shared.upkeep import park_failed, sweep

HOST = read_host_json(Path(__file__).parent.parent.parent / "host.json")
LOCK_SECONDS = 600.0
FIRST_POLL_SECONDS = 0.1
HOUSE_SECONDS = 900.0


async def bring(arrivals: Sequence[Arrival], began: float, services: Services) -> None:
    """Hand every message to ingest when it arrives: what waits goes together, as many at once as host.json says."""
    loop = asyncio.get_running_loop()
    most = HOST.event_hubs.max_event_batch_size
    place = 0
    while place < len(arrivals):
        await asyncio.sleep(max(0.0, began + arrivals[place].seconds - loop.time()))
        waiting = [one for one in arrivals[place : place + most] if began + one.seconds <= loop.time()]
        await take_in([one.body for one in waiting], services, source="risk_events")
        place += len(waiting)


async def keep_house(services: Services) -> None:
    """Run the timer, for ever."""
    while True:
        await asyncio.sleep(HOUSE_SECONDS)
        await sweep(services)


class Instance:
    """One instance's queue trigger."""

    def __init__(self, services: Services, settings: QueueSettings = HOST.queues) -> None:
        self._services = services
        self._settings = settings
        self._running: set[asyncio.Task[None]] = set()
        self.failures = 0

    async def run(self) -> None:
        """Take and run messages, for ever; polls that find nothing come further apart, as far as host.json says."""
        pause = FIRST_POLL_SECONDS
        while True:
            if len(self._running) > self._settings.new_batch_threshold:
                await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
                continue
            found = await self._services.state.receive(
                TRIAGE_QUEUE, visibility_seconds=LOCK_SECONDS, limit=self._settings.batch_size
            )
            for message in found:
                task = asyncio.create_task(self._process(message))
                self._running.add(task)
                task.add_done_callback(self._running.discard)
            pause = FIRST_POLL_SECONDS if found else min(pause * 2, self._settings.max_polling_seconds)
            if not found:
                await asyncio.sleep(pause)

    async def _process(self, message: QueueMessage) -> None:
        state = self._services.state
        try:
            await triage(msgspec.json.decode(message.body, type=TriageRequest), self._services)
        except TriageError:
            self.failures += 1
            if message.dequeue_count < self._settings.max_dequeue_count:
                await state.renew(TRIAGE_QUEUE, message, visibility_seconds=self._settings.visibility_timeout_seconds)
                return
            await park_failed(message.body, self._services)
        try:
            await state.delete(TRIAGE_QUEUE, message)
        except ConflictError:
            # It ran for longer than its lock: whoever has it now finds nothing owed.
            return
