"""Graph's logs as records, the same that the stream brings."""

from datetime import timedelta

from shared.enrich.view import DecodeResource
from shared.errors import MalformedRecordError
from shared.graph.answers import Answers, gap_of
from shared.models.dossier import Gap
from shared.models.records import AnyRecord, ResourceKind

AUDITS_BEFORE = timedelta(days=8)
"""How long before the case directory changes are read."""
HISTORY: dict[str, ResourceKind] = {
    "sign_ins": "signIn",
    "audits_about": "directoryAudit",
    "audits_by": "directoryAudit",
    "risk_detections": "riskDetection",
    "risky_user": "riskyUser",
    "audits_about_application": "directoryAudit",
    "workload_detections": "servicePrincipalRiskDetection",
    "risky_workload": "riskyServicePrincipal",
}
"""Queries whose answers are records, and Graph's name for what they hold."""


def history_in(answers: Answers, decode_resource: DecodeResource, tenant_id: str) -> tuple[list[AnyRecord], list[Gap]]:
    """Return Graph's logs as records, and a gap for each log in which some could not be read."""
    records: list[AnyRecord] = []
    gaps: list[Gap] = []
    for query_id, kind in HISTORY.items():
        answer = answers.get(query_id)
        bad = 0
        for item in answer.items if answer else ():
            try:
                records.append(decode_resource(kind, bytes(item), tenant_id))
            except MalformedRecordError:
                bad += 1
        if answer and bad:
            mend = "If Entra changed the shape of its records, shared/ingest must learn it."
            gaps.append(gap_of(answer.query, "failed", f"{bad} of {len(answer.items)} malformed", mend=mend))
    return records, gaps
