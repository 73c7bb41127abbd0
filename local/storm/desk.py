"""Where a storm's tickets arrive: a destination like any other, which notes what came when."""

import asyncio
from typing import Any

import msgspec

from shared.models.dossier import Gap

LATENCY_SECONDS = 0.2


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a ticket, as far as the measures need it."""

    at: float
    """Simulated seconds, by the loop's own time."""
    key: str
    kind: str
    identity: str
    version: int
    verdict: str
    severity: str
    is_complete: bool
    """Nothing is missing that a later look-up would bring."""


class Desk:
    """Takes every ticket, a fifth of a second each."""

    name = "desk"

    def __init__(self) -> None:
        self.tickets: list[Ticket] = []

    async def send(self, ticket: dict[str, Any]) -> str:
        """Note the ticket; its id is the case's own."""
        await asyncio.sleep(LATENCY_SECONDS)
        gaps = msgspec.convert(ticket["gaps"], list[Gap])
        self.tickets.append(
            Ticket(
                at=asyncio.get_running_loop().time(),
                key=ticket["ticketKey"],
                kind=ticket["identity"]["kind"],
                identity=ticket["identity"]["id"],
                version=ticket["version"],
                verdict=ticket["verdict"],
                severity=ticket["severity"],
                is_complete=not any(gap.is_passing for gap in gaps),
            )
        )
        return str(ticket["ticketKey"])

    async def probe(self) -> str:
        """Say that it is there."""
        return "there"
