"""The queue trigger: messages into invocations; failed ones wait and come back, then go to the poison queue."""

import asyncio
import logging
from datetime import datetime, timedelta

from local.host.bindings import QueueTrigger
from local.host.host_json import QueueSettings
from local.host.invocations import Invoker
from local.host.stand_ins import TypedData
from local.host.worker import Function
from shared.clock import Clock
from shared.errors import ConflictError
from shared.state.interface import QueueMessage, Queues

VISIBILITY_SECONDS = 10.0
"""How soon a message comes back after its host was killed. Azure's host takes 10 minutes."""
UNPOISONED_RETRY_SECONDS = 600.0
"""A poison queue has no poison queue: its failed messages only wait, as long as in Azure."""

_logger = logging.getLogger("local.host")
_LIFETIME = timedelta(days=7)


class QueueReader:
    """Reads one queue for one function."""

    def __init__(
        self,
        function: Function,
        trigger: QueueTrigger,
        *,
        queues: Queues,
        invoker: Invoker,
        settings: QueueSettings,
        clock: Clock,
        visibility_seconds: float = VISIBILITY_SECONDS,
    ) -> None:
        self.function = function
        self.has_poison_queue = trigger.poison_queue is not None
        self._trigger = trigger
        self._queues = queues
        self._invoker = invoker
        self._settings = settings
        self._clock = clock
        self._visibility_seconds = visibility_seconds
        self._running: set[asyncio.Task[None]] = set()

    async def next_visible_at(self) -> datetime | None:
        """Return when the queue's earliest message is due, or None when it is empty."""
        return await self._queues.next_visible_at(self._trigger.queue_name)

    async def step(self) -> bool:
        """Process one visible message; return whether there was one."""
        messages = await self._receive(1)
        for message in messages:
            await self._process(message)
        return bool(messages)

    async def fetch(self) -> bool:
        """Start a batch of visible messages in the background once few enough are running; whether there were any."""
        while len(self._running) > self._settings.new_batch_threshold:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
        messages = await self._receive(self._settings.batch_size)
        for message in messages:
            task = asyncio.create_task(self._process_logged(message))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return bool(messages)

    async def drain(self) -> None:
        """Wait for what is running."""
        while self._running:
            await asyncio.wait(self._running)

    async def _receive(self, limit: int) -> list[QueueMessage]:
        return await self._queues.receive(
            self._trigger.queue_name, visibility_seconds=self._visibility_seconds, limit=limit
        )

    async def _process_logged(self, message: QueueMessage) -> None:
        try:
            await self._process(message)
        except Exception as error:  # noqa: BLE001 - the store failed: the message stays in the queue and comes back
            self._log("queue message not settled", message, type(error).__name__)

    async def _process(self, message: QueueMessage) -> None:
        """Run the function on a message and settle it. A message that was taken over meanwhile is left alone."""
        worn_out = message.dequeue_count > self._settings.max_dequeue_count
        try:
            # Its host was killed on the last try, so nobody moved it.
            if worn_out and self.has_poison_queue:
                await self._poison(message)
                return
            ok, message = await self._run(message)
            await self._settle(message, ok=ok)
        except ConflictError:
            self._log("queue message was taken over", message, "ConflictError")

    async def _run(self, message: QueueMessage) -> tuple[bool, QueueMessage]:
        """Invoke while keeping the message invisible; return whether it succeeded, and the current receipt."""
        ended = asyncio.Event()
        keeping = asyncio.create_task(self._keep_invisible(message, ended))
        try:
            outcome = await self._invoker.run(
                self.function,
                "queue",
                {self._trigger.name: self._value(message)},
                metadata=self._metadata(message),
                earlier_tries=message.dequeue_count - 1,
            )
        finally:
            ended.set()
            # Not cancelled: a renewal cut short could lose the new receipt.
            kept = await keeping
        return outcome.ok, kept

    async def _keep_invisible(self, message: QueueMessage, ended: asyncio.Event) -> QueueMessage:
        while not ended.is_set():
            try:
                async with asyncio.timeout(self._visibility_seconds / 2):
                    await ended.wait()
            except TimeoutError:
                try:
                    message = await self._queues.renew(
                        self._trigger.queue_name, message, visibility_seconds=self._visibility_seconds
                    )
                except ConflictError:
                    return message
                except Exception as error:  # noqa: BLE001 - tried again at the next interval
                    self._log("queue message not renewed", message, type(error).__name__)
        return message

    async def _settle(self, message: QueueMessage, *, ok: bool) -> None:
        if ok:
            await self._queues.delete(self._trigger.queue_name, message)
        elif not self.has_poison_queue:
            await self._release(message, UNPOISONED_RETRY_SECONDS)
        elif message.dequeue_count >= self._settings.max_dequeue_count:
            await self._poison(message)
        else:
            await self._release(message, self._settings.visibility_timeout_seconds)

    async def _release(self, message: QueueMessage, seconds: float) -> None:
        await self._queues.renew(self._trigger.queue_name, message, visibility_seconds=seconds)

    async def _poison(self, message: QueueMessage) -> None:
        poison_queue = self._trigger.poison_queue
        if poison_queue is not None:
            # The key keeps it single where the backend can, should the host end between the two calls.
            key = f"{self._trigger.queue_name}/{message.id}/{message.inserted_at.isoformat()}"
            await self._queues.send(poison_queue, message.body, key=key)
            await self._queues.delete(self._trigger.queue_name, message)
            self._log("queue message moved to the poison queue", message, None)

    def _value(self, message: QueueMessage) -> TypedData:
        if self._trigger.data_type == "binary":
            return TypedData(bytes=message.body)
        return TypedData(string=message.body.decode(errors="replace"))

    def _metadata(self, message: QueueMessage) -> dict[str, TypedData]:
        values = {
            "Id": message.id,
            "DequeueCount": str(message.dequeue_count),
            "PopReceipt": message.receipt,
            "InsertionTime": _utc(message.inserted_at),
            "ExpirationTime": _utc(message.inserted_at + _LIFETIME),
            "NextVisibleTime": _utc(self._clock() + timedelta(seconds=self._visibility_seconds)),
        }
        return {name: TypedData(string=value) for name, value in values.items()}

    def _log(self, event: str, message: QueueMessage, error_type: str | None) -> None:
        fields = {
            "function": self.function.name,
            "message_id": message.id,
            "dequeue_count": message.dequeue_count,
            "error_type": error_type,
        }
        _logger.warning(event, extra=fields)


def _utc(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S+00:00")
