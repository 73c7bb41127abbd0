"""docs/patterns.md and the scenario folders say the same."""

import json
from pathlib import Path

import pytest

from local.story.moments import NOW
from shared.clock import ManualClock
from shared.correlate.correlate import correlate
from shared.ingest import decode
from shared.models.cases import CLOSING
from shared.state.sqlite import MEMORY, SqliteState
from tests.scenarios.build import FOLDER, scenarios

ROOT = FOLDER.parent.parent
PAGE = (ROOT / "docs/patterns.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip().strip("`") for cell in line.split("|")[1:-1]] for line in PAGE.splitlines() if line[2:3].isdigit()
]
SHOWN = {name: (opens.replace("`", ""), verdict) for _, _, name, opens, verdict in ROWS if "/" not in name}
SCENARIOS = {scenario.name: scenario for scenario in scenarios()}
ADDING = {"detected_sign_in", "sensitive_change_after_risk"}


def test_every_pattern_has_its_lines_in_order() -> None:
    """All 43, each with a scenario or with tests that exist."""
    numbers = [int(row[0]) for row in ROWS]
    assert numbers == sorted(numbers)
    assert set(numbers) == set(range(1, 44))
    assert [name for _, _, name, _, _ in ROWS if "/" in name and not Path(ROOT / name).is_file()] == []
    assert set(SHOWN) <= set(SCENARIOS)


@pytest.mark.parametrize("name", SHOWN)
async def test_a_line_says_what_opens_the_case_and_the_verdict(name: str) -> None:
    """The real correlation raises the reasons that the line names; the verdicts are those expected."""
    scenario = SCENARIOS[name]
    state = SqliteState.open(MEMORY, clock=ManualClock(NOW))
    try:
        for body in scenario.bodies:
            raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            await correlate(decode(raw, received_at=NOW).records, state, scenario.settings(), NOW)
        cases = await state.cases()
    finally:
        await state.close()
    reasons = {signal.reason for case in cases for signal in case.signals} - set(CLOSING) - ADDING
    verdicts = {verdict for expect in scenario.cases.values() for verdict in expect.verdict}
    assert SHOWN[name] == (", ".join(sorted(reasons)) or "nothing", ", ".join(sorted(verdicts)) or "no case")
