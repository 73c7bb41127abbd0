"""Tickets to a Storage queue, for whatever picks them up there."""

from typing import Any

from shared.deliver.ticket import MAX_QUEUE_BYTES, fitted
from shared.state.interface import TICKET_QUEUE, Queues


class QueueDestination:
    """The ``tickets`` queue. Its readers drop what they have seen by ``idempotencyKey``."""

    name = "queue"

    def __init__(self, queues: Queues) -> None:
        self._queues = queues

    async def send(self, ticket: dict[str, Any]) -> str:
        """Append the ticket; its id there is the case's own."""
        body = fitted(ticket, MAX_QUEUE_BYTES)
        await self._queues.send(TICKET_QUEUE, body, key=str(ticket["idempotencyKey"]))
        return str(ticket["ticketKey"])

    async def probe(self) -> str:
        """Look at the queue; what waits there stays."""
        await self._queues.peek(TICKET_QUEUE, 1)
        return "looked at"
