"""Live progress and the table of outcomes, for a terminal; plain lines where there is none."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from local.host.invocations import Invocation

COLOURS = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "green", "informational": "green"}
VERDICT_COLOURS = {"compromised": "bold red", "suspicious": "yellow", "benign": "green", "inconclusive": "cyan"}

WIDE = 100
"""Columns of a terminal from which on each thing has a column of its own."""


class Progress:
    """Counts what the host reports, and shows it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._total = 0
        self._sent = 0
        self._taken_in = 0
        self._triages = 0
        self._failures = 0
        self._tickets: dict[str, str] = {}
        self._live: Live | None = None

    def ticketed(self, number: str, ticket: dict[str, Any]) -> None:
        """Note the latest word on a ticket."""
        self._tickets[number] = f"{number}  {ticket['action']:<6}  {ticket['title']}"
        self._refresh()

    def saw(self, invocation: Invocation) -> None:
        """Count one invocation."""
        if not invocation.ok:
            self._failures += 1
        elif invocation.trigger == "event_hub":
            self._taken_in += invocation.messages
        elif invocation.function == "triage_case":
            self._triages += 1
        self._refresh()

    def sent(self, count: int) -> None:
        """Count event bodies sent."""
        self._sent += count
        self._refresh()

    @contextmanager
    def shown(self, total: int) -> Iterator[None]:
        """Show the counts while the block runs."""
        self._total = total
        if not self._console.is_terminal:
            self._console.print(f"sending {total} event bodies")
            yield
            self._console.print(self._line())
            return
        with Live(self._line(), console=self._console, refresh_per_second=12) as live:
            self._live = live
            yield
            self._refresh()
        self._live = None

    def _refresh(self) -> None:
        if self._live is not None:
            self._live.update(self._line())

    def _line(self) -> Text:
        width = 24
        done = width * self._taken_in // max(self._total, 1)
        bar = "█" * done + "░" * (width - done)
        failures = f"   failed invocations {self._failures}" if self._failures else ""
        counts = f"sent {self._sent}/{self._total}   taken in {self._taken_in}   triages {self._triages}{failures}"
        return Text("\n".join([f"{bar}  {counts}", *self._tickets.values()]), overflow="ellipsis", no_wrap=True)


def outcome_table(summary: dict[str, Any], width: int) -> Table:
    """Return who, verdict, severity, why, first action, ticket: worst first; fewer columns where it is narrow."""
    is_wide = width >= WIDE
    table = Table(title=None, show_lines=True, expand=False)
    for heading in ("who", "verdict, severity", "why", "first action", "ticket") if is_wide else ("case", "why"):
        table.add_column(heading, overflow="fold")
    for row in summary["cases"]:
        who = escape(row["identity"]["name"] or row["identity"]["id"])
        action = next(iter(row["actions"]), "-")
        if is_wide:
            table.add_row(who, _verdict(row), escape(row["reason"]), action, _tickets(row))
        else:
            table.add_row(
                Text.assemble(_verdict(row), f"\n{_tickets(row)}"), f"{who}\n{escape(row['reason'])}\nfirst: {action}"
            )
    return table


def _verdict(row: dict[str, Any]) -> Text:
    closed = f"\nclosed: {row['outcome'].replace('_', ' ')}" if row["status"] == "closed" else ""
    return Text.assemble(
        (row["verdict"], VERDICT_COLOURS[row["verdict"]]),
        (f"\n{row['severity']} ({row['score']})", COLOURS[row["severity"]]),
        closed,
    )


def _tickets(row: dict[str, Any]) -> str:
    """Return the numbers of the case's tickets, else what became of it at each destination."""
    tickets = [d["ticket"] for d in row["deliveries"] if d["ticket"] and d["destination"] != "queue"]
    return ", ".join(tickets or [d["ticket"] or d["status"] for d in row["deliveries"]])
