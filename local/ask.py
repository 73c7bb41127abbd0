"""The ``ask`` command: one prompt against a tenant file, with the code that answers over HTTP."""

import argparse
import os
import sys
from pathlib import Path

import msgspec
from rich.console import Console, Group, RenderableType
from rich.measure import Measurement
from rich.table import Table

from local.system import UNLIMITED
from local.tenant import StandInCredential, Tenant, TenantServer
from local.typed import typed
from shared.ask.answer import Answer, AnswerTable
from shared.ask.render import MOST_ROWS, said_of
from shared.ask.request import PromptRequest
from shared.ask.run import ask as answer_prompt
from shared.ask.sessions import new_id, open_session
from shared.ask.skill import Cell, Column
from shared.clients import open_services
from shared.clock import clock_from, system_clock
from shared.hostile import clean, shown
from shared.settings import Settings
from shared.state.sqlite import MEMORY

CALLER = "command-line"
LEAST_WIDTH, WIDEST = 16, 10_000
"""Characters: what a column needs to be read, and more than any table has."""
EXAMPLE = "Which users are at risk?"
STATE = Path(".local/ask.sqlite")
EXIT = {
    "success": 0,
    "error": 1,
    "timedOut": 1,
    "capacityExceeded": 1,
    "needInput": 3,
    "rejected": 4,
    "needAdditionalClaims": 5,
}
"""Exit codes by the answer's type; 2 is wrong input, as everywhere."""


async def ask(given: argparse.Namespace, console: Console) -> int:
    """Answer one prompt and print it. Raises ConfigurationError, InvalidRequestError for what was given wrongly."""
    server = TenantServer(Tenant.load(given.tenant))
    await server.start()
    try:
        return await _converse(given, server.url, console)
    finally:
        await server.stop()


async def _converse(given: argparse.Namespace, graph_url: str, console: Console) -> int:
    """Answer the prompt, or one line after another in one session; return the exit code of the last answer."""
    settings = msgspec.structs.replace(
        Settings.from_env(os.environ),
        graph_url=graph_url,
        graph_share=UNLIMITED,
        state_path=str(STATE) if given.session else MEMORY,
    )
    clock = clock_from(given.now) if given.now else system_clock
    services = await open_services(settings, clock=clock, credential=StandInCredential())
    name = f"named-{given.session}" if given.session else new_id("session")
    code = 0
    try:
        if given.prompt is None and sys.stdin.isatty():
            _greet(given.session)
        for prompt in typed() if given.prompt is None else [given.prompt]:
            session = await open_session(name, CALLER, services, make=True)
            request = PromptRequest(prompt=prompt, subject=given.subject)
            answer = await answer_prompt(request, CALLER, services, session=session)
            if given.json:
                sys.stdout.write(msgspec.json.format(msgspec.json.encode(answer), indent=2).decode() + "\n")
            else:
                show(answer, console)
            code = EXIT[answer.result.type]
    finally:
        await services.close()
    return code


def _greet(session: str | None) -> None:
    """Tell somebody who types what may be typed; not on stdout, where answers go."""
    known = f"Session `{session}` goes on." if session else "One session; --session NAME would keep it."
    text = f"{known} Ask in your own words, for example: {EXAMPLE}\nUp and down bring back earlier prompts; exit ends."
    _line(Console(stderr=True), text, style="dim")


def show(answer: Answer, console: Console) -> None:
    """Print an answer for a person: words, tables, what could not be read, sources, what to ask next."""
    for part in said_of(answer):
        _line(console, part)
    for table in answer.data.tables:
        if table.rows:
            console.print(fitting(table, console))
            if (table.total or len(table.rows)) > MOST_ROWS or not table.complete:
                _line(
                    console, f"{min(MOST_ROWS, len(table.rows))} of {table.total or len(table.rows)}; --json has all."
                )
    for source in answer.sources:
        _line(console, f"Source: {source.url or source.ref}", style="dim")
    for prompt in answer.follow_ups:
        _line(console, f"Ask next: {prompt}", style="dim")


def _line(console: Console, text: str, style: str = "") -> None:
    console.print(shown(text, keep="\n"), markup=False, highlight=False, soft_wrap=True, style=style)


def fitting(table: AnswerTable, console: Console) -> RenderableType:
    """Return a table, or what it holds line by line where its columns would be too narrow to read."""
    made = _table(table)
    wide = Measurement.get(console, console.options.update(width=WIDEST), made).maximum > console.width
    if not wide or len(made.columns) * LEAST_WIDTH <= console.width:
        return made
    blocks: list[RenderableType] = [_text(clean(table.title))]
    for row in table.rows[:MOST_ROWS]:
        block = Table(box=None, show_header=False, pad_edge=False)
        block.add_column(style="dim", no_wrap=True)
        block.add_column(overflow="fold")
        for column in _told(table):
            if row.get(column.name) is not None:
                block.add_row(f"  {_text(column.title)}", _text(_cell(row[column.name])))
        blocks += [block, ""]
    return Group(*blocks[:-1])


def _told(table: AnswerTable) -> list[Column]:
    """Return the columns that say something in any row."""
    return [one for one in table.columns if any(row.get(one.name) is not None for row in table.rows)]


def _table(table: AnswerTable) -> Table:
    columns = _told(table)
    made = Table(title=_text(clean(table.title)), title_justify="left")
    for column in columns:
        made.add_column(_text(column.title), overflow="fold")
    for row in table.rows[:MOST_ROWS]:
        made.add_row(*(_text(_cell(row.get(column.name))) for column in columns))
    return made


def _text(text: str) -> str:
    """Return text that rich prints as it is."""
    return text.replace("[", "\\[")


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return clean(str(value), 120)
