"""What every backend of state promises, as tests.

To hold a backend to it, subclass ``StateContract`` in a test module and give it a ``backend`` fixture that yields a
``Backend`` on a store that is empty at the start of each test:

    class TestAzureStorageState(StateContract):
        @pytest.fixture
        def backend(self, azurite):
            return Backend(open=lambda: AzureState.open(azurite, clock=system_clock), advance=asyncio.sleep,
                           now=system_clock, remembers_send_keys=False, lists_hidden=False, clock_error_seconds=1)

A backend whose time-outs run on a server's clock passes ``asyncio.sleep`` as ``advance``: the tests then wait for
real, a few seconds each. The flags name what Storage queues cannot do; the tests that need it are skipped by them.
"""

from shared.state.interface import State
from tests.state.contract.backend import Backend
from tests.state.contract.case_lists import CaseListsContract
from tests.state.contract.cases import CasesContract
from tests.state.contract.coordination import CoordinationContract
from tests.state.contract.documents import DocumentsContract
from tests.state.contract.evidence import EvidenceContract
from tests.state.contract.forgetting import ErasingContract, ForgettingContract
from tests.state.contract.queues import QueuesContract
from tests.state.contract.reports import MemoryContract, ReportsContract
from tests.state.contract.tenants import TenantsContract
from tests.state.samples import case, sign_in

__all__ = ["Backend", "StateContract"]


class StateContract(
    EvidenceContract,
    CasesContract,
    CaseListsContract,
    ReportsContract,
    MemoryContract,
    DocumentsContract,
    QueuesContract,
    CoordinationContract,
    ForgettingContract,
    ErasingContract,
    TenantsContract,
):
    """All of it."""

    async def test_what_one_instance_wrote_the_next_reads(self, backend: Backend, state: State) -> None:
        """Closing and opening again loses nothing that the store promises to share."""
        await state.save_case(case(), None)
        await state.add_records([("a", sign_in())])
        await state.send("work", b"1")
        again = backend.open()
        try:
            assert [found.id for found in await again.cases()] == [case().id]
            assert await again.records("a") == [sign_in()]
            assert await again.peek("work") == [b"1"]
        finally:
            await again.close()

    async def test_closing_twice_is_no_error(self, state: State) -> None:
        """Whoever closes need not know who did before."""
        await state.close()
        await state.close()
