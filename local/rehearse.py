"""The ``replay`` command: run it, then print the outcome, the reasons, or what another policy moved."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console

from local import compare, explain
from local.host.invocations import Invocation, Watcher
from local.outcome import reports_in
from local.progress import outcome_table
from local.replay import read_bodies, replay, replay_several
from local.tenant import Tenant
from local.working import Advance, working
from shared.errors import InvalidRequestError
from shared.policy import default_policy, read_policy


async def rehearse(given: argparse.Namespace, console: Console) -> int:
    """Run recorded events as the command line says, and print what was asked for."""
    bodies = read_bodies(given.events)
    tenants = [Tenant.load(file) for file in given.tenant]
    if given.tenants is not None:
        return await _several(tenants, bodies, given, console)
    if len(tenants) > 1:
        raise InvalidRequestError("several tenants need a file of tenants", hint="Name it with --tenants.")
    with working(len(bodies), "taking in") as advance:
        summary = await replay(
            tenants[0], bodies, given.out, now=given.now, policy=given.policy, watch=_watcher(advance)
        )
    answer: dict[str, Any] = {"summary": summary}
    if given.explain:
        answer["explanations"] = explanations(summary, given.out, given.policy)
    if given.baseline is not None:
        answer["comparison"] = compare.compare(given.baseline, given.out)
    if given.json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(answer), indent=2).decode() + "\n")
        return 0
    _show(answer, given, console)
    return 0


async def _several(
    tenants: Sequence[Tenant], bodies: Sequence[bytes], given: argparse.Namespace, console: Console
) -> int:
    """Run for each tenant of a file, whose own policies judge, and print each outcome."""
    if given.policy or given.explain or given.baseline:
        raise InvalidRequestError(
            "--policy, --explain and --baseline are for one tenant", hint="Replay that tenant's events alone."
        )
    summaries = await replay_several(tenants, given.tenants, bodies, given.out, now=given.now)
    if given.json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode({"tenants": summaries}), indent=2).decode() + "\n")
        return 0
    for tenant_id, summary in summaries.items():
        console.print(tenant_id, markup=False, highlight=False)
        console.print(outcome_table(summary, console.width))
    console.print(f"Summaries: {given.out}/TENANT_ID/summary.json", markup=False, highlight=False)
    return 0


def _watcher(advance: Advance) -> Watcher:
    """Return what tells of each invocation: bodies taken in, cases triaged."""
    triages = 0

    def saw(invocation: Invocation) -> None:
        nonlocal triages
        triages += invocation.function == "triage_case"
        advance(f"{triages} triages", invocation.messages if invocation.trigger == "event_hub" else 0)

    return saw


def explanations(summary: dict[str, Any], out: Path, policy: Path | None) -> list[explain.Explanation]:
    """Return why each case of a run was judged as it was."""
    used = read_policy(str(policy)) if policy else default_policy()
    return [explain.explain(report, used, report.generated_at) for report in reports_in(summary, out)]


def _show(answer: dict[str, Any], given: argparse.Namespace, console: Console) -> None:
    summary = answer["summary"]
    console.print(outcome_table(summary, console.width))
    for explanation in answer.get("explanations", []):
        explain.show(explanation, console)
    if "comparison" in answer:
        compare.show(answer["comparison"], console)
    events = summary["events"]
    cases = "1 case" if len(summary["cases"]) == 1 else f"{len(summary['cases'])} cases"
    console.print(
        f"{events['records']} records, {events['ignored']} ignored, {events['dead_lettered']} dead-lettered; "
        f"{cases}. Summary: {given.out}/summary.json",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
