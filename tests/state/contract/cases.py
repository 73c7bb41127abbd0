"""What state promises of cases and campaigns."""

import asyncio

import pytest

from shared.errors import ConflictError
from shared.state.interface import State
from tests.state.contract.backend import Contract
from tests.state.samples import NOON, after, campaign, case, identity


class CasesContract(Contract):
    """Cases and campaigns."""

    async def test_a_case_comes_back_as_it_was_saved(self, state: State) -> None:
        """The stored case is equal, under the etag that its save returned."""
        etag = await state.save_case(case(), None)
        assert await state.case(case().id) == (case(), etag)
        assert await state.current_cases([identity().key]) == {identity().key: (case(), etag)}

    async def test_unknown_cases_are_none(self, state: State) -> None:
        """Neither look-up raises for what is not there."""
        assert await state.case("case-unknown") is None
        assert await state.current_cases(["tenant|user|unknown"]) == {}
        assert await state.current_cases([]) == {}
        assert await state.cases() == []

    async def test_a_save_replaces_and_changes_the_etag(self, state: State) -> None:
        """After a second save only the new form is read, under a new etag."""
        first = await state.save_case(case(), None)
        second = await state.save_case(case(revision=2), first)
        assert second != first
        assert await state.case(case().id) == (case(revision=2), second)
        assert await state.cases() == [case(revision=2)]

    async def test_a_second_first_save_conflicts(self, state: State) -> None:
        """With etag None the case must not exist; the first one stays."""
        await state.save_case(case(), None)
        with pytest.raises(ConflictError):
            await state.save_case(case(revision=2), None)
        found = await state.case(case().id)
        assert found is not None
        assert found[0] == case()

    @pytest.mark.parametrize("etag", ["", "0", "no etag", "\"'; --"])
    async def test_an_etag_that_was_never_given_out_conflicts(self, state: State, etag: str) -> None:
        """Whatever text an etag is, it fits only the state it came with."""
        await state.save_case(case(), None)
        with pytest.raises(ConflictError):
            await state.save_case(case(revision=2), etag)

    async def test_a_stale_etag_conflicts(self, state: State, other: State) -> None:
        """Who read before someone else wrote must read again; the other's case stays."""
        etag = await state.save_case(case(), None)
        await other.save_case(case(revision=2), etag)
        with pytest.raises(ConflictError):
            await state.save_case(case(revision=3), etag)
        found = await state.case(case().id)
        assert found is not None
        assert found[0].revision == 2

    async def test_an_etag_for_a_missing_case_conflicts(self, state: State) -> None:
        """A save with an etag never creates."""
        etag = await state.save_case(case(1), None)
        with pytest.raises(ConflictError):
            await state.save_case(case(2), etag)
        assert await state.case(case(2).id) is None

    async def test_of_concurrent_saves_exactly_one_wins(self, state: State, other: State) -> None:
        """Ten writers with one etag: one new etag, nine conflicts, and the winner's case is stored."""
        etag = await state.save_case(case(revision=0), None)
        saves = [(state, other)[n % 2].save_case(case(revision=n), etag) for n in range(1, 11)]
        results = await asyncio.gather(*saves, return_exceptions=True)
        won = [n for n, result in enumerate(results, start=1) if isinstance(result, str)]
        assert len(won) == 1
        assert sum(isinstance(result, ConflictError) for result in results) == 9
        assert await state.case(case().id) == (case(revision=won[0]), results[won[0] - 1])

    async def test_of_concurrent_first_saves_exactly_one_wins(self, state: State, other: State) -> None:
        """Two workers that open the same case: one does, the other learns of it."""
        saves = (state.save_case(case(), None), other.save_case(case(), None))
        results = await asyncio.gather(*saves, return_exceptions=True)
        assert sorted(type(result).__name__ for result in results) == ["ConflictError", "str"]

    async def test_the_current_case_is_the_one_opened_last(self, state: State) -> None:
        """Opening time decides, then id; not the order of saves, not the last signal."""
        await state.save_case(case(5, opened_at=after(9), last_signal_at=after(9)), None)
        await state.save_case(case(7, opened_at=after(9), last_signal_at=after(9)), None)
        await state.save_case(case(9, opened_at=NOON, last_signal_at=after(99)), None)
        await state.save_case(case(8, owner=2, opened_at=after(50)), None)
        found = await state.current_cases([identity(1).key, identity(2).key])
        assert {key: one.id for key, (one, _) in found.items()} == {
            identity(1).key: case(7).id,
            identity(2).key: case(8, owner=2).id,
        }

    async def test_cases_are_listed_by_latest_signal(self, state: State) -> None:
        """Latest signal first, ties by id, and a new signal moves a case up."""
        for number, seconds in ((3, 5), (1, 5), (2, 9)):
            await state.save_case(case(number, last_signal_at=after(seconds)), None)
        assert [found.id for found in await state.cases()] == [case(2).id, case(1).id, case(3).id]
        _, etag = await state.case(case(3).id) or (None, None)
        await state.save_case(case(3, last_signal_at=after(10)), etag)
        assert [found.id for found in await state.cases()] == [case(3).id, case(2).id, case(1).id]

    async def test_a_campaign_replaces_its_earlier_form(self, state: State) -> None:
        """Saving the same id again keeps one campaign, the newer."""
        await state.save_campaign(campaign())
        await state.save_campaign(campaign(targeted=("user-1", "user-2")))
        assert await state.campaigns() == [campaign(targeted=("user-1", "user-2"))]

    async def test_campaigns_are_oldest_first(self, state: State) -> None:
        """Order comes from first_at, then id."""
        for number, seconds in ((2, 5), (1, 5), (3, 0)):
            await state.save_campaign(campaign(number, first_at=after(seconds)))
        assert [found.id for found in await state.campaigns()] == ["campaign-3", "campaign-1", "campaign-2"]
