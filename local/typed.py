"""Prompts typed line by line: with the keys and the history of a terminal, which the next call has too."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

HISTORY = Path(".local/ask_history")
"""Names people: only their user may read it."""
MOST_LINES = 1000
ENDS = {"exit", "quit"}


def typed(history: Path = HISTORY) -> Iterator[str]:
    """Yield what is typed, or piped in; empty lines are skipped, the end of input ends it.

    At a terminal, Ctrl-C drops the line that is being typed, and Ctrl-D, ``exit`` or ``quit`` ends.
    """
    if not sys.stdin.isatty():
        yield from (line.strip() for line in sys.stdin if line.strip())
        return
    with _remembered(history):
        while True:
            line = _line()
            if line is None or line in ENDS:
                return
            if line:
                yield line


def _line() -> str | None:
    """Return a line, empty when it was dropped, None at the end of input."""
    # An event loop's own handler would only note Ctrl-C until the line is there.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return input("ask> ").strip()
    except (EOFError, KeyboardInterrupt) as end:
        sys.stdout.write("\n")
        return None if isinstance(end, EOFError) else ""
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _remembered(history: Path) -> Iterator[None]:
    """Give ``input`` the lines of earlier calls, and keep those of this one; without readline there are none."""
    lines = _readline()
    if lines is None:
        yield
        return
    history.parent.mkdir(parents=True, exist_ok=True)
    # Made before anything is in it, so that nobody else may ever read it.
    os.close(os.open(history, os.O_CREAT | os.O_WRONLY, 0o600))
    history.chmod(0o600)
    with suppress(OSError):  # a file that another readline wrote is no reason not to ask
        lines.read_history_file(history)
    lines.set_history_length(MOST_LINES)
    try:
        yield
    finally:
        lines.write_history_file(history)


def _readline() -> Any:
    """Return the standard library's module, None on a system that has none."""
    try:
        import readline
    except ImportError:
        return None
    return readline
