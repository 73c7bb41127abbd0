"""Words for people: what skills say, tables as Markdown, and what could not be read. Hostile names stay text."""

import re
from collections.abc import Iterable, Sequence

from shared.ask.answer import Answer
from shared.ask.skill import Cell, Reply, Table
from shared.hostile import clean, shown
from shared.models.dossier import Gap

MOST_ROWS = 10
"""Rows of a table in the text; the rest is counted, and whole in ``data``."""
LONGEST_CELL = 120
_MARKUP = re.compile(r"(?P<code>`[A-Za-z0-9_.:/-]+`)|[\\`*\[\]<>~|]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)")
"""What Markdown reads as markup. A name in backticks, as in our own advice, is harmless and stays."""
_ESCAPE = re.compile(r"\\(.)")
_OF_TABLES = ("**", "| ", "The first ")
"""How the parts of a table begin: title, rows, what there is beyond. In a reply's words `*` and `|` are escaped."""
_LINE_START = re.compile(r"^([-=+#]|\d+(?=[.)](?:\s|$)))")
_AUTOLINK = re.compile(r"://|www\.|mailto:|xmpp:", re.IGNORECASE)


def plain(text: str) -> str:
    """Return text in one line in which nothing is markup, a link or unseen; ordinary sentences stay as they are."""
    line = _MARKUP.sub(lambda found: found[0] if found["code"] else f"\\{found[0]}", shown(" ".join(text.split())))
    line = _LINE_START.sub(_escaped_start, line)
    return _AUTOLINK.sub(lambda found: found[0].replace(":", "\\:").replace(".", "\\."), line)


def reply_text(reply: Reply) -> str:
    """Return what a skill found, with its tables, and what could not be read where its own words leave that out."""
    parts = [plain(reply.text), *(markdown_table(table) for table in reply.tables if table.rows)]
    untold = [gap for gap in reply.gaps if gap.what.casefold() not in reply.text.casefold()]
    return "\n\n".join(part for part in [*parts, gaps_text(untold)] if part)


def said_of(answer: Answer) -> tuple[str, ...]:
    """Return the paragraphs of an answer as plain text, without its tables, which ``data`` has whole."""
    parts = [part for part in answer.result.content.split("\n\n") if not part.startswith(_OF_TABLES)]
    return tuple(_ESCAPE.sub(r"\1", part) for part in parts if part)


def markdown_table(table: Table) -> str:
    """Return the first rows as a Markdown table under its title, and how many there are beyond them."""
    columns = [column for column in table.columns if any(row.get(column.name) is not None for row in table.rows)]
    header = " | ".join(plain(column.title) for column in columns)
    lines = [f"**{plain(table.title)}**", "", f"| {header} |", "|" + " --- |" * len(columns)]
    for row in table.rows[:MOST_ROWS]:
        lines.append("| " + " | ".join(_cell(row.get(column.name)) for column in columns) + " |")
    return "\n".join([*lines, *_beyond(table)])


def gaps_text(gaps: Iterable[Gap]) -> str:
    """Return what could not be read, each with what would mend it; nothing when there is none."""
    told = dict.fromkeys(f"{gap.what} ({gap.detail}): {_now(gap.mend)}" for gap in gaps)
    return "\n".join(f"Not read: {plain(one)}" for one in told)


def choices_text(question: str, choices: Sequence[str]) -> str:
    """Return a question or reason with what may be meant or asked instead, one a line."""
    return "\n".join([plain(question), *(f"- {plain(choice)}" for choice in choices)])


def _beyond(table: Table) -> list[str]:
    shown_rows, total = min(len(table.rows), MOST_ROWS), table.total or len(table.rows)
    if not table.complete and total <= len(table.rows):
        return ["", f"The first {shown_rows} of more than {len(table.rows)} rows; `data` has those that were read."]
    if total > shown_rows:
        where = "`data` has all of them" if total == len(table.rows) else f"`data` has {len(table.rows)} of them"
        return ["", f"The first {shown_rows} of {total} rows; {where}."]
    return []


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return plain(clean(str(value), LONGEST_CELL))


def _escaped_start(found: re.Match[str]) -> str:
    return f"{found[0]}\\" if found[0].isdecimal() else f"\\{found[0]}"


def _now(mend: str) -> str:
    """Return a gap's advice in the words of a prompt: nothing asks again by itself here."""
    return mend.replace("the next update of this case asks again", "ask again").replace("The next update", "Ask again")
