"""The command line in a terminal and in a pipe: help, wrong words, widths, bars."""

import io

import pytest
from rich.console import Console

from local.__main__ import main
from local.command_line import parser
from local.progress import WIDE, outcome_table
from local.working import working

ROW = {
    "identity": {"name": "nadia.rahmani_tailspintoys.com#ext#@woodgrovebank.com", "id": "x"},
    "status": "closed",
    "outcome": "confirmed_safe",
    "verdict": "compromised",
    "severity": "critical",
    "score": 100,
    "reason": "MFA was approved after a burst of denied prompts, so whoever sent them was let in.",
    "actions": ["confirm_service_principal_compromised"],
    "deliveries": [{"destination": "webhook", "status": "created", "ticket": "INC0007"}],
}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["aks"], "Did you mean `ask`?"),
        (["serve", "--port", "70000"], "`70000` is not a port from 0 to 65535"),
        (["serve", "--storage", "azurit"], "Did you mean `azurite`?"),
        (["replay", "--tenant", "x"], "--events"),
        ([], "COMMAND"),
    ],
)
def test_wrong_words_are_named_with_what_was_probably_meant(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, a line or two on stderr, and where the help is; no list of everything."""
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    told = capsys.readouterr()
    assert said in told.err
    assert "--help" in told.err
    assert told.out == ""
    assert len(told.err) < 200


def test_the_help_tells_where_to_begin_and_each_command_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    """First steps and exit codes in the whole help; a sentence and an example in a command's own."""
    for words, said in ((["--help"], "first steps:"), (["--help"], "exit codes:"), (["ask", "--help"], "example:")):
        with pytest.raises(SystemExit) as ended:
            parser().parse_args(words)
        assert ended.value.code == 0
        assert said in capsys.readouterr().out


@pytest.mark.parametrize("width", [50, 60, 80, WIDE, 160])
def test_the_table_of_outcomes_fits_and_loses_nothing(width: int) -> None:
    """Whatever the width, every word of it is there, and a piped one has no colour."""
    out = io.StringIO()
    Console(file=out, width=width).print(outcome_table({"cases": [ROW]}, width))
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    assert "\x1b" not in out.getvalue()
    together = "".join(character for character in out.getvalue() if character not in " \n│")
    for word in ("compromised", "critical(100)", "closed:", "safe", "INC0007"):
        assert word in together


def test_a_bar_is_for_terminals_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """In a pipe there is nothing, or a line for each piece of work that takes long."""
    with working(2, "begun") as advance:
        advance("one")
    with working(2, "begun", lines=True) as advance:
        advance("first …", 0)
        advance("first")
        advance("second")
    told = capsys.readouterr()
    assert (told.out, told.err.splitlines()) == ("", ["1 of 2: first", "2 of 2: second"])
