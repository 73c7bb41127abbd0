"""Two incidents a month apart through the whole pipeline: the second knows the first, and what was said of it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shared import feedback
from shared.models.reports import Report
from tests.systems import NOW, risk_body, stepped, take_in, triage_due

MONTH = 32 * 24 * 3600
DAY = 24 * 3600


async def _confirmed_safe_then(folder: Path, **again: Any) -> Report:
    """Return the report of what comes nine days after an administrator confirmed a token's use as safe."""
    async with stepped(folder) as (system, clock):
        await take_in(system, risk_body(1))
        await triage_due(system)
        said = (NOW - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
        safe = {"state": "confirmedSafe", "riskDetail": "adminConfirmedAccountSafe", "lastUpdatedDateTime": said}
        await take_in(system, risk_body(1, **safe))
        clock.advance(3600)
        await triage_due(system)
        (first,) = await system.services.state.cases()
        assert (first.status, first.outcome) == ("closed", "confirmed_safe")
        clock.advance(9 * DAY)
        await take_in(system, risk_body(2, minutes_ago=-9 * 24 * 60, **again))
        await triage_due(system)
        second = next(case for case in await system.services.state.cases() if case.id != first.id)
        assert second.previous_case_ids == (first.id,)
        report = await system.services.state.report(second.id)
    assert report is not None
    return report


async def test_confirmed_safe_and_then_the_same_again_weighs_less_and_says_so(tmp_path: Path) -> None:
    """Same kind, same address: twelve points off as a term with its reason, and still for somebody to look at."""
    report = await _confirmed_safe_then(tmp_path)
    (term,) = [term for term in report.assessment.terms if term.source == "harmless_in_earlier_case"]
    assert (term.points, term.label) == (-12, "Judged harmless before")
    assert (report.assessment.verdict, report.status) == ("suspicious", "open")
    (past,) = report.dossier.all("case.previous")
    assert past.text_of("outcome") == "confirmed_safe"
    assert any("earlier case" in sentence.text for sentence in report.summary.why_benign)


@pytest.mark.parametrize(
    "attack",
    [
        {"riskEventType": "attackerinTheMiddle", "riskLevel": "high"},
        {"riskEventType": "attackerinTheMiddle", "riskLevel": "high", "ipAddress": "203.0.113.99"},
        {"ipAddress": "203.0.113.99", "location": {"countryOrRegion": "RO"}},
    ],
    ids=["another kind", "another kind and source", "another source"],
)
async def test_confirmed_safe_and_then_another_attack_is_not_hidden(tmp_path: Path, attack: dict[str, Any]) -> None:
    """What somebody said of a token says nothing of another kind of attack, nor of another place."""
    report = await _confirmed_safe_then(tmp_path / "after", **attack)
    assert report.assessment.finding("harmless_in_earlier_case") is None
    async with stepped(tmp_path / "alone") as (system, _):
        await take_in(system, risk_body(2, **attack))
        await triage_due(system)
        (case,) = await system.services.state.cases()
        alone = await system.services.state.report(case.id)
    assert alone is not None
    assert report.assessment.verdict == alone.assessment.verdict != "benign"
    assert report.assessment.score >= alone.assessment.score


async def test_the_next_case_knows_the_last_one(tmp_path: Path) -> None:
    """Dismissed, called a VPN, and back from the same address: said in the facts, weighed in the score."""
    async with stepped(tmp_path) as (system, clock):
        await take_in(system, risk_body(1))
        await triage_due(system)
        (first,) = await system.services.state.cases()
        said = {"caseId": first.id, "rating": "looksRight", "classification": "benignPositive", "comment": "VPN"}
        await feedback.take(
            msgspec.convert(said, feedback.GivenFeedback), "analyst", system.services.state, system.services.clock()
        )
        clock.advance(MONTH)
        await take_in(system, risk_body(2, minutes_ago=-MONTH / 60 + 30))
        await triage_due(system)
        cases = await system.services.state.cases()
        assert len(cases) == 2
        report = await system.services.state.report(cases[0].id)
    assert report is not None
    (past,) = report.dossier.all("case.previous")
    assert (past.text_of("case_id"), past.text_of("classification")) == (first.id, "benignPositive")
    assert "“VPN”" in past.text or '"VPN"' in past.text
    assert report.assessment.finding("harmless_in_earlier_case") is not None
    assert any(term.source == "harmless_in_earlier_case" and term.points < 0 for term in report.assessment.terms)
    assert report.assessment.verdict != "benign"
    assert any("earlier case" in sentence.text for sentence in report.summary.why_benign)
