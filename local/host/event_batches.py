"""Events as a trigger gets them: values and metadata of a batch, invoked with the function's retry policy."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from local.host.bindings import EventHubTrigger
from local.host.invocations import Invoker
from local.host.outcome import Outcome
from local.host.pace import Pace
from local.host.retries import Try, run_with_retries
from local.host.stand_ins import CollectionBytes, CollectionString, TypedData
from local.host.worker import Function


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a partition. ``properties`` and ``system_properties`` hold what JSON can hold."""

    partition: str
    sequence: int
    offset: str
    enqueued_at: datetime
    partition_key: str | None
    body: bytes
    properties: Mapping[str, object] = {}
    system_properties: Mapping[str, object] = {}


class EventBatches:
    """Invokes one function with batches of one hub, whoever reads the hub."""

    def __init__(
        self, function: Function, trigger: EventHubTrigger, *, invoker: Invoker, pace: Pace, namespace: str, hub: str
    ) -> None:
        """``namespace`` and ``hub`` are what the function is told."""
        self.function = function
        self._trigger = trigger
        self._invoker = invoker
        self._pace = pace
        self._namespace = namespace
        self._hub = hub

    async def run(self, batch: Sequence[Event], consumer_group: str) -> bool:
        """Process a batch; return whether it is over, whatever became of it.

        Event Hubs has no poison events: only the function's retry policy runs a batch again, and only a host that ends
        before the checkpoint replays it. False: the host was stopped while a retry was due, so the batch is owed.
        https://learn.microsoft.com/azure/azure-functions/functions-bindings-error-pages (2026-11)
        """
        context = partition_context(self._namespace, self._hub, consumer_group, batch[0].partition)
        if self._trigger.cardinality == "many":
            outcomes = [
                await self._run(collection_of(batch, self._trigger), batch_metadata(batch, context), len(batch))
            ]
        else:
            outcomes = await asyncio.gather(
                *(self._run(self._single(event.body), _event_metadata(event, context), 1) for event in batch)
            )
        return all(outcome is not None for outcome in outcomes)

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

    def _single(self, body: bytes) -> TypedData:
        return TypedData(bytes=body) if self._trigger.data_type == "binary" else TypedData(string=_text(body))


def collection_of(batch: Sequence[Event], trigger: EventHubTrigger) -> TypedData:
    """Return the bodies of a batch as the worker is handed them."""
    if trigger.data_type == "binary":
        return TypedData(collection_bytes=CollectionBytes(bytes=[event.body for event in batch]))
    return TypedData(collection_string=CollectionString(string=[_text(event.body) for event in batch]))


def _text(body: bytes) -> str:
    # The Functions host decodes an event for a text binding in the same forgiving way.
    return body.decode(errors="replace")


def partition_context(namespace: str, hub: str, consumer_group: str, partition: str) -> dict[str, str]:
    """Return where a batch comes from, as the app is told."""
    return {
        "FullyQualifiedNamespace": namespace,
        "EventHubName": hub,
        "ConsumerGroup": consumer_group,
        "PartitionId": partition,
    }


def batch_metadata(batch: Sequence[Event], context: Mapping[str, str]) -> dict[str, TypedData]:
    """Return the trigger metadata of a batch, in the shape that Azure's Event Hubs extension gives it."""
    arrays = {
        "PartitionKeyArray": [event.partition_key for event in batch],
        "OffsetArray": [event.offset for event in batch],
        "SequenceNumberArray": [event.sequence for event in batch],
        "EnqueuedTimeUtcArray": [_utc(event.enqueued_at) for event in batch],
        "PropertiesArray": [event.properties for event in batch],
        "SystemPropertiesArray": [_system_properties(event) for event in batch],
        "PartitionContext": context,
    }
    return {name: _json(value) for name, value in arrays.items()}


def _event_metadata(event: Event, context: Mapping[str, str]) -> dict[str, TypedData]:
    values = {
        "PartitionKey": event.partition_key,
        "Offset": event.offset,
        "SequenceNumber": event.sequence,
        "EnqueuedTimeUtc": _utc(event.enqueued_at),
        "Properties": event.properties,
        "SystemProperties": _system_properties(event),
        "PartitionContext": context,
    }
    return {name: _json(value) for name, value in values.items() if value is not None}


def _system_properties(event: Event) -> dict[str, object]:
    return {
        **event.system_properties,
        "SequenceNumber": event.sequence,
        "Offset": event.offset,
        "PartitionKey": event.partition_key,
        "EnqueuedTimeUtc": _utc(event.enqueued_at),
    }


def _utc(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _json(value: object) -> TypedData:
    return TypedData(json=json.dumps(value))
