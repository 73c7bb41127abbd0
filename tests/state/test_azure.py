"""State on Azure Storage keeps the contract: on Azurite, whose queues run on their own clock."""

import asyncio

import pytest

from shared.clock import system_clock
from shared.state.azure import AzureState, StorageConnection
from tests.state.contract import Backend, StateContract


class TestAzureState(StateContract):
    """The whole contract."""

    @pytest.fixture
    def backend(self, storage: str) -> Backend:
        """Return an empty account."""
        connection = StorageConnection(connection_string=storage)
        return Backend(
            open=lambda: AzureState.open(connection, clock=system_clock, credential=None),
            advance=asyncio.sleep,
            now=system_clock,
            remembers_send_keys=False,
            lists_hidden=False,
            clock_error_seconds=2,
        )
