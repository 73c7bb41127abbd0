"""How well a prompt fits each skill: what of it is explained, what of an example is there, what is left over."""

from collections.abc import Sequence

import msgspec

from shared.ask.skill import THINGS
from shared.ask.understand.choosing import Chosen, choose
from shared.ask.understand.explaining import (
    MENTION,
    most_of_example,
    most_of_prompt,
    share_of_example,
    share_of_prompt,
)
from shared.ask.understand.filling import Filling, fill
from shared.ask.understand.lexicon import TYPES
from shared.ask.understand.marks import Form, Mention
from shared.ask.understand.pointers import ASKER
from shared.ask.understand.profiles import Example, Learned, Profile, negated
from shared.ask.understand.reading import Reading

LEAST = 0.3
"""A match of less is not even offered."""
OTHER_NOUN = 0.8
"""Credit for an app where the example speaks of a service principal."""
OTHER_INPUT = 0.85
"""Credit for a mention that goes into an input that the example has no place for."""
_LEFT_OVER: dict[Form, float] = {"time": 0.8, "count": 0.95, "dotted": 0.75, "this": 0.85, "these": 0.8, "some": 0.9}
"""What is kept of a score when a mention of this form has no place."""
_NAMED_LEFT_OVER = 0.55
_ODD = {
    ("upn", "text"): 0.5,
    ("upn", "group"): 0.55,
    ("upn", "case"): 0.9,
    ("name", "text"): 0.7,
    ("quoted", "text"): 0.9,
    ("guid", "text"): 0.75,
    ("guid", "place"): 0.3,
}
"""How well an address or id goes where something else is usual."""
_NO_PERSON = 0.75
_NO_CASE = 0.7
_LOOSE_TEXT = 0.55
"""What is kept of a name that is taken for text, unless it stands behind the same word as in the example."""
_WITHOUT_KEYS = 0.93
_UNTYPED = 0.6
"""Most that a match comes to when nothing but names of unknown kinds speaks for it."""
_NO_PLACE = 0.55
"""What is kept of a name of one word after "from" that is taken for something else than a place."""
_WITHOUT_NOUN = 0.93
_ODD_ENOUGH = 0.6
_BADLY_PLACED = 0.65
_NOT_SO_NEGATED = 0.6
"""What is kept of a score when the prompt denies something that the example does not deny."""
_SAME_WORDS = 0.04
"""What is added when a prompt has the concepts of an example, no more and no fewer."""
_MOST_ALIKE = 0.98
"""Only an example word for word is more."""
_WITHOUT_THING = 0.9
"""What is kept of a score when the skill needs a thing that the prompt neither names nor points at."""
_NEAR_CORE = 0.5
_WITHOUT_CORE = 0.8
"""What is kept of a score for each concept that all examples of the skill have and the prompt has not."""
_OTHER_KIND = 0.75
"""What is kept of a score when the prompt speaks of users and the skill knows nothing of users."""


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """A skill, its example nearest to the prompt, and how well they fit: 1 is perfectly."""

    profile: Profile
    example: Example
    filling: Filling
    score: float
    explained: float
    """Which share of the prompt's weight the skill explains."""
    words_explained: float
    """The same for its words alone, without what it names; 1 when there are none."""
    unexplained: tuple[str, ...]
    """Concepts of the prompt that the skill knows nothing of."""


def matches(reading: Reading, learned: Learned, least: float = LEAST) -> list[Match]:
    """Return the best match of every skill, best first; what cannot come to ``least`` is not looked at."""
    found = [best for profile in learned.profiles if (best := _best(reading, profile, learned, least))]
    return sorted(found, key=lambda match: (-match.score, match.profile.skill.id))


def _best(reading: Reading, profile: Profile, learned: Learned, least: float) -> Match | None:
    """Return the match with the nearest example; examples that cannot come nearer are not looked at."""
    best: Match | None = None
    chosen = choose(reading, profile)
    is_named = bool(reading.mentions or chosen)
    share = most_of_prompt(reading, profile, chosen, learned)
    hopes = [(_hope(reading, example, learned, share, is_named=is_named), example) for example in profile.examples]
    for hope, example in sorted(hopes, key=lambda one: -one[0]):
        if hope < least or (best is not None and hope <= best.score):
            break
        match = _match(reading, profile, example, chosen, learned)
        if best is None or match.score > best.score:
            best = match
    return best


def _hope(reading: Reading, example: Example, learned: Learned, share: float, *, is_named: bool) -> float:
    """Return more than a prompt and an example can come to. ``share``: the most of the prompt that is explained."""
    there = most_of_example(reading, example, learned, is_named=is_named)
    return 3 * share * there / (2 * there + share) + _SAME_WORDS if share else 0.0


def _match(reading: Reading, profile: Profile, example: Example, chosen: Chosen, learned: Learned) -> Match:
    filling = fill(reading, profile, example, chosen)
    weight, explained, unexplained = share_of_prompt(reading, profile, example, filling, learned)
    of_words = explained / weight if weight else 1.0
    kept = 1.0
    for one in reading.mentions:
        into = next((name for name, several in filling.mentions.items() if one in several), None)
        if into is None and (one not in filling.unused or (one.form == "me" and ASKER in profile.keys)):
            continue
        mine = MENTION.get(one.form, 1.0)
        weight += mine
        if into is not None:
            explained += mine * _fit(one, into, example, profile)
            kept *= _WITHOUT_NOUN if reading.keys and _lacks_noun(one, into, profile) else 1.0
            kept *= _BADLY_PLACED if is_another_kind(profile, into, one) else 1.0
            kept *= _BADLY_PLACED if _oddness(one, into, example, profile) < _ODD_ENOUGH else 1.0
        elif one.noun or one.form not in {"this", "these"}:
            kept *= _LEFT_OVER.get(one.form, _NAMED_LEFT_OVER)
    share = explained / weight if weight else 0.0
    there = share_of_example(reading, profile, example, filling, learned)
    score = 3 * share * there / (2 * there + share) if share and there else 0.0
    score = min(_MOST_ALIKE, score + _SAME_WORDS if example.keys == reading.keys and not example.asides else score)
    kept *= _OTHER_KIND if _speaks_of_others(unexplained) else 1.0
    if not _negated(reading, filling.chosen) <= example.negated:
        kept *= _NOT_SO_NEGATED
    kept *= _WITHOUT_KEYS if reading.keys and not example.keys else 1.0
    kept *= _WITHOUT_CORE ** sum(_lacks(reading, key) for key in profile.core)
    kept *= _WITHOUT_THING if _is_missing_a_thing(profile, filling) else 1.0
    if not filling.unused and example.form == reading.form:
        score = kept = 1.0
    if _is_untyped(reading, example):
        kept = min(kept, _UNTYPED)
    return Match(
        profile=profile,
        example=example,
        filling=filling,
        score=round(score * kept, 6),
        explained=share,
        words_explained=of_words,
        unexplained=tuple(unexplained),
    )


def _negated(reading: Reading, chosen: frozenset[int]) -> frozenset[str]:
    """Return the concepts that a prompt denies; "not" may be a word of a choice itself: "not compliant"."""
    kept = [
        token.key
        for place, token in enumerate(reading.tokens)
        if token.key and not (token.key == "not" and place in chosen)
    ]
    return negated(kept)


def _is_untyped(reading: Reading, example: Example) -> bool:
    """Say whether a prompt and an example have nothing in common but a name that may be of anything."""
    if any(reading.around.get(key, 0.0) > _NEAR_CORE for key in example.keys):
        return False
    said = [one for one in reading.mentions if one.form in {"name", "quoted"}]
    return bool(said) and all(not one.noun and len(one.kinds) > 1 for one in said)


def _is_missing_a_thing(profile: Profile, filling: Filling) -> bool:
    return any(
        one.required and one.default is None and one.name not in filling.mentions and one.name not in filling.choices
        for one in profile.skill.inputs
    )


def _lacks(reading: Reading, core: str) -> bool:
    return reading.around.get(core, 0.0) < _NEAR_CORE


def _fit(mention: Mention, into: str, example: Example, profile: Profile) -> float:
    """Return how well a mention goes into an input: a noun beside it may say that it is something slightly else."""
    return _oddness(mention, into, example, profile) * _place_fit(mention, into, example)


def _oddness(mention: Mention, into: str, example: Example, profile: Profile) -> float:
    one = profile.skill.input(into)
    if one is not None and one.kind == "case" and mention.noun != "case" and "case" not in mention.kinds - THINGS:
        return _NO_CASE
    if mention.noun or one is None:
        return 1.0
    if one.kind == "text" and mention.form in {"name", "guid"}:
        return 1.0 if mention.before and mention.before == example.before.get(into) else _LOOSE_TEXT
    # "Asha Brunelle's …" is a person before it is an app or a group.
    likely = _NO_PERSON if mention.is_owner and one.kind != "user" else 1.0
    likely *= _NO_PLACE if mention.is_from and one.kind != "place" and " " not in mention.words else 1.0
    return likely * _ODD.get((mention.form, one.kind), 1.0)


def is_another_kind(profile: Profile, into: str, mention: Mention) -> bool:
    """Say whether the word before a bare name tells of another kind than an input's.

    Sign-ins "to X" are of an app, what is owned "by X" is a person's.
    """
    one = profile.skill.input(into)
    if one is None or mention.noun or mention.form not in {"name", "quoted"}:
        return False
    if one.kind in {"user", "policy"}:
        return "sign_ins" in profile.skill.area and mention.before in {"to", "into", "onto"}
    return one.kind in THINGS and one.kind != "case" and mention.before == "by"


def _lacks_noun(mention: Mention, into: str, profile: Profile) -> bool:
    """Say whether a name is taken for a group, an app or the like that nothing says it is; users go without."""
    one = profile.skill.input(into)
    if one is None or one.kind in {"user", "case"} or one.kind not in THINGS:
        return False
    return mention.form in {"name", "quoted", "guid"} and not mention.noun and len(mention.kinds) > 1


def _place_fit(mention: Mention, into: str, example: Example) -> float:
    if into not in example.slots:
        return OTHER_INPUT
    noun = example.nouns[into]
    return 1.0 if not mention.noun or not noun or mention.noun == noun else OTHER_NOUN


def _speaks_of_others(unexplained: Sequence[str]) -> bool:
    return any(key in TYPES for key in unexplained)
