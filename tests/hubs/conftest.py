"""A namespace with the app's two hubs, of two partitions each."""

from collections.abc import AsyncIterator

import pytest

from tests.hubs.broker import Namespace

RISK, SIGN_INS = "risk-events", "sign-ins"


@pytest.fixture
async def namespace() -> AsyncIterator[Namespace]:
    """Run it."""
    async with Namespace({RISK: 2, SIGN_INS: 2}).running() as made:
        yield made
