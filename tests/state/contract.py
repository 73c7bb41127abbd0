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

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
import pytest
import pytest_asyncio

from shared.clock import Clock
from shared.errors import ConflictError
from shared.models.cases import Case
from shared.models.documents import DOCUMENTS_OF_CASE
from shared.models.records import AnyRecord
from shared.state.addressed import opened
from shared.state.interface import LOOK_UP_QUEUE, TRIAGE_QUEUE, QueueMessage, State
from tests.state.samples import (
    HOSTILE,
    NOON,
    after,
    campaign,
    case,
    delivery,
    detection,
    document,
    feedback,
    habits,
    identity,
    parked,
    report,
    sign_in,
)

KIB_48 = 48 * 1024
TENANTS = ("aaaaaaaa-0000-4000-8000-00000000000a", "bbbbbbbb-0000-4000-8000-00000000000b")


@dataclass(frozen=True, kw_only=True)
class Backend:
    """How the contract gets at a backend."""

    open: Callable[[], State]
    """Opens the store; each call is another instance on the same store."""
    advance: Callable[[float], Awaitable[None]]
    """Lets seconds pass by the store's clock."""
    now: Clock
    remembers_send_keys: bool = True
    """Whether ``send`` drops a repeated key."""
    lists_hidden: bool = True
    """Whether ``peek`` and ``next_visible_at`` see messages that are invisible."""
    clock_error_seconds: float = 0
    """How far the store's clock and ``now`` may differ."""


class Contract:
    """The fixtures that all parts use."""

    @pytest_asyncio.fixture
    async def state(self, backend: Backend) -> AsyncIterator[State]:
        """Yield an instance on an empty store."""
        state = backend.open()
        yield state
        await state.close()

    @pytest_asyncio.fixture
    async def other(self, backend: Backend) -> AsyncIterator[State]:
        """Yield a second instance on the same store."""
        state = backend.open()
        yield state
        await state.close()


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


def ended(one: Case) -> Case:
    """Return a case closed, with its report out."""
    return msgspec.structs.replace(one, status="closed", outcome="dismissed", triaged_revision=one.revision)


def member(one: Case) -> Case:
    """Return a case as part of a campaign."""
    return msgspec.structs.replace(one, campaign_id="case-c")


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


class ErasingContract(Contract):
    """Forgetting a person."""

    async def test_a_person_is_erased_and_others_stay(self, state: State) -> None:
        """All that belongs to the person goes, a name in what is about others is replaced, and a repeat finds nothing."""
        who, other = identity(1), identity(2)
        for number, one in ((1, who), (2, other)):
            await state.save_case(case(number, owner=number), None)
            record = msgspec.structs.replace(sign_in(number), user_id=one.id)
            await state.add_records([(one.key, record)])
            await state.save_habits(habits(one.key))
        await state.save_report(report(1, case_id=case(1).id))
        await state.save_report(report(1, case_id=case(2).id, text='Her manager is Anna "Lindqvist".'))
        await state.save_delivery(delivery(case_id=case(1).id))
        await state.save_feedback(feedback(1, case=case(1).id))
        await state.save_document(document(1, body=b'{"asked": "Is ANNA \\"Lindqvist\\" risky?"}'), None)
        await state.save_document(document(2, body=b"{}"), None)
        await state.park(parked(1, body=f"a record of {who.id}".encode()))
        await state.park(parked(2, body=b"somebody else"))
        await state.send("tickets", f'{{"case": "{case(1).id}"}}'.encode())
        removed = await state.erase([case(1).id], [who.id], ['Anna "Lindqvist"'])
        assert removed.pop("redacted") >= 1
        assert removed.keys() >= {
            "cases",
            "records",
            "habits",
            "reports",
            "deliveries",
            "feedback",
            "documents",
            "parked",
        }
        assert [found.id for found in await state.cases()] == [case(2).id]
        assert await state.records(who.key) == []
        assert await state.records(other.key) == [msgspec.structs.replace(sign_in(2), user_id=other.id)]
        assert (await state.habits(who.key), await state.habits(other.key)) == (None, habits(other.key))
        assert await state.report(case(1).id) is None
        kept = await state.report(case(2).id)
        assert kept is not None
        assert kept.summary.headline.text == "Her manager is erased."
        assert await state.deliveries(case(1).id) == await state.feedback() == []
        assert await state.documents("session") == [document(2, body=b"{}")]
        assert await state.parked() == [parked(2, body=b"somebody else")]
        assert await state.peek("tickets") == []
        assert await state.erase([case(1).id], [who.id], ['Anna "Lindqvist"']) == {}


class ForgettingContract(Contract):
    """Forgetting by age."""

    async def test_a_case_goes_with_all_that_belongs_to_it(self, state: State) -> None:
        """Reports, deliveries, feedback, look-ups, and the profile with the last case; another case keeps its own."""
        for number, owner in ((1, 1), (2, 1), (3, 2)):
            one = case(number, owner=owner)
            await state.save_case(one, None)
            await state.save_habits(habits(one.identity.key))
            await state.save_report(report(1, case_id=one.id))
            await state.save_report(report(2, case_id=one.id))
            await state.save_delivery(delivery(case_id=one.id))
            await state.save_feedback(feedback(number, case=one.id))
            for kind in DOCUMENTS_OF_CASE:
                await state.save_document(msgspec.structs.replace(document(kind=kind), id=one.id), None)
        removed = await state.forget([case(1).id, case(3).id], NOON)
        assert removed == {"cases": 2, "reports": 4, "deliveries": 2, "feedback": 2, "documents": 4, "habits": 1}
        assert await state.cases() == [case(2)]
        assert await state.current_cases([identity(2).key]) == {}
        for number, kept in ((1, False), (2, True), (3, False)):
            case_id = case(number).id
            assert (await state.case(case_id) is not None) is kept
            assert (await state.report(case_id) is not None) is kept
            assert (await state.report(case_id, 1) is not None) is kept
            assert bool(await state.deliveries(case_id)) is kept
            assert bool(await state.feedback(case_id)) is kept
            for kind in DOCUMENTS_OF_CASE:
                assert (await state.document(kind, case_id) is not None) is kept
        assert await state.habits(identity(1).key) == habits(identity(1).key)
        assert await state.habits(identity(2).key) is None
        assert await state.forget([case(1).id, case(3).id], NOON) == {}

    async def test_what_has_no_case_goes_by_age(self, state: State) -> None:
        """Campaigns by their last failure, parked things, feedback on prompts; at the time itself they stay."""
        await state.save_case(case(1), None)
        for number, seconds in ((1, -1), (2, 0)):
            lasting = msgspec.structs.replace(campaign(number, first_at=after(-9)), last_at=after(seconds))
            await state.save_campaign(lasting)
            await state.park(parked(number, at=after(seconds)))
            about = msgspec.structs.replace(
                feedback(number, seconds=seconds), case_id=None, prompt_id=f"prompt-{number}"
            )
            await state.save_feedback(about)
        await state.save_feedback(feedback(3, seconds=-1, case=case(1).id))
        assert await state.forget([], NOON) == {"campaigns": 1, "parked": 1, "feedback": 1}
        assert [one.id for one in await state.campaigns()] == ["campaign-2"]
        assert [one.id for one in await state.parked()] == ["parked-2"]
        assert [one.id for one in await state.feedback()] == ["feedback-3", "feedback-2"]
        assert await state.forget([], NOON) == {}


class DocumentsContract(Contract):
    """Sessions, prompts and promptbooks."""

    async def test_a_document_comes_back_as_it_was_saved(self, state: State) -> None:
        """Equal, under the etag that its save returned; kinds do not share ids."""
        etag = await state.save_document(document(body=HOSTILE.encode()), None)
        assert await state.document("session", "session-1") == (document(body=HOSTILE.encode()), etag)
        assert await state.document("prompt", "session-1") is None
        assert await state.document("session", "session-2") is None

    async def test_only_the_latest_reader_may_change_a_document(self, state: State, other: State) -> None:
        """A stale etag, a second first save, and an etag for what is not there conflict; the winner's form stays."""
        first = await state.save_document(document(), None)
        second = await other.save_document(document(body=b"2"), first)
        for lost, etag in ((document(body=b"3"), first), (document(body=b"3"), None), (document(2), second)):
            with pytest.raises(ConflictError):
                await state.save_document(lost, etag)
        assert await state.document("session", "session-1") == (document(body=b"2"), second)
        assert await state.documents("session") == [document(body=b"2")]

    async def test_of_concurrent_saves_of_a_document_exactly_one_wins(self, state: State, other: State) -> None:
        """Ten turns of one session at once: one is written, nine learn of it."""
        etag = await state.save_document(document(), None)
        saves = [(state, other)[n % 2].save_document(document(body=b"%d" % n), etag) for n in range(10)]
        results = await asyncio.gather(*saves, return_exceptions=True)
        assert sorted(type(result).__name__ for result in results) == ["ConflictError"] * 9 + ["str"]

    async def test_documents_are_listed_by_kind_and_id(self, state: State) -> None:
        """The order of saves does not matter."""
        for one in (document(3), document(1), document(2, kind="promptbook")):
            await state.save_document(one, None)
        assert await state.documents("session") == [document(1), document(3)]
        assert await state.documents("promptbook") == [document(2, kind="promptbook")]
        assert await state.documents("refusal") == []

    async def test_documents_are_forgotten_by_name_or_age(self, state: State) -> None:
        """Old ones of the kind go, at the time itself they stay; a name that is not there is no error."""
        for number, seconds in ((1, 0), (2, 60), (3, 61)):
            await state.save_document(document(number, at=after(seconds)), None)
        await state.save_document(document(1, kind="prompt"), None)
        assert await state.purge_documents("session", after(60)) == 1
        assert await state.purge_documents("session", after(60)) == 0
        assert [one.id for one in await state.documents("session")] == ["session-2", "session-3"]
        assert len(await state.documents("prompt")) == 1
        for _ in range(2):
            await state.delete_document("session", "session-2")
        assert [one.id for one in await state.documents("session")] == ["session-3"]

    async def test_a_large_document_comes_back_whole(self, state: State) -> None:
        """An answer with full rows is far beyond 64 KiB."""
        large = document(body=b"x" * 3_000_000)
        await state.save_document(large, None)
        found = await state.document("session", "session-1")
        assert found is not None
        assert found[0] == large


class QueuesContract(Contract):
    """Queues."""

    async def receive_one(self, state: State, queue: str = "work", *, visibility_seconds: float = 2) -> QueueMessage:
        """Receive exactly one message."""
        (message,) = await state.receive(queue, visibility_seconds=visibility_seconds)
        return message

    async def test_a_message_arrives_as_sent(self, backend: Backend, state: State) -> None:
        """Any bytes come through, with a first dequeue and the time of sending."""
        await state.send("work", bytes(range(256)))
        message = await self.receive_one(state)
        assert message.body == bytes(range(256))
        assert message.dequeue_count == 1
        error = timedelta(seconds=backend.clock_error_seconds)
        assert abs(message.inserted_at - backend.now()) <= error

    async def test_an_empty_queue_gives_nothing(self, state: State) -> None:
        """No queue needs to be made first, and none of the look-ups raises."""
        assert await state.receive("work", visibility_seconds=2) == []
        assert await state.peek("work") == []
        assert await state.next_visible_at("work") is None

    async def test_48_kib_is_the_most_a_message_holds(self, state: State) -> None:
        """The limit itself passes; one byte more is refused and not sent."""
        await state.send("work", b"x" * KIB_48)
        with pytest.raises(ValueError, match="49152"):
            await state.send("work", b"x" * (KIB_48 + 1), key="k")
        assert [message.body for message in await state.receive("work", visibility_seconds=2, limit=32)] == [
            b"x" * KIB_48
        ]

    @pytest.mark.parametrize("limit", [-1, 0, 33])
    async def test_receive_refuses_a_limit_outside_1_to_32(self, state: State, limit: int) -> None:
        """The limits of Storage queues hold everywhere."""
        with pytest.raises(ValueError, match="32"):
            await state.receive("work", visibility_seconds=2, limit=limit)

    async def test_receive_takes_at_most_its_limit(self, state: State) -> None:
        """The rest stays for the next call, and nothing is given out twice."""
        for number in range(5):
            await state.send("work", b"%d" % number)
        first = await state.receive("work", visibility_seconds=30, limit=3)
        second = await state.receive("work", visibility_seconds=30, limit=3)
        assert (len(first), len(second)) == (3, 2)
        assert {message.body for message in first + second} == {b"0", b"1", b"2", b"3", b"4"}

    async def test_queues_do_not_mix(self, state: State) -> None:
        """A message is in the queue it was sent to and can be finished only there."""
        await state.send("work", b"1")
        assert await state.receive("work-poison", visibility_seconds=2) == []
        message = await self.receive_one(state)
        with pytest.raises(ConflictError):
            await state.delete("work-poison", message)
        await state.delete("work", message)

    async def test_a_received_message_is_invisible_until_its_time_out(self, backend: Backend, state: State) -> None:
        """Nobody else gets it meanwhile; then it comes back, counted."""
        await state.send("work", b"1")
        first = await self.receive_one(state, visibility_seconds=2)
        assert await state.receive("work", visibility_seconds=2) == []
        await backend.advance(2.5)
        second = await self.receive_one(state)
        assert (second.id, second.body, second.dequeue_count) == (first.id, b"1", 2)
        assert second.receipt != first.receipt

    async def test_a_deleted_message_stays_away(self, backend: Backend, state: State) -> None:
        """Finished is finished, after the time-out too."""
        await state.send("work", b"1")
        await state.delete("work", await self.receive_one(state, visibility_seconds=1))
        await backend.advance(1.5)
        assert await state.receive("work", visibility_seconds=2) == []
        assert await state.peek("work") == []

    async def test_a_stale_receipt_can_do_nothing(self, backend: Backend, state: State, other: State) -> None:
        """Once someone else has taken the message, the first receiver neither finishes nor keeps it."""
        await state.send("work", b"1")
        mine = await self.receive_one(state, visibility_seconds=1)
        await backend.advance(1.5)
        theirs = await self.receive_one(other, visibility_seconds=30)
        with pytest.raises(ConflictError):
            await state.delete("work", mine)
        with pytest.raises(ConflictError):
            await state.renew("work", mine, visibility_seconds=30)
        await other.delete("work", theirs)

    async def test_a_receipt_outlives_its_time_out_until_someone_takes_the_message(
        self, backend: Backend, state: State
    ) -> None:
        """Work that finished late, but that nobody else has begun, still counts."""
        await state.send("work", b"1")
        message = await self.receive_one(state, visibility_seconds=1)
        await backend.advance(1.5)
        await state.delete("work", message)
        assert await state.receive("work", visibility_seconds=2) == []

    async def test_a_message_that_is_gone_conflicts(self, state: State) -> None:
        """A second delete, or a renewal after it, learns that there is nothing left to hold."""
        await state.send("work", b"1")
        message = await self.receive_one(state)
        await state.delete("work", message)
        with pytest.raises(ConflictError):
            await state.delete("work", message)
        with pytest.raises(ConflictError):
            await state.renew("work", message, visibility_seconds=2)

    async def test_a_receipt_that_was_never_given_out_conflicts(self, state: State) -> None:
        """Made-up receipts and ids fit no message."""
        await state.send("work", b"1")
        message = await self.receive_one(state)
        with pytest.raises(ConflictError):
            await state.delete("work", msgspec.structs.replace(message, receipt="none"))
        with pytest.raises(ConflictError):
            await state.delete("work", msgspec.structs.replace(message, id="none"))

    async def test_renewing_keeps_a_message_invisible(self, backend: Backend, state: State) -> None:
        """The new time runs from the renewal, the count stays, and only the new receipt is good."""
        await state.send("work", b"1")
        first = await self.receive_one(state, visibility_seconds=2)
        await backend.advance(1)
        renewed = await state.renew("work", first, visibility_seconds=4)
        assert (renewed.id, renewed.body, renewed.dequeue_count) == (first.id, b"1", 1)
        await backend.advance(2)
        assert await state.receive("work", visibility_seconds=2) == []
        with pytest.raises(ConflictError):
            await state.delete("work", first)
        await state.delete("work", renewed)

    async def test_renewing_for_0_seconds_gives_a_message_back(self, state: State) -> None:
        """Who cannot go on need not wait for the time-out."""
        await state.send("work", b"1")
        await state.renew("work", await self.receive_one(state, visibility_seconds=30), visibility_seconds=0)
        assert (await self.receive_one(state)).dequeue_count == 2

    async def test_a_delayed_message_is_invisible_at_first(self, backend: Backend, state: State) -> None:
        """It arrives after its delay, as a first dequeue."""
        await state.send("work", b"later", delay_seconds=2)
        assert await state.receive("work", visibility_seconds=2) == []
        await backend.advance(2.5)
        assert (await self.receive_one(state)).dequeue_count == 1

    async def test_instances_share_the_messages(self, state: State, other: State) -> None:
        """Two receivers at once get each message once between them."""
        for number in range(40):
            await state.send("work", b"%d" % number)
        calls = [(state, other)[n % 2].receive("work", visibility_seconds=60, limit=5) for n in range(10)]
        received = [message.body for batch in await asyncio.gather(*calls) for message in batch]
        assert sorted(received) == sorted(b"%d" % number for number in range(40))

    async def test_a_repeated_key_is_dropped_for_ever(self, backend: Backend, state: State, other: State) -> None:
        """The second send with a key does nothing, also after the message is finished; other queues are apart."""
        if not backend.remembers_send_keys:
            pytest.skip("this backend leaves repeated keys to the receiver")
        await state.send("work", b"1", key="k")
        await other.send("work", b"2", key="k")
        await state.send("other-work", b"3", key="k")
        await state.send("work", b"4", key="another")
        await state.send("work", b"5")
        await state.send("work", b"5")
        messages = await state.receive("work", visibility_seconds=60, limit=32)
        assert sorted(message.body for message in messages) == [b"1", b"4", b"5", b"5"]
        for message in messages:
            await state.delete("work", message)
        await state.send("work", b"6", key="k")
        assert await state.peek("work") == []
        assert await state.peek("other-work") == [b"3"]

    async def test_peeking_changes_nothing(self, state: State) -> None:
        """Bodies come oldest first, at most the limit, and stay to be received for the first time."""
        for number in range(3):
            await state.send("work", b"%d" % number)
        assert await state.peek("work") == [b"0", b"1", b"2"]
        assert await state.peek("work", limit=2) == [b"0", b"1"]
        messages = await state.receive("work", visibility_seconds=2, limit=3)
        assert {message.dequeue_count for message in messages} == {1}

    async def test_peeking_sees_invisible_messages(self, backend: Backend, state: State) -> None:
        """Received and delayed messages are listed too."""
        if not backend.lists_hidden:
            pytest.skip("this backend lists visible messages only")
        await state.send("work", b"received")
        await self.receive_one(state)
        await state.send("work", b"delayed", delay_seconds=60)
        assert await state.peek("work") == [b"received", b"delayed"]

    async def test_the_next_visible_moment_is_known(self, backend: Backend, state: State) -> None:
        """It is the earliest of all messages, past or to come, and moves with time-outs and deletes."""
        if not backend.lists_hidden:
            pytest.skip("this backend lists visible messages only")
        start, error = backend.now(), backend.clock_error_seconds
        await state.send("work", b"late", delay_seconds=60)
        await self.assert_next(state, start + timedelta(seconds=60), error)
        await state.send("work", b"now")
        await self.assert_next(state, start, error)
        message = await self.receive_one(state, visibility_seconds=20)
        await self.assert_next(state, start + timedelta(seconds=20), error)
        await state.delete("work", message)
        await self.assert_next(state, start + timedelta(seconds=60), error)

    async def assert_next(self, state: State, expected: datetime, error: float) -> None:
        """Check the next visible moment, to the precision of the backend's clock."""
        found = await state.next_visible_at("work")
        assert found is not None
        assert abs(found - expected) <= timedelta(seconds=error)


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

    async def test_a_budget_slides(self, backend: Backend, state: State) -> None:
        """Each use is given back one window after it was taken, not at the start of a period."""
        assert await state.take_budget("graph", 3, 5, 4) == 0
        await backend.advance(2)
        assert await state.take_budget("graph", 2, 5, 4) == 0
        await backend.advance(2.2)
        assert await state.take_budget("graph", 3, 5, 4) == 0
        assert await state.take_budget("graph", 1, 5, 4) > 0
        assert await state.budget_used("graph", 4) == 5
        assert await state.budget_used("unknown", 4) == 0

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


class TenantsContract(Contract):
    """Of several tenants each has a state that no other sees."""

    async def test_what_one_tenant_keeps_no_other_has(self, state: State) -> None:
        """Under the very same keys; nor has the state that they come from."""
        one, other = state.of_tenant(TENANTS[0]), state.of_tenant(TENANTS[1])
        await _fill(one)
        try:
            assert not any(await _held(other))
            assert not any(await _held(state))
            assert all(await _held(one))
            assert await other.take_budget("bucket", 1, 1, 60) == 0
            assert await other.acquire_lease("lease", "me", 60)
            await _fill(other)
            assert await one.erase(["case-1"], [identity().id], [])
            assert all(await _held(other))
        finally:
            await one.close()
            await other.close()

    async def test_functions_hear_of_all_tenants_in_one_queue(self, state: State) -> None:
        """A message says whose it is; erasing in one tenant takes no other's message."""
        several = [state.of_tenant(tenant) for tenant in TENANTS]
        for one in several:
            await one.send(TRIAGE_QUEUE, b'{"case_id":"case-1"}')
        assert [opened(body) for body in await state.peek(TRIAGE_QUEUE)] == [
            (tenant, b'{"case_id":"case-1"}') for tenant in TENANTS
        ]
        assert (await several[0].erase(["case-1"], [], [])) == {"messages": 1}
        assert [opened(body)[0] for body in await state.peek(TRIAGE_QUEUE)] == [TENANTS[1]]
        assert await state.erase(["case-1"], [], []) == {}
        for one in several:
            await one.close()


async def _fill(state: State) -> None:
    await state.save_case(case(), None)
    await state.add_records([("partition", sign_in())])
    await state.save_report(report(text="long" * 200_000))
    await state.save_delivery(delivery())
    await state.save_habits(habits())
    await state.save_feedback(feedback())
    await state.save_document(document(), None)
    await state.save_campaign(campaign())
    await state.park(parked())
    await state.send(LOOK_UP_QUEUE, b"look up")
    await state.add_counts({"records": 1})
    await state.take_budget("bucket", 1, 1, 60)
    await state.acquire_lease("lease", "holder", 60)


async def _held(state: State) -> list[object]:
    """Return what is there of what ``_fill`` put in."""
    kept = document()
    return [
        await state.cases(),
        await state.case(case().id),
        await state.records("partition"),
        await state.report("case-1"),
        await state.deliveries("case-1"),
        await state.habits(habits().identity_key),
        await state.feedback(),
        await state.documents(kept.kind),
        await state.campaigns(),
        await state.parked(),
        await state.peek(LOOK_UP_QUEUE),
        await state.counts(),
        await state.take_budget("bucket", 0, 0, 60),
    ]


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
