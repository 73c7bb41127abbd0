"""The scenario folders: as the script builds them, readable, and with expectations that can fail."""

import json
from pathlib import Path

import pytest

from local.story.moments import NOW
from local.tenant import Tenant
from shared.assess import actions as catalogue
from shared.assess import findings as families
from shared.assess.choose import Entry
from shared.assess.rule import Rule
from shared.clock import ManualClock
from shared.correlate.correlate import correlate
from shared.discovery import discover
from shared.ingest import decode
from shared.state.sqlite import MEMORY, SqliteState
from tests.scenarios.build import FOLDER, build, scenarios
from tests.scenarios.scenario import Scenario

SCENARIOS = scenarios()
NAMES = [scenario.name for scenario in SCENARIOS]
FINDINGS = {rule.id for rule in discover(families, Rule)}
ACTIONS = {entry.id for entry in discover(catalogue, Entry)}


def contents(folder: Path) -> dict[str, bytes]:
    """Return the JSON files below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.glob("*/*.json"))}


def test_the_folders_are_what_the_script_builds(tmp_path: Path) -> None:
    """After a change of the builders the folders are built anew: python -m tests.scenarios.build."""
    build(tmp_path)
    built, kept = contents(tmp_path), contents(FOLDER)
    assert sorted(built) == sorted(kept)
    assert [name for name in built if built[name] != kept[name]] == []


def test_building_again_replaces_what_was_there(tmp_path: Path) -> None:
    """A scenario that is gone from the script goes from the folder too."""
    stale = tmp_path / "stale"
    stale.mkdir()
    (stale / "expect.json").write_text("{}", encoding="utf-8")
    build(tmp_path)
    assert not stale.exists()


def test_names_are_unique() -> None:
    """No scenario overwrites another."""
    assert len(set(NAMES)) == len(NAMES) >= 20


@pytest.mark.parametrize("scenario", SCENARIOS, ids=NAMES)
def test_expectations_name_what_exists(scenario: Scenario) -> None:
    """A mistyped id under not_findings or not_actions could never fail a test."""
    for expect in scenario.cases.values():
        assert {*expect.findings, *expect.not_findings} <= FINDINGS
        assert {*expect.actions, *expect.not_actions, *expect.done, *expect.withheld} <= ACTIONS
        assert not set(expect.findings) & set(expect.not_findings)
        assert not set(expect.actions) & set(expect.not_actions)
        assert expect.findings or expect.not_findings


@pytest.mark.parametrize("scenario", SCENARIOS, ids=NAMES)
async def test_real_ingest_and_correlate_agree(scenario: Scenario) -> None:
    """Counts, identities with a case, and whether it is closed come out of the real parts as expected."""
    expected = scenario.expected()
    bodies = json.loads((FOLDER / scenario.name / "events.json").read_bytes())
    state = SqliteState.open(MEMORY, clock=ManualClock(NOW))
    counts = dict.fromkeys(expected["events"], 0)
    try:
        for body in bodies:
            raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            decoded = decode(raw, received_at=NOW)
            counts["records"] += len(decoded.records)
            counts["ignored"] += sum(decoded.ignored.values())
            counts["dead_lettered"] += len(decoded.parked)
            assert all(record.at < NOW for record in decoded.records)
            await correlate(decoded.records, state, scenario.settings(), NOW)
        cases = await state.cases()
    finally:
        await state.close()
    assert counts == expected["events"]
    cases = [case for case in cases if case.identity.kind != "campaign"]
    assert {case.identity.id: case.status for case in cases} == {who: e.status for who, e in scenario.cases.items()}
    assert not {case.identity.id for case in cases} & set(scenario.no_case)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=NAMES)
def test_tenants_answer(scenario: Scenario) -> None:
    """The stand-in Graph accepts each tenant file."""
    tenant = Tenant.load(FOLDER / scenario.name / "tenant.json")
    status = tenant.answer("GET", "users?$select=id").status
    assert status == (403 if scenario.name in {"gaps_all_denied", "workload_all_denied"} else 200)
