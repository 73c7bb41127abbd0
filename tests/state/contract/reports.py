"""What state promises of reports, deliveries, what is parked, profiles and feedback."""

import msgspec

from shared.state.interface import State
from tests.state.contract.backend import Contract
from tests.state.samples import HOSTILE, after, delivery, feedback, habits, parked, report


class ReportsContract(Contract):
    """Reports, deliveries and what is parked."""

    async def test_a_report_is_found_by_version_or_as_the_latest(self, state: State) -> None:
        """Versions are numbers: 10 is later than 9, whatever the order of saves."""
        for version in (10, 9, 1):
            await state.save_report(report(version))
        await state.save_report(report(11, case_id="case-2"))
        assert await state.report("case-1", 9) == report(9)
        assert await state.report("case-1") == report(10)
        assert await state.report("case-1", 2) is None
        assert await state.report("case-unknown") is None

    async def test_a_rerun_replaces_the_same_version(self, state: State) -> None:
        """Saving a version again keeps the newer text of it."""
        await state.save_report(report(1, text="before the crash"))
        await state.save_report(report(1, text="after it"))
        assert await state.report("case-1") == report(1, text="after it")

    async def test_a_long_report_comes_back_whole(self, state: State) -> None:
        """A report far beyond 64 KiB is no problem."""
        long = report(1, text=HOSTILE * 5_000)
        await state.save_report(long)
        assert await state.report("case-1") == long

    async def test_deliveries_are_kept_by_destination(self, state: State) -> None:
        """One state per destination, the latest, in the order of their names."""
        later = (delivery("webhook", version=2), delivery("queue"), delivery(case_id="case-2"))
        for item in (delivery("webhook"), *later):
            await state.save_delivery(item)
        assert await state.deliveries("case-1") == [delivery("queue"), delivery("webhook", version=2)]
        assert await state.deliveries("case-unknown") == []

    async def test_parking_twice_keeps_the_first(self, state: State) -> None:
        """The same id parked again changes nothing, bytes included."""
        await state.park(parked())
        await state.park(parked(body=b"other"))
        assert await state.parked() == [parked()]

    async def test_parked_is_oldest_first(self, state: State) -> None:
        """Order comes from time, then id."""
        for number, seconds in ((2, 5), (1, 5), (3, 0)):
            await state.park(parked(number, at=after(seconds)))
        assert [found.id for found in await state.parked()] == ["parked-3", "parked-1", "parked-2"]

    async def test_unparking_forgets_one(self, state: State) -> None:
        """The named one goes, others stay, an unknown id is no error, and the same thing may be parked anew."""
        await state.park(parked(1))
        await state.park(parked(2))
        both = await state.parked_names()
        assert len(set(both)) == 2
        await state.unpark("parked-1")
        await state.unpark("parked-1")
        (left,) = await state.parked_names()
        assert left in both
        assert await state.parked() == [parked(2)]
        await state.park(parked(1))
        assert await state.parked() == [parked(1), parked(2)]


class MemoryContract(Contract):
    """Profiles of identities, and feedback."""

    async def test_a_profile_comes_back_as_it_was_saved(self, state: State) -> None:
        """One an identity; a later one replaces it; others are untouched."""
        assert await state.habits("tenant|user|user-1") is None
        await state.save_habits(habits())
        await state.save_habits(habits("tenant|user|user-2", sign_ins=9))
        assert await state.habits("tenant|user|user-1") == habits()
        await state.save_habits(habits(sign_ins=41))
        assert await state.habits("tenant|user|user-1") == habits(sign_ins=41)

    async def test_feedback_is_kept_by_case_and_caller(self, state: State) -> None:
        """Oldest first; the same caller's later opinion replaces the earlier one."""
        first, second, other = feedback(1), feedback(2, seconds=60), feedback(3, case="case-b")
        for one in (second, other, first):
            await state.save_feedback(one)
        assert await state.feedback("case-a") == [first, second]
        assert await state.feedback() == [first, other, second]
        changed = feedback(1, seconds=90)
        await state.save_feedback(changed)
        assert await state.feedback("case-a") == [second, changed]
        assert await state.feedback("nobody's") == []

    async def test_feedback_is_kept_by_prompt_too(self, state: State) -> None:
        """What is about a prompt is found by its id, beside what is about cases."""
        about_prompt = msgspec.structs.replace(feedback(4), case_id=None, prompt_id="prompt-a")
        for one in (feedback(1), about_prompt):
            await state.save_feedback(one)
        assert await state.feedback("prompt-a") == [about_prompt]
        assert await state.feedback("case-a") == [feedback(1)]
