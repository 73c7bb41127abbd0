"""A report as a ticket: the fields that playbooks read and the text that people read, cut to fit."""

from typing import Any

import msgspec

from shared.clock import iso
from shared.deliver.changes import changes_between
from shared.deliver.render import as_markdown
from shared.models.dossier import Fact
from shared.models.reports import Report, Sentence

SCHEMA = "entra-triage/ticket/1"
MAX_QUEUE_BYTES = 48 * 1024
"""What a Storage queue message holds before base64."""
CUT_ORDER = (
    "evidence",
    "signals",
    "text",
    "withheld",
    "done",
    "what_happened",
    "checks",
    "findings",
    "gaps",
    "actions",
)
"""Sections from least to most worth keeping."""


def ticket_of(report: Report, *, ticket: str | None, public_url: str, before: Report | None = None) -> dict[str, Any]:
    """Return the ticket as JSON-ready data.

    ``ticket`` is the destination's own id from an earlier delivery, ``before`` the report that it last took.
    """
    assessment, summary = report.assessment, report.summary
    changes = changes_between(before, report)
    return {
        "schema": SCHEMA,
        "idempotencyKey": report.idempotency_key,
        "ticketKey": report.case_id,
        "ticket": ticket,
        "action": _action(report, ticket, before),
        "version": report.version,
        "changes": list(changes.lines),
        "newRisk": changes.new_risk,
        "rejudged": changes.rejudged,
        "regraded": changes.regraded,
        "title": f"[{assessment.severity}] {summary.headline.text}",
        "status": report.status,
        "outcome": report.outcome,
        "identity": {"kind": report.identity.kind, "id": report.identity.id, "name": report.identity.name},
        "tenantId": report.identity.tenant_id,
        "campaign": report.campaign_id or None,
        "verdict": assessment.verdict,
        "verdictReason": assessment.verdict_reason,
        "severity": assessment.severity,
        "score": assessment.score,
        "confidence": assessment.confidence,
        "openedAt": iso(report.opened_at),
        "generatedAt": iso(report.generated_at),
        "writtenBy": summary.authorship.writer,
        "headline": summary.headline.text,
        "what_happened": _texts(summary.what_happened),
        "why": _texts(summary.why),
        "why_benign": _texts(summary.why_benign),
        "stakes": _texts(summary.stakes),
        "actions": [msgspec.to_builtins(action) for action in assessment.actions],
        "checks": [{"text": sentence.text, "facts": list(sentence.cites)} for sentence in summary.checks],
        "done": [msgspec.to_builtins(item) for item in assessment.done],
        "withheld": [msgspec.to_builtins(item) for item in assessment.withheld],
        "questions": list(summary.questions),
        "gaps": [msgspec.to_builtins(gap) for gap in report.dossier.gaps],
        "findings": [msgspec.to_builtins(finding) for finding in assessment.findings],
        "signals": [msgspec.to_builtins(signal) for signal in report.signals],
        "evidence": [_evidence(fact) for fact in report.dossier.facts],
        "link": f"{public_url.rstrip('/')}/api/cases/{report.case_id}/report" if public_url else None,
        "text": as_markdown(report),
        "cut": {},
    }


def fitted(ticket: dict[str, Any], max_bytes: int) -> bytes:
    """Return the ticket as JSON of at most ``max_bytes``: sections are shortened, and ``cut`` says by how much."""
    body = msgspec.json.encode(ticket)
    if len(body) <= max_bytes:
        return body
    ticket = {**ticket, "cut": {}}
    for section in CUT_ORDER:
        excess = len(msgspec.json.encode(ticket)) + 64 - max_bytes
        if excess > 0:
            ticket[section], left_out = _shortened(ticket[section], excess)
            ticket["cut"][section] = left_out
    return msgspec.json.encode(ticket)


def _shortened(content: Any, excess: int) -> tuple[Any, int]:
    """Return content with at least ``excess`` bytes less, and how many items or characters were left out."""
    if isinstance(content, str):
        keep = content
        while keep and len(msgspec.json.encode(content)) - len(msgspec.json.encode(keep)) < excess:
            keep = keep[: max(0, len(keep) - max(excess // 4, 64))]
        return keep, len(content) - len(keep)
    kept = list(content)
    saved = 0
    while kept and saved < excess:
        saved += len(msgspec.json.encode(kept.pop())) + 1
    return kept, len(content) - len(kept)


def _action(report: Report, ticket: str | None, before: Report | None) -> str:
    """Return what is to be done with the ticket; a finished one is closed once, so that people may open it again."""
    was = before.status if before else None
    if report.status == "closed":
        return "update" if ticket and was == "closed" else "close"
    if ticket and was == "closed":
        return "reopen"
    return "update" if ticket else "create"


def _evidence(fact: Fact) -> dict[str, str]:
    """Return a fact as the ticket shows it, with its age where Graph was not asked for this report."""
    shown = {"id": fact.id, "text": fact.text, "source": fact.source.ref}
    return shown | ({"readAt": iso(fact.source.read_at)} if fact.source.read_at else {})


def _texts(sentences: tuple[Sentence, ...]) -> list[str]:
    return [sentence.text for sentence in sentences]
