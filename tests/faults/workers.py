"""Feed a stream to one host whose worker is a process of its own, and kill the worker alone: with events, with messages."""

import asyncio
import random
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import msgspec

from local import story
from local.host.event_log import EventLog
from local.host.host import Host
from local.host.invocations import Invocation
from local.system import APP_FOLDER, ENVIRONMENT, HUBS
from local.tenant import Tenant, TenantServer
from local.ticket_desk import TicketDesk, webhook_secret
from shared.clock import clock_from
from shared.state.interface import State
from tests.faults.apart import ENDED, WorkerApart
from tests.faults.audit import Counts, audited, expected_of
from tests.faults.hosts import Hosts
from tests.faults.records import Stream, stream
from tests.faults.run import Kills, desk_serving, is_nothing_owed, settings_of, state_in, users_of

NAME = "worker"
RETRY_SECONDS = 1
"""When a queue message whose invocation failed is visible again; ``visibilityTimeout`` of host.json is 30 seconds."""
PARTS = 8
"""The stream comes in so many parts, the next one when all is done."""
MOST_A_BODY = 4
"""Few records in an event body, so that each part has some of an identity at risk."""
SOON_SECONDS = 0.005
MOST_SECONDS_LATER = 0.05
"""A worker is killed at a random moment up to so long after it got what it dies with."""
QUICK = {"TRIAGE_LEASE_SECONDS": "3", "TRIAGE_UPDATE_DELAY_SECONDS": "1"}
INGEST, TRIAGE = "ingest_", "triage_case"
LIVES = ((TRIAGE, "desk", INGEST), (INGEST,))
"""What the workers of each host die with: a request; a ticket that the desk has taken in, whose answer they will not hear;
a batch of events. With its third worker the first host gives up, and the batch is the next host's, which loses one too."""


class Run:
    """One run: its parts, and what was seen of invocations."""

    def __init__(self, folder: Path, given: Stream, state: State, hosts: Hosts) -> None:
        self.given, self.state, self.hosts = given, state, hosts
        self.kills = Kills()
        self.log = EventLog.open(folder / "events.sqlite")
        self.failed: Counter[str] = Counter()
        """Invocations that failed because their worker was killed, by trigger."""
        self.again: Counter[str] = Counter()
        """Later tries that succeeded, by trigger."""
        self.passed_over = 0
        """Batches that failed although less than they held was left unread: their checkpoint had moved."""
        self.left_to_others = 0
        """Event bodies behind no checkpoint when a host gave up."""
        self.dies_at_ticket: WorkerApart | None = None
        self._folder, self._began = folder, time.monotonic()
        self._left = list(given.bodies)

    def watch(self, one: Invocation) -> None:
        """Count how an invocation ended."""
        if one.error_type == ENDED:
            self.failed[one.trigger] += 1
            self.passed_over += one.trigger == "event_hub" and self.backlog() < one.messages
        elif one.ok and one.retry_count:
            self.again[one.trigger] += 1

    def backlog(self) -> int:
        """Return how many event bodies lie behind no checkpoint."""
        return sum(self.log.backlog(hub, ENVIRONMENT["TRIAGE_CONSUMER_GROUP"]) for hub in HUBS.values())

    async def feed(self, place: str) -> None:
        """Publish a few more events once nothing else leads to a place. Raises RuntimeError when there are none."""
        if self.backlog() or not (place == INGEST or await is_nothing_owed(self.state)):
            return
        if not self._left:
            raise RuntimeError("the stream ended before all workers were killed")
        self.publish(len(self.given.bodies) // PARTS)

    def publish(self, most: int) -> None:
        """Publish so many events, or what is left."""
        for _ in range(min(most, len(self._left))):
            hub, body = self._left.pop()
            self.log.append(HUBS[hub], [body])

    def start_worker(self) -> None:
        """Start one whose clock agrees with the host's."""
        self.hosts.start(NAME, time.monotonic() - self._began, kind="worker")

    def ticket_taken_in(self) -> None:
        """Kill the worker that is to die now, before the desk can answer."""
        if self.dies_at_ticket is not None:
            self.kill(self.dies_at_ticket)
            self.dies_at_ticket = None

    def kill(self, worker: WorkerApart) -> None:
        """Kill the worker, and note what it had."""
        self.kills.workers += 1
        self.kills.batches += worker.has(INGEST)
        self.kills.messages += worker.has(TRIAGE)
        self.hosts.kill(NAME)

    async def one_host(self, chance: random.Random, places: tuple[str, ...]) -> None:
        """Run a host until a worker died at each place, and on until it gives up or nothing is owed."""
        worker = WorkerApart(self._folder, self.start_worker)
        clock = clock_from(story.NOW + timedelta(seconds=time.monotonic() - self._began))
        options = {"environ": ENVIRONMENT, "clock": clock, "on_invocation": self.watch, "start_worker": worker.begin}
        host = await Host.start(self._folder, state=self.state, event_log=self.log, **options)
        try:
            await self._kill_at(places, worker, chance)
            if worker.is_given_up.is_set():
                return
            self.publish(len(self._left))
            while self.backlog() or not await is_nothing_owed(self.state):
                await asyncio.sleep(0.1)
        finally:
            await host.stop()
            self.left_to_others += self.backlog()

    async def _kill_at(self, places: tuple[str, ...], worker: WorkerApart, chance: random.Random) -> None:
        for place in places:
            ends = worker.ends
            killed = False
            self.dies_at_ticket = worker if place == "desk" else None
            while worker.ends == ends:
                await self.feed(place)
                await asyncio.sleep(SOON_SECONDS)
                if worker.has(place) and not killed:
                    await asyncio.sleep(chance.random() * MOST_SECONDS_LATER)
                    # It may have ended meanwhile.
                    killed = worker.has(place) > 0
                    if killed:
                        self.kill(worker)


async def run_workers(folder: Path, *, records: int, seed: int, seconds: float) -> tuple[Counts, Run]:
    """Run two hosts to the end of their workers and a third to the end of the stream; count."""
    began, chance, secret = time.monotonic(), random.Random(seed), webhook_secret()
    given = stream(records, seed, most_a_body=MOST_A_BODY)
    (folder / "host.json").write_bytes(_quick_host_json())
    desk = TicketDesk(folder / "tickets.jsonl", secret, on_ticket=lambda *_: current.ticket_taken_in())
    async with desk_serving(desk) as url, state_in(folder, azurite=False) as (state, _, environment):
        async with TenantServer(Tenant.load({"users": users_of(given)})) as tenant:
            settings = settings_of(url, secret) | QUICK | {"TRIAGE_GRAPH_URL": tenant.url}
            hosts = Hosts(folder, environment | settings)
            try:
                current = Run(folder, given, state, hosts)
                async with asyncio.timeout(seconds):
                    for places in LIVES:
                        await current.one_host(chance, places)
            finally:
                hosts.close()
        return await audited(expected_of(given), state, desk, current.kills, time.monotonic() - began), current


def _quick_host_json() -> bytes:
    """Return the app's host.json with quick retries of queue messages."""
    document = msgspec.json.decode((APP_FOLDER / "host.json").read_bytes())
    document["extensions"]["queues"]["visibilityTimeout"] = str(timedelta(seconds=RETRY_SECONDS)).zfill(8)
    return msgspec.json.encode(document)
