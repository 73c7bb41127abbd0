"""What state promises of several tenants on one store."""

from shared.state.addressed import opened
from shared.state.interface import LOOK_UP_QUEUE, TRIAGE_QUEUE, State
from tests.state.contract.backend import Contract
from tests.state.samples import campaign, case, delivery, document, feedback, habits, identity, parked, report, sign_in

TENANTS = ("aaaaaaaa-0000-4000-8000-00000000000a", "bbbbbbbb-0000-4000-8000-00000000000b")


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
