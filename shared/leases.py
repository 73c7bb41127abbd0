"""One worker at a time: a lease that is held while something is done."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from shared.state.interface import Coordination


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease that somebody holds."""

    name: str
    holder: str
    seconds: float
    state: Coordination

    async def renewed(self) -> bool:
        """Extend it by its whole time; False when it ran out and another holder has it."""
        return await self.state.acquire_lease(self.name, self.holder, self.seconds)


@asynccontextmanager
async def leased(name: str, state: Coordination, seconds: float) -> AsyncIterator[Lease | None]:
    """Hold a lease while the block runs; give it None while another holder's has not run out."""
    lease = Lease(name, uuid.uuid4().hex, seconds, state)
    if not await lease.renewed():
        yield None
        return
    try:
        yield lease
    finally:
        await state.release_lease(name, lease.holder)
