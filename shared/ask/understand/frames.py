"""Frames: which concepts a prompt must have, and which it may have beside them, to mean a skill in any order of words.

A frame is sure or nothing. It takes a prompt only when every word that carries something is one of its concepts or
gives a choice its value, and everything that the prompt names goes into an input: a word more ("not", "from Brazil",
"who joined") and the examples decide, which ask back where they are not near enough.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

from shared.ask.skill import THINGS, Input
from shared.ask.understand.choosing import Chosen, choose
from shared.ask.understand.filling import Filling, fill
from shared.ask.understand.lexicon import concept, lemma
from shared.ask.understand.marks import Mention
from shared.ask.understand.profiles import Example, Learned, Profile
from shared.ask.understand.reading import Reading
from shared.ask.understand.scoring import Match, is_another_kind

_WORD = re.compile(r"[\w'-]+")
SCORE = 0.97
_PEOPLE = frozenset({"user", "case"})
_POINTERS = frozenset({"this", "these", "nth"})


class _Declared(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    skill: str
    needs: str = ""
    """Concepts that a prompt must have, in any order; ``|`` between those of which one is enough."""
    may: str = ""
    says: str = ""
    """Words of which one is there as it is written; also those that carry nothing. ``;`` between several such sets."""
    never: str = ""
    """Words that are not there."""
    one: str = ""
    """A concept that is not said in the plural."""
    before: str = ""
    """Words of which one stands before something that is named."""
    bare: bool = False
    """A name that nothing says what it is goes into an input that is no user."""
    given: str = ""
    """Inputs that the prompt must fill, though they may be left out."""
    sets: dict[str, str] = {}
    """Values of choices that the frame itself says."""


class _Declarations(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    light: str
    """Concepts that every frame may have."""
    never: str
    """Words that no frame takes but one that has them among its own."""
    frame: tuple[_Declared, ...]


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """One frame, ready to be compared with prompts."""

    declared: _Declared
    needs: tuple[frozenset[str], ...]
    allowed: frozenset[str]
    before: frozenset[str]
    says: tuple[frozenset[str], ...]
    never: frozenset[str]
    profile: Profile
    example: Example


_DATA = msgspec.toml.decode(Path(__file__).with_name("frames.toml").read_bytes(), type=_Declarations)

_NEVER = frozenset(_DATA.never.split())


def frames_of(learned: Learned) -> tuple[Frame, ...]:
    """Return the frames of the skills that are there."""
    profiles = {profile.skill.id: profile for profile in learned.profiles}
    return tuple(_frame(one, profiles[one.skill]) for one in _DATA.frame if one.skill in profiles)


def framed_skills() -> frozenset[str]:
    """Return the ids of all skills that have a frame."""
    return frozenset(one.skill for one in _DATA.frame)


def _frame(declared: _Declared, profile: Profile) -> Frame:
    needs = tuple(_concepts(group.replace("|", " ")) for group in declared.needs.split())
    slots = tuple(one.name for one in profile.skill.inputs if _must_be_named(one, declared))
    own = next((one for one in profile.examples if set(one.slots) == set(slots)), profile.examples[0])
    return Frame(
        declared=declared,
        needs=needs,
        allowed=frozenset().union(*needs) | _concepts(declared.may) | _concepts(_DATA.light),
        before=frozenset(declared.before.split()) | _concepts(declared.before),
        says=tuple(frozenset(words.split()) for words in declared.says.split(";") if words),
        never=frozenset(declared.never.split()) | (_NEVER - frozenset(declared.may.split())),
        profile=profile,
        example=msgspec.structs.replace(own, slots=slots, nouns=dict.fromkeys(slots, ""), before={}),
    )


@cache
def _concepts(words: str) -> frozenset[str]:
    """Return what words mean; a word is a concept itself where only phrases have its meaning: "expiring"."""
    return frozenset(meant for word in words.split() for meant in (word, concept(lemma(word))) if meant)


def _must_be_named(one: Input, declared: _Declared) -> bool:
    is_needed = one.required and one.default is None and one.name not in declared.sets
    return is_needed or one.name in declared.given.split()


def framed(reading: Reading, frames: tuple[Frame, ...]) -> list[Match]:
    """Return what the most special of the fitting frames mean: none, one, or several skills of which one is meant."""
    keys = frozenset(reading.keys)
    words = words_said(reading)
    chosen: dict[str, Chosen] = {}
    found: dict[str, tuple[int, Match]] = {}
    for frame in frames:
        if not all(group & keys for group in frame.needs) or words & frame.never:
            continue
        if not all(words & said for said in frame.says):
            continue
        skill = frame.profile.skill.id
        if skill not in chosen:
            chosen[skill] = choose(reading, frame.profile)
        filling = fill(reading, frame.profile, frame.example, chosen[skill])
        if _fits(frame, reading, filling):
            special = _special(frame, reading, filling)
            if skill not in found or special > found[skill][0]:
                found[skill] = special, _match(frame, _with(filling, frame.declared.sets))
    most = max((special for special, _ in found.values()), default=0)
    return [match for special, match in found.values() if special == most]


def _special(frame: Frame, reading: Reading, filling: Filling) -> int:
    """Return how much a fitting frame says; a name that is the value of a choice is nothing else: "from Safari"."""
    declared = frame.declared
    is_chosen = any(reading.tokens[place].mention for place in filling.chosen)
    return len(frame.needs) + bool(frame.before) + len(frame.says) + len(declared.given.split()) + 3 * is_chosen


def words_said(reading: Reading) -> frozenset[str]:
    """Return the words of a text without those of names, typing errors mended."""
    text = reading.text
    for one in reversed(reading.mentions):
        if one.is_said:
            text = text[: one.start] + " " * (one.end - one.start) + text[one.end :]
    mended = [word for token in reading.tokens if not token.mention for word in token.text.lower().split()]
    return frozenset([*_WORD.findall(text.lower()), *mended])


def words_of_frames() -> frozenset[str]:
    """Return the words that frames know, which are no names and no typing errors."""
    texts = (_DATA.light, *(text for one in _DATA.frame for text in (one.needs, one.may, one.says, one.never)))
    return frozenset(word for text in texts for word in re.findall(r"[a-z]{3,}", text))


def _fits(frame: Frame, reading: Reading, filling: Filling) -> bool:
    if (
        filling.clashes
        or filling.unused
        or not set(frame.example.slots) <= filling.mentions.keys() | filling.choices.keys()
    ):
        return False
    if any(token.key == frame.declared.one and token.is_plural for token in reading.tokens if token.key):
        return False
    rest = {token.key for place, token in enumerate(reading.tokens) if token.key and place not in filling.chosen}
    if not rest <= frame.allowed:
        return False
    sets = frame.declared.sets
    if filling.alternatives.keys() & sets or any(
        filling.choices.get(name, value) != value for name, value in sets.items()
    ):
        return False
    named = [(name, one) for name, several in filling.mentions.items() for one in several]
    things = [one for _, one in named if one.form not in {"time", "count"}]
    if frame.before and not any(one.before in frame.before for one in things):
        return False
    return all(
        _is_what_it_says(frame, name, one) and not is_another_kind(frame.profile, name, one) for name, one in named
    )


def _is_what_it_says(frame: Frame, name: str, mention: Mention) -> bool:
    """Say whether a name may go into an input: something says what it is, or it is a person's by its looks."""
    one = frame.profile.skill.input(name)
    if one is None or mention.form in {"some", "blank", "me"}:
        return False
    if one.kind == "text":
        return _is_text(frame, name, mention)
    if one.kind not in THINGS or mention.noun or mention.form in _POINTERS or len(mention.kinds & THINGS) == 1:
        return True
    if one.kind in _PEOPLE and mention.is_from:
        return False  # "from Brazil", "in Finance"
    if one.kind == "device" and not is_like_a_person(mention):
        return True
    return frame.declared.bare or (one.kind in _PEOPLE and is_like_a_person(mention))


def _is_text(frame: Frame, name: str, mention: Mention) -> bool:
    """Say whether a mention is plain text: its noun or form says so, or the words around it do."""
    if mention.form in {"upn", "address"}:
        return False
    if mention.noun or not mention.kinds & THINGS:
        return True
    if mention.form == "guid":
        return name.endswith("_id")
    is_placed = bool(frame.before) and mention.before in frame.before
    return is_placed or frame.declared.bare or (mention.form == "quoted" and "user" not in mention.kinds)


def is_like_a_person(mention: Mention) -> bool:
    """Say whether a name has the looks of a person's: no digits, no parts of a lower-case code."""
    if mention.form in {"upn", "guid"}:
        return True
    words = mention.words
    return not any(char.isdigit() or char in "_/" for char in words) and not ("-" in words and words.islower())


def _with(filling: Filling, sets: Mapping[str, str]) -> Filling:
    filling.choices.update(sets)
    return filling


def _match(frame: Frame, filling: Filling) -> Match:
    return Match(
        profile=frame.profile,
        example=frame.example,
        filling=filling,
        score=SCORE,
        explained=1.0,
        words_explained=1.0,
        unexplained=(),
    )
