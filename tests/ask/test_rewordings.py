"""The published prompts in other words, through HTTP on the demo's tenant: the same data comes back."""

import asyncio
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.ask.demo import demo

PROMPTS = tomllib.loads(Path(__file__).with_name("rewordings.toml").read_text(encoding="utf-8"))["prompt"]
ALL = [pytest.param(place, words, id=words[:70]) for place, one in enumerate(PROMPTS) for words in one["reworded"]]


async def _ask_all() -> dict[tuple[int, str], Any]:
    async with demo() as door:
        answers = {}
        for place, one in enumerate(PROMPTS):
            for words in (one["published"], *one["reworded"]):
                before = await door.ask(one["after"]) if "after" in one else None
                session = {"sessionId": before["sessionId"]} if before else {}
                answers[place, words] = await door.ask(words, **session)
        return answers


@pytest.fixture(scope="module")
def answers() -> dict[tuple[int, str], Any]:
    """Ask everything of one app."""
    return asyncio.run(_ask_all())


@pytest.mark.parametrize(("place", "words"), ALL)
def test_other_words_get_the_same_data(answers: dict[tuple[int, str], Any], place: int, words: str) -> None:
    """Facts, rows, things and sources; nothing is asked back."""
    published, reworded = answers[place, PROMPTS[place]["published"]], answers[place, words]
    assert reworded["result"]["type"] == published["result"]["type"] == "success"
    assert reworded["data"] == published["data"]
    assert reworded["sources"] == published["sources"]


def test_each_published_prompt_has_three_other_ways_to_be_said() -> None:
    """The nineteen prompts of the core, none left out and none answered with nothing."""
    assert len(PROMPTS) == 19
    assert all(len(set(one["reworded"])) >= 3 for one in PROMPTS)
