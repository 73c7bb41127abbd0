"""Fixtures of the prompt API's tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.ask.door import Door, Scripted, door, planner

__all__ = ["planner"]


@pytest.fixture
async def api(tmp_path: Path, planner: Scripted) -> AsyncIterator[Door]:
    """Run the system with the scripted planner."""
    async with door(tmp_path) as opened:
        yield opened
