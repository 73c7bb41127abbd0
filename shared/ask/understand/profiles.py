"""What the planner learned of each skill from its declaration: examples, title, inputs, words of choices."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise

import msgspec

from shared.ask.skill import Input, Ref, Skill
from shared.ask.understand.lexicon import CHAT, STOP, WEIGHTS, Vocabulary, lemma, nearness
from shared.ask.understand.marks import Mention
from shared.ask.understand.parts import cleaned, without_format
from shared.ask.understand.reading import Reading, read

_SOME_DAY = datetime(2026, 1, 31, 12, tzinfo=UTC)
"""Examples have no times of their own."""
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\w+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|_")
_CORE_SHARE = 0.75
_NEAR = 0.6
_LEAST_WEIGHT, _MOST_WEIGHT = 0.35, 3.0


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """One example prompt as it was understood."""

    text: str
    keys: tuple[str, ...]
    concepts: frozenset[str]
    """The same without order."""
    slots: tuple[str, ...]
    """Names of inputs that it has a place for, in order, each once."""
    nouns: dict[str, str]
    """Concept of the noun that it puts beside a place, by input name."""
    asides: tuple[str, ...]
    """Words that carry nothing alone, but tell this example from a shorter one: "nobody", "longer"."""
    negated: frozenset[str]
    """Concepts that it denies: "without MFA"."""
    before: dict[str, str]
    """The word before a place, by input name."""
    form: tuple[str, ...]
    """All its words, those that carry nothing too, with ``{noun}`` for each place."""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A way to ask for a value of a choice."""

    value: str
    phrase: str
    keys: tuple[str, ...]


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """One skill, ready to be compared with prompts."""

    skill: Skill
    examples: tuple[Example, ...]
    keys: frozenset[str]
    """Every concept of examples, title and inputs."""
    core: frozenset[str]
    """Concepts that nearly all its examples have: a prompt without one of them hardly means it."""
    choices: dict[str, tuple[Choice, ...]]
    """By input name, the longest phrases first."""


class Learned(msgspec.Struct, frozen=True, kw_only=True):
    """All profiles, with what is known of words across them."""

    profiles: tuple[Profile, ...]
    vocabulary: Vocabulary
    rarity: dict[str, float]
    forms: frozenset[tuple[str, ...]]
    """All examples word for word."""

    def weight(self, key: str) -> float:
        """Return how much a concept tells skills apart."""
        return self.rarity.get(key, _MOST_WEIGHT)

    def read(self, text: str, now: datetime, known: Sequence[Ref] = ()) -> Reading:
        """Return a prompt as it is understood with this vocabulary."""
        return read(text, now, self.vocabulary, known)


def learn(skills: Mapping[str, Skill], everyday: Iterable[str] = ()) -> Learned:
    """Return what the declarations of skills teach. ``everyday`` words are no names."""
    vocabulary = Vocabulary(_surfaces(skills.values()), everyday)
    profiles = tuple(_profile(skill, vocabulary) for skill in skills.values())
    known = {key for profile in profiles for key in profile.keys}
    rarity = {key: _rarity(sum(key in profile.keys for profile in profiles), len(profiles)) for key in known}
    forms = frozenset(example.form for profile in profiles for example in profile.examples)
    return Learned(profiles=profiles, vocabulary=vocabulary, rarity={**rarity, **WEIGHTS}, forms=forms)


def _rarity(having: int, total: int) -> float:
    return min(_MOST_WEIGHT, max(_LEAST_WEIGHT, math.log((total + 1) / (having + 0.5)) * 0.8))


def _surfaces(skills: Iterable[Skill]) -> set[str]:
    words: set[str] = set()
    for skill in skills:
        texts = [re.sub(r"\{[a-z_0-9]+\}", " ", example) for example in skill.examples]
        texts += [skill.title]
        for one in skill.inputs:
            texts += [one.name.replace("_", " "), *(_CAMEL.sub(" ", value) for value in one.choices)]
            texts += [phrase for phrases in one.words.values() for phrase in phrases]
        for text in texts:
            words.update(word.lower().removesuffix("'s") for word in _WORD.findall(text.replace("’", "'")))
    return words


def _profile(skill: Skill, vocabulary: Vocabulary) -> Profile:
    examples = tuple(_example(skill, text, vocabulary) for text in skill.examples)
    keys = {key for example in examples for key in example.keys}
    for text in (skill.title, *(one.name.replace("_", " ") for one in skill.inputs)):
        keys.update(read(text, _SOME_DAY).keys)
    choices = {one.name: _choices(one, vocabulary) for one in skill.inputs if one.kind == "choice"}
    return Profile(skill=skill, examples=examples, keys=frozenset(keys), core=_core(examples), choices=choices)


def _core(examples: Sequence[Example]) -> frozenset[str]:
    counts = Counter(
        key
        for key in {key for example in examples for key in example.keys}
        for example in examples
        if any(nearness(key, other) >= _NEAR for other in example.keys)
    )
    return frozenset(key for key, count in counts.items() if count >= _CORE_SHARE * len(examples))


def _example(skill: Skill, text: str, vocabulary: Vocabulary) -> Example:
    reading = read(without_format(cleaned(text)), _SOME_DAY, vocabulary)
    slots: list[str] = []
    nouns: dict[str, str] = {}
    before: dict[str, str] = {}
    for mention in reading.mentions:
        name = _slot(skill, mention, slots)
        if name:
            slots.append(name)
            nouns[name], before[name] = mention.noun, mention.before
    return Example(
        text=text,
        keys=reading.keys,
        concepts=frozenset(reading.keys),
        slots=tuple(slots),
        asides=tuple(word for word in reading.form if word in CHAT - STOP),
        negated=negated(reading.keys),
        nouns=nouns,
        before=before,
        form=reading.form,
    )


def negated(keys: Sequence[str]) -> frozenset[str]:
    """Return the concepts that stand behind a "not"."""
    return frozenset(after for before, after in pairwise(keys) if before == "not")


def _slot(skill: Skill, mention: Mention, taken: list[str]) -> str | None:
    if mention.form == "blank" and (one := skill.input(mention.words)):
        return None if one.name in taken else one.name
    free = [one for one in skill.inputs if one.name not in taken]
    fitting = [one.name for one in free if one.kind in mention.kinds]
    fitting += [one.name for one in free if mention.noun and speaks_of(one.name, one.description, mention.noun)]
    return fitting[0] if fitting else None


@cache
def speaks_of(name: str, description: str, noun: str) -> bool:
    """Say whether an input's name or description has a noun."""
    return noun in read(f"{name.replace('_', ' ')} {description}", _SOME_DAY).keys


def _choices(one: Input, vocabulary: Vocabulary) -> tuple[Choice, ...]:
    phrases = {phrase: value for value, said in one.words.items() for phrase in said}
    for value in one.choices:
        if lemma(value.lower()) not in STOP | CHAT:  # "none", "all", "in" say too little by themselves
            phrases.setdefault(value.lower(), value)
        if not one.words:
            phrases.setdefault(_CAMEL.sub(" ", value).lower(), value)
    found = [
        Choice(value=value, phrase=phrase.lower(), keys=read(phrase, _SOME_DAY, vocabulary).keys)
        for phrase, value in phrases.items()
    ]
    return tuple(sorted(found, key=lambda choice: (-len(choice.phrase.split()), -len(choice.phrase))))
