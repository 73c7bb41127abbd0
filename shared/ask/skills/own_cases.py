"""Our own cases: what is open and how bad, one identity's case and its history, and campaigns."""

from collections.abc import Mapping
from typing import Any

from shared.ask.given import number, thing, words
from shared.ask.look import Look
from shared.ask.own import (
    CASE,
    MOST_REPORTS,
    SEVERITIES,
    Facts,
    Judged,
    case_of,
    follow_ups,
    judged,
    no_case,
    sources_of,
    subjects_of,
    verdict_facts,
    who,
)
from shared.ask.skill import Input, InputValue, Reply, skill
from shared.ask.tables import field, table
from shared.ask.telling import are, by_count, joined
from shared.clock import iso
from shared.enrich.statement import counted
from shared.models.dossier import Source
from shared.models.reports import Report

STATE = Source(kind="state", ref="cases")
CASES = (
    field("case_id", "Case", "Id of the case"),
    field("identity", "Identity", "User principal name, or display name of an app"),
    field("kind", "Kind", "user, servicePrincipal or agent"),
    field("severity", "Severity", "How much it matters: informational, low, medium, high, critical"),
    field("verdict", "Verdict", "compromised, suspicious, benign or inconclusive; empty before the first report"),
    field("score", "Score", "0 to 100, the sum of the terms"),
    field("confidence", "Confidence", "low, medium or high"),
    field("status", "Status", "open or closed"),
    field("outcome", "Outcome", "How it ended: remediated, dismissed, confirmed_safe"),
    field("opened_at", "Opened", "Time of the first signal, UTC"),
    field("last_signal_at", "Last signal", "Time of the latest signal, UTC"),
    field("signals", "Signals", "How many signals it has"),
    field("report_version", "Report", "Latest version of the report; 0: none yet"),
    field("identity_id", "Identity id", "Object id of the identity"),
)
SIGNALS = (
    field("at", "At", "When it happened, UTC"),
    field("reason", "Signal", "Why the record counts"),
    field("category", "Category", "Log that the record came from"),
    field("record_id", "Record", "Id of the record in that log"),
)


@skill(
    id="open_cases",
    area="cases",
    title="Open cases, worst first",
    description="Every open case of this system by severity and score; not Entra's own list of risky users.",
    inputs=(
        Input(
            name="severity",
            kind="choice",
            description="Only this severity.",
            required=False,
            choices=SEVERITIES,
            words={
                "critical": ("critical",),
                "high": ("high severity",),
                "medium": ("medium severity",),
                "low": ("low severity",),
                "informational": ("informational",),
            },
        ),
        Input(
            name="kind",
            kind="choice",
            description="Only identities of this kind.",
            required=False,
            choices=("user", "servicePrincipal", "agent"),
            words={
                "user": ("users", "people", "accounts"),
                "servicePrincipal": ("apps", "service principals", "workload identities", "applications"),
                "agent": ("agents", "agent identities"),
            },
        ),
        Input(name="count", kind="count", description="Most cases to list.", required=False, default=20),
    ),
    examples=(
        "Which risky users are still open, worst first?",
        "Which cases are open?",
        "Show the open cases, worst first",
        "What should I look at first?",
        "Are there any {severity} cases?",
        "List the top {count} open cases",
        "How many cases are open?",
        "what is still to be triaged",
    ),
)
async def open_cases(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read open cases and the latest report of each."""
    severity, kind = words(given, "severity"), words(given, "kind")
    most = number(given, "count") if "count" in given else 20
    cases = [case for case in await look.state.open_cases() if case.status == "open"]
    cases = [case for case in cases if case.identity.kind != "campaign"]
    cases = [case for case in cases if not kind or case.identity.kind == kind]
    every = sorted(await judged(look.state, cases), key=lambda one: one.rank)
    rows = [one for one in every if not severity or (one.report and one.report.assessment.severity == severity)]
    shown, is_whole = rows[:most], len(cases) <= MOST_REPORTS
    waiting = sum(one.report is None for one in every)
    grades = by_count(one.report.assessment.severity for one in rows if one.report)
    what = f"{severity} case" if severity else "case"
    text = f"{are(len(rows), what)} open"
    text += f" ({grades})" if grades and not severity else ""
    text += f"; the worst: {_worst(shown[0])}" if shown and shown[0].report else ""
    return Reply(
        text=joined(
            f"{text}.",
            f"{counted(waiting, 'case')} {'waits' if waiting == 1 else 'wait'} for the first report."
            if waiting
            else "",
            "" if is_whole else f"Only the latest {MOST_REPORTS} of {len(cases)} open cases were read.",
        ),
        tables=(
            table("Open cases", CASES, map(row_of, shown), total=len(rows) if is_whole else None, complete=is_whole),
        ),
        facts={
            "open_cases": len(cases),
            "listed": len(rows),
            "waiting": waiting,
            **{f"{grade}_cases": _graded(every, grade) for grade in SEVERITIES},
        },
        sources=(STATE, *sources_of(one.report for one in shown if one.report)),
        subjects=subjects_of(*(one.case for one in shown)),
        follow_ups=follow_ups(shown[0].case) if shown else ("Is there a password spray?",),
    )


@skill(
    id="case_state",
    area="cases",
    title="State of a case",
    description="One identity's case: status, verdict, signals; for the words of its report use report_summary.",
    inputs=(CASE,),
    examples=(
        "Is there a case of {case}?",
        "What is the state of {case}?",
        "Show me the case of {case}",
        "Which signals does the case of {case} have?",
        "What is the verdict on {case}?",
        "is the case of {case} still open",
    ),
)
async def case_state(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read a case with its latest report."""
    ref = thing(given, "case")
    case = await case_of(look, ref)
    if case is None:
        return no_case(ref)
    report = await look.state.report(case.id)
    ended = f", {case.outcome.replace('_', ' ')}" if case.outcome else ""
    text = f"The case {case.id} of {who(case.identity)} is {case.status}{ended}"
    text += f", opened at {iso(case.opened_at)}, with {counted(len(case.signals), 'signal')}"
    signals = [
        {"at": iso(one.at), "reason": one.reason, "category": one.category, "record_id": one.record_id}
        for one in sorted(case.signals, key=lambda one: one.at, reverse=True)
    ]
    waiting: Facts = {"case_id": case.id, "status": case.status, "outcome": case.outcome, "report_version": 0}
    return Reply(
        text=joined(
            f"{text}.",
            _verdict(report) if report else "It waits for its first report.",
            "Signals came since the latest report; an update is due." if report and case.needs_triage else "",
        ),
        tables=(table("Case", CASES, [row_of(Judged(case=case, report=report))]), table("Signals", SIGNALS, signals)),
        facts=verdict_facts(case, report) if report else waiting,
        sources=(Source(kind="state", ref=case.id), *sources_of([report] if report else [])),
        subjects=subjects_of(case),
        follow_ups=follow_ups(case),
    )


@skill(
    id="earlier_cases",
    area="cases",
    title="Earlier cases of an identity",
    description="Every case that one identity had, latest first, with how it ended and what was said of it.",
    inputs=(CASE,),
    examples=(
        "What earlier cases did {case} have?",
        "Was {case} ever triaged before?",
        "Show the history of cases of {case}",
        "How did the earlier cases of {case} end?",
        "has {case} been compromised before",
    ),
)
async def earlier_cases(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read all cases of the identity that a case, user or app names."""
    ref = thing(given, "case")
    case = await case_of(look, ref)
    if case is None:
        return no_case(ref)
    same = [one for one in await look.state.cases() if one.identity.key == case.identity.key]
    same.sort(key=lambda one: (one.opened_at, one.id), reverse=True)
    read = await judged(look.state, same)
    earlier = [one for one in read if one.case.id != same[0].id]
    ended = by_count(one.case.outcome or one.case.status for one in earlier)
    text = f"{who(case.identity)} had {counted(len(earlier), 'case') if earlier else 'no case'} before {same[0].id}"
    text += f" ({ended.replace('_', ' ')})" if earlier else ""
    return Reply(
        text=f"{text}.",
        tables=(table("Cases", CASES, map(row_of, read), complete=len(same) <= MOST_REPORTS),),
        facts={
            "cases": len(same),
            "earlier_cases": len(earlier),
            "ever_compromised": any(one.report and one.report.assessment.verdict == "compromised" for one in earlier),
        },
        sources=(STATE, *sources_of(one.report for one in read if one.report)),
        subjects=subjects_of(*same),
        follow_ups=follow_ups(same[0]),
    )


def row_of(one: Judged) -> dict[str, Any]:
    """Return a case as a row of the table of cases."""
    case, grade = one.case, one.report.assessment if one.report else None
    return {
        "case_id": case.id,
        "identity": case.identity.name,
        "kind": case.identity.kind,
        "severity": grade.severity if grade else None,
        "verdict": grade.verdict if grade else None,
        "score": grade.score if grade else None,
        "confidence": grade.confidence if grade else None,
        "status": case.status,
        "outcome": case.outcome,
        "opened_at": iso(case.opened_at),
        "last_signal_at": iso(case.last_signal_at),
        "signals": len(case.signals),
        "report_version": one.report.version if one.report else 0,
        "identity_id": case.identity.id,
    }


def _worst(one: Judged) -> str:
    grade = one.report.assessment if one.report else None
    graded = f", {grade.verdict} ({grade.severity}, score {grade.score})" if grade else ""
    return f"{who(one.case.identity)}{graded}, {one.case.id}"


def _verdict(report: Report) -> str:
    grade = report.assessment
    graded = f"{grade.severity} severity, {grade.confidence} confidence, score {grade.score}"
    return f"The verdict is {grade.verdict}: {graded}."


def _graded(every: list[Judged], severity: str) -> int:
    return sum(one.report is not None and one.report.assessment.severity == severity for one in every)
