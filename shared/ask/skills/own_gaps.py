"""What our own reports could not read and what mends it, and what a new version changed."""

from collections.abc import Mapping
from typing import Any

from shared.ask.given import thing
from shared.ask.look import Look
from shared.ask.own import (
    CASE,
    MOST_REPORTS,
    follow_ups,
    judged,
    report_of,
    sources_of,
    subjects_of,
    verdict_facts,
    who,
)
from shared.ask.skill import Input, InputValue, Reply, skill
from shared.ask.tables import field, table
from shared.ask.telling import joined
from shared.enrich.statement import counted, listed
from shared.models.dossier import Source
from shared.models.reports import Report

ANY_CASE = Input(name="case", kind="case", description=CASE.description, required=False)
MENDS = (
    field("mend", "How to mend it", "Permission to grant, licence to have, or to wait"),
    field("what", "Could not be read", "What is missing because of it"),
    field("reason", "Reason", "denied, unlicensed, throttled, failed or not_asked"),
    field("cases", "Cases", "How many of the cases that were read lack it"),
    field("detail", "Detail", "Status and code that Graph gave"),
    field("passes", "Passes by itself", "Whether asking again later may fill it"),
    field("example", "Example", "One case that lacks it"),
    field("request", "Request", "Graph request that failed there"),
)
CHANGES = (
    field("what", "What", "Part of the report"),
    field("before", "Before", "In the version before"),
    field("now", "Now", "In the latest version"),
)


@skill(
    id="unread_evidence",
    area="cases",
    title="What could not be read, and how to mend it",
    description=(
        "Gaps of one case or of the recent cases, grouped by the permission to grant or the licence to have, with the "
        "number of cases that each would complete."
    ),
    inputs=(ANY_CASE,),
    examples=(
        "What could you not read and how do I fix it?",
        "What could you not read about {case}?",
        "Which permissions are missing?",
        "Which licence would tell you more?",
        "What don't you know about {case}?",
        "where are the blind spots and what mends them",
        "what gaps do the recent cases have",
    ),
)
async def unread_evidence(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the gaps of the latest reports and group them by what mends them."""
    if "case" in given:
        one = await report_of(look, thing(given, "case"))
        if isinstance(one, Reply):
            return one
        reports, cases = [one[1]], [one[0]]
    else:
        latest = await look.state.latest_cases(MOST_REPORTS)
        cases = [case for case in latest if case.identity.kind != "campaign"]
        recent = await judged(look.state, cases)
        reports = [found.report for found in recent if found.report]
        cases = [found.case for found in recent if found.report]
    rows = _mends(reports)
    lasting = [row for row in rows if not row["passes"]]
    passing = sum(row["passes"] for row in rows)
    whose = f"the case {cases[0].id} of {who(cases[0].identity)}" if "case" in given else counted(len(reports), "case")
    if not reports:
        text = "No case has a report yet, so nothing was tried to be read."
    elif not rows:
        text = f"Everything that was asked for {whose} could be read."
    elif lasting:
        best = lasting[0]
        text = f"{counted(len(lasting), 'mend')} would complete {whose}. {best['mend']} That gives {best['what']}"
        text += f" in {counted(best['cases'], 'case')}."
    else:
        text = f"Nothing is to be mended for {whose}."
    return Reply(
        text=joined(text, f"{counted(passing, 'gap')} may pass by itself." if passing else ""),
        tables=(table("What could not be read", MENDS, rows, complete=len(reports) < MOST_REPORTS),),
        facts={
            "cases": len(reports),
            "mends": tuple(str(row["mend"]) for row in lasting),
            "permissions": tuple(dict.fromkeys(_permissions(lasting))),
            "passing": passing,
        },
        sources=sources_of(reports) or (Source(kind="state", ref="cases"),),
        gaps=reports[0].dossier.gaps if "case" in given else (),
        subjects=subjects_of(*cases),
        follow_ups=follow_ups(cases[0])[:2] if "case" in given else ("Which risky users are still open, worst first?",),
    )


@skill(
    id="report_changes",
    area="cases",
    title="What changed since the last version",
    description="What the latest report of a case says differently from the version before it.",
    inputs=(CASE,),
    examples=(
        "What changed since the last version?",
        "What changed since the last version of {case}?",
        "What is new about {case}?",
        "What did the update of {case} change?",
        "compare the last two versions of the report on {case}",
    ),
)
async def report_changes(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Compare the latest two versions of a report."""
    found = await report_of(look, thing(given, "case"))
    if isinstance(found, Reply):
        return found
    case, report = found
    before = await look.state.report(case.id, report.version - 1) if report.version > 1 else None
    if before is None:
        return Reply(
            text=f"Version {report.version} is the only report of the case {case.id} that is kept.",
            facts=verdict_facts(case, report),
            sources=sources_of([report]),
            subjects=subjects_of(case),
            follow_ups=follow_ups(case)[:3],
        )
    rows = [row for row in _compared(before, report) if row["before"] != row["now"]]
    changed = listed(
        (f"{row['what']} from {row['before'] or 'none'} to {row['now'] or 'none'}" for row in rows[:4]), longest=4
    )
    text = f"Version {report.version} of the case {case.id} of {who(report.identity)}"
    text += f" changes {changed}" if rows else " judges as the version before"
    return Reply(
        text=f"{text}.",
        tables=(table(f"Version {before.version} to {report.version}", CHANGES, rows),),
        facts={
            **verdict_facts(case, report),
            "verdict_before": before.assessment.verdict,
            "severity_before": before.assessment.severity,
            "score_before": before.assessment.score,
            "changes": len(rows),
        },
        sources=sources_of([before, report]),
        subjects=subjects_of(case),
        follow_ups=follow_ups(case)[:3],
    )


def _mends(reports: list[Report]) -> list[dict[str, Any]]:
    """Return one row for each mend, those that a person can do first, then by how many cases lack it."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for report in reports:
        for gap in report.dossier.gaps:
            row = rows.setdefault(
                (gap.reason, gap.mend),
                {"mend": gap.mend, "what": [], "reason": gap.reason, "in": set(), "detail": gap.detail,
                 "passes": gap.is_passing, "example": report.case_id, "request": gap.source.ref},
            )  # fmt: skip
            row["in"].add(report.case_id)
            row["what"] += [gap.what] if gap.what not in row["what"] else []
    found = [{**row, "what": listed(row["what"]), "cases": len(row.pop("in"))} for row in rows.values()]
    return sorted(found, key=lambda row: (row["passes"], -row["cases"], row["mend"]))


def _permissions(rows: list[dict[str, Any]]) -> list[str]:
    return [str(row["mend"]).split("`")[1] for row in rows if row["reason"] == "denied" and "`" in str(row["mend"])]


def _compared(before: Report, now: Report) -> list[dict[str, Any]]:
    old, new = before.assessment, now.assessment
    rows = [
        {"what": name, "before": getattr(old, name), "now": getattr(new, name)}
        for name in ("verdict", "severity", "score", "confidence")
    ]
    rows += [
        {"what": name, "before": getattr(before, name), "now": getattr(now, name)} for name in ("status", "outcome")
    ]
    rows += [
        {"what": "signals", "before": len(before.signals), "now": len(now.signals)},
        {"what": "facts", "before": len(before.dossier.facts), "now": len(now.dossier.facts)},
        {"what": "gaps", "before": len(before.dossier.gaps), "now": len(now.dossier.gaps)},
    ]
    titles = {"findings": "title", "actions": "title", "done": "title"}
    for name, title in titles.items():
        had, has = ([getattr(one, title) for one in getattr(side, name)] for side in (old, new))
        rows.append({"what": name, "before": sorted(set(had) - set(has)), "now": sorted(set(has) - set(had))})
    return [{**row, "before": _text(row["before"]), "now": _text(row["now"])} for row in rows]


def _text(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else "" if value is None else str(value)
