"""Every published prompt through HTTP on the demo's tenant: the answers are those that somebody read and signed."""

import asyncio

import pytest

from tests.ask.answers import ASKED, FOLDER, PUBLISHED, answered, signed

ALL = [pytest.param(area, prompt, id=f"{area}: {prompt[:60]}") for area in PUBLISHED for prompt in PUBLISHED[area]]
FOUND_NOTHING = {
    ("access_control", "What CA Policies not applicable to trusted locations?"),
    ("access_control", "Conditional Access Policies excluding all trusted locations."),
    ("access_control", "Is user karita@woodgrovebank.com enabled for per-user MFA?"),
    ("core", "Is user@contoso.com a member of this group?"),
    ("directory", "Tell me about myself."),
    ("incident", "What roles does this group have?"),
    ("samples", "Who am I"),
}
"""Answers in words alone: true ones, of which there is nothing to list."""


@pytest.fixture(scope="module")
def answers() -> dict[str, dict[str, str]]:
    """Ask everything once."""
    return asyncio.run(answered())


@pytest.mark.parametrize(("area", "prompt"), ALL)
def test_the_answer_is_the_signed_one(answers: dict[str, dict[str, str]], area: str, prompt: str) -> None:
    """``python -m tests.ask.answers`` writes the files anew; the difference is what somebody signs."""
    assert answers[area][prompt] == signed(area).get(prompt)


def test_the_files_hold_the_published_prompts_and_no_others() -> None:
    """A prompt that is published no longer leaves no answer behind."""
    for area, prompts in PUBLISHED.items():
        assert list(signed(area)) == list(prompts)
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(PUBLISHED)
    known = {prompt for prompts in PUBLISHED.values() for prompt in prompts}
    assert {*ASKED["instead"], *ASKED["then"]} <= known


@pytest.mark.parametrize(("area", "prompt"), ALL)
def test_every_answer_shows_something(area: str, prompt: str) -> None:
    """Rows, or a no with what is answered nearby; what is asked back has rows once it is named."""
    text = signed(area)[prompt]
    if text.startswith("the same as: "):
        text = signed(area)[text.removeprefix("the same as: ")]
    last = text.rsplit("\nthen: ", 1)[-1]
    outcomes = {"success", "rejected"} & set(last.splitlines())
    assert outcomes
    if outcomes == {"success"} and (area, prompt) not in FOUND_NOTHING:
        assert "\n  " in last
