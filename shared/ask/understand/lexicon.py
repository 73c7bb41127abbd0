"""What single words and phrases mean, read from ``words.toml``; typing errors in keywords are forgiven."""

from collections.abc import Collection, Iterable, Sequence
from functools import cache
from pathlib import Path

import msgspec
from rapidfuzz.distance import OSA

_LONGEST_PHRASE = 6
_SHORTEST_TYPED = 4
"""Shorter words are not corrected: too many of them are one letter from each other."""


class _Near(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    words: tuple[str, str]
    how: float


class _Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    stop: str
    chat: str
    plain: str
    brands: dict[str, str]
    irregular: dict[str, str]
    phrases: dict[str, tuple[str, ...]]
    concepts: dict[str, tuple[str, ...]]
    near: tuple[_Near, ...]
    weights: dict[str, float]
    types: dict[str, tuple[str, ...]]


_WORDS = msgspec.toml.decode(Path(__file__).with_name("words.toml").read_bytes(), type=_Words)
TYPES = {concept: frozenset(kinds) for concept, kinds in _WORDS.types.items()}
"""Kinds of things that a noun announces, by concept."""
WEIGHTS = _WORDS.weights
BRANDS = frozenset(_WORDS.brands["words"].split())
"""Parts of product names: a capital on them does not make them the name of a thing."""


@cache
def lemma(word: str) -> str:
    """Return a word in lower case without plural, -ed and -ing, and without a final e so that the forms agree."""
    if (known := _WORDS.irregular.get(word)) is not None:
        return word if known == word else lemma(known)
    if len(word) <= 3 or not word.isalpha():
        return word
    stem = _singular(word)
    for ending in ("ing", "ed"):
        if stem.endswith(ending) and len(stem) - len(ending) >= 3 and any(c in "aeiouy" for c in stem[: -len(ending)]):
            stem = stem[: -len(ending)]
            if stem[-1] == stem[-2] and stem[-1] not in "lsz":
                stem = stem[:-1]
            break
    if len(stem) > 3 and stem.endswith("e"):
        return stem[:-1]
    return stem[:-1] + "y" if len(stem) > 3 and stem.endswith("i") else stem


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "ches", "shes", "xes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _lemmas(text: str) -> tuple[str, ...]:
    return tuple(lemma(word) for word in text.lower().split())


_NOTHING = "nothing"
STOP = frozenset(lemma(word) for word in _WORDS.stop.split())
_PLAIN = frozenset(lemma(word) for word in _WORDS.plain.split())
CHAT = frozenset(lemma(word) for word in _WORDS.chat.split())
_CONCEPTS = {lemma(word): concept for concept, words in _WORDS.concepts.items() for word in words}
_PHRASES = {
    _lemmas(phrase): "" if concept == _NOTHING else concept
    for concept, phrases in _WORDS.phrases.items()
    for phrase in phrases
}
for _concept in _WORDS.phrases:  # a phrase is called by a word: "managed", "outside"
    _CONCEPTS.setdefault(lemma(_concept), _concept)
_NEAR = {pair: near.how for near in _WORDS.near for pair in (near.words, near.words[::-1])}
_NEIGHBOURS: dict[str, list[tuple[str, float]]] = {}
for (_one, _other), _how in _NEAR.items():
    _NEIGHBOURS.setdefault(_one, []).append((_other, _how))
_SURFACES = frozenset(
    word
    for text in (
        *(_WORDS.stop, _WORDS.chat, _WORDS.brands["words"], *_WORDS.irregular),
        *(phrase for phrases in _WORDS.phrases.values() for phrase in phrases),
        *(word for words in _WORDS.concepts.values() for word in words),
    )
    for word in text.lower().split()
)
_PHRASE_WORDS = frozenset(word for phrase in _PHRASES for word in phrase)


def nearness(one: str, other: str) -> float:
    """Return how near two concepts are: 1 the same, 0 nothing in common."""
    return 1.0 if one == other else _NEAR.get((one, other), 0.0)


def nearest(one: str, others: Collection[str]) -> float:
    """Return how near a concept is to the nearest of others."""
    if one in others:
        return 1.0
    return max((how for other, how in _NEIGHBOURS.get(one, ()) if other in others), default=0.0)


def around(concepts: Iterable[str]) -> dict[str, float]:
    """Return all concepts that are near to any of some, themselves too, and how near."""
    found: dict[str, float] = {}
    for one in concepts:
        for other, how in _NEIGHBOURS.get(one, ()):
            found[other] = max(how, found.get(other, 0.0))
    return found | dict.fromkeys(concepts, 1.0)


def concept(word_lemma: str) -> str:
    """Return what a word means; itself where it has no synonyms, empty for a word that carries nothing."""
    if word_lemma in _CONCEPTS:
        return _CONCEPTS[word_lemma]
    return "" if word_lemma in STOP or word_lemma in CHAT else word_lemma


def phrase_at(lemmas: Sequence[str], start: int) -> tuple[str, int]:
    """Return the concept of the longest phrase that begins here and how many words it takes; 0 for none."""
    for length in range(min(_LONGEST_PHRASE, len(lemmas) - start), 0, -1):
        found = _PHRASES.get(tuple(lemmas[start : start + length]))
        if found is not None:
            return found, length
    return "", 0


class Vocabulary:
    """All words that are known: those of the data and those of the skills' examples."""

    def __init__(self, surfaces: Iterable[str], everyday: Iterable[str] = ()) -> None:
        known = _SURFACES.union(surfaces)
        self._lemmas = frozenset(lemma(word) for word in known) | STOP | CHAT | _PHRASE_WORDS
        self._everyday = _PLAIN.union(lemma(word) for word in everyday)
        self._by_first: dict[str, list[str]] = {}
        for word in sorted(known.union(everyday)):
            if len(word) >= _SHORTEST_TYPED and word.isalpha():
                self._by_first.setdefault(word[0], []).append(word)
        self._corrected: dict[str, str | None] = {}

    def knows(self, word: str) -> bool:
        """Say whether a word in lower case, in any form, is known."""
        return lemma(word) in self._lemmas

    def is_plain(self, word: str) -> bool:
        """Say whether a word in lower case is an everyday word: a name only when it is written like one."""
        return lemma(word) in self._everyday

    def corrected(self, word: str) -> str | None:
        """Return the known word that was meant by one that is not known; None when that cannot be told."""
        if len(word) < _SHORTEST_TYPED or not word.isalpha() or len(word) > 20:
            return None
        if word not in self._corrected:
            if len(self._corrected) > 5000:  # prompts are hostile: what is remembered of them is bounded
                self._corrected.clear()
            self._corrected[word] = self._nearest(word)
        return self._corrected[word]

    def _nearest(self, word: str) -> str | None:
        allowed = 2 if len(word) >= 8 else 1
        best: dict[int, set[str]] = {}
        for first in dict.fromkeys(word[:2]):
            for known in self._by_first.get(first, ()):
                if len(word) < 6 and first == word[0] and sorted(known) != sorted(word) and len(known) == len(word):
                    continue  # in short words a letter in place of another makes another word: role, rule
                distance = OSA.distance(word, known, score_cutoff=allowed)
                if distance <= allowed:
                    best.setdefault(distance, set()).add(known)
        for distance in sorted(best):
            meanings = {concept(lemma(known)) for known in best[distance]}
            return min(best[distance]) if len(meanings) == 1 else None
        return None
