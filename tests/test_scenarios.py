"""Every scenario through the whole pipeline: tenant and events in, the expected judgement out.

The official worker library runs the app; the stand-in tenant answers over HTTP; state is the embedded one.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from local.replay import read_bodies, replay
from local.tenant import Tenant

SCENARIOS = sorted(path.parent for path in (Path(__file__).parent / "scenarios").glob("*/expect.json"))


class ExpectedCase(msgspec.Struct, forbid_unknown_fields=True):
    """What must and must not come out for one identity."""

    verdict: list[str]
    severity: list[str]
    status: str = "open"
    findings: list[str] = []
    not_findings: list[str] = []
    actions: list[str] = []
    not_actions: list[str] = []
    done: list[str] = []
    withheld: list[str] = []
    must_not_appear: list[str] = []


class Expected(msgspec.Struct, forbid_unknown_fields=True):
    """``expect.json``."""

    now: datetime
    events: dict[str, int]
    cases: dict[str, ExpectedCase]
    no_case: list[str] = []


def actions_of(row: dict[str, Any]) -> set[str]:
    """Return action ids without the number that tells several of a kind apart."""
    return {action.split(":")[0].rstrip("0123456789").rstrip("_-#") for action in row["actions"]} | set(row["actions"])


def prose_of(report: dict[str, Any]) -> str:
    """Return everything that a person would read in a report, but not the evidence list."""
    return msgspec.json.encode([report["summary"], report["assessment"]]).decode()


async def outcome(scenario: Path, out: Path) -> tuple[Expected, dict[str, Any]]:
    """Replay a scenario and return what was expected and what came out."""
    expected = msgspec.json.decode((scenario / "expect.json").read_bytes(), type=Expected)
    tenant = Tenant.load(scenario / "tenant.json")
    bodies, policy = read_bodies([scenario / "events.json"]), scenario / "policy.toml"
    return expected, await replay(tenant, bodies, out, now=expected.now, policy=policy if policy.exists() else None)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda path: path.name)
async def test_scenario(scenario: Path, tmp_path: Path) -> None:
    """The scenario's identities get their verdicts, one ticket each, and nobody else gets any."""
    expected, summary = await outcome(scenario, tmp_path)
    rows = {row["identity"]["id"]: row for row in summary["cases"]}
    assert summary["events"] == expected.events
    assert set(rows) == set(expected.cases), "cases for exactly these identities"
    assert len(rows) == len(summary["cases"]), "one case an identity"
    assert not set(rows) & set(expected.no_case)
    for identity, case in expected.cases.items():
        row = rows[identity]
        report = msgspec.json.decode((tmp_path / row["report"]).read_bytes())
        assert row["verdict"] in case.verdict, row["reason"]
        assert row["severity"] in case.severity
        assert row["status"] == case.status
        assert set(case.findings) <= set(row["findings"])
        assert not set(case.not_findings) & set(row["findings"])
        assert set(case.actions) <= actions_of(row)
        assert not set(case.not_actions) & actions_of(row)
        assert set(case.done) <= {item["id"] for item in report["assessment"]["done"]}
        assert set(case.withheld) <= {item["text"].split(":")[0] for item in report["assessment"]["withheld"]}
        assert not [text for text in case.must_not_appear if text in prose_of(report)]
        assert [d["destination"] for d in row["deliveries"]] == ["queue"]
        assert report["dossier"]["round_trips"] <= 2


def test_there_are_scenarios() -> None:
    """The suite can't pass by finding nothing."""
    assert len(SCENARIOS) >= 15
