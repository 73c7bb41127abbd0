"""Versions of a report: which is new, and what is counted of it."""

from collections import Counter

import msgspec

from shared.models.reports import Authorship, Report, says_the_same
from shared.state.interface import State
from shared.telemetry import count
from shared.write import TEMPLATE


async def kept_version(report: Report, state: State) -> Report:
    """Return the report under its version, saved: the latest one again when it says nothing new.

    The latest may be one that has not reached every destination. It is never written over: those that have it would
    not be sent what is new in it.
    """
    latest = await state.report(report.case_id)
    if latest is not None and says_the_same(latest, report):
        return msgspec.structs.replace(latest, revision=report.revision)
    if latest is not None:
        report = msgspec.structs.replace(report, version=max(report.version, latest.version + 1))
    await state.save_report(report)
    assessment = report.assessment
    count(
        "reports",
        identity_kind=report.identity.kind,
        verdict=assessment.verdict,
        severity=assessment.severity,
        writer=writer_of(report.summary.authorship),
    )
    count("facts", len(report.dossier.facts))
    for reason, gaps in Counter(gap.reason for gap in report.dossier.gaps).items():
        count("gaps", gaps, reason=reason)
    return report


def writer_of(authorship: Authorship) -> str:
    """Return who wrote a report, without the model's name: ``template``, ``model``, or ``fallback`` from it."""
    if authorship.fallback:
        return "fallback"
    return "template" if authorship.writer == TEMPLATE else "model"
