"""Check that a sentence denies what its evidence denies, and nothing else."""

import re
from collections.abc import Iterable

from shared.write import polarity
from shared.write.cited import Cited, Problem
from shared.write.evidence import Item
from shared.write.numbers import stem

_WORD = re.compile(r"[^\W_]+")
_PIECE = re.compile(r"[,;:.]\s")
_REACH = 4
"""How many words after a "not" it may be about."""
_BOUND = frozenset(
    "a an the of in on at to from by for with and or was were is are be been has have had that this it its as".split()
)
"""Words that say nothing of what a "not" is about."""
_ASKED = re.compile(r"(?<!\w)you (?:did|do|have|had|were|are)\s$", re.IGNORECASE)
"""What a question asks of the user is no claim: "that you did not start"."""
_ANSWERED = re.compile(
    r"(?<!\w)(?:is|are|was|were|be|been)(?:n['’]t)? (?:\w+ ){0,3}"
    r"(?P<word>read|answered|fetched|retrieved|available|known|complete|(?P<un>unread|unanswered|unknown|incomplete))(?!\w)",
    re.IGNORECASE,
)

_LITTLE = re.compile(r"(?<!\w)(?:little|few|hardly)(?!\w)", re.IGNORECASE)


def negations(text: str, evidence: Cited, said: Iterable[str]) -> list[Problem]:
    """Return where a sentence adds a "not" of its own or drops one; ``said``: what else is known of the case."""
    return [*_added(text, evidence, said), *_dropped(text, evidence)]


def _added(text: str, evidence: Cited, said: Iterable[str]) -> list[Problem]:
    """Check that the evidence denies something in the same words, or points the other way by its values."""
    nots = list(polarity.NEGATION.finditer(text))
    if not nots or any(_denies_all(item) for item in evidence.items):
        return []
    denied = {word for other in (*(item.prose for item in evidence.items), *said) for word in _denied(other)}
    denied |= {stem(part) for item in evidence.items for name in item.untrue for part in name.split("_")}
    found = []
    for match in nots:
        if text.endswith("?") and _ASKED.search(text[: match.start()]):
            continue
        after = _PIECE.split(text[match.end() :])[0]
        if polarity.mentions_in(" ".join(after.split()[:_REACH])):
            continue  # the words that point one way are held against the evidence themselves
        if not denied & _near(after):
            found.append(Problem("negation not in cited evidence", match.group(0)))
    return found


def _dropped(text: str, evidence: Cited) -> list[Problem]:
    """Check that what the evidence says is not there, or could not be read, is told with its "not"."""
    found = []
    for item in evidence.items:
        topic = item.kind.partition(".no_")[2].rstrip("s").replace("_", "[ -]")
        for piece in _PIECE.split(text) if topic else ():
            if re.search(rf"(?<!\w){topic}s?(?!\w)", piece) and not _is_denied(piece):
                found.append(Problem("negation of cited evidence left out"))
    if any(item.kind == "gap" for item in evidence.items):
        for match in _ANSWERED.finditer(text):
            before = _PIECE.split(text[: match.start("word")])[-1]
            if _is_denied(before) == (match.group("un") is not None):
                found.append(Problem("negation of cited evidence left out", match.group("word")))
    return found


def _is_denied(text: str) -> bool:
    """Say whether the "not"s of a piece leave one: two take each other away, and "neither, nor" is one."""
    found = [word.casefold() for word in polarity.NEGATION.findall(text)]
    return (len(found) - found.count("nor") + len(_LITTLE.findall(text))) % 2 == 1


def _denies_all(item: Item) -> bool:
    return item.kind == "gap" or item.kind.endswith(".deleted") or ".no_" in item.kind


def _denied(text: str) -> set[str]:
    return {word for match in polarity.NEGATION.finditer(text) for word in _near(_PIECE.split(text[match.end() :])[0])}


def _near(text: str) -> set[str]:
    words = [word for word in _WORD.findall(text.casefold()) if word not in _BOUND]
    return {stem(word) for word in words[:_REACH]}
