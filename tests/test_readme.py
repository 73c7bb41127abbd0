"""The README tells the truth: its event, its ticket, its table and its commands."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import msgspec

from local import story
from local.replay import read_bodies, replay
from local.tenant import Tenant

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SCENARIO = ROOT / "tests/scenarios/session_theft"


def blocks(kind: str) -> list[str]:
    """Return the fenced blocks of a kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_the_event_is_one_that_the_demo_streams() -> None:
    """The JSON in the README is a record of the story, whole."""
    (shown,) = blocks("json")
    records = []
    for event in story.events():
        try:
            records += msgspec.json.decode(event.body)["records"]
        except (msgspec.DecodeError, KeyError, TypeError):
            continue
    assert msgspec.json.decode(shown) in records


async def test_the_ticket_is_what_the_events_become(tmp_path: Path) -> None:
    """Every line of the ticket in the README is in the ticket that the scenario makes."""
    summary = await replay(Tenant.load(SCENARIO / "tenant.json"), read_bodies([SCENARIO / "events.json"]), tmp_path)
    report = msgspec.json.decode((tmp_path / summary["cases"][0]["report"]).read_bytes())
    texts = msgspec.json.encode([report["summary"], report["assessment"]]).decode()
    shown = next(block for block in blocks("text") if block.startswith("# "))
    headings = {"What happened", "What to do", "Ask the user, over a channel the attacker does not hold", "…", ""}
    for line in shown.splitlines():
        said = re.sub(r"^(# |- |\d+\. .*?\): |\s+)", "", line)
        if said in headings:
            continue
        parts = [said] if " with {" not in said else re.split(r" with |; permission |^PATCH ", said)
        for part in parts:
            assert msgspec.json.encode(part).decode().strip('"') in texts, line


def test_the_commands_work(tmp_path: Path) -> None:
    """Each shell block is a make target that exists, or a command that ends well."""
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    for block in blocks("sh"):
        for line in block.strip().splitlines():
            words = shlex.split(line)
            if words[0] == "make":
                assert words[1] in targets
                continue
            assert words[:3] == [".venv/bin/python", "-m", "local"]
            writes = "--out" in words
            if writes:
                words[words.index("--out") + 1] = str(tmp_path / "out")
            done = subprocess.run(
                [sys.executable, *words[1:]], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
            )
            assert done.returncode == 0, done.stderr
            assert (tmp_path / "out/summary.json").exists() if writes else done.stdout
