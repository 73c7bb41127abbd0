"""The story through the real ingest, correlate and state: seven cases out of two days, whatever the order."""

from collections.abc import Sequence

import pytest

from local import story
from local.story import guest, password_spray, self_remediated
from shared.clock import ManualClock
from shared.correlate.correlate import correlate
from shared.ingest import decode
from shared.models.cases import Campaign, Case
from shared.settings import Settings
from shared.state.sqlite import MEMORY, SqliteState
from tests.story.streamed import EVENTS


async def told(bodies: Sequence[bytes]) -> tuple[list[Case], list[Campaign]]:
    """Return cases and campaigns after all bodies have been taken in one by one."""
    state = SqliteState.open(MEMORY, clock=ManualClock(story.NOW))
    try:
        for body in bodies:
            records = decode(body, received_at=story.NOW).records
            await correlate(records, state, Settings(), story.NOW)
        return await state.cases(), await state.campaigns()
    finally:
        await state.close()


@pytest.mark.parametrize("order", [1, -1], ids=["as it arrives", "backwards"])
async def test_seven_people_have_a_case(order: int) -> None:
    """Each protagonist has one case, closed only for the one who mended it; the noise has none."""
    cases, campaigns = await told([event.body for event in EVENTS][::order])
    users = sorted(case.identity.id for case in cases if case.identity.kind == "user")
    assert users == sorted(holding.person.id for holding in story.protagonists())
    assert {case.identity.id for case in cases if case.status == "closed"} == {self_remediated.PERSON.id}
    whole = [campaign for campaign in campaigns if len(campaign.targeted) == 25]
    assert [campaign.succeeded for campaign in whole] == [(password_spray.PERSON.id,)]


async def test_a_guest_case_names_the_guest() -> None:
    """The # of a guest's name survives the way through the stream."""
    cases, _ = await told([event.body for event in EVENTS])
    names = {case.identity.id: case.identity.name for case in cases}
    assert str(names[guest.PERSON.id]).lower() == guest.PERSON.upn.lower()
