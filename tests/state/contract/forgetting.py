"""What state promises of forgetting, by age and by person."""

import msgspec

from shared.models.documents import DOCUMENTS_OF_CASE
from shared.state.interface import State
from tests.state.contract.backend import Contract
from tests.state.samples import (
    NOON,
    after,
    campaign,
    case,
    delivery,
    document,
    feedback,
    habits,
    identity,
    parked,
    report,
    sign_in,
)


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
