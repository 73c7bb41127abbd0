"""What the app itself keeps, as skills need it: the case that a thing stands for, and reports with their cases."""

import asyncio
from collections.abc import Iterable, Sequence

import msgspec

from shared.ask.look import Look
from shared.ask.skill import Cell, Input, InputKind, Ref, Reply
from shared.hostile import quoted
from shared.models.cases import Case
from shared.models.dossier import Source
from shared.models.identity import Identity
from shared.models.reports import Report
from shared.state.interface import State

type Facts = dict[str, Cell | tuple[str, ...]]
MOST_REPORTS = 200
"""Cases whose latest report one prompt reads."""
AT_ONCE = 20
SEVERITIES = ("critical", "high", "medium", "low", "informational")
"""Worst first."""
CASE = Input(
    name="case",
    kind="case",
    description="The case, or whom it is about: case id, user principal name, object id or display name.",
)
_KINDS: dict[str, InputKind] = {"user": "user", "servicePrincipal": "service_principal"}


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A case with its latest report; None before the first one."""

    case: Case
    report: Report | None

    @property
    def rank(self) -> tuple[int, int, float]:
        """Return what sorts the worst case first; a case that is not judged yet comes after those that are."""
        judged = self.report.assessment if self.report else None
        grade = SEVERITIES.index(judged.severity) if judged else len(SEVERITIES)
        return grade, -judged.score if judged else 0, -self.case.last_signal_at.timestamp()


async def case_of(look: Look, ref: Ref) -> Case | None:
    """Return the case that a Ref names: of its own id, or the latest of the user or app."""
    if ref.kind == "case":
        stored = await look.state.case(ref.id)
        return stored[0] if stored else None
    same = [case for case in await look.state.cases() if case.identity.id.lower() == ref.id.lower()]
    return max(same, key=lambda case: (case.opened_at, case.id), default=None)


def no_case(ref: Ref) -> Reply:
    """Return the reply about somebody who has no case."""
    return Reply(
        text=f"There is no case of {quoted(ref.name)}.",
        sources=(Source(kind="state", ref="cases"),),
        facts={"case_id": None},
        subjects=(ref,),
        follow_ups=("Which risky users are still open, worst first?",),
    )


async def report_of(look: Look, ref: Ref) -> tuple[Case, Report] | Reply:
    """Return the case that a Ref names and its latest report, or the reply that says what is not there."""
    case = await case_of(look, ref)
    if case is None:
        return no_case(ref)
    report = await look.state.report(case.id)
    if report is None:
        return Reply(
            text=f"The case {case.id} of {who(case.identity)} has no report yet: it waits for its triage.",
            sources=(Source(kind="state", ref=case.id),),
            facts={"case_id": case.id, "status": case.status, "report_version": 0},
            subjects=subjects_of(case),
            follow_ups=(f"What is the state of {case.id}?",),
        )
    return case, report


async def judged(state: State, cases: Sequence[Case]) -> list[Judged]:
    """Return the first cases with their latest reports, a few at a time."""
    found: list[Judged] = []
    for start in range(0, min(len(cases), MOST_REPORTS), AT_ONCE):
        part = cases[start : min(start + AT_ONCE, MOST_REPORTS)]
        reports = await asyncio.gather(*(state.report(case.id) for case in part))
        found += [Judged(case=case, report=report) for case, report in zip(part, reports, strict=True)]
    return found


def who(identity: Identity) -> str:
    """Return the identity's name in quotation marks; its id when it has none."""
    return quoted(identity.name or identity.id)


def case_ref(case: Case) -> Ref:
    """Return what the next prompt may mean by "this case"."""
    return Ref(kind="case", id=case.id, name=case.identity.name or case.identity.id)


def subjects_of(*cases: Case) -> tuple[Ref, ...]:
    """Return each case and whom it is about."""
    found: list[Ref] = []
    for case in cases:
        found.append(case_ref(case))
        if kind := _KINDS.get(case.identity.kind):
            found.append(Ref(kind=kind, id=case.identity.id, name=case.identity.name or case.identity.id))
    return tuple(found)[:50]


def sources_of(reports: Iterable[Report]) -> tuple[Source, ...]:
    """Return the version of each report that was read."""
    return tuple(Source(kind="state", ref=report.idempotency_key) for report in reports)


def verdict_facts(case: Case, report: Report) -> Facts:
    """Return the fields that every answer about a judged case gives to playbooks."""
    return {
        "case_id": case.id,
        "status": case.status,
        "outcome": case.outcome,
        "verdict": report.assessment.verdict,
        "severity": report.assessment.severity,
        "score": report.assessment.score,
        "confidence": report.assessment.confidence,
        "report_version": report.version,
        "is_up_to_date": not case.needs_triage,
    }


def follow_ups(case: Case) -> tuple[str, ...]:
    """Return what people ask next about a case. By its id, which nobody outside chose."""
    return (
        f"Why was the verdict on {case.id} given?",
        f"What would you do about {case.id}?",
        f"What could you not read about {case.id}?",
        f"What changed since the last version of {case.id}?",
    )
