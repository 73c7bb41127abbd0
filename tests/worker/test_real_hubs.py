"""The Event Hubs trigger on real hubs: over AMQP with the SDK's consumer, checkpoints in blob storage."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec
import pytest
from azure.eventhub import EventData
from azure.storage.blob.aio import ContainerClient

from local.host.event_hubs import BackgroundReader, EventHubSettings
from local.hubs.checkpoints import CONTAINER, Checkpoints
from local.hubs.connection import HubConnection
from local.hubs.consume import RealHubReader, RealHubs
from tests.hubs.broker import Namespace
from tests.worker.hosting import Stage, live

NAMES = {"risk-events": "risk", "singles": "one-by-one"}
GROUP = "readers"


class Hubs(RealHubs):
    """Keeps what its readers were made of, so that a test can start another; ``changes`` are to host.json."""

    made: tuple[Any, ...] = ()
    changes: Mapping[str, Any] = MappingProxyType({})

    def reader(self, hub: str, serves: Any, settings: EventHubSettings, pace: Any) -> RealHubReader:
        """Return a reader."""
        settings = msgspec.structs.replace(settings, **self.changes)
        if hub == "risk-events":
            self.made = (hub, serves, settings, pace)
        return super().reader(hub, serves, settings, pace)


def hubs_at(namespace: Namespace, storage: str) -> Hubs:
    """Return hubs that look every half second whether each reader has its share."""
    return Hubs(
        HubConnection(namespace.connection()), Checkpoints(storage), NAMES, consumer_group=GROUP, balance_seconds=0.5
    )


async def hurried(seconds: float) -> None:
    """Wait as long as a poll may, and no longer than a test can: retries of the sample app wait ten seconds."""
    await asyncio.sleep(min(seconds, 0.05))


@asynccontextmanager
async def reading(folder: Path, hubs: RealHubs, **options: Any) -> AsyncIterator[Stage]:
    """Run the sample app on real hubs."""
    await hubs.prepare()
    async with live(folder, hubs=hubs, **{"sleep": hurried, **options}) as stage:
        yield stage


async def put(namespace: Namespace, *bodies: str, key: str | None = None, **properties: Any) -> None:
    """Send events to the hub that the app knows as risk-events."""
    async with HubConnection(namespace.connection()).producer("risk") as producer:
        events = [EventData(body) for body in bodies]
        for event in events:
            event.properties = properties
            event.message_id = "m1"
        await producer.send_batch(events, partition_key=key)


def bodies_of(stage: Stage) -> list[str]:
    """Return every body that the app was given, retries included."""
    return [body for note in stage.noted("on_events") for body in note["bodies"]]


async def checkpointed(storage: str) -> list[int]:
    """Return the sequence numbers of the checkpoints."""
    async with ContainerClient.from_connection_string(storage, CONTAINER) as container:
        blobs = container.list_blobs(include=["metadata"])
        return [int(blob.metadata["sequencenumber"]) async for blob in blobs if "/checkpoint/" in blob.name]


async def owners(storage: str, hub: str = "risk") -> list[int]:
    """Return how many partitions of a hub each reader has."""
    async with ContainerClient.from_connection_string(storage, CONTAINER) as container:
        blobs = [blob async for blob in container.list_blobs(include=["metadata"])]
    found = Counter(blob.metadata["ownerid"] for blob in blobs if f"/{hub}/{GROUP}/ownership/" in blob.name)
    return sorted(count for owner, count in found.items() if owner)


async def until_owned(storage: str, *shares: int) -> None:
    """Wait until the readers have these shares."""
    async with asyncio.timeout(90):
        while await owners(storage) != list(shares):
            await asyncio.sleep(0.1)


async def batches(folder: Path, storage: str) -> dict[str, Any]:
    """Read batches from two partitions, and single events from another hub."""
    async with Namespace({"risk": 2, "one-by-one": 1}).running() as namespace:
        await put(namespace, "a1", "a2", "a3", "a4", key="alice", origin="test", number=7)
        await put(namespace, *(f"b{number}" for number in range(7)), key="bob")
        async with HubConnection(namespace.connection()).producer("one-by-one") as producer:
            await producer.send_batch([EventData(b"\xff\x00"), EventData(b"{}")])
        async with reading(folder, hubs_at(namespace, storage)) as stage:
            await stage.until(lambda: len(bodies_of(stage)) == 11 and len(stage.noted("on_event")) == 2)
        return {
            "notes": stage.noted("on_events"),
            "singles": stage.noted("on_event"),
            "host": namespace.host,
            "checkpoints": await checkpointed(storage),
        }


def test_batches_come_as_from_azure(isolated: Callable[..., Any], storage: str) -> None:
    """At most maxEventBatchSize, one partition, in order, with the arrays of the trigger; then a checkpoint."""
    result = isolated(batches, storage)
    notes = result["notes"]
    assert all(len(note["bodies"]) <= 3 for note in notes)
    assert all(len(set(note["keys"])) == 1 for note in notes), "a batch is of one partition"
    for person, count in (("a", 4), ("b", 7)):
        bodies = [body for note in notes for body in note["bodies"] if body.startswith(person)]
        start = 1 if person == "a" else 0
        assert bodies == [f"{person}{number}" for number in range(start, start + count)]
    (first,) = (note for note in notes if "a1" in note["bodies"])
    assert first["sequences"] == [0, 1, 2]
    assert first["keys"] == ["alice"] * 3
    metadata = first["metadata"]
    assert metadata["OffsetArray"] == ["0", "64", "128"]
    assert metadata["PropertiesArray"] == [{"origin": "test", "number": 7}] * 3
    assert metadata["SystemPropertiesArray"][1]["message-id"] == "m1"
    assert metadata["SystemPropertiesArray"][1]["SequenceNumber"] == 1
    assert metadata["PartitionContext"] == {
        "FullyQualifiedNamespace": result["host"],
        "EventHubName": "risk",
        "ConsumerGroup": GROUP,
        "PartitionId": metadata["PartitionContext"]["PartitionId"],
    }
    assert [(note["body"], note["sequence"]) for note in result["singles"]] == [("ff00", 0), ("7b7d", 1)]
    assert sorted(result["checkpoints"]) == [1, 3, 6]


async def failing(folder: Path, storage: str) -> dict[str, Any]:
    """Read an event that fails to the end, and one after it; then start again."""
    async with Namespace({"risk": 1, "one-by-one": 1}).running() as namespace:
        await put(namespace, "fail9")
        async with reading(folder / "1", hubs_at(namespace, storage)) as stage:
            await stage.until(lambda: len(stage.noted("on_events")) == 3)
            while await checkpointed(storage) != [0]:
                await asyncio.sleep(0.05)
        tries = [note["retries"] for note in stage.noted("on_events")]
        await put(namespace, "next")
        async with reading(folder / "2", hubs_at(namespace, storage)) as stage:
            await stage.until(lambda: "next" in bodies_of(stage))
        return {"tries": tries, "bodies": bodies_of(stage)}


def test_a_batch_that_fails_to_the_end_is_left_behind(isolated: Callable[..., Any], storage: str) -> None:
    """The retry policy runs it three times; then the checkpoint moves on, and the next start begins after it."""
    assert isolated(failing, storage) == {"tries": [0, 1, 2], "bodies": ["fail9"] * 3 + ["next"]}


async def stopped(folder: Path, storage: str) -> dict[str, Any]:
    """Stop while a failed batch waits for its retry, then start again."""
    async with Namespace({"risk": 1, "one-by-one": 1}).running() as namespace:
        await put(namespace, "fail1")
        async with reading(folder / "1", hubs_at(namespace, storage), sleep=asyncio.sleep) as stage:
            await stage.until(lambda: bodies_of(stage))
        before = await checkpointed(storage)
        async with reading(folder / "2", hubs_at(namespace, storage)) as stage:
            await stage.until(lambda: len(bodies_of(stage)) == 3)
        return {"before": before, "retries": [note["retries"] for note in stage.noted("on_events")]}


def test_a_stop_during_a_retry_loses_nothing(isolated: Callable[..., Any], storage: str) -> None:
    """No checkpoint is written for a batch that is owed."""
    assert isolated(stopped, storage) == {"before": [], "retries": [0, 0, 1]}


async def every_second_batch(folder: Path, storage: str) -> list[int]:
    """Read three batches with a checkpoint for every second one."""
    async with Namespace({"risk": 1, "one-by-one": 1}).running() as namespace:
        await put(namespace, *(str(number) for number in range(9)))
        hubs = hubs_at(namespace, storage)
        hubs.changes = {"batch_checkpoint_frequency": 2}
        async with reading(folder, hubs) as stage:
            await stage.until(lambda: len(bodies_of(stage)) == 9)
        return await checkpointed(storage)


def test_batch_checkpoint_frequency_is_honoured(isolated: Callable[..., Any], storage: str) -> None:
    """Of three batches of three events only the second is checkpointed."""
    assert isolated(every_second_batch, storage) == [5]


async def sharing(folder: Path, storage: str) -> list[str]:
    """Let a second reader join, then leave."""
    async with Namespace({"risk": 4, "one-by-one": 1}).running() as namespace:
        hubs = hubs_at(namespace, storage)
        async with reading(folder, hubs) as stage:
            await until_owned(storage, 4)
            second: BackgroundReader = hubs_at(namespace, storage).reader(*hubs.made)
            second.start()
            await until_owned(storage, 2, 2)
            # Twice each key: a connection for every event would be most of the test.
            for half in (range(16), range(16, 40)):
                for key in range(8):
                    await put(namespace, *(f"x{number}" for number in half if number % 8 == key), key=f"key{key}")
            await stage.until(lambda: len(set(bodies_of(stage))) == 40)
            await second.stop()
            await until_owned(storage, 4)
            await put(namespace, "last")
            await stage.until(lambda: "last" in bodies_of(stage))
        return bodies_of(stage)


def test_two_readers_share_the_partitions(isolated: Callable[..., Any], storage: str) -> None:
    """Two of four each; every event is processed, in the order of its key; when one leaves, the other has all."""
    bodies = isolated(sharing, storage)
    for key in range(8):
        numbers = [int(body[1:]) for body in bodies if body != "last" and int(body[1:]) % 8 == key]
        assert list(dict.fromkeys(numbers)) == list(range(key, 40, 8))


async def interrupted(folder: Path, storage: str) -> dict[str, Any]:
    """Take the namespace away and bring it back."""
    async with Namespace({"risk": 2, "one-by-one": 1}).running() as namespace:
        async with reading(folder, hubs_at(namespace, storage)) as stage:
            await put(namespace, "before", key="k")
            await stage.until(lambda: "before" in bodies_of(stage))
            await namespace.stop()
            await asyncio.sleep(0.2)
            await namespace.start()
            await put(namespace, "after", key="k")
            await stage.until(lambda: "after" in bodies_of(stage))
        return {"bodies": list(dict.fromkeys(bodies_of(stage)))}


def test_a_namespace_that_was_away_is_read_on(isolated: Callable[..., Any], storage: str) -> None:
    """The readers come back by themselves, and nothing is lost."""
    assert isolated(interrupted, storage) == {"bodies": ["before", "after"]}


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what other tests set out of the interpreters that these start."""
    monkeypatch.delenv("TEST_MARK", raising=False)
