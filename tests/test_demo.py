"""``demo``: what the README promises is what a newcomer gets."""

import re
import subprocess
import sys
from pathlib import Path

import msgspec

ROOT = Path(__file__).parent.parent


def promised() -> dict[str, tuple[str, str, str]]:
    """Return verdict, severity and first action by user, as the README's table says."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = text.split("| who | what happened |")[1].split("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in table]
    return {row[0].split(",")[0]: (row[2].split(",")[0], row[3], row[4]) for row in cells}


def title_of(action_id: str, report: Path) -> str:
    """Return what a report calls an action, as a part of a sentence."""
    actions = msgspec.json.decode(report.read_bytes())["assessment"]["actions"]
    return next(str(action["title"]).lower() for action in actions if action["id"] == action_id)


def test_the_demo_ends_as_the_readme_says(tmp_path: Path) -> None:
    """Exit code 0, every story with its verdict, one ticket an identity, reports in both forms, dead letters listed."""
    done = subprocess.run(
        [sys.executable, "-m", "local", "demo", "--out", str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    summary = msgspec.json.decode((tmp_path / "summary.json").read_bytes())
    found = {
        re.split(r"@|_tailspintoys", row["identity"]["name"])[0]: (
            row["verdict"],
            row["severity"],
            title_of(row["actions"][0], tmp_path / row["report"]),
        )
        for row in summary["cases"]
    }
    assert found == promised()
    assert len(found) == len(summary["cases"]) == 7
    tickets = [d["ticket"] for row in summary["cases"] for d in row["deliveries"] if d["destination"] == "webhook"]
    assert len(tickets) == len(set(tickets)) == 7
    assert {d["status"] for row in summary["cases"] for d in row["deliveries"]} <= {"created", "updated", "closed"}
    for row in summary["cases"]:
        assert (tmp_path / row["report"]).exists()
        assert (tmp_path / row["report"]).with_suffix(".html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert summary["events"] == {"records": 327, "ignored": 10, "dead_lettered": 3}
    (campaign,) = summary["campaigns"]
    assert len(campaign["targeted"]) == 25
    page = (tmp_path / campaign["report"]).with_suffix(".html").read_text(encoding="utf-8")
    assert "<p>From 203.0.113.66. " in page
    assert "nothing to compare with" not in page
    assert len(msgspec.json.decode((tmp_path / "dead_letters.json").read_bytes())) == 3
