"""Every scenario through the whole pipeline: tenant and events in, the expected judgement out.

The official worker library runs the app; the stand-in tenant answers over HTTP; state is the embedded one.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from local.outcome import reports_in
from local.scenario_folders import replay_folder
from tests.judgements import FILE, signed

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
    is_folded: bool = False
    must_not_appear: list[str] = []


class ExpectedCampaign(msgspec.Struct, forbid_unknown_fields=True):
    """A campaign that has a ticket."""

    kind: str
    targeted: int
    succeeded: int
    verdict: str
    severity: list[str]
    headline: str
    status: str


class Expected(msgspec.Struct, forbid_unknown_fields=True):
    """``expect.json``."""

    now: datetime
    events: dict[str, int]
    cases: dict[str, ExpectedCase]
    no_case: list[str] = []
    campaigns: list[ExpectedCampaign] = []


def actions_of(row: dict[str, Any]) -> set[str]:
    """Return action ids without the number that tells several of a kind apart."""
    return {action.split(":")[0].rstrip("0123456789").rstrip("_-#") for action in row["actions"]} | set(row["actions"])


def prose_of(report: dict[str, Any]) -> str:
    """Return everything that a person would read in a report, but not the evidence list."""
    return msgspec.json.encode([report["summary"], report["assessment"]]).decode()


async def outcome(scenario: Path, out: Path) -> tuple[Expected, dict[str, Any]]:
    """Replay a scenario and return what was expected and what came out."""
    expected = msgspec.json.decode((scenario / "expect.json").read_bytes(), type=Expected)
    return expected, await replay_folder(scenario, out)


def reports_of(summary: dict[str, Any], out: Path) -> dict[str, dict[str, Any]]:
    """Return the reports of a replay by identity."""
    rows = summary["cases"]
    return {row["identity"]["id"]: msgspec.json.decode((out / row["report"]).read_bytes()) for row in rows}


def hold(expected: Expected, summary: dict[str, Any], out: Path, *, by_model: bool = False) -> None:
    """Hold a replay against what was expected: each identity its verdict and one ticket, nobody else any.

    ``by_model``: a model wrote the words, so that headlines are its own.
    """
    rows, reports = {row["identity"]["id"]: row for row in summary["cases"]}, reports_of(summary, out)
    assert summary["events"] == expected.events
    assert set(rows) == set(expected.cases), "cases for exactly these identities"
    assert len(rows) == len(summary["cases"]), "one case an identity"
    assert not set(rows) & set(expected.no_case)
    ticketed = [campaign for campaign in summary["campaigns"] if "case_id" in campaign]
    assert len(ticketed) == len(expected.campaigns)
    for campaign, found in zip(expected.campaigns, ticketed, strict=True):
        hold_campaign(campaign, found)
        assert by_model or found["headline"] == campaign.headline
    for identity, case in expected.cases.items():
        hold_case(case, rows[identity], reports[identity])


def hold_campaign(expected: ExpectedCampaign, found: dict[str, Any]) -> None:
    """Hold a campaign and its ticket against what was expected."""
    assert (found["kind"], found["status"]) == (expected.kind, expected.status)
    assert (len(found["targeted"]), len(found["succeeded"])) == (expected.targeted, expected.succeeded)
    assert found["verdict"] == expected.verdict, found["reason"]
    assert found["severity"] in expected.severity
    assert [d["destination"] for d in found["deliveries"]] == ["queue"]


def hold_case(case: ExpectedCase, row: dict[str, Any], report: dict[str, Any]) -> None:
    """Hold one identity's report against what was expected of it."""
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
    assert [d["destination"] for d in row["deliveries"]] == ([] if case.is_folded else ["queue"])
    assert report["dossier"]["round_trips"] <= 2


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda path: path.name)
async def test_scenario(scenario: Path, tmp_path: Path) -> None:
    """The scenario comes out as a senior responder would sign it, in the template's words."""
    expected, summary = await outcome(scenario, tmp_path)
    hold(expected, summary, tmp_path)
    judged = signed(sorted(reports_in(summary, tmp_path), key=lambda report: report.case_id))
    assert judged == (scenario / FILE).read_text(encoding="utf-8"), "if it is better: python -m tests.judgements"


def test_there_are_scenarios() -> None:
    """The suite can't pass by finding nothing."""
    assert len(SCENARIOS) >= 15
