"""What state promises of leases, budgets and counters."""

import asyncio

import pytest

from shared.state.interface import State
from tests.state.contract.backend import Backend, Contract


class CoordinationContract(Contract):
    """Leases, budgets and counters."""

    async def test_a_lease_has_one_holder(self, state: State, other: State) -> None:
        """While it lasts, others are refused and the holder may extend it; other names are free."""
        assert await state.acquire_lease("case-1", "a", 30)
        assert not await other.acquire_lease("case-1", "b", 30)
        assert await state.acquire_lease("case-1", "a", 30)
        assert await other.acquire_lease("case-2", "b", 30)

    async def test_a_lease_runs_out(self, backend: Backend, state: State, other: State) -> None:
        """After its seconds another may take it, and then the first is refused."""
        assert await state.acquire_lease("case-1", "a", 2)
        await backend.advance(2.5)
        assert await other.acquire_lease("case-1", "b", 30)
        assert not await state.acquire_lease("case-1", "a", 2)

    async def test_extending_moves_the_end(self, backend: Backend, state: State, other: State) -> None:
        """The time runs from the extension."""
        assert await state.acquire_lease("case-1", "a", 2)
        await backend.advance(1)
        assert await state.acquire_lease("case-1", "a", 4)
        await backend.advance(2)
        assert not await other.acquire_lease("case-1", "b", 2)

    async def test_a_released_lease_is_free_at_once(self, state: State, other: State) -> None:
        """The next holder need not wait; releasing twice or what nobody holds is no error."""
        assert await state.acquire_lease("case-1", "a", 30)
        await state.release_lease("case-1", "a")
        await state.release_lease("case-1", "a")
        assert await other.acquire_lease("case-1", "b", 30)

    async def test_nobody_releases_the_lease_of_another(self, state: State, other: State) -> None:
        """A holder whose lease ran out and was taken cannot break the new one."""
        assert await other.acquire_lease("case-1", "b", 30)
        await state.release_lease("case-1", "a")
        assert not await state.acquire_lease("case-1", "a", 30)

    async def test_of_concurrent_takers_one_gets_the_lease(self, state: State, other: State) -> None:
        """Ten workers at once: one holder."""
        takers = [(state, other)[n % 2].acquire_lease("case-1", f"worker-{n}", 30) for n in range(10)]
        assert sum(await asyncio.gather(*takers)) == 1

    async def test_a_budget_grants_its_limit(self, state: State, other: State) -> None:
        """Instances share it; then a wait is named, of at most the window."""
        assert await state.take_budget("graph", 2, 5, 60) == 0
        assert await other.take_budget("graph", 3, 5, 60) == 0
        assert 0 < await state.take_budget("graph", 1, 5, 60) <= 60
        assert await state.take_budget("another", 5, 5, 60) == 0

    async def test_a_refusal_takes_nothing(self, state: State) -> None:
        """What a refused call asked for is still there for a smaller one."""
        assert await state.take_budget("graph", 3, 5, 60) == 0
        assert await state.take_budget("graph", 3, 5, 60) > 0
        assert await state.take_budget("graph", 2, 5, 60) == 0

    async def test_a_look_takes_nothing(self, backend: Backend, state: State, other: State) -> None:
        """A cost of nothing under a lower limit says whether so much is left, and for how long it is not."""
        assert await state.take_budget("graph", 0, 0, 2) == 0
        assert await state.take_budget("graph", 4, 5, 2) == 0
        assert await other.take_budget("graph", 0, 4, 2) == 0
        wait = await other.take_budget("graph", 0, 3, 2)
        assert 0 < wait <= 2
        assert await state.take_budget("graph", 1, 5, 2) == 0
        await backend.advance(wait + 0.1)
        assert await other.take_budget("graph", 0, 3, 2) == 0

    async def test_waiting_as_told_is_enough(self, backend: Backend, state: State) -> None:
        """After exactly the named wait the same call is granted."""
        assert await state.take_budget("graph", 5, 5, 2) == 0
        await backend.advance(0.3)
        wait = await state.take_budget("graph", 1, 5, 2)
        assert 0 < wait <= 2
        await backend.advance(wait)
        assert await state.take_budget("graph", 1, 5, 2) == 0

    async def test_turns_come_one_after_another(self, state: State, other: State) -> None:
        """The first of a burst at once, then one every so often, whoever asks; another line has turns of its own."""
        waits = [await (state, other)[number % 2].take_turn("line", 1 / 50, 2) for number in range(5)]
        assert waits[:2] == [0, 0]
        assert waits[2:] == pytest.approx([50, 100, 150], abs=25)
        assert waits == sorted(waits)
        assert await other.take_turn("line of others", 1 / 50, 1) == 0

    async def test_turns_that_nobody_took_come_again(self, backend: Backend, state: State) -> None:
        """When time has passed, a line is as short as its clock says."""
        for _ in range(3):
            await state.take_turn("line", 1, 1)
        await backend.advance(4)
        assert await state.take_turn("line", 1, 1) == 0

    async def test_a_budget_slides(self, backend: Backend, state: State) -> None:
        """Each use is given back one window after it was taken, not at the start of a period."""
        assert await state.take_budget("graph", 3, 5, 8) == 0
        await backend.advance(4)
        assert await state.take_budget("graph", 2, 5, 8) == 0
        await backend.advance(4.4)
        assert await state.take_budget("graph", 3, 5, 8) == 0
        assert await state.take_budget("graph", 1, 5, 8) > 0
        assert await state.budget_used("graph", 8) == 5
        assert await state.budget_used("unknown", 8) == 0

    @pytest.mark.parametrize("cost", [-1, 6])
    async def test_a_cost_that_no_waiting_could_grant_is_refused(self, state: State, cost: int) -> None:
        """More than the limit, or less than nothing, is a mistake of the caller."""
        with pytest.raises(ValueError, match="graph"):
            await state.take_budget("graph", cost, 5, 60)

    async def test_concurrent_takers_get_the_limit_and_no_more(self, state: State, other: State) -> None:
        """Forty calls at once on a budget of seven: seven grants."""
        takers = [(state, other)[n % 2].take_budget("graph", 1, 7, 600) for n in range(40)]
        assert sum(wait == 0 for wait in await asyncio.gather(*takers)) == 7

    async def test_counters_add_up(self, state: State, other: State) -> None:
        """Additions of all instances count, concurrent ones too, below zero too; nothing is nothing."""
        assert await state.counts() == {}
        await asyncio.gather(*((state, other)[n % 2].add_counts({"records": 2, "ignored": 1}) for n in range(10)))
        await state.add_counts({"records": -5, "parked": 0})
        await state.add_counts({})
        assert await other.counts() == {"records": 15, "ignored": 10, "parked": 0}
