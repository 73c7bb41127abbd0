"""docs/prompts.md tells the truth: its commands work, in order, and its tables name what there is."""

import asyncio
import os
import re
from pathlib import Path
from typing import Any

import msgspec

from local import story
from local.ask import EXIT
from local.host.http import Keys
from local.skills_page import skills_page
from local.system import UNLIMITED, running
from local.tenant import Tenant
from shared.ask.answer import ResultType
from shared.ask.catalogue import skills
from shared.clock import clock_from
from shared.settings import Settings
from tests.systems import KEY

PAGE = (Path(__file__).parent.parent.parent / "docs/prompts.md").read_text(encoding="utf-8")
REMEMBERED = {"sessionId": "SESSION", "promptId": "PROMPT", "report": "REPORT"}


def commands() -> list[str]:
    """Return each command of the page's shell blocks; a backslash goes on."""
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.replace("\\\n", " ").strip().splitlines()]


async def done(command: str, environment: dict[str, str]) -> Any:
    """Return the JSON that a command prints."""
    process = await asyncio.create_subprocess_shell(
        command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, error = await process.communicate()
    assert process.returncode == 0, error
    text = out.decode()
    if text.startswith("HTTP/"):
        text = text.replace("\r", "").partition("\n\n")[2]
    return msgspec.json.decode(text.splitlines()[0])


async def test_the_commands_work(tmp_path: Path) -> None:
    """Every command answers JSON that is no problem; later ones use what earlier ones answered."""
    environment = {**os.environ, "KEY": KEY, "NO_PROXY": "127.0.0.1"}
    async with running(
        Tenant.load(story.tenant()),
        tmp_path,
        Settings(graph_share=UNLIMITED),
        clock=clock_from(story.NOW),
        port=0,
        keys=Keys(function=(KEY,)),
    ) as system:
        environment["URL"] = system.host.url
        for command in commands():
            body = await done(command, environment)
            assert "urn:entra-triage:problem" not in str(body), (command, body)
            if isinstance(body, dict):
                result = body.get("result")
                if isinstance(result, dict):
                    assert result["type"] == "success", (command, body)
                environment |= {name: body[key] for key, name in REMEMBERED.items() if body.get(key)}
    assert len(commands()) > 12
    assert set(REMEMBERED.values()) <= set(environment)


def test_every_type_of_result_is_in_both_tables() -> None:
    """A type can't be added without its meaning and its exit code."""
    types = set(ResultType.__value__.__args__)
    told = set(re.findall(r"^\| `(\w+)` \|", PAGE.split('## "This user"')[0], re.MULTILINE))
    assert types <= told
    codes = {
        name: int(row.split("|")[1])
        for row in PAGE.split("| exit code |")[1].split("##")[0].splitlines()
        for name in re.findall(r"`(\w+)`", row)
        if row.startswith("| ") and row.split("|")[1].strip().isdecimal()
    }
    assert codes == EXIT
    assert set(EXIT) == types


WORDS_ALONE = {"asker", "ca_trusted_locations", "group_membership_of_user", "per_user_mfa", "unread_evidence"}
"""Skills whose answer about the demo is a yes, a no or a name, so that there is nothing to list."""


async def test_every_skill_has_an_answer_about_the_demo() -> None:
    """The page of skills is made of real answers: each skill has one, and it is not that nothing was understood."""
    page = await skills_page()
    sections = {section.split("- skill: `")[1].split("`")[0]: section for section in page.split("\n### ")[1:]}
    assert set(sections) == set(skills())
    for name, section in sections.items():
        said = [line for line in section.splitlines() if line.startswith("> ")]
        assert len(said) > 1, name
        assert name in WORDS_ALONE or re.search(r"^> \*.+\*: \d+ rows? of ", section, re.MULTILINE), name
        assert "may mean several things" not in section, name
    by_name = [name for name, section in sections.items() if "\n> **/" in section]
    assert len(by_name) < len(sections) / 10, f"examples that their own skill is not understood by: {by_name}"
