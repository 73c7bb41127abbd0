"""Storage queues: what the host's triggers read. Bodies travel as base64, which is how the host reads them."""

import math
from collections.abc import Awaitable, Callable
from datetime import datetime

from azure.core.exceptions import HttpResponseError
from azure.storage.queue import BinaryBase64DecodePolicy, BinaryBase64EncodePolicy
from azure.storage.queue.aio import QueueClient

from shared.clock import Clock
from shared.errors import ConflictError
from shared.state.addressed import addressed, own_messages
from shared.state.azure.storage import Part, Storage, code_of, made_if_missing
from shared.state.interface import TRIGGER_QUEUES, QueueMessage
from shared.state.values import MAX_BODY_BYTES, MAX_HIDDEN_SECONDS, MAX_RECEIVED

LIFETIME_SECONDS = 90 * 24 * 3600
"""By default a message goes after seven days, read or not; nobody who reads a queue lets one lie for three months."""
_STALE = {"PopReceiptMismatch", "MessageNotFound", "InvalidQueryParameterValue", "InvalidInput"}


class AzureQueues(Part):
    """The queues that storage.bicep makes; one that is missing is made at first use.

    Waits are whole seconds, rounded up, by the storage's own clock.
    """

    def __init__(self, storage: Storage, clock: Clock) -> None:
        super().__init__(storage, clock)
        self._clients: dict[str, QueueClient] = {}

    async def send(self, queue: str, body: bytes, *, delay_seconds: float = 0, key: str | None = None) -> None:  # noqa: ARG002
        """Append a message, visible after a delay. Raises ValueError above 48 KiB, or for a delay that can't be.

        Keys are not remembered: who receives drops by the idempotency key in the body.
        """
        if queue in TRIGGER_QUEUES:
            body = addressed(self._storage.tenant_id, body)
        if len(body) > MAX_BODY_BYTES:
            raise ValueError(f"a queue message holds at most {MAX_BODY_BYTES} bytes")
        delay = _whole_seconds(delay_seconds, least=0)
        client = self._client(queue)
        await self._made(
            client, lambda: client.send_message(body, visibility_timeout=delay, time_to_live=LIFETIME_SECONDS)
        )

    async def receive(self, queue: str, *, visibility_seconds: float, limit: int = 1) -> list[QueueMessage]:
        """Take up to ``limit`` visible messages; each counts one dequeue.

        Raises ValueError for a limit outside 1 to 32 or a time-out of 0, below 0 or above 7 days.
        """
        if not 1 <= limit <= MAX_RECEIVED:
            raise ValueError(f"receive takes 1 to {MAX_RECEIVED} messages")
        hidden = _whole_seconds(visibility_seconds, least=1)
        client = self._client(queue)

        async def read() -> list[QueueMessage]:
            pages = client.receive_messages(
                messages_per_page=limit, max_messages=limit, visibility_timeout=hidden
            ).by_page()
            async for page in pages:
                return [_received(message) async for message in page]
            return []

        return await self._made(client, read)

    async def renew(self, queue: str, message: QueueMessage, *, visibility_seconds: float) -> QueueMessage:
        """Keep a message invisible from now on for a time; 0 gives it back. The old receipt is stale afterwards.

        Raises ConflictError when the receipt is stale or the message is gone.
        """
        hidden = _whole_seconds(visibility_seconds, least=0)
        client = self._client(queue)
        # The body is sent again: an update without one is not what every version of the service keeps it for.
        renewed = await self._made(
            client,
            lambda: _held(
                client.update_message(message.id, message.receipt, content=message.body, visibility_timeout=hidden)
            ),
        )
        return QueueMessage(
            id=message.id,
            receipt=str(renewed.pop_receipt),
            body=message.body,
            dequeue_count=message.dequeue_count,
            inserted_at=message.inserted_at,
        )

    async def delete(self, queue: str, message: QueueMessage) -> None:
        """Finish a message. Raises ConflictError when the receipt is stale or the message is gone."""
        client = self._client(queue)
        await self._made(client, lambda: _held(client.delete_message(message.id, message.receipt)))

    async def peek(self, queue: str, limit: int = 32) -> list[bytes]:
        """Return bodies of visible messages, oldest first, at most 32, changing nothing. Others can't be seen."""
        client = self._client(queue)
        found = await self._made(client, lambda: client.peek_messages(max_messages=min(limit, MAX_RECEIVED)))
        return own_messages(self._storage.tenant_id, queue, [bytes(message.content) for message in found])

    async def next_visible_at(self, queue: str) -> datetime | None:
        """Return the present when a message is visible, else None: when a hidden one will be can't be seen."""
        return self._clock() if await self.peek(queue, limit=1) else None

    def _client(self, queue: str) -> QueueClient:
        if queue not in self._clients:
            self._clients[queue] = self._storage.queues.get_queue_client(
                queue if queue in TRIGGER_QUEUES else self._storage.named(queue),
                message_encode_policy=BinaryBase64EncodePolicy(),
                message_decode_policy=BinaryBase64DecodePolicy(),
            )
        return self._clients[queue]

    async def _made[T](self, client: QueueClient, call: Callable[[], Awaitable[T]]) -> T:
        return await made_if_missing(call, client.create_queue)


async def _held[T](call: Awaitable[T]) -> T:
    """Await a call that needs a receipt. Raises ConflictError when that holds nothing any more."""
    try:
        return await call
    except HttpResponseError as error:
        if code_of(error) in _STALE:
            raise ConflictError("a message is no longer held with this receipt") from None
        raise


def _whole_seconds(seconds: float, *, least: int) -> int:
    """Return seconds rounded up. Raises ValueError below ``least`` or above seven days."""
    whole = math.ceil(seconds)
    if not (least <= whole <= MAX_HIDDEN_SECONDS and seconds >= 0):
        raise ValueError(f"a message is hidden for at most {MAX_HIDDEN_SECONDS} seconds and not for less than none")
    return whole


def _received(message: object) -> QueueMessage:
    return QueueMessage(
        id=str(message.id),  # type: ignore[attr-defined]
        receipt=str(message.pop_receipt),  # type: ignore[attr-defined]
        body=bytes(message.content),  # type: ignore[attr-defined]
        dequeue_count=int(message.dequeue_count),  # type: ignore[attr-defined]
        inserted_at=message.inserted_on,  # type: ignore[attr-defined]
    )
