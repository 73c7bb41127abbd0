"""How a sentence of a summary is written: one to a slot, whole, and nothing said twice."""

import re
from collections.abc import Iterable

from shared.write.evidence import fold

REPEATED = 4
"""So many words in a row are not said twice."""
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"")
_WORD = re.compile(r"[^\W_]+(?:[-'’.:@][^\W_]+)*")
_STOPS = ".?!。！？"
_CLOSERS = "”\"’')"
_BREAK = re.compile(rf"(?<=[{_STOPS}])[{re.escape(_CLOSERS)}]*\s+")
_SHORTENED = re.compile(
    r"(?:(?<!\w)(?:e\.g|i\.e|etc|vs|cf|approx|resp|incl|no|nos|dr|mr|mrs|ms|st|inc|ltd|corp|co|jr|sr|dept|[ap]\.m)"
    r"|(?<![\w.])(?:[^\W\d_]\.)*[^\W\d_])\.$",
    re.IGNORECASE,
)
"""A full stop that ends an abbreviation or an initial and no sentence."""
_HANGING = re.compile(r"(?:[,;:(–—-]|(?<!\w)(?:a|an|the|and|or|of|because|whose|which))[.?!]?$", re.IGNORECASE)
"""Where no sentence ends."""


def prose_flaws(text: str, section: str, own: set[str]) -> list[str]:
    """Return what is wrong with how a text is written; empty when nothing is.

    ``section``: the field of the summary; a headline needs no full stop, a question ends as one.
    ``own``: sentences as ``folded_sentences`` has them, which may follow the one of the slot word for word.
    """
    found = []
    if repeats(text):
        found.append("repeated phrase")
    several = sentences_in(text)
    if len(several) > 1 and len([sentence for sentence in several if fold(sentence) not in own]) > 1:
        found.append("more than one sentence")
    if not is_whole(text, section):
        found.append("unfinished sentence")
    return found


def repeats(text: str) -> bool:
    """Say whether the same words in a row, ``REPEATED`` or more, stand twice in a text outside quotation marks."""
    words = _WORD.findall(_QUOTED.sub(" ", text).casefold())
    runs = [tuple(words[start : start + REPEATED]) for start in range(len(words) - REPEATED + 1)]
    return len(set(runs)) < len(runs)


def sentences_in(text: str) -> list[str]:
    """Return the sentences of a text; stops in quotation marks, names, addresses and abbreviations end none."""
    blank = _QUOTED.sub(lambda quoted: "x" * len(quoted[0]), text)
    found, start = list[str](), 0
    for match in _BREAK.finditer(blank):
        if not _SHORTENED.search(blank[start : match.start()]):
            found.append(text[start : match.end()].strip())
            start = match.end()
    return [sentence for sentence in (*found, text[start:].strip()) if sentence]


def folded_sentences(texts: Iterable[str]) -> set[str]:
    """Return the sentences of some texts, case folded and without their marks."""
    return {fold(sentence) for text in texts for sentence in sentences_in(text)}


def is_whole(text: str, section: str) -> bool:
    """Say whether a text ends as a sentence of its section does, with nothing left open."""
    bare = _QUOTED.sub("x", text).rstrip()
    left_open = bare.count("(") != bare.count(")") or any(mark in bare for mark in '“”"')
    ended = ends(text, "?" if section == "questions" else _STOPS) or section == "headline"
    return ended and not left_open and not _HANGING.search(bare) and not bare.endswith(("...", "…"))


def ends(text: str, stops: str = _STOPS) -> bool:
    """Say whether a text ends with a full stop, a question mark or the like."""
    return text.rstrip().rstrip(_CLOSERS).endswith(tuple(stops))
