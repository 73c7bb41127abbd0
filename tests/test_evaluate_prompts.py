"""``evaluate --prompts``: what people rated over HTTP, exported, and planned again."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.__main__ import main
from tests.ask.door import ANNA_UPN, Door, door

RIGHT = f"Is the account of {ANNA_UPN} enabled?"
POINTING = "Is this user's account enabled?"
JOKE = "Tell me a joke"


async def rated(made: Door, prompt: str, rating: str, **more: Any) -> str:
    """Ask, agree to share, and return the session."""
    answer = await made.ask(prompt, **more)
    opinion = {"promptId": answer["promptId"], "rating": rating, "shareSample": True}
    assert (await made.send("POST", "/api/feedback", opinion))[0] == 201
    return str(answer["sessionId"])


@pytest.fixture
async def export(tmp_path: Path) -> Path:
    """Return an export with three rated prompts, as ``GET /api/feedback?format=evaluation`` gives it."""
    async with door(tmp_path / "state") as made:
        session = await rated(made, RIGHT, "looksRight")
        await rated(made, POINTING, "needsImprovement", sessionId=session)
        await rated(made, JOKE, "looksRight")
        _, body, _ = await made.send("GET", "/api/feedback?format=evaluation")
    file = tmp_path / "export.ndjson"
    file.write_text(body, encoding="utf-8")
    return file


def run(capsys: pytest.CaptureFixture[str], file: Path, *more: str) -> tuple[int, str]:
    """Return the exit code of the command, and what it printed."""
    code = main(["evaluate", "--prompts", str(file), *more])
    return code, capsys.readouterr().out


def test_what_was_right_is_planned_as_it_was(capsys: pytest.CaptureFixture[str], export: Path) -> None:
    """Also what points at the session, and what was rightly declined; what was wrong is wrong as before."""
    code, text = run(capsys, export, "--json")
    told = json.loads(text)
    assert code == 0
    assert {name: told[name] for name in ("kept", "lost", "still", "changed")} == {
        "kept": 2, "lost": 0, "still": 1, "changed": 0
    }  # fmt: skip
    by_prompt = {one["prompt"]: (one["before"], one["now"], one["outcome"]) for one in told["prompts"]}
    plan = "user_account_state | user=1"
    assert by_prompt == {
        RIGHT: (plan, plan, "kept"), POINTING: (plan, plan, "still"), JOKE: ("declined", "declined", "kept")
    }  # fmt: skip


def test_a_right_plan_that_is_lost_is_an_exit_code(capsys: pytest.CaptureFixture[str], export: Path) -> None:
    """The table shows what differs; a prompt that was wrong and is planned otherwise is to be read."""
    text = export.read_text(encoding="utf-8")
    export.write_text(text.replace('"skill":"user_account_state"', '"skill":"user_details"'), encoding="utf-8")
    code, table = run(capsys, export)
    assert code == 1
    assert "1 lost: said to be right, and planned otherwise now" in table
    assert "1 changed: said to be wrong, and planned otherwise now: read whether it is right" in table
    assert "1 kept" in table
    assert JOKE not in table


def test_a_plan_with_another_span_is_another_plan(capsys: pytest.CaptureFixture[str], export: Path) -> None:
    """Inputs count, but for the defaults that nobody said."""
    lines = [json.loads(text) for text in export.read_text(encoding="utf-8").splitlines()]
    (line,) = [line for line in lines if line["prompt"]["request"]["prompt"] == RIGHT]
    line["prompt"]["request"]["prompt"] = f"Show me failed sign-ins for {ANNA_UPN} for the past 3 days"
    who = line["prompt"]["plan"]["steps"][0]["inputs"]["user"]
    span = {"since": "2026-01-01T00:00:00Z", "until": "2026-01-08T00:00:00Z", "words": "the past 7 days"}
    step = {"skill": "failed_sign_ins_of_user", "title": "x", "inputs": {"user": who, "time_range": span}}
    line["prompt"]["plan"]["steps"] = [step]
    export.write_text(json.dumps(line), encoding="utf-8")
    code, text = run(capsys, export, "--json")
    (one,) = json.loads(text)["prompts"]
    assert code == 1
    assert one["before"] == "failed_sign_ins_of_user | user=1"
    assert one["now"] == "failed_sign_ins_of_user | time_range=the past 3 days | user=1"
