"""``replay``: the same input gives the same bytes, and recorded events need no tenant."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from local.replay import read_bodies, replay
from local.tenant import Tenant

ROOT = Path(__file__).parent.parent
REAL_EVENTS = ROOT.parent / "shared/data/entra-events"
SCENARIO = ROOT / "tests/scenarios/session_theft"


def files_of(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder with its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "local", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_same_input_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    """Two processes that replay one scenario write identical files."""
    for name in ("one", "two"):
        done = run(
            "replay", "--tenant", str(SCENARIO / "tenant.json"), "--events", str(SCENARIO / "events.json"),
            "--out", str(tmp_path / name),
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    one, two = files_of(tmp_path / "one"), files_of(tmp_path / "two")
    assert "summary.json" in one
    assert len(one) >= 3
    assert one == two


async def test_real_records_against_an_empty_tenant_report_gaps_and_do_not_fail(tmp_path: Path) -> None:
    """All 117 recorded records decode, only two users become cases, and what can't be read is said."""
    if not REAL_EVENTS.is_dir():
        pytest.skip("the recorded Entra events are not beside this checkout")
    summary = await replay(Tenant.load({}), read_bodies(sorted(REAL_EVENTS.glob("*.json"))), tmp_path)
    assert summary["events"]["dead_lettered"] == 0
    assert summary["events"]["records"] + summary["events"]["ignored"] == 117
    reports = [msgspec.json.decode((tmp_path / row["report"]).read_bytes()) for row in summary["cases"]]
    kinds = [{fact["kind"] for fact in report["dossier"]["facts"]} for report in reports]
    assert [report["identity"]["kind"] for report in reports] == ["user", "user"]
    assert all({"risk.user", "user.deleted"} <= of for of in kinds)
    assert sorted("risk.detection" in of for of in kinds) == [False, True], "one was reported, one session was shared"
    assert any("sign_in.shared_session" in of for of in kinds)
    for row in summary["cases"]:
        assert row["gaps"], "what an empty tenant can't say is a gap, not a none"
        assert row["verdict"] in {"suspicious", "inconclusive"}


@pytest.mark.parametrize(
    ("content", "count"),
    [
        ('{"records": []}', 1),
        ('[{"records": []}, {"records": []}]', 2),
        ('[{"records": []}, "not json"]', 2),
        ('[{"category": "SignInLogs"}]', 1),
        ('{"records": []}\r\n{"records": []}\r\n', 1),
        ("", 1),
    ],
)
def test_recorded_files_are_read_as_bodies(content: str, count: int, tmp_path: Path) -> None:
    """A file is one body, or a list of bodies."""
    file = tmp_path / "events.json"
    file.write_text(content, encoding="utf-8")
    assert len(read_bodies([file])) == count


def test_a_file_larger_than_a_message_becomes_several(tmp_path: Path) -> None:
    """No record is lost when a recording is larger than an event hub's message."""
    record: dict[str, Any] = {"category": "SignInLogs", "properties": {"filler": "x" * 2000}}
    file = tmp_path / "events.json"
    file.write_bytes(msgspec.json.encode({"records": [record] * 2000}))
    bodies = read_bodies([file])
    assert len(bodies) > 1
    assert sum(len(msgspec.json.decode(body)["records"]) for body in bodies) == 2000


@pytest.mark.parametrize("content", ["[]", "nonsense", None])
def test_a_wrong_tenant_file_is_a_clear_error(content: str | None, tmp_path: Path) -> None:
    """The message names the file and says what a tenant file is; the exit code is 2."""
    tenant = tmp_path / "tenant.json"
    if content is not None:
        tenant.write_text(content, encoding="utf-8")
    done = run(
        "replay", "--tenant", str(tenant), "--events", str(SCENARIO / "events.json"), "--out", str(tmp_path / "o")
    )
    assert done.returncode == 2
    assert "tenant.json" in done.stderr.replace("\n", "")
    assert "Traceback" not in done.stderr
