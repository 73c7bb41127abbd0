"""A bar for long work, on stderr and only at a terminal: what is piped or asked for as JSON stays clean."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


class Advance(Protocol):
    """Called after each piece of work with what was finished, in a few words."""

    def __call__(self, done: str, pieces: int = 1) -> None:
        """Note that ``pieces`` more are done; 0 only changes the words."""


@contextmanager
def working(total: int, begun: str, *, lines: bool = False) -> Iterator[Advance]:
    """Show how much of ``total`` is done while the block runs.

    ``lines``: where there is no terminal, each piece is a line instead, for work that runs for many minutes.
    """
    console = Console(stderr=True)
    columns = (BarColumn(24), MofNCompleteColumn(), TimeRemainingColumn(compact=True), TextColumn("{task.description}"))
    count = 0
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(begun, total=total)

        def advance(done: str, pieces: int = 1) -> None:
            nonlocal count
            count += pieces
            progress.update(task, advance=pieces, description=done)
            if lines and pieces and not console.is_terminal:
                console.print(f"{count} of {total}: {done}", markup=False, highlight=False, soft_wrap=True)

        yield advance
