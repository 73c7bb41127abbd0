"""``storm``: run one, print what it came to, write it as JSON."""

import argparse
import asyncio
import logging

import msgspec
from rich.console import Console
from rich.table import Table

from local.storm.options import SHAPES
from local.storm.result import PROMISED_SECONDS, Result, Waits, result_of
from local.storm.storm import Plan, minutes_of, run_storm
from local.working import Advance, working


async def storm(given: argparse.Namespace, console: Console) -> int:
    """Run it and return the exit code: 1 when somebody waited too long, was refused or got lost."""
    logging.disable(logging.CRITICAL)
    plan = plan_of(given)
    with working(minutes_of(plan), "everybody's days before", lines=True) as advance:
        found = await simulated(plan, advance)
    console.print(table_of(found))
    if given.json is not None:
        given.json.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2))
    return 0 if found.meets else 1


def plan_of(given: argparse.Namespace) -> Plan:
    """Return what was asked for, the rest as the shape has it."""
    users, minutes, instances = SHAPES[given.shape]
    return Plan(
        users=given.users or users,
        minutes=given.minutes or minutes,
        shape=given.shape,
        after_minutes=given.after,
        instances=given.instances or instances,
    )


async def simulated(plan: Plan, advance: Advance | None = None) -> Result:
    """Run a storm beside the running loop, on its own. ``advance``: told of each simulated minute."""
    return result_of(await asyncio.to_thread(run_storm, plan, advance))


def table_of(found: Result) -> Table:
    """Return the numbers for a person."""
    table = Table(title=f"{found.users:,} users in {found.minutes:g} minutes ({found.shape})", show_header=False)
    rows = {
        "no ticket": f"{found.without_ticket:,}",
        f"time to ticket (promised: {PROMISED_SECONDS:g} s)": _told(found.time_to_ticket),
        "time to complete dossier, privileged or fallen": _told(found.time_to_complete_privileged_or_fallen),
        "time to complete dossier, others": _told(found.time_to_complete_others),
        "still incomplete": f"{found.incomplete_privileged_or_fallen} privileged or fallen, "
        f"{found.incomplete_others} others",
        "tickets": f"{found.own_tickets:,} of identities, {found.campaign_tickets:,} of campaigns for "
        f"{found.folded:,} without one; {found.ticket_versions:,} versions",
        "Graph requests": ", ".join(f"{name} {count:,}" for name, count in found.requests.items()),
        "refused": f"{found.refused:,}",
        "most of a limit used": ", ".join(f"{name} {share:.0%}" for name, share in found.quota_peaks.items()),
        "model calls": f"{found.model_calls:,}",
        "failed runs, parked": f"{found.failed_runs:,}, {found.parked:,}",
        "reports, processor time for each": f"{found.reports:,}, {found.cpu_ms_a_report:g} ms",
    }
    for name, text in rows.items():
        table.add_row(name, text)
    for one in found.over_time:
        text = f"ticket {one.ticket:.1%}; complete: {one.privileged_or_fallen_complete:.1%} of the privileged or "
        table.add_row(f"after {one.minute} minutes", f"{text}fallen, {one.others_complete:.1%} of the others")
    return table


def _told(waits: Waits) -> str:
    return f"{waits.count:,}: median {waits.p50:g} s, 95 % {waits.p95:g} s, longest {waits.max:g} s"
