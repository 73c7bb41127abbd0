"""The Event Hubs trigger: batches of a partition into invocations, a checkpoint after each batch."""

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime

from local.host.bindings import EventHubTrigger
from local.host.event_log import Event, EventLog
from local.host.invocations import Invoker
from local.host.pace import Pace
from local.host.retries import Try, run_with_retries
from local.host.stand_ins import CollectionBytes, CollectionString, TypedData
from local.host.worker import Function, Outcome


class EventHubReader:
    """Reads one hub for one function, as one consumer group.

    A batch is checkpointed whatever became of it: Event Hubs has no poison events. Only the function's retry
    policy runs it again, and only a host that ends before the checkpoint replays it.
    https://learn.microsoft.com/azure/azure-functions/functions-bindings-error-pages (2026-11)
    """

    def __init__(
        self,
        function: Function,
        trigger: EventHubTrigger,
        *,
        log: EventLog,
        invoker: Invoker,
        pace: Pace,
        max_batch_size: int,
    ) -> None:
        self.function = function
        self._trigger = trigger
        self._log = log
        self._invoker = invoker
        self._pace = pace
        self._max_batch_size = max_batch_size
        self.partitions = range(log.partitions(trigger.event_hub_name))

    def oldest(self) -> tuple[int, int] | None:
        """Return the position and partition of the unread event that arrived first, or None."""
        heads = [head for partition in self.partitions for head in self._read(partition, 1)]
        return min(((head.position, head.partition) for head in heads), default=None)

    async def read(self, partition: int) -> bool:
        """Process the next batch of a partition; return whether there was one.

        When the host is stopped while a retry is due, the batch is not checkpointed and comes back.
        """
        batch = self._read(partition, self._max_batch_size)
        if not batch:
            return False
        if self._trigger.cardinality == "many":
            outcomes = [await self._run_many(batch)]
        else:
            outcomes = await asyncio.gather(*(self._run_one(event) for event in batch))
        if all(outcome is not None for outcome in outcomes):
            self._log.checkpoint(self._trigger.event_hub_name, self._trigger.consumer_group, batch[-1])
        return True

    def _read(self, partition: int, limit: int) -> list[Event]:
        return self._log.read(self._trigger.event_hub_name, self._trigger.consumer_group, partition, limit)

    async def _run_many(self, batch: Sequence[Event]) -> Outcome | None:
        return await self._run(collection_of(batch, self._trigger), batch_metadata(batch, self._trigger), len(batch))

    async def _run_one(self, event: Event) -> Outcome | None:
        value = _single(event.body, self._trigger)
        return await self._run(value, _event_metadata(event, self._trigger), 1)

    async def _run(self, value: TypedData, metadata: dict[str, TypedData], messages: int) -> Outcome | None:
        async def invoke(attempt: Try) -> Outcome:
            return await self._invoker.run(
                self.function,
                "event_hub",
                {self._trigger.name: value},
                metadata=metadata,
                attempt=attempt,
                messages=messages,
            )

        return await run_with_retries(invoke, self.function.retry, self._pace)


def _text(body: bytes) -> str:
    # The Functions host decodes an event for a text binding in the same forgiving way.
    return body.decode(errors="replace")


def _single(body: bytes, trigger: EventHubTrigger) -> TypedData:
    return TypedData(bytes=body) if trigger.data_type == "binary" else TypedData(string=_text(body))


def collection_of(batch: Sequence[Event], trigger: EventHubTrigger) -> TypedData:
    """Return the bodies of a batch as the worker is handed them."""
    if trigger.data_type == "binary":
        return TypedData(collection_bytes=CollectionBytes(bytes=[event.body for event in batch]))
    return TypedData(collection_string=CollectionString(string=[_text(event.body) for event in batch]))


def batch_metadata(batch: Sequence[Event], trigger: EventHubTrigger) -> dict[str, TypedData]:
    """Return the trigger metadata of a batch, in the shape that Azure's Event Hubs extension gives it."""
    arrays = {
        "PartitionKeyArray": [event.partition_key for event in batch],
        "OffsetArray": [str(event.offset) for event in batch],
        "SequenceNumberArray": [event.sequence for event in batch],
        "EnqueuedTimeUtcArray": [_utc(event.enqueued_at) for event in batch],
        "PropertiesArray": [{} for _ in batch],
        "SystemPropertiesArray": [_system_properties(event) for event in batch],
        "PartitionContext": _partition_context(batch[0], trigger),
    }
    return {name: _json(value) for name, value in arrays.items()}


def _event_metadata(event: Event, trigger: EventHubTrigger) -> dict[str, TypedData]:
    values = {
        "PartitionKey": event.partition_key,
        "Offset": str(event.offset),
        "SequenceNumber": event.sequence,
        "EnqueuedTimeUtc": _utc(event.enqueued_at),
        "Properties": {},
        "SystemProperties": _system_properties(event),
        "PartitionContext": _partition_context(event, trigger),
    }
    return {name: _json(value) for name, value in values.items() if value is not None}


def _system_properties(event: Event) -> dict[str, object]:
    return {
        "SequenceNumber": event.sequence,
        "Offset": str(event.offset),
        "PartitionKey": event.partition_key,
        "EnqueuedTimeUtc": _utc(event.enqueued_at),
    }


def _partition_context(event: Event, trigger: EventHubTrigger) -> dict[str, str]:
    return {
        "FullyQualifiedNamespace": "embedded",
        "EventHubName": trigger.event_hub_name,
        "ConsumerGroup": trigger.consumer_group,
        "PartitionId": str(event.partition),
    }


def _utc(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _json(value: object) -> TypedData:
    return TypedData(json=json.dumps(value))
