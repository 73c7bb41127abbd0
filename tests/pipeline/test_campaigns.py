"""Campaigns from records to tickets: one parent, own tickets for the compromised alone, one call of the model."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import msgspec

from local.storm.desk import Desk
from local.storm.storm import SilentModel
from local.storm.wire import URL, Wire
from local.tenant import StandIn, StandInCredential, Tenant
from shared.clients import Services, open_services
from shared.clock import ManualClock
from shared.correlate.correlate import correlate
from shared.graph.client import make_graph
from shared.graph.reader import GraphReader
from shared.models.cases import Case, TriageRequest
from shared.models.records import AnyRecord
from shared.owed import touch_campaign
from shared.pipeline import triage
from shared.policy import policy_of
from shared.settings import Settings
from shared.state.interface import TRIAGE_QUEUE, State
from shared.state.sqlite import MEMORY
from tests.correlate.test_campaigns import KIT, crowd, hit, usual
from tests.records import detection, minutes, risky_user, sign_in

LEAST = 4


class Lab(msgspec.Struct):
    """Services on a clock of our own, the tickets that went out, and who asked the model."""

    services: Services
    clock: ManualClock
    tickets: list[dict[str, Any]]
    model: SilentModel

    async def take_in(self, records: Sequence[AnyRecord]) -> None:
        """Correlate, and triage whatever becomes due in the next minutes."""
        await correlate(records, self.services.state, self.services.settings, self.clock())
        for _ in range(3):
            while messages := await self.services.state.receive(TRIAGE_QUEUE, visibility_seconds=600, limit=32):
                for message in messages:
                    await triage(msgspec.json.decode(message.body, type=TriageRequest), self.services)
                    await self.services.state.delete(TRIAGE_QUEUE, message)
            self.clock.advance(61)

    async def case_of(self, identity: str) -> Case:
        """Return the case of a user, or of the campaign."""
        cases = await self.services.state.cases()
        return next(case for case in cases if identity in {case.identity.id, case.identity.kind})

    def sent(self, identity: str) -> list[dict[str, Any]]:
        """Return the tickets about a user, or about the campaign."""
        return [one for one in self.tickets if identity in {one["identity"]["id"], one["identity"]["kind"]}]


class Kept(Desk):
    """Keeps whole tickets, at once."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.whole: list[dict[str, Any]] = []

    async def send(self, ticket: dict[str, Any]) -> str:
        """Keep it."""
        self.whole.append(ticket)
        return str(ticket["ticketKey"])


@asynccontextmanager
async def lab() -> AsyncIterator[Lab]:
    """Open one whose campaigns begin with four."""
    clock = ManualClock(minutes(60))
    settings = Settings(state_path=MEMORY, graph_url=URL, destinations=(), graph_share=1000)
    settings.__dict__["policy"] = policy_of({"thresholds": {"campaign_identities": LEAST}})
    opened = await open_services(settings, clock=clock, sleep=clock.sleep, credential=StandInCredential())
    users = [{"id": f"user-{n}", "userPrincipalName": "user@woodgrovebank.com"} for n in range(9)]
    graph = make_graph(StandInCredential(), URL, transport=Wire(StandIn(Tenant.load({"users": users}), None, clock)))
    desk, model = Kept(opened.state), SilentModel()
    reader = GraphReader(graph, opened.state, clock=clock, sleep=clock.sleep, settings=settings)
    services = msgspec.structs.replace(opened, graph=reader, model=model, destinations=(desk,))
    try:
        yield Lab(services, clock, desk.whole, model)
    finally:
        await graph.close()
        await opened.close()


def fallen(n: int) -> list[AnyRecord]:
    """Return what the kit does to one whom it gets in at."""
    at = minutes(n)
    taken = sign_in(f"{n}-in", at, user=f"user-{n}", risk_state="atRisk", risk_level_during_sign_in="high",
                    risk_event_types=("attackerinTheMiddle",), **KIT)  # fmt: skip
    found = detection(f"{n}-in", at, user=f"user-{n}", risk_event_type="attackerinTheMiddle", risk_level="high",
                      request_id=taken.record_id, ip_address=KIT["ip_address"], user_agent=KIT["user_agent"])  # fmt: skip
    return [taken, found]


async def test_one_parent_ticket_one_call_of_the_model_and_tickets_for_the_compromised_alone() -> None:
    """Five are hit together, one falls: two tickets, and every case has its report all the same."""
    async with lab() as here:
        await here.take_in([*crowd(4), *usual(4), *fallen(4)])
        assert {(one["identity"]["kind"], one["identity"]["id"]) for one in here.tickets} == {
            ("user", "user-4"),
            ("campaign", (await here.case_of("campaign")).identity.id),
        }
        campaign = await here.case_of("campaign")
        assert here.sent("user-4")[-1]["campaign"] == campaign.id
        parent = here.sent("campaign")[-1]
        assert parent["headline"] == "5 users were hit alike; 1 is compromised."
        assert parent["action"] in {"create", "update"}
        assert len([fact for fact in parent["evidence"] if "suspicious" in fact["text"]]) == 5
        for n in range(4):
            case = await here.case_of(f"user-{n}")
            report = await here.services.state.report(case.id)
            assert report is not None
            assert report.campaign_id == campaign.id
            assert report.summary.authorship.fallback is None, "nobody asked the model"
        assert here.model.calls == 2, "once for the campaign, once for the compromised"


async def test_a_member_that_turns_compromised_gets_its_ticket() -> None:
    """The ticket is made when it falls, and the parent's says so."""
    async with lab() as here:
        await here.take_in(crowd(5))
        assert not here.sent("user-2")
        await here.take_in([risky_user(minutes(30), user="user-2", state="confirmedCompromised", level="high")])
        (made,) = here.sent("user-2")
        assert made["action"] == "create"
        assert made["verdict"] == "compromised"
        parent = here.sent("campaign")[-1]
        assert parent["headline"] == "5 users were hit alike; 1 is compromised."
        assert parent["newRisk"]
        assert "Of 5 cases, 1 is compromised and 4 suspicious." in parent["changes"]


async def test_a_ticket_that_was_there_is_updated_and_stays() -> None:
    """Three had tickets before the fourth made it a campaign: each is told once, and goes on living."""
    async with lab() as here:
        await here.take_in(crowd(3))
        assert len(here.tickets) == 3
        await here.take_in([*usual(3), *hit(3)])
        campaign = await here.case_of("campaign")
        first = here.sent("user-0")
        assert [one["action"] for one in first] == ["create", "update"]
        assert f"Now part of campaign {campaign.id}." in first[-1]["changes"]
        assert not here.sent("user-3")
        await here.take_in([risky_user(minutes(30), user="user-0", state="dismissed", level="none")])
        assert here.sent("user-0")[-1]["action"] == "close"


async def test_the_parent_closes_when_all_its_cases_are() -> None:
    """Outcome and status follow the members; new risk opens it again."""
    async with lab() as here:
        await here.take_in(crowd(4))
        for n in range(4):
            assert here.sent("campaign")[-1]["status"] == "open"
            await here.take_in([risky_user(minutes(40), user=f"user-{n}", state="remediated", level="none")])
        closed = here.sent("campaign")[-1]
        assert (closed["status"], closed["action"], closed["outcome"]) == ("closed", "close", "remediated")
        assert (await here.case_of("campaign")).status == "closed"
        await here.take_in([*usual(7), *fallen(7)])
        assert here.sent("campaign")[-1]["status"] == "open"


async def test_a_request_that_comes_twice_sends_nothing_twice() -> None:
    """The campaign's case is a case: what it owes, it owes once."""
    async with lab() as here:
        await here.take_in(crowd(4))
        sent = len(here.tickets)
        campaign = await here.case_of("campaign")
        assert await triage(TriageRequest(case_id=campaign.id), here.services) is None
        await here.take_in(crowd(4))
        here.clock.advance(timedelta(hours=1).total_seconds())
        assert len(here.tickets) == sent


async def test_a_request_too_many_does_not_double_the_updates() -> None:
    """While members join, an update is always owed: a second request in the queue would go on beside the first."""
    async with lab() as here:
        await here.take_in(crowd(4))
        campaign = await here.case_of("campaign")
        request = TriageRequest(case_id=campaign.id)
        state, settings = here.services.state, here.services.settings
        await correlate([*usual(7), *fallen(7)], state, settings, here.clock())
        assert await triage(request, here.services) is not None, "the last report is three minutes old"
        here.clock.advance(1)
        await correlate([*usual(8), *fallen(8)], state, settings, here.clock())
        here.clock.advance(1)
        assert await triage(request, here.services) is None
        assert (await here.case_of("campaign")).needs_triage
        here.clock.advance(59)
        assert await triage(request, here.services) is not None
        assert not (await here.case_of("campaign")).needs_triage


async def test_a_campaign_that_goes_on_for_days_does_not_fill_its_ticket() -> None:
    """Updates come after a minute at first, still within two while a storm lasts an hour, then every quarter hour."""
    async with lab() as here:
        await here.take_in(crowd(4))
        state, settings, now = here.services.state, here.services.settings, here.clock()
        waits = []
        for versions in (1, 12, 50):
            stored = await state.case((await here.case_of("campaign")).id)
            assert stored is not None
            calm = msgspec.structs.replace(stored[0], report_version=versions, triaged_revision=stored[0].revision)
            await state.save_case(calm, stored[1])
            await touch_campaign(calm.id, now, state, settings, now)
            touched = await here.case_of("campaign")
            assert touched.update_due_at is not None
            waits.append((touched.update_due_at - now).total_seconds())
        assert waits == [60, 100, 900]
