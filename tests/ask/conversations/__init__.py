"""What analysts say one after another, and what is answered, through HTTP on the demo's tenant: to be read and signed.

``python -m tests.ask.conversations`` writes ``signed.txt`` anew; read the difference before you commit.
``said.toml`` has the turns.
"""

import re
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path

from tests.ask.answers import told
from tests.ask.demo import demo
from tests.ask.door import OTHER_KEY, Door
from tests.systems import KEY

FOLDER = Path(__file__).parent
SIGNED = FOLDER / "signed.txt"
SAID: dict[str, list[str]] = tomllib.loads((FOLDER / "said.toml").read_text(encoding="utf-8"))


async def held() -> dict[str, str]:
    """Return name of a conversation to its turns and answers, as text. One app is served for all."""
    made = {}
    async with demo() as door:
        for name, turns in SAID.items():
            made[name] = "\n".join([line async for line in _turns(door, turns)])
    return made


async def _turns(door: Door, turns: list[str]) -> AsyncIterator[str]:
    session: str | None = None
    for number, turn in enumerate(turns, start=1):
        found = re.fullmatch(r"(?:\((.+?)\) )?(.+)", turn)
        assert found is not None
        how, prompt = found[1] or "", found[2]
        if hours := re.match(r"(\d+) hours later", how):
            door.clock.advance(int(hours[1]) * 3600)
        is_other = "another caller" in how
        sent = {"prompt": prompt} | ({} if session is None or "new session" in how else {"sessionId": session})
        status, body, _ = await door.send("POST", "/api/prompts", sent, key=OTHER_KEY if is_other else KEY)
        yield f"\n{number}. {turn}"
        if status != 200:
            yield f"{status} {body['title']}: {body['detail']}"
            continue
        session = session if is_other else body["sessionId"]
        for line in told(body):
            yield line


def as_file(conversations: dict[str, str]) -> str:
    """Return conversations as the file has them."""
    return "\n\n\n".join(f"# {name}\n{text}" for name, text in conversations.items()) + "\n"


def signed() -> dict[str, str]:
    """Return what the file says, by conversation."""
    blocks = SIGNED.read_text(encoding="utf-8").rstrip("\n").split("\n\n\n")
    return {block.partition("\n")[0].removeprefix("# "): block.partition("\n")[2] for block in blocks}
