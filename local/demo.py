"""The demo: one bad morning at Woodgrove Bank, live, from event bodies to tickets."""

import asyncio
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console

from local import story
from local.outcome import write_outcome
from local.progress import Progress, outcome_table
from local.system import HUBS, UNLIMITED, System, running
from local.tenant import Tenant
from local.ticket_desk import TicketDesk, webhook_secret
from shared.clock import clock_from
from shared.settings import Settings

BURST = 12
"""Event bodies that arrive together."""
PAUSE_SECONDS = 0.15
GIVE_UP_SECONDS = 50.0


async def demo(out: Path, console: Console) -> int:
    """Run the story and write the outcome under ``out``. Return the exit code: 1 when it did not finish."""
    if out.exists():
        shutil.rmtree(out)
    out.mkdir(parents=True)
    secret = webhook_secret()
    with tempfile.TemporaryDirectory(prefix="entra-triage-") as folder:
        progress = Progress(console)
        desk = TicketDesk(Path(folder) / "tickets.jsonl", secret, on_ticket=progress.ticketed)
        async with desk.serving() as url:
            settings = msgspec.structs.replace(
                Settings.from_env(os.environ),
                destinations=("queue", "webhook"),
                webhook_url=url,
                webhook_secret=secret,
                update_delay_seconds=2,
                graph_share=UNLIMITED,
            )
            began = time.perf_counter()
            async with running(
                Tenant.load(story.tenant()),
                Path(folder),
                settings,
                clock=clock_from(story.NOW),
                on_invocation=progress.saw,
            ) as system:
                finished = await _play(system, progress)
                seconds = time.perf_counter() - began
                summary = await write_outcome(system.services, out, {"seconds": round(seconds, 1)})
    _show(console, summary, desk, out)
    return 0 if finished else 1


async def _play(system: System, progress: Progress) -> bool:
    """Send the story's events as they would arrive, and wait for the last ticket."""
    events = story.events()
    deadline = time.monotonic() + GIVE_UP_SECONDS
    with progress.shown(len(events)):
        for start in range(0, len(events), BURST):
            for event in events[start : start + BURST]:
                system.events.append(HUBS[event.hub], [event.body])
            progress.sent(len(events[start : start + BURST]))
            await asyncio.sleep(PAUSE_SECONDS)
        while not await system.is_idle():
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(0.1)
    return True


def _show(console: Console, summary: dict[str, Any], desk: TicketDesk, out: Path) -> None:
    events = summary["events"]
    console.print(outcome_table(summary, console.width))
    tickets = [delivery for row in summary["cases"] for delivery in row["deliveries"]]
    console.print(
        f"{events['records']} records taken in, {events['ignored']} of other categories skipped, "
        f"{events['dead_lettered']} unreadable and parked; {len(summary['cases'])} cases, "
        f"{len(desk.tickets)} tickets at the webhook, {summary['timings']['report_versions']} report versions, "
        f"{summary['timings']['seconds']} s."
    )
    for campaign in summary["campaigns"]:
        source = "one address" if campaign["addresses"] == 1 else f"{campaign['addresses']} addresses"
        console.print(
            f"Password spray from {source}: {len(campaign['targeted'])} users tried, {len(campaign['succeeded'])} fell."
        )
    if not tickets:
        console.print("No ticket was delivered: see dead_letters.json.")
    console.print(f"Reports: {out}/reports/*.html", markup=False, highlight=False, soft_wrap=True)
    console.print(f"Summary: {out}/summary.json", markup=False, highlight=False, soft_wrap=True)
