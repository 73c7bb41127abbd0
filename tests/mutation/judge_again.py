"""Judge anew what the scenarios' dossiers hold, which the run made beforehand, and compare with what was signed.

No file of the suite (its name tells pytest so): ``tests/test_scenarios.py`` compares the same, and makes the dossiers.
"""

import os
from pathlib import Path

import msgspec

from shared.assess import assess
from shared.models.reports import Report
from shared.policy import default_policy, read_policy
from tests.judgements import FILE, SCENARIOS, signed


def again(report: Report, folder: Path) -> Report:
    """Return a report with the judgement that the rules give now."""
    own = folder / "policy.toml"
    judged = assess(
        report.dossier,
        identity=report.identity,
        status=report.status,
        outcome=report.outcome,
        now=report.generated_at,
        policy=read_policy(str(own)) if own.exists() else default_policy(),
    )
    return msgspec.structs.replace(report, assessment=judged)


def test_the_judgement_is_the_one_that_was_signed() -> None:
    """Of every scenario."""
    made = sorted(Path(os.environ["MUTATION_REPORTS"]).glob("*.json"))
    assert made
    for file in made:
        folder = SCENARIOS / file.stem
        reports = msgspec.json.decode(file.read_bytes(), type=list[Report])
        assert signed(again(report, folder) for report in reports) == (folder / FILE).read_text(encoding="utf-8")
