"""Two things that "or" joins: both count. "Failed or risky sign-ins" are the failed ones and the risky ones."""

from collections.abc import Sequence

import msgspec

from shared.ask.plan import Declined, NeedInput, Plan
from shared.ask.understand.filling import Filling
from shared.ask.understand.follow_ups import each_once
from shared.ask.understand.lexicon import TYPES
from shared.ask.understand.marks import Mention
from shared.ask.understand.reading import Reading
from shared.ask.understand.resolving import MOST_STEPS
from shared.ask.understand.tokens import Token

_NOUNS = frozenset(TYPES) | frozenset(
    "guest member owner signin authmethod license permission manager directreport riskdetection auditlog".split()
)
_PERSON = frozenset({"user", "case"})
_OR_SO = frozenset("so similar something anything whatever else more less others other later".split())
_FARTHEST = 3
"""Words that carry nothing between "or" and what it joins."""


class Sides(msgspec.Struct, frozen=True, kw_only=True):
    """A prompt with one side of its "or" left out, and with the other."""

    one: str
    other: str
    places: frozenset[int]
    """Where the words stand that are on one side only."""
    keys: frozenset[str]
    """Their concepts."""
    adds: bool
    """Both are asked for: "or" joins them, or "and" joins two nouns, or what is asked of one person.

    "Disabled and unlicensed users" may be one list.
    """

    named: tuple[Mention, ...]
    """What is named there."""

    def is_lost(self, filling: Filling) -> bool:
        """Say whether one side gives a choice its value, and the other says nothing that is understood."""
        return not self.other and not filling.alternatives and bool(self.places & filling.chosen)

    def are_taken(self, filling: Filling) -> bool:
        """Say whether a skill takes both sides: as values of one choice, or as what is named for its inputs."""
        if not self.other:
            return True
        are_chosen = len(filling.choices) == 1 and self.places <= filling.chosen
        return are_chosen or (len(self.named) == len(self.places) and not set(self.named) & set(filling.unused))


def sides_of(reading: Reading) -> Sides | None:
    """Return the sides of the first "or" of a text, else of its first "and"; None where nothing is beside it."""
    words = ["" if token.mention else token.text.lower() for token in reading.tokens]
    for word in ("or", "and"):
        if word in words:
            return _sides(reading, words.index(word))
    return None


def _sides(reading: Reading, place: int) -> Sides | None:
    tokens = reading.tokens
    left, right = _run(tokens, place, -1)[::-1], _run(tokens, place, 1)
    is_or = tokens[place].text.lower() == "or"
    if not left or not right:
        return _one_side(reading, place, (*left, *right)) if is_or and (left or right) else None
    if len(left) > 1 and len(right) == 1:  # "deleted users or groups"
        left = left[-1:]
    elif len(right) > 1 and len(left) == 1:  # "failed or risky sign-ins"
        right = right[:1]
    text, first, last = reading.text, tokens[left[0]], tokens[right[-1]]
    both = [tokens[at] for at in (*left, *right)]
    are_nouns = all(token.key in _NOUNS for token in both)
    named = tuple(token.mention for token in both if token.mention)
    places = frozenset((*left, *right))
    rest = [token for at, token in enumerate(tokens) if at not in places and _means(token)]
    is_of_one = any(token.mention for token in rest) and all(token.mention or token.key in _PERSON for token in rest)
    if named and not is_or:
        return None
    return Sides(
        one=f"{text[: tokens[left[-1]].end]}{text[last.end :]}",
        other=f"{text[: first.start]}{text[tokens[place].end :].lstrip()}",
        places=places,
        keys=frozenset(token.key for token in both if token.key),
        named=named,
        adds=is_or or are_nouns or is_of_one,
    )


def _one_side(reading: Reading, place: int, places: Sequence[int]) -> Sides | None:
    """Return the side of an "or" that means something, where the other side has words that carry nothing."""
    tokens = reading.tokens
    is_left = places[0] < place
    rest = tokens[place + 1 :] if is_left else tokens[:place]
    if not {token.text.lower() for token in rest} - _OR_SO:
        return None
    text = reading.text
    one = text[: tokens[place].start].rstrip() if is_left else text[tokens[place].end :].lstrip()
    return Sides(one=one, other="", places=frozenset(places), keys=frozenset(), named=(), adds=False)


def _run(tokens: Sequence[Token], place: int, step: int) -> list[int]:
    """Return the places of the words that mean something next to a place, away from it."""
    at = place + step
    while 0 <= at < len(tokens) and abs(at - place) < _FARTHEST and not _means(tokens[at]):
        at += step
    found: list[int] = []
    while 0 <= at < len(tokens) and len(found) < _FARTHEST and _means(tokens[at]):
        if tokens[at].mention:  # stands alone: "risky users of the last 3 days"
            return found or [at]
        found.append(at)
        at += step
    return found


def _means(token: Token) -> bool:
    return bool(token.key or token.mention)


def both_sides(one: Plan | NeedInput | Declined, other: Plan | NeedInput | Declined) -> Plan | None:
    """Return the steps of both sides; None where one of them means nothing, or both the same."""
    if not isinstance(one, Plan) or not isinstance(other, Plan):
        return None
    steps = each_once((*one.steps, *other.steps))
    is_same = len(steps) in {len(one.steps), len(other.steps)}
    return None if is_same or len(steps) > MOST_STEPS else Plan(steps=steps)


def which_side(sides: Sides) -> NeedInput:
    """Return the question for one of two things after the other."""
    return NeedInput(
        question="That joins two things, which I look up one after the other. Please ask for one of them first.",
        prompts=tuple(text for text in (sides.one, sides.other) if text),
    )
