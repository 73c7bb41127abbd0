"""Which values of a skill's choices a prompt asks for, and which of its words say so."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from shared.ask.understand.lexicon import lemma
from shared.ask.understand.profiles import Choice, Example, Profile
from shared.ask.understand.reading import Reading
from shared.ask.understand.tokens import Token

_JOINS = frozenset("as to be been the a an by is are".split())
_EITHER = frozenset("or and either are is those the with that in of".split())
"""Words between two values that are both asked for."""
_OR = re.compile(r"\b(?:or|and)\b|[,/&]")
_ARE = frozenset({"is", "are", "be"})

type Chosen = dict[str, dict[str, frozenset[int]]]
"""Values by choice input, with the places of the tokens that ask for each."""


def choose(reading: Reading, profile: Profile) -> Chosen:
    """Return the values that a prompt asks for, by choice input, with the places of the words that say so."""
    lower = reading.text.lower()
    result: Chosen = {}
    for name, choices in profile.choices.items():
        found: dict[str, frozenset[int]] = {}
        taken: set[int] = set()
        for choice in choices:
            places = _places(reading, choice, lower)
            if places is None or (places and places <= taken):
                continue
            taken |= places
            found.setdefault(choice.value, places)
        if found:
            result[name] = found
    return result


def telling(reading: Reading, profile: Profile, values: dict[str, frozenset[int]]) -> dict[str, frozenset[int]]:
    """Return of several values those that more than the subject of the skill speaks for: "dismissed" beside "risk"."""
    telling = {
        value: places
        for value, places in values.items()
        if not {reading.tokens[place].key for place in places} <= profile.core
    }
    return telling if telling and len(values) > 1 else values


def either_of(reading: Reading, values: Mapping[str, frozenset[int]]) -> tuple[str, ...]:
    """Return several values in their order where nothing but "or" or "and" is between them: "high or medium".

    What is said of the same things is one list: "devices that are compliant and managed".
    """
    ordered = sorted(values, key=lambda value: min(values[value], default=-1))
    for one, other in pairwise(ordered):
        first, second = max(values[one], default=-1), min(values[other], default=-1)
        between = reading.tokens[first + 1 : second]
        if first < 0 or second <= first or any(token.key or token.text.lower() not in _EITHER for token in between):
            return ()
        joins = _OR.findall(reading.text[reading.tokens[first].end : reading.tokens[second].start].lower())
        if not joins or ("and" in joins and _is_said_of(reading, min(values[ordered[0]]))):
            return ()
    return tuple(ordered)


def _is_said_of(reading: Reading, place: int) -> bool:
    """Say whether "are" stands before a word, or begins it: "are off"."""
    before = reading.tokens[place - 1].text.lower() if place else ""
    return before in _ARE or reading.tokens[place].text.lower().split()[0] in _ARE


def says_all(example: Example, choices: Sequence[Choice], values: Iterable[str]) -> bool:
    """Say whether an example speaks of several values, too, and so means none: "malicious or compromised"."""
    text = f" {' '.join(example.form)} "
    said = {
        choice.value for choice in choices if f" {' '.join(lemma(word) for word in choice.phrase.split())} " in text
    }
    return set(values) <= said


def _places(reading: Reading, choice: Choice, lower: str) -> frozenset[int] | None:
    """Return where a prompt asks for a value (token places), or None where it does not."""
    for place, token in enumerate(reading.tokens):
        if token.mention and token.mention.form in {"quoted", "name"} and token.mention.words.lower() == choice.phrase:
            return frozenset({place})
    if (words := _in_other_forms(reading, choice)) is not None:
        return words
    if len(choice.keys) == len(choice.phrase.split()):  # a phrase that lost words means less than it says
        content = [(place, token.key) for place, token in enumerate(reading.tokens) if token.key]
        width = len(choice.keys)
        for start in range(len(content) - width + 1):
            window = content[start : start + width]
            if tuple(key for _, key in window) == choice.keys and _is_tight(window):
                return frozenset(place for place, _ in window)
    said = re.search(rf"(?<!\w){re.escape(choice.phrase)}(?!\w)", lower)
    if said is None:
        return None
    places = [
        place for place, token in enumerate(reading.tokens) if token.start < said.end() and said.start() < token.end
    ]
    is_whole = len(choice.keys) == len(choice.phrase.split())
    if is_whole and not (places and all(_begins(reading.tokens[one], choice) for one in places)):
        return None
    return frozenset(places)


def _in_other_forms(reading: Reading, choice: Choice) -> frozenset[int] | None:
    """Return where several words of a choice stand in other forms: "confirm as compromised"."""
    wanted = _forms(choice.phrase)
    if len(wanted) < 2:
        return None
    said = [
        (place, form) for place, token in enumerate(reading.tokens) if not token.mention for form in _forms(token.text)
    ]
    for start in range(len(said) - len(wanted) + 1):
        window = said[start : start + len(wanted)]
        if tuple(form for _, form in window) == wanted and _is_tight(window):
            return frozenset(place for place, _ in window)
    return None


def _forms(text: str) -> tuple[str, ...]:
    return tuple(lemma(word) for word in re.findall(r"\w+", text.lower()) if word not in _JOINS)


def _begins(token: Token, choice: Choice) -> bool:
    """Say whether several words that mean one thing together begin with a choice: "transitive reports"."""
    return token.mention is None and token.text.lower().startswith(f"{choice.phrase} ")


def _is_tight(window: Sequence[tuple[int, str]]) -> bool:
    return all(after - before <= 3 for (before, _), (after, _) in pairwise(window))
