"""Prompts typed at a terminal: keys, history between calls, and who may read it."""

import os
import pty
import select
import subprocess
import sys
from pathlib import Path

SCRIPT = (
    "import sys, pathlib; from local.typed import typed; sys.stderr.write(repr(list(typed(pathlib.Path(sys.argv[1])))))"
)
STARTS_SECONDS, QUIET_SECONDS = 60.0, 2.0
UP, CTRL_C, CTRL_D = "\x1b[A", "\x03", "\x04"


def typed_at_terminal(history: Path, *keys: str) -> str:
    """Return what was yielded to a program in whose terminal these keys were pressed, each after a prompt."""
    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(history)],
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: os.close(os.open(os.ttyname(0), os.O_RDWR)),  # noqa: PLW1509 - it becomes its terminal
        env={**os.environ, "TERM": "xterm"},
    )
    os.close(theirs)
    patience = STARTS_SECONDS
    for key in keys:
        seen = ""
        # Two prompts may come in one piece: then there is nothing more to read for the second, and it is quiet.
        while "ask> " not in seen and select.select([ours], [], [], patience)[0]:
            seen += os.read(ours, 1024).decode()
        os.write(ours, key.encode())
        patience = QUIET_SECONDS
    _, told = running.communicate(timeout=60)
    os.close(ours)
    return told


def test_the_history_is_there_in_the_next_call_and_for_nobody_else(tmp_path: Path) -> None:
    """Up brings back what an earlier call was asked; Ctrl-C drops a line, Ctrl-D ends; the file is its user's alone."""
    history = tmp_path / "kept" / "history"
    assert (
        typed_at_terminal(history, "who is at risk?\n", "never mind" + CTRL_C, "\n", "exit\n") == "['who is at risk?']"
    )
    assert history.stat().st_mode & 0o777 == 0o600
    assert typed_at_terminal(history, UP + UP + "\n", CTRL_D) == "['who is at risk?']"


def test_piped_lines_leave_no_history(tmp_path: Path) -> None:
    """Without a terminal every line is a prompt, and nothing is kept."""
    history = tmp_path / "history"
    told = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(history)], input="one\n\n  two\n", capture_output=True, text=True, check=True
    )
    assert told.stderr == "['one', 'two']"
    assert told.stdout == ""
    assert not history.exists()
