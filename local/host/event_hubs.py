"""The Event Hubs trigger on the embedded log: batches of a partition, a checkpoint after each."""

from collections.abc import Callable
from typing import Protocol

from local.host.event_batches import EventBatches
from local.host.event_log import EventLog, StoredEvent
from local.host.host_json import EventHubSettings
from local.host.pace import Pace


class BackgroundReader(Protocol):
    """Reads until it is stopped."""

    def start(self) -> None:
        """Begin, in the background."""

    async def stop(self) -> None:
        """Let the running batches finish, then end. Called also when it was never started."""


class HubSource(Protocol):
    """Where hubs come from that this host does not keep itself."""

    def reader(
        self, hub: str, serves: Callable[..., EventBatches], settings: EventHubSettings, pace: Pace
    ) -> BackgroundReader:
        """Return a reader of the hub that the app knows by this name; ``serves`` takes what the function is told."""


class EventHubReader:
    """Reads one embedded hub for one function, as one consumer group."""

    def __init__(
        self, batches: EventBatches, hub: str, consumer_group: str, *, log: EventLog, max_batch_size: int
    ) -> None:
        self.name = batches.function.name
        self._batches = batches
        self._hub = hub
        self._consumer_group = consumer_group
        self._log = log
        self._max_batch_size = max_batch_size
        self.partitions = range(log.partitions(hub))

    def oldest(self) -> tuple[int, int] | None:
        """Return the position and partition of the unread event that arrived first, or None."""
        heads = [(partition, head) for partition in self.partitions for head in self._read(partition, 1)]
        return min(((head.position, partition) for partition, head in heads), default=None)

    async def read(self, partition: int) -> bool:
        """Process the next batch of a partition; return whether there was one.

        When the host is stopped while a retry is due, the batch is not checkpointed and comes back.
        """
        batch = self._read(partition, self._max_batch_size)
        if not batch:
            return False
        if await self._batches.run(batch, self._consumer_group):
            self._log.checkpoint(self._hub, self._consumer_group, batch[-1])
        return True

    def _read(self, partition: int, limit: int) -> list[StoredEvent]:
        return self._log.read(self._hub, self._consumer_group, partition, limit)
