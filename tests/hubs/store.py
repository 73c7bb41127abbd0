"""What a namespace keeps: hubs, their partitions, and events with their sequence number, offset and time."""

import re
import time
import zlib
from dataclasses import dataclass, field
from typing import Any

from azure.eventhub._pyamqp._encode import TYPE, VALUE, AMQPTypes
from azure.eventhub._pyamqp.message import Message

from tests.hubs import wire

OFFSET_STEP = 64
"""Offsets are no sequence numbers, and nobody may count on them."""


@dataclass(frozen=True)
class Stored:
    """One event as its readers get it."""

    sequence: int
    offset: int
    enqueued_at: int
    """Milliseconds since 1970."""
    raw: bytes

    @property
    def message(self) -> Message:
        """The event decoded."""
        return wire.message(self.raw)

    @property
    def body(self) -> bytes:
        """Its body."""
        return b"".join(self.message.data)

    @property
    def key(self) -> str | None:
        """Its partition key."""
        return wire.text(self.message.message_annotations.get(b"x-opt-partition-key")) or None


@dataclass
class Partition:
    """Events in order; nothing is ever taken out."""

    events: list[Stored] = field(default_factory=list)

    def append(self, raw: bytes) -> None:
        """Store an event and stamp it as Event Hubs does."""
        sequence, now = len(self.events), int(time.time() * 1000)
        stamps = {
            "x-opt-sequence-number": {TYPE: AMQPTypes.long, VALUE: sequence},
            "x-opt-offset": str(sequence * OFFSET_STEP),
            "x-opt-enqueued-time": {TYPE: AMQPTypes.timestamp, VALUE: now},
        }
        self.events.append(Stored(sequence, sequence * OFFSET_STEP, now, wire.stamped(raw, stamps)))

    def position(self, selector: str) -> int:
        """Return the index of the first event that a reader's selector lets through."""
        found = re.search(r"x-opt-(offset|sequence-number|enqueued-time) (>=?) '([^']*)'", selector)
        if found is None:
            return 0
        what, comparison, wanted = found.groups()
        if wanted == "@latest":
            return len(self.events)
        name = {"offset": "offset", "sequence-number": "sequence", "enqueued-time": "enqueued_at"}[what]
        least = int(wanted) + (comparison == ">")
        return next((i for i, event in enumerate(self.events) if getattr(event, name) >= least), len(self.events))


@dataclass
class Hub:
    """One event hub."""

    name: str
    partitions: list[Partition]
    _turn: int = 0

    @property
    def events(self) -> list[Stored]:
        """All events, partition after partition."""
        return [event for partition in self.partitions for event in partition.events]

    def choose(self, raw: bytes) -> Partition:
        """Return where a message goes that names no partition: by its key, else the next in turn."""
        annotations = wire.message(raw).message_annotations or {}
        key = annotations.get(b"x-opt-partition-key")
        if key is not None:
            return self.partitions[zlib.crc32(wire.text(key).encode()) % len(self.partitions)]
        self._turn += 1
        return self.partitions[(self._turn - 1) % len(self.partitions)]

    def described(self) -> dict[str, Any]:
        """Return what ``$management`` says of the hub."""
        return {
            "name": self.name,
            "type": "com.microsoft:eventhub",
            "created_at": {TYPE: AMQPTypes.timestamp, VALUE: 0},
            "partition_count": len(self.partitions),
            "partition_ids": [str(number) for number in range(len(self.partitions))],
        }

    def described_partition(self, number: str) -> dict[str, Any]:
        """Return what ``$management`` says of one of its partitions."""
        events = self.partitions[int(number)].events
        last = events[-1] if events else Stored(-1, -1, 0, b"")
        return {
            "name": self.name,
            "type": "com.microsoft:partition",
            "partition": number,
            "begin_sequence_number": {TYPE: AMQPTypes.long, VALUE: 0},
            "last_enqueued_sequence_number": {TYPE: AMQPTypes.long, VALUE: last.sequence},
            "last_enqueued_offset": str(last.offset),
            "last_enqueued_time_utc": {TYPE: AMQPTypes.timestamp, VALUE: last.enqueued_at},
            "is_partition_empty": not events,
        }
