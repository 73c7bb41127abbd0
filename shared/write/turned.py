"""Check that a sentence does not turn round what is said of its case: a word for its opposite, a "not" more or less.

Words are compared where they stand between the same neighbours, so that only what nearly repeats is judged here.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from shared.write import polarity
from shared.write.numbers import stem

type _Place = tuple[str, ...]

_OPPOSITES: dict[str, tuple[str, str]] = {
    "registered": ("made", "unmade"),
    "order": ("after afterwards following later since", "before beforehand prior earlier preceding"),
    "amount": ("more", "fewer less"),
    "rank": ("most", "least"),
    "side": ("inside", "outside"),
    "same": ("same", "another different other"),
    "state": ("open", "closed"),
    "place": ("first", "last"),
    "strength": ("strong", "weak"),
}
"""Words that prove nothing by themselves but must not be swapped, beside those of ``polarity``."""
_WAYS = {
    word: (axis, way)
    for axis, sides in _OPPOSITES.items()
    for way, side in zip((True, False), sides, strict=True)
    for word in side.split()
}
_NOT = frozenset("not no never none nobody nothing neither nowhere nor cannot without lacks".split())
_HOLDS = {"cannot": "can", "without": "with", "nor": "or", "lacks": "holds"}
"""What is left of a word once its "not" is taken out."""
_IDLE = frozenset(
    """
    a an the some all any each every both either somebody someone something everybody everyone everything anybody anyone
    anything often always sometimes usually ever only do does did longer still already
    """.split()
)
"""Words that a "not" replaces or brings along; between neighbours they count for nothing."""
_TOKEN = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*|[.?!;:](?=\s|$)|[()]")
_QUOTED = re.compile(r"“[^”“]*[”“]|\"[^\"]*\"")
_END = "|"


def turned(text: str, said: Iterable[str]) -> list[str]:
    """Return what a sentence says the other way round than any of the texts ``said`` with the same words around it."""
    held = [_placed(other) for other in said]
    opposite = {(place, not way) for place, way in _placed(text)}
    contradicting = {one for other in held for one in opposite & other}
    wrong = any(all((place, not way) not in other for other in held) for place, way in contradicting)
    return ["direction contradicts the words of cited evidence"] if wrong else []


@lru_cache(maxsize=512)
def _placed(text: str) -> frozenset[tuple[_Place, bool]]:
    """Return each word that has an opposite with one and with two neighbours on a side, and each gap with two."""
    words = _words(_QUOTED.sub(" ", text))
    found = list[tuple[_Place, bool]]()
    for index in range(2, len(words) - 2):
        word, negated, way = words[index]
        before, after = [it[0] for it in words[index - 2 : index]], [it[0] for it in words[index + 1 : index + 3]]
        if way is not None:
            found.append(((before[-1], word, after[0]), way != negated))
            found.append(((*before, word, *after), way != negated))
        elif word != _END:
            found.append(((*before, "", word, after[0]), negated))
    return frozenset(found)


def _words(text: str) -> list[tuple[str, bool, bool | None]]:
    """Return stems, or axes for words with an opposite; whether a "not" stands in front; and the way they point."""
    found: list[tuple[str, bool, bool | None]] = [(_END, False, None)] * 2
    negated = False
    for match in _TOKEN.finditer(text.casefold().replace("phishing resistant", "phishing-resistant")):
        word = match.group(0).replace("’", "'")
        if not word[0].isalnum():
            if found[-1][0] != _END:
                found += [(_END, False, None)] * 2
            negated = False
            continue
        if word in _NOT:
            negated, word = not negated, _HOLDS.get(word, "")
        elif word.endswith("n't"):
            # "was n't" comes to the same as "was not": the word in front stays, the next one is negated.
            found.append((stem(word[:-3]), False, None))
            negated, word = not negated, ""
        if word and word not in _IDLE:
            axis, way = _WAYS.get(word) or polarity.direction(word) or (stem(word), None)
            found.append((f"#{axis}" if way is not None else axis, negated, way))
            negated = False
    return [*found, *[(_END, False, None)] * 2]
