"""Which mention of a prompt goes into which input of a skill."""

import re
from collections.abc import Sequence

import msgspec
from msgspec import structs

from shared.ask.skill import THINGS, Input, Skill, TimeRange
from shared.ask.understand.choosing import Chosen, choose, either_of, says_all, telling
from shared.ask.understand.marks import Mention
from shared.ask.understand.profiles import Example, Profile, speaks_of
from shared.ask.understand.reading import Reading

_AND = re.compile(
    r"[\s,'\"]*(?:and|or|&|plus|as well as|,)?[\s,'\"]*(?:the\s+)?(?:user\s+|group\s+|app\s+)?['\"]?", re.IGNORECASE
)
_ROLE = frozenset({"role"})
_OF_ROLES = frozenset({"role", "directoryrole"})
_PLAIN = frozenset({"text", "choice", "place", "address"})
_POINTS = frozenset({"this", "these", "nth", "me", "some", "blank"})


class Filling(msgspec.Struct, kw_only=True):
    """What a prompt gives to a skill."""

    mentions: dict[str, list[Mention]] = {}
    """By input name; more than one where a prompt names several things for the same input."""
    choices: dict[str, str] = {}
    alternatives: dict[str, tuple[str, ...]] = {}
    """Choice inputs for which a prompt asks for several values, one as well as the other: "high or medium"."""
    chosen: frozenset[int] = frozenset()
    """Places of the tokens that choices were made from."""
    clashes: tuple[str, ...] = ()
    """Choice inputs for which a prompt says two values."""
    unused: tuple[Mention, ...] = ()
    """Mentions that the skill has no input for."""


def fill(reading: Reading, profile: Profile, example: Example, chosen: Chosen | None = None) -> Filling:
    """Return what a prompt gives, trying the places of the example before the skill's other inputs."""
    filling = Filling(mentions={}, choices={}, alternatives={})
    _take_choices(reading, profile, example, choose(reading, profile) if chosen is None else chosen, filling)
    said = [one for one in reading.mentions if one.form not in _POINTS and not _is_chosen(reading, one, filling)]
    inputs = _ordered(profile.skill, example)
    unused = _place(said, inputs, filling, reading.text)
    unused += _place(_pointers(reading, inputs, filling), inputs, filling, reading.text)
    filling.unused = tuple(one for one in unused if not _is_told_anyway(one, profile))
    return filling


def _is_told_anyway(mention: Mention, profile: Profile) -> bool:
    """Say whether an answer tells of a mention without being narrowed to it.

    "Is bo@… a Global Administrator?", "has bo@… an E5 licence?": their roles and licences.
    """
    if mention.kinds == _ROLE:
        return bool(profile.keys & _OF_ROLES)
    if mention.noun == "license" and mention.is_said:
        return profile.skill.id == "user_licences"
    if mention.form == "me":
        return "asker" in profile.keys
    return mention.form == "count" and mention.value == 1  # "when was the last sign-in of the device …"


def _ordered(skill: Skill, example: Example) -> list[Input]:
    first = [one for name in example.slots if (one := skill.input(name))]
    rest = [one for one in skill.inputs if one.name not in example.slots]
    return [*first, *sorted(rest, key=lambda one: not one.required)]


def _place(mentions: Sequence[Mention], inputs: Sequence[Input], filling: Filling, text: str) -> list[Mention]:
    """Give each mention to the first free input that takes it, those with the fewest ways first."""
    unused: list[Mention] = []
    ways = {id(one): [into for into in inputs if takes(into, one)] for one in mentions}
    for mention in sorted(mentions, key=lambda one: (len(ways[id(one)]), one.start)):
        free = [into for into in ways[id(mention)] if into.name not in filling.mentions]
        free.sort(key=lambda into: _awkwardness(into, mention))
        if free:
            filling.mentions[free[0].name] = [mention]
            continue
        same = [into for into in ways[id(mention)] if _is_one_more(filling.mentions[into.name], mention, text)]
        if same:
            filling.mentions[same[0].name].append(mention)
        else:
            unused.append(mention)
    for several in filling.mentions.values():
        several.sort(key=lambda one: one.start)
    return unused


def takes(one: Input, mention: Mention) -> bool:
    """Say whether an input can be what a mention is."""
    if mention.noun and one.kind in _PLAIN and mention.form not in {"time", "count"}:
        # An app, a browser: it may be text for this skill, if the input speaks of such things.
        return speaks_of(one.name, one.description, mention.noun) and (one.kind != "choice" or not mention.is_said)
    if one.kind == "count" and one.name == "days" and mention.form == "time":
        return mention.days_ahead is not None
    if (
        one.kind == "time_range"
        and isinstance(mention.value, TimeRange)
        and mention.value.words.startswith("the next ")
    ):
        return False
    if one.kind == "case":  # a case is named by whom it is about
        return bool(mention.kinds & {"case", "user", "service_principal"})
    if one.kind not in mention.kinds or (one.name.endswith("_id") and mention.is_no_record_id):
        return False
    return not (one.kind == "place" and mention.form == "name" and not mention.is_from)


def _awkwardness(one: Input, mention: Mention) -> int:
    """Return how odd it is to give this to that: a name is a thing before it is text, a place when it says from."""
    if mention.is_from and one.kind == "place":
        return -1
    if one.kind in THINGS:
        return 0
    return 1


def _is_one_more(before: Sequence[Mention], mention: Mention, text: str) -> bool:
    """Say whether a mention goes on from the last one: "bo@… and karita@…"."""
    if not mention.is_said or not all(one.is_said for one in before) or mention.words in {one.words for one in before}:
        return False
    first, second = sorted((before[-1], mention), key=lambda one: one.start)
    return bool(_AND.fullmatch(text[first.end : second.start]))


def _pointers(reading: Reading, inputs: Sequence[Input], filling: Filling) -> list[Mention]:
    """Return the pointers that point out of the prompt: "this user" after a name is that user."""
    kinds = {one.name: frozenset({one.kind}) for one in inputs if one.kind in THINGS}
    named = [
        structs.replace(one, kinds=kinds.get(name, one.kinds))
        for name, several in filling.mentions.items()
        for one in several
        if one.is_said
    ]
    pointers: list[Mention] = []
    for one in reading.mentions:
        if one.form not in _POINTS or (one.form in {"this", "these"} and _names(named, one)):
            continue
        if not any(other.form == one.form and other.kinds & one.kinds for other in pointers):
            pointers.append(one)
    return pointers


def _names(named: Sequence[Mention], pointer: Mention) -> bool:
    if pointer.words.lower() in {"it", "its"}:
        return any(one.kinds & pointer.kinds & THINGS - {"user", "case"} for one in named)
    is_definite = pointer.words.lower().startswith("the ")
    filled = any(one.kinds & pointer.kinds & THINGS and (is_definite or one.start < pointer.end) for one in named)
    return filled or (not pointer.noun and bool(named))


def _take_choices(reading: Reading, profile: Profile, example: Example, chosen: Chosen, filling: Filling) -> None:
    clashes = []
    for name, values in chosen.items():
        found = telling(reading, profile, values)
        if len(found) > 1:
            if says_all(example, profile.choices[name], found):
                continue
            several = either_of(reading, found)
            if not several:
                clashes.append(name)
                continue
            filling.alternatives[name], filling.choices[name] = several, several[0]
            filling.chosen |= frozenset[int]().union(*found.values())
            continue
        ((filling.choices[name], places),) = found.items()
        filling.chosen |= places
    filling.clashes = tuple(clashes)


def _is_chosen(reading: Reading, mention: Mention, filling: Filling) -> bool:
    return any(reading.tokens[place].mention is mention for place in filling.chosen)
