"""What state promises of records seen."""

from shared.models.records import AnyRecord
from shared.state.interface import State
from tests.state.contract.backend import Contract
from tests.state.samples import NOON, after, detection, sign_in


class EvidenceContract(Contract):
    """Records seen."""

    async def test_records_come_back_as_they_were(self, state: State) -> None:
        """A record is read back equal, hostile text, kind and all."""
        items: list[AnyRecord] = [sign_in(1), detection()]
        assert await state.add_records([("tenant|user|1", item) for item in items]) == 2
        assert await state.records("tenant|user|1") == sorted(items, key=lambda item: item.key)

    async def test_each_key_is_stored_once_per_partition(self, state: State) -> None:
        """Redeliveries, in the same call or later, add nothing; another partition keeps its own copy."""
        pairs = [("a", sign_in(1)), ("a", sign_in(1)), ("tenant|ip|2001:db8::1", sign_in(1)), ("a", sign_in(2))]
        assert await state.add_records(pairs) == 3
        assert await state.add_records(pairs) == 0
        assert len(await state.records("a")) == 2
        assert len(await state.records("tenant|ip|2001:db8::1")) == 1

    async def test_the_first_copy_of_a_record_stays(self, state: State) -> None:
        """A later record under the same key changes nothing."""
        first, later = sign_in(1, user_agent="first"), sign_in(1, user_agent="later")
        await state.add_records([("a", first)])
        assert await state.add_records([("a", later)]) == 0
        assert await state.records("a") == [first]

    async def test_an_update_of_a_detection_is_another_record(self, state: State) -> None:
        """The same detection in another state is kept beside the first."""
        assert await state.add_records([("a", detection()), ("a", detection("remediated", at=after(60)))]) == 2

    async def test_records_are_oldest_first_and_ties_by_key(self, state: State) -> None:
        """Order comes from time, to the microsecond, then key; never from arrival."""
        early, late = sign_in(9, at=NOON), sign_in(1, at=after(0.000001))
        tie = sign_in(3, at=after(0.000001))
        await state.add_records([("a", tie), ("a", late), ("a", early)])
        assert await state.records("a") == [early, late, tie]

    async def test_since_includes_its_moment(self, state: State) -> None:
        """Records at the given time and later are returned."""
        items = [sign_in(number, at=after(number)) for number in range(4)]
        await state.add_records([("a", item) for item in items])
        assert await state.records("a", since=after(2)) == items[2:]
        assert await state.records("a", since=after(2.000001)) == items[3:]
        assert await state.records("a", since=after(9)) == []

    async def test_purging_forgets_only_what_is_older(self, state: State) -> None:
        """Records before the time go, in all partitions, and are new again when they come again."""
        await state.add_records([("a", sign_in(1)), ("b", sign_in(1)), ("a", sign_in(2, at=after(1)))])
        assert await state.purge_records(after(1)) == 2
        assert await state.purge_records(after(1)) == 0
        assert await state.records("a") == [sign_in(2, at=after(1))]
        assert await state.add_records([("a", sign_in(1))]) == 1

    async def test_whether_any_record_is_of_some_days(self, state: State) -> None:
        """In any partition; both days included, and no day beside them. What is purged is of none."""
        day = 24 * 3600
        assert not await state.has_records(NOON, NOON)
        await state.add_records([("a", sign_in(1)), ("b", sign_in(2, at=after(3 * day)))])
        assert await state.has_records(after(-9 * day), after(-11 * 3600))
        assert await state.has_records(after(11 * 3600), after(day))
        assert not await state.has_records(after(day), after(2 * day))
        assert not await state.has_records(after(4 * day), after(99 * day))
        await state.purge_records(after(day))
        assert not await state.has_records(after(-9 * day), after(day))

    async def test_no_records_are_no_error(self, state: State) -> None:
        """Adding nothing and asking for an unknown partition both work."""
        assert await state.add_records([]) == 0
        assert await state.records("nobody") == []

    async def test_many_long_records_fit_one_call(self, state: State) -> None:
        """A batch of hundreds and a record far beyond 64 KiB come back whole."""
        items = [sign_in(number, at=after(number)) for number in range(300)]
        items.append(sign_in(300, at=after(300), user_agent="ü" * 100_000))
        assert await state.add_records([("a", item) for item in items]) == 301
        assert await state.records("a") == items

    async def test_many_partitions_are_read_at_once_and_of_each_no_more_than_asked(self, state: State) -> None:
        """Each has its own time; a partition that is not there is empty."""
        await state.add_records([(name, sign_in(number, at=after(number))) for name in "ab" for number in range(4)])
        found = await state.records_of({"a": after(1), "b": after(3), "none": NOON})
        assert {name: [one.at for one in records] for name, records in found.items()} == {
            "a": [after(1), after(2), after(3)],
            "b": [after(3)],
            "none": [],
        }
        few = await state.records_of({"a": after(1), "b": after(3)}, most=2)
        assert {name: len(records) for name, records in few.items()} == {"a": 2, "b": 1}
        assert set(few["a"]) <= set(found["a"])
