"""Feed a stream to two hosts that share one state, kill hosts and storage at seeded random points, until all is done."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import msgspec
from aiohttp import web

from local import story
from local.host.event_log import EventLog
from local.system import ENVIRONMENT, HUBS
from local.ticket_desk import DESK_PATH, TicketDesk, webhook_secret
from shared.clock import clock_from
from shared.state.azure import AzureState, StorageConnection
from shared.state.interface import LOOK_UP_QUEUE, TRIAGE_POISON_QUEUE, TRIAGE_QUEUE, State
from shared.state.sqlite import SqliteState
from tests.faults.audit import Counts, audited, expected_of
from tests.faults.hosts import Hosts
from tests.faults.records import Stream, stream
from tests.faults.storage import Storage, storage_in

NAMES = ("left", "right")
MOST_WAITING = 150
"""Event bodies that a host has before it, or an eighth of a short stream; so that events go on arriving while hosts die,
and kills fall on all of the run."""
POLL_SECONDS = 0.25
MOST_SECONDS_LATER = 0.4
"""A kill comes at a random moment up to so long after the events that were to arrive before it."""
STORAGE_EVERY = 3
"""Of so many kills one is of storage, where that is a process of its own."""


class Kills(msgspec.Struct):
    """What was killed, and what the desk did to deliveries."""

    hosts: int = 0
    both_hosts: int = 0
    storage: int = 0
    workers: int = 0
    """Without their hosts."""
    batches: int = 0
    """Of event bodies, that workers had when they were killed."""
    messages: int = 0
    """Of queues, that workers had when they were killed."""
    refused: int = 0
    """Tickets answered 503."""
    cut: int = 0
    """Tickets taken in, and the connection cut before the answer."""


class UnreliableDesk(TicketDesk):
    """A ticketing system that refuses some tickets, and takes some in without being able to say so."""

    def __init__(self, path: Path, secret: str, chance: random.Random, kills: Kills) -> None:
        super().__init__(path, secret)
        self._chance, self._kills = chance, kills

    async def receive(self, request: web.Request) -> web.Response:
        """Take a ticket in, mostly."""
        luck = self._chance.random()
        if luck < 0.03:
            self._kills.refused += 1
            return web.Response(status=503)
        answer = await super().receive(request)
        if luck < 0.06 and request.transport is not None:
            self._kills.cut += 1
            request.transport.abort()
        return answer


class Run:
    """One run: what is fed, killed and waited for."""

    def __init__(self, folder: Path, given: Stream, state: State, desk: TicketDesk, kills: Kills) -> None:
        self.given, self.state, self.desk, self.kills = given, state, desk, kills
        self.logs = [EventLog.open(folder / f"{name}.sqlite") for name in NAMES]
        self._left = list(given.bodies)
        self._most_waiting = min(MOST_WAITING, len(given.bodies) // 8 + 1)

    def backlog(self) -> list[int]:
        """Return how many bodies each host has yet to take in."""
        group = ENVIRONMENT["TRIAGE_CONSUMER_GROUP"]
        return [sum(log.backlog(hub, group) for hub in HUBS.values()) for log in self.logs]

    @property
    def fed(self) -> int:
        """Return how many bodies the hosts were given."""
        return len(self.given.bodies) - len(self._left)

    def feed(self, most: int) -> int:
        """Give each host more, so many in all. Return how much is done: bodies taken in and tickets made."""
        waiting = self.backlog()
        for log, count in zip(self.logs, waiting, strict=True):
            for _ in range(min(self._most_waiting - count, len(self._left))):
                if self.fed >= most:
                    break
                hub, body = self._left.pop()
                log.append(HUBS[hub], [body])
        return self.fed - sum(self.backlog()) + len(self.desk.seen)

    async def is_done(self) -> bool:
        """Say whether nothing is left to take in, to triage, or in a queue."""
        return not self._left and not any(self.backlog()) and await is_nothing_owed(self.state)


async def is_nothing_owed(state: State) -> bool:
    """Say whether no request is in a queue and no case is owed its triage."""
    queues = (TRIAGE_QUEUE, TRIAGE_POISON_QUEUE, LOOK_UP_QUEUE)
    if any([await state.peek(queue, 1) for queue in queues]):
        return False
    return not any(case.needs_triage for case in await state.cases())


async def run(folder: Path, *, records: int, seed: int, kills: int, azurite: bool, seconds: float) -> Counts:
    """Run to the end and count. Raises TimeoutError when it is not done in time."""
    began, chance = time.monotonic(), random.Random(seed)
    done, secret = Kills(), webhook_secret()
    desk = UnreliableDesk(folder / "tickets.jsonl", secret, random.Random(seed + 1), done)
    async with desk_serving(desk) as url, state_in(folder, azurite=azurite) as (state, storage, environment):
        hosts = Hosts(folder, environment | settings_of(url, secret))
        try:
            # The hosts' parent loads the app meanwhile.
            given = stream(records, seed)
            (folder / "tenant.json").write_bytes(msgspec.json.encode({"users": users_of(given)}))
            current = Run(folder, given, state, desk, done)
            points = sorted(chance.sample(range(1, len(given.bodies) + 1), kills))
            start = time.monotonic()
            for name in NAMES:
                hosts.start(name, 0)
            async with asyncio.timeout(seconds):
                await _until_done(current, hosts, storage, points, chance, start)
        finally:
            hosts.close()
        return await audited(expected_of(given), state, desk, done, time.monotonic() - began)


def settings_of(desk_url: str, secret: str) -> dict[str, str]:
    """Return the app's settings: tickets to a desk, and leases and updates that are over soon."""
    return {
        "TRIAGE_DESTINATIONS": "queue,webhook",
        "TRIAGE_WEBHOOK_URL": desk_url,
        "TRIAGE_WEBHOOK_SECRET": secret,
        "TRIAGE_LEASE_SECONDS": "6",
        "TRIAGE_UPDATE_DELAY_SECONDS": "2",
    }


def users_of(given: Stream) -> list[dict[str, str]]:
    """Return whom the stand-in tenant must know, as Graph's users."""
    return [{"id": p.id, "displayName": p.name, "userPrincipalName": p.upn} for p in given.people]


async def _until_done(
    current: Run, hosts: Hosts, storage: Storage | None, points: list[int], chance: random.Random, start: float
) -> None:
    done = -1
    while points or not await current.is_done():
        hosts.check()
        progress = current.feed(points[0] if points else len(current.given.bodies))
        # Whoever was started last has done something by now, and has more to do.
        if points and current.fed >= points[0] and progress > done:
            points.pop(0)
            done = progress
            await asyncio.sleep(chance.random() * MOST_SECONDS_LATER)
            if storage is not None and len(points) % STORAGE_EVERY == 0:
                current.kills.storage += 1
                await storage.kill()
                continue
            victims = list(NAMES) if chance.random() < 0.2 else [chance.choice(NAMES)]
            current.kills.both_hosts += len(victims) == 2
            for name in victims:
                current.kills.hosts += 1
                hosts.kill(name)
            for name in victims:
                hosts.start(name, time.monotonic() - start)
        await asyncio.sleep(POLL_SECONDS)


@asynccontextmanager
async def desk_serving(desk: TicketDesk) -> AsyncIterator[str]:
    """Serve the desk; its own door, so that cut connections make no noise."""
    app = web.Application(client_max_size=2**20)
    app.add_routes(desk.routes())
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}{DESK_PATH}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def state_in(folder: Path, *, azurite: bool) -> AsyncIterator[tuple[State, Storage | None, dict[str, str]]]:
    """Open state for the runner, and return the settings with which hosts open the same."""
    clock, start = clock_from(story.NOW), time.monotonic()
    if not azurite:
        path = folder / "state.sqlite"
        state = SqliteState.open(path, clock=lambda: story.NOW + timedelta(seconds=time.monotonic() - start))
        try:
            yield state, None, {"TRIAGE_STATE_PATH": str(path)}
        finally:
            await state.close()
        return
    async with storage_in(folder / "storage") as storage:
        opened = AzureState.open(StorageConnection(connection_string=storage.connection), clock=clock, credential=None)
        try:
            yield opened, storage, {"TRIAGE_STATE_STORE": "azure", "AzureWebJobsStorage": storage.connection}
        finally:
            await opened.close()
