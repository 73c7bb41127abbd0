"""A state that correlate writes to."""

from collections.abc import AsyncIterator

import pytest

from shared.clock import ManualClock
from shared.state.sqlite import MEMORY, SqliteState


@pytest.fixture
async def state(request: pytest.FixtureRequest) -> AsyncIterator[SqliteState]:
    """Open a state in memory, at the time that the test module calls ``NOW``."""
    opened = SqliteState.open(MEMORY, clock=ManualClock(request.module.NOW))
    yield opened
    await opened.close()
