"""``bench``: run the rows, print the ratios first, write everything as JSON."""

import os
import platform
import time
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from local.bench import rows
from local.bench.row import Measured, Numbers, Row
from local.working import working
from shared.discovery import discover
from shared.errors import InvalidRequestError


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """Where it ran, so that nobody compares numbers of two machines."""

    python: str
    system: str
    cores: int
    load: float
    """Average number of processes that wanted a core in the minute before: above 0.5 a core, read ratios only."""


def rows_by_id() -> dict[str, Row]:
    """Return all rows, in the order of their files' names."""
    return {row.id: row for row in discover(rows, Row)}


async def bench(console: Console, *, json: Path | None = None, only: str | None = None, small: bool = False) -> int:
    """Measure and print. Return the exit code: 1 when a target is missed. Raises InvalidRequestError."""
    known = rows_by_id()
    if only is not None and only not in known:
        raise InvalidRequestError(f"no row `{only}`", hint=f"Rows: {', '.join(known)}.")
    machine = _machine()
    measured: dict[str, Measured] = {}
    chosen = list(known.values()) if only is None else [known[only]]
    with working(len(chosen), chosen[0].id, lines=True) as advance:
        for row in chosen:
            advance(f"{row.id} …", 0)
            began = time.perf_counter()
            measured[row.id] = await row.run(small)
            advance(f"{row.id}, {time.perf_counter() - began:.1f} s")
    console.print(_table(known, measured))
    for row_id, found in measured.items():
        console.print(f"{row_id}: {found.note}", style="dim", highlight=False, markup=False)
    console.print(
        f"{machine.cores} cores, load {machine.load:.1f}, Python {machine.python}, {machine.system}", style="dim"
    )
    if json is not None:
        json.write_bytes(msgspec.json.format(msgspec.json.encode(document(machine, known, measured)), indent=2))
    return 1 if any(found.meets is False for found in measured.values()) else 0


def document(machine: Machine, known: dict[str, Row], measured: dict[str, Measured]) -> dict[str, Any]:
    """Return what the JSON file holds."""
    return {
        "machine": machine,
        "rows": [
            {"id": row_id, "what": known[row_id].what, "target": known[row_id].target, **msgspec.to_builtins(found)}
            for row_id, found in measured.items()
        ],
    }


def _machine() -> Machine:
    return Machine(
        python=platform.python_version(),
        system=f"{platform.system()} {platform.machine()}",
        cores=os.cpu_count() or 1,
        load=os.getloadavg()[0],
    )


def _table(known: dict[str, Row], measured: dict[str, Measured]) -> Table:
    table = Table(show_lines=True)
    for name in ("row", "times better than", "ours", "baselines", "target"):
        table.add_column(name, overflow="fold")
    for row_id, found in measured.items():
        met = {True: "met", False: "missed", None: ""}[found.meets]
        table.add_row(
            known[row_id].what,
            _lines(found.ratios),
            _lines(found.ours),
            "\n".join(f"{name}:\n{_lines(numbers, '  ')}" for name, numbers in found.baselines.items()),
            f"{known[row_id].target}\n{met}".strip(),
        )
    return table


def _lines(numbers: Numbers, indent: str = "") -> str:
    return "\n".join(f"{indent}{name.replace('_', ' ')} {_number(value)}" for name, value in numbers.items())


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
