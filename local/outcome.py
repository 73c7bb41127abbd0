"""What a run came to: ``summary.json`` and the reports as JSON and HTML."""

from pathlib import Path
from typing import Any

import msgspec

from shared.clients import Services
from shared.deliver.render import as_html
from shared.models.cases import Case
from shared.models.reports import Report

SEVERITIES = ("critical", "high", "medium", "low", "informational")


async def write_outcome(services: Services, out: Path, timings: dict[str, float]) -> dict[str, Any]:
    """Write ``summary.json``, ``reports/*.json|html`` and ``dead_letters.json`` under ``out``; return the summary."""
    reports_dir = out / "reports"
    reports_dir.mkdir(parents=True, exist_ok=True)
    rows = []
    of_campaigns: dict[str, dict[str, Any]] = {}
    """The case of each campaign, by the campaign's id; those without one have only what was counted."""
    round_trips = versions = 0
    for case in await services.state.cases():
        report = await services.state.report(case.id)
        if report is None:
            continue
        versions += report.version
        round_trips += report.dossier.round_trips
        (reports_dir / f"{case.id}.json").write_bytes(_pretty(report))
        (reports_dir / f"{case.id}.html").write_text(as_html(report), encoding="utf-8")
        if case.identity.kind == "campaign":
            of_campaigns[case.identity.id] = await _row(case, report, services)
        else:
            rows.append(await _row(case, report, services))
    rows.sort(key=lambda row: (SEVERITIES.index(row["severity"]), -row["score"], row["case_id"]))
    counts = await services.state.counts()
    summary = {
        "events": {name: counts.get(name, 0) for name in ("records", "ignored", "dead_lettered")},
        "cases": rows,
        "policy": {
            "fingerprint": services.settings.policy.fingerprint,
            "excluded": counts.get("excluded", 0),
        },
        "campaigns": [
            {**msgspec.to_builtins(one), **of_campaigns.get(one.id, {})} for one in await services.state.campaigns()
        ],
        "timings": {**timings, "report_versions": versions, "graph_round_trips": round_trips},
    }
    (out / "summary.json").write_bytes(_pretty(summary))
    parked = await services.state.parked()
    letters = [{"id": p.id, "kind": p.kind, "reason": p.reason, "hint": p.hint, "bytes": len(p.body)} for p in parked]
    (out / "dead_letters.json").write_bytes(_pretty(letters))
    return summary


def reports_in(summary: dict[str, Any], out: Path) -> list[Report]:
    """Return the reports that a run left under ``out``, in the order of its summary: cases, then campaigns."""
    rows = [*summary["cases"], *(one for one in summary["campaigns"] if "report" in one)]
    return [msgspec.json.decode((out / row["report"]).read_bytes(), type=Report) for row in rows]


async def _row(case: Case, report: Report, services: Services) -> dict[str, Any]:
    assessment = report.assessment
    deliveries = await services.state.deliveries(case.id)
    return {
        "case_id": case.id,
        "identity": {"kind": case.identity.kind, "id": case.identity.id, "name": case.identity.name},
        "campaign": case.campaign_id or None,
        "status": report.status,
        "outcome": report.outcome,
        "verdict": assessment.verdict,
        "severity": assessment.severity,
        "score": assessment.score,
        "confidence": assessment.confidence,
        "headline": report.summary.headline.text,
        "reason": assessment.verdict_reason,
        "findings": [finding.id for finding in assessment.findings],
        "actions": [step.action_id for step in report.summary.steps],
        "gaps": [gap.what for gap in report.dossier.gaps],
        "report": f"reports/{case.id}.json",
        "deliveries": [{"destination": d.destination, "status": d.status, "ticket": d.ticket} for d in deliveries],
    }


def _pretty(content: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n"
