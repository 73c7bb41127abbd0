"""A prompt that is nothing but the answer to the last question back: a name, an id, a time, a number of the list."""

import re
from collections.abc import Mapping

from msgspec.structs import replace

from shared.ask.plan import Asked, Plan, Step
from shared.ask.skill import THINGS, InputValue, Skill, TimeRange
from shared.ask.understand.filling import takes
from shared.ask.understand.marks import Mention
from shared.ask.understand.reading import Reading

_AROUND = frozenset(
    """
    for of it its is it's that's i mean meant the user group app application device role policy person account named
    called with upn id object name please thanks sorry namely about what and how no yes ok okay take use try on would be
    that one this a an in
    """.split()
)
_ORDINALS = {
    word: place for place, word in enumerate("first second third fourth fifth sixth seventh eighth".split(), 1)
}
_NUMBER = re.compile(
    rf"(?:the\s+|number\s+|option\s+|no\.?\s+|#\s?)*(?P<number>\d{{1,2}}|{'|'.join(_ORDINALS)})(?:st|nd|rd|th)?"
    r"(?:\s+(?:one|option|of\s+(?:them|these|those)))?(?:\s+please)?\s*[.)!]?",
    re.IGNORECASE,
)
LONGEST_NAME = 4
"""Words; what is longer is a sentence."""
_OPENS = re.compile(
    r"(?:show|list|give|get|tell|find|which|what|who|whom|whose|when|where|why|how|is|are|was|were|does|do|did|has|have|can|any|and)\b",
    re.IGNORECASE,
)


def number_of(text: str) -> int | None:
    """Return which of a list is chosen, from 1: "2", "the second one"; None where a prompt says more."""
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        return None
    word = found["number"].lower()
    return _ORDINALS[word] if word in _ORDINALS else int(word)


def answer_to(asked: Asked, text: str, reading: Reading, skills: Mapping[str, Skill]) -> Plan | None:
    """Return what was asked about with what a prompt gives; None where it gives nothing that was asked for."""
    if asked.step is None or asked.step.skill not in skills:
        return None
    one = skills[asked.step.skill].input(asked.asks)
    if one is None:
        return None
    number = number_of(text)
    if number is not None and one.kind != "count":
        is_listed = 0 < number <= len(asked.candidates)
        return _with(asked.step, asked.asks, asked.candidates[number - 1]) if is_listed else None
    named = [mention for mention in reading.mentions if mention.is_said or mention.form in {"time", "count"}]
    if len(named) != 1 or not takes(one, named[0]) or not _is_all(text, named[0]):
        return None
    value = _value(named[0])
    return _with(asked.step, asked.asks, value) if value is not None else None


def words_as_answer(asked: Asked, text: str, skills: Mapping[str, Skill]) -> Plan | None:
    """Return what was asked about with a prompt's words as the name of a thing; None where they are a sentence."""
    if asked.step is None or asked.step.skill not in skills or len(text.split()) > LONGEST_NAME:
        return None
    if "?" in text or _OPENS.match(text):
        return None
    one = skills[asked.step.skill].input(asked.asks)
    return _with(asked.step, asked.asks, text.strip(" .!")) if one is not None and one.kind in THINGS else None


def _with(step: Step, name: str, value: InputValue) -> Plan:
    return Plan(steps=(replace(step, inputs={**step.inputs, name: value}),))


def _value(mention: Mention) -> InputValue | None:
    if mention.is_said:
        return mention.words
    return mention.value if isinstance(mention.value, TimeRange | int) else None


def _is_all(text: str, mention: Mention) -> bool:
    """Say whether a prompt says nothing beside a mention."""
    rest = f"{text[: mention.start]} {text[mention.end :]}".lower()
    return set(re.findall(r"[\w']+", rest)) <= _AROUND
