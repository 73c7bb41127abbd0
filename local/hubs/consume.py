"""The local host fed by real event hubs: azure-eventhub's consumer, checkpoints in blob storage, as in Azure."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from local.host.event_batches import Event, EventBatches
from local.host.host_json import EventHubSettings
from local.host.pace import Pace
from local.hubs.checkpoints import Checkpoints
from local.hubs.connection import HubConnection

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential
    from azure.eventhub import EventData
    from azure.eventhub.aio import EventHubConsumerClient, PartitionContext
    from azure.eventhub.extensions.checkpointstoreblobaio import BlobCheckpointStore

BALANCE_SECONDS = 10.0
"""How often readers of one group look whether each has its share of the partitions."""
FROM_START = "-1"
"""Where a partition without a checkpoint begins, as host.json's ``initialOffsetOptions`` has it by default."""
_OWN = {b"x-opt-sequence-number", b"x-opt-offset", b"x-opt-enqueued-time", b"x-opt-partition-key"}
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_logger = logging.getLogger("local.hubs")


class RealHubs:
    """The hubs of one namespace, read as one consumer group.

    ``names``: the namespace's name of a hub by the name that the app has here.
    """

    def __init__(
        self,
        connection: HubConnection,
        checkpoints: Checkpoints,
        names: Mapping[str, str],
        *,
        consumer_group: str,
        balance_seconds: float = BALANCE_SECONDS,
    ) -> None:
        self._connection = connection
        self._checkpoints = checkpoints
        self._names = names
        self._group = consumer_group
        self._balance_seconds = balance_seconds

    async def prepare(self) -> dict[str, int]:
        """Make the container of the checkpoints and ask each hub for its partitions; return how many each has.

        Raises a TriageError that says what is wrong: afterwards the SDK would only log it and try for ever.
        """
        from azure.core.exceptions import AzureError
        from azure.eventhub.exceptions import EventHubError

        await self._checkpoints.prepare(self._credential())
        found: dict[str, int] = {}
        for hub in self._names.values():
            client = self._connection.producer(hub)
            try:
                found[hub] = len(await client.get_partition_ids())
            except (EventHubError, AzureError, OSError) as error:
                raise self._connection.translated(error, hub, "Listen") from None
            finally:
                await client.close()
        return found

    def reader(
        self, hub: str, serves: Callable[..., EventBatches], settings: EventHubSettings, pace: Pace
    ) -> "RealHubReader":
        """Return a reader of one hub for one function."""
        name = self._names[hub]
        store = self._checkpoints.store(self._credential())
        client = self._connection.consumer(
            name,
            self._group,
            store,
            load_balancing_interval=self._balance_seconds,
            retry_total=settings.maximum_retries,
            retry_mode=settings.retry_mode,
            retry_backoff_factor=settings.retry_delay_seconds,
            retry_backoff_max=settings.maximum_delay_seconds,
        )
        batches = serves(namespace=self._connection.host, hub=name)
        return RealHubReader(client, store, batches, consumer_group=self._group, settings=settings, pace=pace)

    def _credential(self) -> "AsyncTokenCredential | None":
        """Return the login for the storage account, where that has no key."""
        return None if self._checkpoints.has_key else self._connection.credential()


class RealHubReader:
    """Reads one hub for one function. The SDK shares the partitions with every other reader of the group."""

    def __init__(
        self,
        client: "EventHubConsumerClient",
        store: "BlobCheckpointStore",
        batches: EventBatches,
        *,
        consumer_group: str,
        settings: EventHubSettings,
        pace: Pace,
    ) -> None:
        self._client = client
        self._store = store
        self._batches = batches
        self._consumer_group = consumer_group
        self._settings = settings
        self._pace = pace
        self._done: Counter[str] = Counter()
        self._running: set[asyncio.Future[None]] = set()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, in the background."""
        self._task = asyncio.create_task(
            self._client.receive_batch(
                self._take,
                max_batch_size=self._settings.max_event_batch_size,
                prefetch=self._settings.prefetch_count,
                starting_position=FROM_START,
                on_error=self._failed,
            )
        )

    async def stop(self) -> None:
        """Let the running batches finish and be checkpointed, then give the partitions back."""
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._client.close()
        if self._task is not None:
            # It would sleep on until its next look at the partitions.
            self._task.cancel()
            await asyncio.wait({self._task})
        await self._store.__aexit__()

    async def _take(self, context: "PartitionContext", events: "list[EventData]") -> None:
        """Process a batch. Cancelled when another reader has the partition: the batch is then that one's."""
        if self._pace.is_stopped:
            await asyncio.Event().wait()
        running = asyncio.ensure_future(self._process(context, events))
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        await running

    async def _process(self, context: "PartitionContext", events: "list[EventData]") -> None:
        """Run the function, with its retries; then checkpoint, whatever became of it."""
        partition = context.partition_id
        if not await self._batches.run([_event(partition, event) for event in events], self._consumer_group):
            return
        self._done[partition] += 1
        if self._done[partition] % self._settings.batch_checkpoint_frequency == 0:
            await context.update_checkpoint(events[-1])

    async def _failed(self, context: "PartitionContext | None", error: Exception) -> None:
        """Tell what the SDK could not do; it goes on by itself at the next look at the partitions."""
        _logger.warning(
            "event hub reader failed",
            extra={
                "function": self._batches.function.name,
                "partition": context.partition_id if context else None,
                "error_type": type(error).__name__,
            },
        )


def _event(partition: str, event: "EventData") -> Event:
    key = event.partition_key
    return Event(
        partition=partition,
        sequence=event.sequence_number or 0,
        offset=str(event.offset),
        enqueued_at=event.enqueued_time or _NEVER,
        partition_key=key.decode() if isinstance(key, bytes) else key,
        body=_body(event),
        properties=_plain(event.properties or {}),
        system_properties=_plain({k: v for k, v in event.system_properties.items() if k not in _OWN}),
    )


def _body(event: "EventData") -> bytes:
    """Return the bytes of an event; of one that is a value or a sequence of AMQP, its JSON."""
    from azure.eventhub.amqp import AmqpMessageBodyType

    if event.body_type == AmqpMessageBodyType.DATA:
        return b"".join(event.body)  # type: ignore[arg-type]
    return msgspec.json.encode(_plain_value(event.body))


def _plain(values: Mapping[Any, Any]) -> dict[str, object]:
    return {str(_plain_value(name)): _plain_value(value) for name, value in values.items()}


def _plain_value(value: Any) -> object:
    """Return a value of AMQP as JSON can hold it."""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return _plain(value)
    if isinstance(value, (list, tuple)):
        return [_plain_value(one) for one in value]
    return str(value) if isinstance(value, UUID) else value
