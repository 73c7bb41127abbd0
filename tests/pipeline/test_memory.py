"""Two incidents a month apart through the whole pipeline: the second knows the first, and what was said of it."""

from pathlib import Path

import msgspec

from shared import feedback
from tests.systems import risk_body, stepped, take_in, triage_due

MONTH = 32 * 24 * 3600


async def test_the_next_case_knows_the_last_one(tmp_path: Path) -> None:
    """Dismissed, called a VPN, and back from the same address: said in the facts, weighed in the score."""
    async with stepped(tmp_path) as (system, clock):
        await take_in(system, risk_body(1))
        await triage_due(system)
        (first,) = await system.services.state.cases()
        said = {"caseId": first.id, "rating": "looksRight", "classification": "benignPositive", "comment": "VPN"}
        await feedback.take(msgspec.json.encode(said), "analyst", system.services.state, system.services.clock())
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
