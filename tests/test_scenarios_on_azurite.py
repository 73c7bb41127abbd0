"""Scenarios with state on Azure Storage: the same judgements as with the embedded state.

Some of them; TRIAGE_ALL_ON_AZURITE=1 runs them all, which takes minutes.
"""

import os
from pathlib import Path

import msgspec
import pytest

from local.outcome import reports_in
from local.replay import SETTINGS
from local.scenario_folders import replay_folder
from shared.correlate import campaigns
from shared.state.azure.connection import CONNECTION
from tests.judgements import FILE, signed
from tests.test_scenarios import SCENARIOS, Expected

SOME = {
    "session_theft",
    "remediated",
    "gaps_all_denied",
    "workload_risk_remediated",
}
CHOSEN = SCENARIOS if os.environ.get("TRIAGE_ALL_ON_AZURITE") else [one for one in SCENARIOS if one.name in SOME]


@pytest.mark.parametrize("scenario", CHOSEN, ids=lambda path: path.name)
async def test_scenario_on_azurite(
    scenario: Path, tmp_path: Path, storage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Updates are not gathered here: the storage's queues run on their own clock, which nothing can set forward."""
    monkeypatch.setenv(CONNECTION, storage)
    monkeypatch.setattr(campaigns, "FIRST_DELAY_SECONDS", 0.0)
    settings = msgspec.structs.replace(SETTINGS, state_store="azure", update_delay_seconds=0)
    summary = await replay_folder(scenario, tmp_path, settings)
    judged = signed(sorted(reports_in(summary, tmp_path), key=lambda report: report.case_id))
    assert judged == (scenario / FILE).read_text(encoding="utf-8")
    expected = msgspec.json.decode((scenario / "expect.json").read_bytes(), type=Expected)
    for row in summary["cases"]:
        is_folded = expected.cases[row["identity"]["id"]].is_folded
        assert [one["destination"] for one in row["deliveries"]] == ([] if is_folded else ["queue"])
