"""What every skill declares: planners, capabilities, OpenAPI and documentation are made from nothing else."""

import re
from collections import Counter

import pytest

from shared.ask import skills as package
from shared.ask.catalogue import skills
from shared.ask.skill import THINGS, Skill
from shared.discovery import discover

ALL = list(skills().values())
PERMISSION = re.compile(r"[A-Z][A-Za-z]+(-[A-Za-z]+)?(\.[A-Z][A-Za-z]+){1,3}")
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


@pytest.mark.parametrize("skill", ALL, ids=lambda skill: skill.id)
def test_a_declaration_is_whole(skill: Skill) -> None:
    """Placeholders name inputs, words belong to choices, a description is one sentence, permissions are names."""
    assert re.fullmatch(r"[a-z][a-z0-9_]+", skill.id)
    assert skill.title
    assert skill.area
    assert skill.description.endswith(".")
    assert ". " not in skill.description
    assert len(skill.description) <= 240
    assert all(PERMISSION.fullmatch(name) for name in skill.permissions)
    assert all(path.startswith("/") for path in skill.paths)
    assert bool(skill.permissions) == bool(skill.paths)
    assert len(set(skill.permissions)) == len(skill.permissions)
    names = [one.name for one in skill.inputs]
    assert len(set(names)) == len(names)
    for example in skill.examples:
        assert set(PLACEHOLDER.findall(example)) <= set(names), example


@pytest.mark.parametrize("skill", ALL, ids=lambda skill: skill.id)
def test_inputs_are_whole(skill: Skill) -> None:
    """A choice has choices, its default is one of them, and no phrase means two of them."""
    for one in skill.inputs:
        assert one.description.endswith(".")
        assert re.fullmatch(r"[a-z][a-z0-9_]*", one.name)
        assert bool(one.choices) == (one.kind == "choice")
        assert set(one.words) <= set(one.choices)
        phrases = Counter(phrase for many in one.words.values() for phrase in many)
        assert all(amount == 1 and phrase == phrase.lower() for phrase, amount in phrases.items()), one.name
        if one.choices and one.default is not None:
            assert one.default in one.choices
        if one.kind == "count":
            assert one.default is None or 1 <= int(one.default) <= one.most
        assert not (one.many and one.kind not in THINGS)
        assert one.required == (one.default is None) or not one.required


def test_every_skill_can_be_asked_for() -> None:
    """Ids are unique, and no example means two skills."""
    assert len(discover(package, Skill)) == len(ALL)
    assert all(len(skill.examples) >= 4 for skill in ALL)
    plain = Counter(
        PLACEHOLDER.sub("{}", example).casefold().rstrip(" .?!") for skill in ALL for example in skill.examples
    )
    assert [example for example, amount in plain.items() if amount > 1] == []
