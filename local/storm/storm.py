"""Run a storm in simulated time, and hand out what was noted."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from itertools import count

import msgspec

from local.storm.desk import Desk, Ticket
from local.storm.instances import Instance, bring, keep_house
from local.storm.options import Shape
from local.storm.town import START, Arrival, Victim, arrivals, history, tenant_of, victims
from local.storm.virtual_time import loop_clock, run_simulated
from local.storm.wire import URL, Wire
from local.tenant import Rules, Served, StandIn, StandInCredential
from local.working import Advance
from shared.clients import Services, open_services
from shared.errors import ModelUnavailableError
from shared.graph.client import make_graph
from shared.graph.reader import GraphReader
from shared.pipeline import take_in
from shared.settings import Settings
from shared.state.interface import State
from shared.state.sqlite import MEMORY
from shared.write.model import ModelWriter, Reply
from shared.write.prompt import Prompt

GRAPH_LATENCY_MS = 120.0
OUTAGE = (2.0, 7.0)
"""Minutes of the storm between which Graph answers nothing but 503."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a storm is like."""

    users: int
    minutes: float
    shape: Shape = "burst"
    after_minutes: float = 60
    """How long is watched after the last event."""
    instances: int = 1


class Reported(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a report."""

    identity: str
    at: float
    is_complete: bool
    """Nothing is missing that a later look-up would bring."""


class Noted(msgspec.Struct, frozen=True, kw_only=True):
    """What a run left behind."""

    plan: Plan
    arrivals: list[Arrival]
    tickets: list[Ticket]
    reports: list[Reported]
    served: list[Served]
    peaks: dict[str, float]
    """Largest share of each documented limit that any window saw."""
    round_trips: int
    model_calls: int
    failures: int
    parked: int
    began: float
    """When the first event came, by the clock of the tickets."""
    cpu_seconds: float
    """Processor time of everything from the first event on, the stand-in Graph included."""


class SilentModel(ModelWriter):
    """Counts who asks it and is never there: every report's words are the template's."""

    def __init__(self) -> None:
        self.model, self.timeout_seconds = "counted", 30.0
        self.calls = 0

    async def ask(self, prompt: Prompt) -> Reply:
        """Count one call. Always raises ModelUnavailableError."""
        self.calls += bool(prompt.messages)
        raise ModelUnavailableError("nobody is there")


def run_storm(plan: Plan, advance: Advance | None = None) -> Noted:
    """Run it on a loop of its own, in the calling thread. ``advance``: told of each simulated minute."""
    return run_simulated(lambda: _storm(plan, advance))


def minutes_of(plan: Plan) -> int:
    """Return how many whole minutes are simulated."""
    return int(plan.minutes + plan.after_minutes)


async def _storm(plan: Plan, advance: Advance | None) -> Noted:
    everyone = victims(plan.users)
    coming = arrivals(everyone, plan.minutes)
    clock = loop_clock(START)
    rules = Rules(limits=True, latency_ms=GRAPH_LATENCY_MS)
    stand_in = StandIn(tenant_of(everyone), rules, clock)
    settings = Settings(state_path=MEMORY, graph_url=URL, destinations=())
    opened = await open_services(settings, clock=clock, credential=StandInCredential())
    desk, model = Desk(opened.state), SilentModel()
    try:
        graphs = [make_graph(StandInCredential(), URL, transport=Wire(stand_in)) for _ in range(plan.instances)]
        services = [
            msgspec.structs.replace(
                opened,
                graph=GraphReader(graph, opened.state, clock=clock, settings=settings),
                model=model,
                destinations=(desk,),
            )
            for graph in graphs
        ]
        await _tell_history(everyone, services[0])
        began, cpu = asyncio.get_running_loop().time(), time.process_time()
        instances = [Instance(one) for one in services]
        telling = asyncio.create_task(_tell_minutes(advance, stand_in)) if advance else None
        await _weather(plan, coming, services[0], instances, stand_in)
        cpu = time.process_time() - cpu
        if telling is not None:
            telling.cancel()
        for graph in graphs:
            await graph.close()
        return Noted(
            plan=plan,
            arrivals=coming,
            tickets=desk.tickets,
            reports=[one async for one in _reports(opened.state)],
            served=stand_in.requests,
            peaks=stand_in.peaks,
            round_trips=stand_in.round_trips,
            model_calls=model.calls,
            failures=sum(instance.failures for instance in instances),
            parked=len(await opened.state.parked()),
            began=began,
            cpu_seconds=cpu,
        )
    finally:
        await opened.close()


async def _reports(state: State) -> AsyncIterator[Reported]:
    """Yield every version of every identity's report."""
    for case in await state.cases():
        for version in range(1, case.report_version + 1):
            report = await state.report(case.id, version)
            if report is not None and case.identity.kind != "campaign":
                yield Reported(
                    identity=case.identity.id,
                    at=(report.generated_at - START).total_seconds(),
                    is_complete=not any(gap.is_passing for gap in report.dossier.gaps),
                )


async def _tell_history(everyone: list[Victim], services: Services) -> None:
    for body in history(everyone):
        await take_in([body], services, source="risk_events")


async def _weather(
    plan: Plan, coming: list[Arrival], services: Services, instances: list[Instance], stand_in: StandIn
) -> None:
    """Let the storm pass over the instances, and watch on for a while."""
    loop = asyncio.get_running_loop()
    running = [asyncio.create_task(instance.run()) for instance in instances]
    running.append(asyncio.create_task(keep_house(services)))
    if plan.shape == "outage":
        running.append(asyncio.create_task(_outage(stand_in)))
    await bring(coming, loop.time(), services)
    await asyncio.sleep(plan.after_minutes * 60)
    for task in running:
        task.cancel()
    for task in running:
        with suppress(asyncio.CancelledError):
            await task


async def _tell_minutes(advance: Advance, stand_in: StandIn) -> None:
    """Say after each minute how far the storm is, for ever."""
    for minute in count(1):
        await asyncio.sleep(60)
        advance(f"minute {minute}, {stand_in.round_trips:,} round trips to Graph")


async def _outage(stand_in: StandIn) -> None:
    calm = stand_in.rules
    await asyncio.sleep(OUTAGE[0] * 60)
    stand_in.rules = msgspec.structs.replace(calm, fault_every=1, faults=("503",))
    await asyncio.sleep((OUTAGE[1] - OUTAGE[0]) * 60)
    stand_in.rules = calm
