"""Run the incident step by step, and show each page to whoever asks to see it."""

import re
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from local import story
from local.host.http import Keys
from local.story.people import TENANT_ID
from local.story.session_theft import PERSON
from local.system import HUBS, RISK_HUB, UNLIMITED, System, running
from local.tenant import Tenant
from local.tenant.stand_in import StandIn
from local.ticket_desk import TicketDesk, webhook_secret
from local.tour.incident import Part, parts
from shared.clock import ManualClock
from shared.models.reports import Report
from shared.settings import Settings
from shared.state.sqlite import MEMORY

KEY = "key-of-the-tour"
PROMPT = f"Why was the verdict given for {PERSON.upn}?"
SECONDS = 75.0
"""How far the clock moves while work is done: updates are gathered for a minute."""


class Shot(msgspec.Struct, frozen=True, kw_only=True):
    """A page to look at."""

    name: str
    path: str
    part: str = ""
    """Selector of the part to show; empty: what is seen at first."""


class Walked(msgspec.Struct, frozen=True, kw_only=True):
    """What happened, for the words of the tour."""

    case_id: str
    versions: tuple[Report, ...]
    """Oldest first."""
    answer: dict[str, Any]
    ticket: dict[str, Any]
    """The ticket at the desk, with its history."""
    event: dict[str, Any]
    """The first risk detection as it arrived."""


type Look = Callable[[str, Shot], Awaitable[None]]
"""Handed the address of the running app, and what to look at there."""


async def walk(look: Look) -> Walked:
    """Walk the incident: each part of it arrives, is triaged, and is looked at."""
    first, worse, ended = parts()
    with tempfile.TemporaryDirectory(prefix="entra-triage-") as folder:
        desk = TicketDesk(Path(folder) / "tickets.jsonl", webhook_secret())
        async with _system(desk, Path(folder), first.tenant, first.at) as (system, clock):
            url = system.host.url
            await _arrives(first, system, clock)
            (case,) = await system.services.state.cases()
            page = f"/api/console/cases/{case.id}?code={KEY}"
            await look(url, Shot(name="1-first-report", path=page))
            await _arrives(worse, system, clock)
            report = f"/api/cases/{case.id}/report?code={KEY}"
            await look(url, Shot(name="2-report", path=report))
            await look(url, Shot(name="3-timeline", path=report, part="#happened"))
            await look(url, Shot(name="4-changes", path=f"{page}&before=1&after=2", part="section:has(> .versions)"))
            answer = await _asked(url)
            session = f"/api/console/prompts?session={answer['sessionId']}&code={KEY}"
            await look(url, Shot(name="5-answer", path=session))
            await _arrives(ended, system, clock)
            await look(url, Shot(name="6-closed", path=page))
            reports = await _reports(case.id, system)
    (ticket,) = desk.tickets.values()
    event = next(one for body in first.bodies if (one := _record(body))["category"] == "UserRiskEvents")
    return Walked(case_id=case.id, versions=tuple(reports), answer=answer, ticket=ticket, event=event)


async def show_console(look: Look) -> None:
    """Show the console and a report after the whole story of the demo."""
    with tempfile.TemporaryDirectory(prefix="entra-triage-") as folder:
        desk = TicketDesk(Path(folder) / "tickets.jsonl", webhook_secret())
        async with _system(desk, Path(folder), story.tenant(), story.NOW) as (system, clock):
            for event in story.events():
                system.events.append(HUBS[event.hub], [event.body])
            await _work(system, clock)
            await look(system.host.url, Shot(name="console", path=f"/api/console?code={KEY}"))


@asynccontextmanager
async def _system(
    desk: TicketDesk, folder: Path, tenant: dict[str, Any], at: datetime
) -> AsyncIterator[tuple[System, ManualClock]]:
    clock = ManualClock(at)
    async with desk.serving() as url:
        settings = Settings(
            state_path=MEMORY,
            tenant_id=TENANT_ID,
            graph_share=UNLIMITED,
            destinations=("queue", "webhook"),
            webhook_url=url,
            webhook_secret=desk.secret,
        )
        async with running(
            Tenant.load(tenant),
            folder,
            settings,
            clock=clock,
            sleep=clock.sleep,
            mode="stepped",
            port=0,
            keys=Keys(function=(KEY,)),
        ) as system:
            yield system, clock


async def _arrives(part: Part, system: System, clock: ManualClock) -> None:
    system.tenant.stand_in = StandIn(Tenant.load(part.tenant), None, clock)
    clock.advance(max(0.0, (part.at - clock()).total_seconds()))
    for body in part.bodies:
        system.events.append(RISK_HUB, [body])
    await _work(system, clock)


async def _work(system: System, clock: ManualClock) -> None:
    while await system.host.step_event_hubs():
        pass
    while await system.host.step_queues():
        pass
    clock.advance(SECONDS)
    while await system.host.step_queues():
        pass


async def _asked(url: str) -> dict[str, Any]:
    headers = {"x-functions-key": KEY}
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{url}/api/prompts", json={"prompt": PROMPT}, headers=headers) as answered,
    ):
        answer: dict[str, Any] = await answered.json()
        return answer


async def _reports(case_id: str, system: System) -> list[Report]:
    """Return all versions, oldest first."""
    found: list[Report] = []
    while report := await system.services.state.report(case_id, len(found) + 1):
        found.append(report)
    return found


def _record(body: bytes) -> dict[str, Any]:
    record: dict[str, Any] = msgspec.json.decode(body)["records"][0]
    return record


_ITS_OWN = re.compile(r"127\.0\.0\.1:\d+|(?:session|prompt)-[\w-]{8,}|\?v=[0-9a-f]+|data-etag=\"[^\"]*\"")


def without_own(html: str) -> str:
    """Return a page without what differs from run to run: ports, ids of sessions and prompts, marks of versions."""
    return _ITS_OWN.sub("", html)
