"""The page of prompts: a conversation with its answers, and what can be asked."""

from collections.abc import Mapping
from typing import Any

import msgspec

from shared.ask.answer import Answer, AnswerGap, AnswerTable
from shared.ask.capabilities import Capability, capabilities
from shared.ask.connector import ProcessPrompt, prompt_of
from shared.ask.prompts import KeptPrompt, answer_now, kept_prompt
from shared.ask.render import said_of
from shared.ask.sessions import open_session
from shared.ask.skill import Column
from shared.clients import Services
from shared.console.page import Page, mark_of
from shared.errors import NotFoundError

MOST_TURNS = 10
"""Turns of a conversation on its page, the latest."""
MOST_SHOWN_ROWS = 10
"""Rows of a table that are seen at once; the rest unfolds."""
MOST_ROWS = 500
ORDINALS = ("first", "second", "third", "fourth", "fifth")
"""How the next prompt says which of several was meant."""
FIRST_SKILLS = ("open_cases", "risky_users", "campaigns", "unread_evidence")


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """One prompt of a conversation with its answer."""

    id: str
    kept: KeptPrompt
    said: tuple[str, ...] = ()
    """Paragraphs of the answer, without what has a place of its own."""
    tables: tuple["ShownTable", ...] = ()
    gaps: tuple[AnswerGap, ...] = ()
    """Those that the paragraphs do not tell."""
    rating: str = ""
    """What this caller said of it."""


class ShownTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table with the columns that say something."""

    table: AnswerTable
    columns: tuple[Column, ...]


async def prompts_page(query: Mapping[str, str], caller: str, services: Services) -> Page:
    """Return the page of a caller's conversation, or of a new one. Raises NotFoundError for a session of another's."""
    session_id = query.get("session", "")
    ids = (await open_session(session_id, caller, services)).prompts[-MOST_TURNS:] if session_id else ()
    opinions = [one for one in await services.state.feedback() if one.prompt_id in ids and one.by == caller]
    can = await capabilities(services)

    async def content() -> dict[str, Any]:
        rated = {one.prompt_id: one.rating for one in opinions}
        turns = [turn for one in ids if (turn := await _turn(one, rated.get(one, ""), caller, services))]
        return {
            "session": session_id,
            "turns": turns,
            "capabilities": sorted(can.value, key=lambda one: (one.area, one.id)),
            "usable": sum(one.usable for one in can.value),
            "planner": can.planner,
            "examples": _examples(can.value),
            "prefilled": query.get("prompt", "")[:4000],
            "most_rows": MOST_SHOWN_ROWS,
            "ordinals": ORDINALS,
        }

    mark = mark_of(session_id, ids, opinions, [(one.id, one.usable) for one in can.value], query.get("prompt"))
    return Page(template="prompts.html.j2", mark=mark, content=content)


async def answer_prompt(prompt: str, session_id: str | None, caller: str, services: Services) -> Answer:
    """Answer by the way of ``POST /api/prompts``; ``/skill`` at the start of a prompt names a skill."""
    request = prompt_of(ProcessPrompt(prompt_content=prompt, session_id=session_id))
    return await answer_now(request, caller, services)


async def _turn(prompt_id: str, rating: str, caller: str, services: Services) -> Turn | None:
    """Return a turn; None when it was forgotten."""
    try:
        kept = await kept_prompt(prompt_id, caller, services)
    except NotFoundError:
        return None
    if kept.answer is None:
        return Turn(id=prompt_id, kept=kept)
    # What could not be read has a place of its own.
    said = tuple(part for part in said_of(kept.answer) if not part.startswith("Not read: "))
    if kept.answer.data.prompts:  # they are buttons
        said = tuple(part.split("\n- ")[0] for part in said)
    told = "\n".join(said).casefold()
    return Turn(
        id=prompt_id,
        kept=kept,
        said=said,
        tables=_tables(kept.answer),
        gaps=tuple(gap for gap in kept.answer.data.gaps if gap.what.casefold() not in told),
        rating=rating,
    )


def _tables(answer: Answer) -> tuple[ShownTable, ...]:
    found = []
    for table in answer.data.tables:
        columns = tuple(one for one in table.columns if any(row.get(one.name) is not None for row in table.rows))
        if columns:
            kept = msgspec.structs.replace(table, rows=table.rows[:MOST_ROWS], total=table.total or len(table.rows))
            found.append(ShownTable(table=kept, columns=columns))
    return tuple(found)


def _examples(can: tuple[Capability, ...]) -> list[str]:
    """Return prompts to begin with: of skills that are usable now, and that need no input."""
    by_id = {one.id: one for one in can}
    found = [by_id[name] for name in FIRST_SKILLS if name in by_id and by_id[name].usable]
    return [prompt for one in found if (prompt := next((text for text in one.examples if "{" not in text), ""))]
