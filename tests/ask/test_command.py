"""``python -m local ask``: the HTTP body as JSON, tables for people, a session between calls, exit codes."""

import io
from pathlib import Path
from typing import Any

import msgspec
import pytest
from rich.console import Console

from local.__main__ import main
from local.ask import fitting
from shared.ask import run
from shared.ask.answer import AnswerTable
from shared.ask.skill import Column
from tests.ask.door import ANNA_UPN, TENANT, Scripted, failing
from tests.systems import ANNA

ENABLED = f"Is the account enabled of {ANNA_UPN}?"


@pytest.fixture
def tenant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write the tenant file and stand beside it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(run, "planner_of", lambda *_: Scripted())
    path = tmp_path / "tenant.json"
    path.write_bytes(msgspec.json.encode(TENANT))
    return path


def answered(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    """Return exit code and parsed output of the command with ``--json``."""
    code = main(["ask", "--json", *arguments])
    return code, msgspec.json.decode(capsys.readouterr().out)


def test_json_is_the_body_of_the_http_answer(tenant: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same keys as over HTTP, and nothing else on stdout; without a session nothing is left behind."""
    code, answer = answered(capsys, "--tenant", str(tenant), "--now", "2026-03-10T12:00:00Z", ENABLED)
    assert code == 0
    assert list(answer) == ["sessionId", "promptId", "result", "data", "sources", "followUps", "plan", "usage"]
    assert answer["data"]["facts"]["account_enabled"] is True
    assert [path.name for path in tenant.parent.iterdir()] == ["tenant.json"]


def test_a_session_is_kept_between_calls(tenant: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A second process with the same name knows "this user"; another name does not."""
    answered(capsys, "--tenant", str(tenant), "--session", "mine", ENABLED)
    code, answer = answered(capsys, "--tenant", str(tenant), "--session", "mine", "account of this user")
    assert (code, answer["data"]["subjects"][0]["id"]) == (0, ANNA)
    code, answer = answered(capsys, "--tenant", str(tenant), "--session", "yours", "account of this user")
    assert (code, answer["result"]["type"]) == (3, "needInput")
    code, answer = answered(capsys, "--tenant", str(tenant), "--subject", ANNA, "account of this user")
    assert (code, answer["data"]["subjects"][0]["name"]) == (0, ANNA_UPN)


def test_lines_are_answered_in_one_session(
    tenant: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a prompt each line of stdin is one; the second knows the first one's user; the last one's code counts."""
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{ENABLED}\n\naccount of this user\nweather\n"))
    assert main(["ask", "--tenant", str(tenant)]) == 4
    shown = capsys.readouterr().out
    assert shown.count(f'The account of "{ANNA_UPN}" is enabled') == 2
    assert "The weather is not in Entra." in shown


def test_people_get_words_tables_and_sources(tenant: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Text without escapes, a table, where it is from; a hostile name is shown as it is and does nothing."""
    assert main(["ask", "--tenant", str(tenant), "account of h@woodgrovebank.com"]) == 0
    shown = capsys.readouterr().out
    assert 'The account of "h@woodgrovebank.com" is enabled' in shown
    assert "[pay](http://evil" in shown
    assert "Source: https://graph.microsoft.com/v1.0/users" in shown
    assert "| --- |" not in shown


@pytest.mark.parametrize(
    ("prompt", "code"), [("How is the weather?", 4), ("account of Bo Berg", 3), ("account of nobody@x.example", 3)]
)
def test_exit_codes_say_what_came_of_it(
    tenant: Path, capsys: pytest.CaptureFixture[str], prompt: str, code: int
) -> None:
    """Scripts can tell a refusal from a question."""
    assert main(["ask", "--tenant", str(tenant), prompt]) == code
    assert capsys.readouterr().out


def test_a_missing_permission_has_its_own_exit_code(tenant: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """5, with the permission in words."""
    tenant.write_bytes(msgspec.json.encode(failing("users", 403, "Authorization_RequestDenied")))
    assert main(["ask", "--tenant", str(tenant), ENABLED]) == 5
    assert "User.Read.All" in capsys.readouterr().out


@pytest.mark.parametrize("extra", [["--tenant", "nowhere.json", "x"], ["--tenant", "tenant.json", " "]])
def test_wrong_input_is_said_on_stderr(tenant: Path, capsys: pytest.CaptureFixture[str], extra: list[str]) -> None:
    """2, with a hint; nothing on stdout."""
    assert main(["ask", *extra]) == 2
    found = capsys.readouterr()
    assert found.out == ""
    assert found.err


def test_a_session_name_is_a_plain_word(tenant: Path) -> None:
    """Anything else is refused by the parser."""
    with pytest.raises(SystemExit) as caught:
        main(["ask", "--tenant", str(tenant), "--session", "../x", "y"])
    assert caught.value.code == 2


@pytest.mark.parametrize(("width", "is_table"), [(200, True), (60, False)])
def test_a_table_whose_columns_would_be_too_narrow_is_told_line_by_line(width: int, is_table: bool) -> None:
    """Nobody reads columns of four letters; hostile text stays text in both."""
    names = [f"column_{number}" for number in range(8)]
    table = AnswerTable(
        step=0,
        title="Sign-ins",
        columns=tuple(Column(name=name, title=name, meaning="A value.") for name in names),
        rows=({name: f"[red]value of {name}" for name in names},),
        total=1,
        complete=True,
    )
    console = Console(file=io.StringIO(), width=width)
    console.print(fitting(table, console))
    said = console.file.getvalue()  # type: ignore[attr-defined]
    assert ("━" in said) is is_table
    if not is_table:
        assert all(f"[red]value of {name}" in said for name in names)
