"""What state promises of lists of cases."""

import asyncio
import random
from contextlib import suppress

import msgspec
import pytest
import pytest_asyncio

from shared.errors import ConflictError
from shared.state.interface import State
from tests.state.contract.backend import Contract
from tests.state.samples import NOON, after, case, ended, identity, member


class CaseListsContract(Contract):
    """Lists of cases, before and after their rows were compared with the cases for the first time."""

    @pytest_asyncio.fixture(params=["old", "mended"])
    async def lists(self, state: State, request: pytest.FixtureRequest) -> State:
        """Return the store as an older version left it, and as the timer leaves it."""
        if request.param == "mended":
            await state.mend_lists()
        return state

    async def test_each_list_has_its_cases_latest_signal_first(self, lists: State) -> None:
        """Open or owed; of a campaign; the latest few of all."""
        kept = [
            case(1, last_signal_at=after(1)),
            ended(case(2, last_signal_at=after(2))),
            msgspec.structs.replace(ended(case(3, last_signal_at=after(3))), triaged_revision=0),
            member(ended(case(4, owner=2, last_signal_at=after(4)))),
            member(case(5, owner=3, last_signal_at=after(4))),
            ended(case(6, last_signal_at=after(0))),
        ]
        for one in kept:
            await lists.save_case(one, None)
        assert await lists.open_cases() == [kept[4], kept[2], kept[0]]
        assert await lists.campaign_members("case-c") == [kept[3], kept[4]]
        assert await lists.campaign_members("case-d") == []
        assert await lists.latest_cases(4) == [kept[3], kept[4], kept[2], kept[1]]
        assert await lists.latest_cases(99) == await lists.cases()
        assert await lists.silent_cases(after(2)) == [kept[0], kept[5]]
        assert await lists.mend_lists() == 0

    async def test_a_case_that_ends_or_opens_again_changes_its_list(self, lists: State, other: State) -> None:
        """It is on one list at a time, in its latest form, whoever saves it."""
        etag = await lists.save_case(case(1), None)
        forms = [
            ended(case(1, revision=2, last_signal_at=after(5))),
            member(case(1, revision=3, last_signal_at=after(9))),
            member(ended(case(1, revision=4, last_signal_at=after(7)))),
        ]
        for number, form in enumerate(forms):
            etag = await (lists, other)[number % 2].save_case(form, etag)
            for one in (lists, other):
                assert await one.open_cases() == ([form] if form.status == "open" else [])
                assert await one.latest_cases(9) == [form]
                assert await one.campaign_members("case-c") == ([form] if form.campaign_id else [])
                assert await one.silent_cases(after(99)) == [form]
                assert await one.silent_cases(form.last_signal_at) == []

    async def test_many_writers_end_with_one_form_on_every_list(self, lists: State, other: State) -> None:
        """Six at a time close, open and move one case; who loses reads again, or lets it be."""

        async def write(state: State, seed: int) -> None:
            choice = random.Random(seed)
            for _ in range(4):
                stored = await state.case(case(1).id)
                assert stored is not None
                moved = member(case(1, revision=stored[0].revision + 1, last_signal_at=after(choice.randrange(9))))
                with suppress(ConflictError):
                    await state.save_case(choice.choice([moved, ended(moved)]), stored[1])

        await lists.save_case(member(case(1)), None)
        await asyncio.gather(*(write((lists, other)[seed % 2], seed) for seed in range(6)))
        (left,) = await lists.cases()
        assert left.revision > 1
        assert await lists.latest_cases(9) == await lists.campaign_members("case-c") == [left]
        assert await lists.open_cases() == ([left] if left.status == "open" else [])

    async def test_who_lost_leaves_nothing_on_a_list(self, lists: State, other: State) -> None:
        """A save that conflicts, at the first or a later time, shows nowhere."""
        etag = await lists.save_case(case(1), None)
        won = member(ended(case(1, revision=2)))
        await other.save_case(won, etag)
        for lost, old in ((msgspec.structs.replace(case(1, revision=9), campaign_id="case-d"), etag), (case(1), None)):
            with pytest.raises(ConflictError):
                await lists.save_case(lost, old)
        with pytest.raises(ConflictError):
            await lists.save_case(member(case(2)), etag)
        assert await lists.open_cases() == await lists.campaign_members("case-d") == []
        assert await lists.latest_cases(9) == await lists.campaign_members("case-c") == [won]

    async def test_what_is_forgotten_or_erased_is_on_no_list(self, lists: State) -> None:
        """Nor is a name that stays in no case."""
        for number, owner in ((1, 1), (2, 2), (3, 3)):
            await lists.save_case(member(ended(case(number, owner=owner))), None)
        await lists.save_case(member(case(4, owner=4)), None)
        await lists.forget([case(1).id], NOON)
        await lists.erase([case(2).id], [identity(2).id], ["DROP TABLE"])
        left = await lists.cases()
        assert [one.id for one in left] == [case(3).id, case(4).id]
        assert all("erased" in str(one.identity.name) for one in left)
        assert await lists.latest_cases(9) == await lists.campaign_members("case-c") == left
        assert await lists.silent_cases(after(1)) == left
        assert await lists.open_cases() == left[1:]
