"""Read much, a few at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from shared.ask.own import AT_ONCE


async def each[Item, Found](items: Sequence[Item], read: Callable[[Item], Awaitable[Found]]) -> list[Found]:
    """Return what was read for each item, in their order."""
    found: list[Found] = []
    for start in range(0, len(items), AT_ONCE):
        found += await asyncio.gather(*(read(item) for item in items[start : start + AT_ONCE]))
    return found
