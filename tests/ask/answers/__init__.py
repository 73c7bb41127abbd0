"""What every published prompt is answered with on the demo's tenant, through HTTP, so that a person can sign it line by line.

``python -m tests.ask.answers`` writes the files of this folder anew; read the difference before you commit.
``asked.toml`` says what stands for the names and ids of the published prompts, and what is said after a question back.
"""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from tests.ask.demo import demo
from tests.ask.door import Door

FOLDER = Path(__file__).parent
ASKED = tomllib.loads((FOLDER / "asked.toml").read_text(encoding="utf-8"))
PUBLISHED: dict[str, dict[str, str]] = tomllib.loads(FOLDER.with_name("prompts.toml").read_text(encoding="utf-8"))[
    "published"
]
MOST_ROWS = 8


async def answered() -> dict[str, dict[str, str]]:
    """Return area to published prompt to what was asked and answered, as text. One app is served for all."""
    async with demo() as door:
        return {area: await _area(door, area, prompts) for area, prompts in PUBLISHED.items()}


async def _area(door: Door, area: str, prompts: Mapping[str, str]) -> dict[str, str]:
    session = None
    found = {}
    for prompt, planned in prompts.items():
        if area not in ASKED["one_session"]:
            session = None
        lines: list[str] = []
        if planned.startswith("[") and session is None:
            before = ASKED["before"].get(prompt) or ASKED["before"][planned[1:].partition("]")[0]]
            lines.append(f"after: {before}")
            session = (await door.ask(before))["sessionId"]
        sent = filled(prompt)
        lines += [f"sent: {sent}"] if sent != prompt else []
        answer = await door.ask(sent, **({"sessionId": session} if session else {}))
        session = answer["sessionId"]
        lines += told(answer)
        if then := ASKED["then"].get(prompt):
            lines += ["", f"then: {then}", *told(await door.ask(then, sessionId=session))]
        text = "\n".join(lines)
        same = next((before for before, told_before in found.items() if told_before == text), None)
        found[prompt] = f"the same as: {same}" if same else text
    return found


def filled(prompt: str) -> str:
    """Return a published prompt with the demo's names and ids in the place of the placeholders."""
    if prompt in ASKED["instead"]:
        return str(ASKED["instead"][prompt])
    for placeholder, real in ASKED["fill"].items():
        prompt = prompt.replace(placeholder, real)
    return prompt


def told(answer: Any) -> Iterator[str]:
    """Yield the lines of an answer: what came of it, the plan, the words, and then facts and rows as playbooks get them."""
    yield answer["result"]["type"]
    for step in answer["plan"]["steps"]:
        given = [f"{name}={_input(value)}" for name, value in step["inputs"].items()]
        outcome = "" if step["result"] == answer["result"]["type"] else f" -> {step['result']}"
        yield f"plan: {' | '.join([step['skill'], *given])}{outcome}"
    yield from (f"> {line}" for line in _words(answer))
    data = answer["data"]
    yield from (f"fact {name}: {_cell(value)}" for name, value in data["facts"].items())
    yield from (f"candidate: {one['kind']} {one['name']}" for one in data["candidates"])
    for missing in data["missing"]:
        yield f"missing: {missing['kind']} {missing['name']}"
    for gap in data["gaps"]:
        yield f"gap: {gap['what']}, {gap['reason']}, {gap['detail']}"
    for table in data["tables"]:
        yield from _table(table)


def _words(answer: Any) -> list[str]:
    """Return the text without its tables, whose rows follow from the data."""
    parts = [
        part for part in answer["result"]["content"].split("\n\n") if not part.startswith(("**", "| ", "The first "))
    ]
    return [line for part in parts for line in part.splitlines()]


def _input(value: Any) -> str:
    if isinstance(value, list):
        return f"({', '.join(map(_input, value))})"
    return str(value.get("name") or value.get("words")) if isinstance(value, dict) else str(value)


def _table(table: Any) -> Iterator[str]:
    rows, names = table["rows"], [column["name"] for column in table["columns"]]
    of = f" of {table['total']}" if table["total"] not in {None, len(rows)} else ""
    more = "" if table["complete"] else ", and there are more"
    yield f"table {table['title']}: {len(rows)}{of}{more}"
    if rows:
        yield f"  {' | '.join(names)}"
    yield from (f"  {' | '.join(_cell(row.get(name)) for name in names)}" for row in rows[:MOST_ROWS])
    if len(rows) > MOST_ROWS:
        yield f"  … {len(rows) - MOST_ROWS} more"


def _cell(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def as_file(prompts: Mapping[str, str]) -> str:
    """Return an area's answers as its file has them."""
    return "\n\n\n".join(f"# {prompt}\n{text}" for prompt, text in prompts.items()) + "\n"


def signed(area: str) -> dict[str, str]:
    """Return what an area's file says, by prompt."""
    blocks = (FOLDER / f"{area}.txt").read_text(encoding="utf-8").rstrip("\n").split("\n\n\n")
    return {block.partition("\n")[0].removeprefix("# "): block.partition("\n")[2] for block in blocks}
