"""Where a storm's tickets arrive: a destination like any other, which notes what came when."""

import asyncio
from typing import Any

import msgspec

from shared.state.interface import State

LATENCY_SECONDS = 0.2


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a ticket, as far as the measures need it."""

    at: float
    """Simulated seconds, by the loop's own time."""
    key: str
    kind: str
    identities: tuple[str, ...]
    """Object ids of those whose case it stands for: one, or the members of a campaign."""
    version: int
    verdict: str


class Desk:
    """Takes every ticket, a fifth of a second each."""

    name = "desk"

    def __init__(self, state: State) -> None:
        self.tickets: list[Ticket] = []
        self._state = state

    async def send(self, ticket: dict[str, Any]) -> str:
        """Note the ticket; its id is the case's own."""
        key, identity = str(ticket["ticketKey"]), ticket["identity"]
        # Nothing has happened in simulated time since the report was made of the same members.
        members = await self._state.campaign_members(key) if identity["kind"] == "campaign" else ()
        await asyncio.sleep(LATENCY_SECONDS)
        self.tickets.append(
            Ticket(
                at=asyncio.get_running_loop().time(),
                key=key,
                kind=identity["kind"],
                identities=tuple(member.identity.id for member in members) or (identity["id"],),
                version=ticket["version"],
                verdict=ticket["verdict"],
            )
        )
        return key

    async def probe(self) -> str:
        """Say that it is there."""
        return "there"
