"""What is remembered of an identity when its case is triaged: its profile, its earlier cases, what analysts said."""

from shared.enrich import Memories
from shared.models.cases import Case
from shared.models.feedback import PastCase
from shared.models.reports import Report
from shared.state.interface import State

MOST_PREVIOUS = 5


async def memories_of(case: Case, state: State) -> Memories:
    """Return what is known from before this case."""
    previous = [await _past(case_id, state) for case_id in case.previous_case_ids[-MOST_PREVIOUS:]]
    return Memories(
        habits=await state.habits(case.identity.key),
        previous=tuple(past for past in previous if past is not None),
        feedback=tuple(await state.feedback(case.id)),
    )


async def _past(case_id: str, state: State) -> PastCase | None:
    stored, report = await state.case(case_id), await state.report(case_id)
    if stored is None or report is None:
        return None
    case, assessment = stored[0], report.assessment
    return PastCase(
        case_id=case.id,
        opened_at=case.opened_at,
        last_signal_at=case.last_signal_at,
        status=case.status,
        outcome=case.outcome,
        verdict=assessment.verdict,
        severity=assessment.severity,
        score=assessment.score,
        findings=tuple(finding.id for finding in assessment.findings),
        risk_event_types=_values(report, "risk.detection", "risk_event_type"),
        addresses=_values(report, "risk.detection", "ip_address"),
        countries=_values(report, "risk.detection", "country"),
        asns=_networks(report),
        feedback=tuple(await state.feedback(case.id)),
    )


def _networks(report: Report) -> tuple[str, ...]:
    """Return the networks of the detections' addresses, which only sign-ins name."""
    addresses = _values(report, "risk.detection", "ip_address")
    sign_ins = [fact for fact in report.dossier.all("sign_in") if fact.text_of("ip_address") in addresses]
    return tuple(sorted({asn for fact in sign_ins if (asn := fact.text_of("asn"))}))


def _values(report: Report, kind: str, name: str) -> tuple[str, ...]:
    return tuple(sorted({text for fact in report.dossier.all(kind) if (text := fact.text_of(name))}))
