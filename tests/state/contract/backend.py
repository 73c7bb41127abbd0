"""How the contract gets at a backend, and the fixtures that all its parts use."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest_asyncio

from shared.clock import Clock
from shared.state.interface import State


@dataclass(frozen=True, kw_only=True)
class Backend:
    """How the contract gets at a backend."""

    open: Callable[[], State]
    """Opens the store; each call is another instance on the same store."""
    advance: Callable[[float], Awaitable[None]]
    """Lets seconds pass by the store's clock."""
    now: Clock
    remembers_send_keys: bool = True
    """Whether ``send`` drops a repeated key."""
    lists_hidden: bool = True
    """Whether ``peek`` and ``next_visible_at`` see messages that are invisible."""
    clock_error_seconds: float = 0
    """How far the store's clock and ``now`` may differ."""


class Contract:
    """The fixtures that all parts use."""

    @pytest_asyncio.fixture
    async def state(self, backend: Backend) -> AsyncIterator[State]:
        """Yield an instance on an empty store."""
        state = backend.open()
        yield state
        await state.close()

    @pytest_asyncio.fixture
    async def other(self, backend: Backend) -> AsyncIterator[State]:
        """Yield a second instance on the same store."""
        state = backend.open()
        yield state
        await state.close()
