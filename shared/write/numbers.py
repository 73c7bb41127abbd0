"""Find numbers in prose, in digits or words, together with what they count."""

import re

import msgspec

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_SMALL = {word: index for index, word in enumerate(_UNITS)} | {word: 10 * index for index, word in enumerate(_TENS, 2)}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000, "dozen": 12}
_TIMES = {"twice": 2, "thrice": 3}
_ORDINALS = "third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
VAGUE = re.compile(
    r"(?<!\w)(hundreds|thousands|millions|dozens|scores of|half|quarter|double[ds]?|triple[ds]?|tenfold|majority"
    r"|minority)(?!\w)",
    re.IGNORECASE,
)
"""Amounts that no fact states as a number."""

_WORD_NUMBER = "|".join([*_SMALL, *_SCALES, *_TIMES])
_NUMBER = re.compile(
    rf"(?<!\w)(?:(?<!\.)(?P<digits>\d+(?:,\d{{3}})*(?:\.\d+)?)(?:\s?(?P<percent>%|per ?cent(?!\w)))?(?!\w)"
    rf"|(?<!-)(?P<words>(?:{_WORD_NUMBER})(?:(?:[\s-]|\sand\s)(?:{_WORD_NUMBER}))*)(?!\w)"
    r"(?:\s(?P<percent2>per ?cent))?"
    rf"|(?<!-)(?P<ordinal>{'|'.join(_ORDINALS)})(?![\w-]|\sparty))",
    re.IGNORECASE,
)
_PRONOUN_BEFORE = re.compile(r"(?:\b(?:no|this|that|which|the|any|every|each|last|only|at least)\s)$", re.IGNORECASE)
_PRONOUN_AFTER = re.compile(r"^(?:\sof\b|-time\b|\sanother\b|\sor more\b|-off\b|\scan\b)", re.IGNORECASE)
_STOP = frozenset(
    "a an the of in on at to from by for with and or was were is are be been has have had that this these those its it"
    " within over under across between during per times utc not".split()
)
_MEASURES = frozenset(
    {"minut", "hour", "second", "day", "week", "month", "year", "kilometr", "km", "point", "scor", "cod", "error"}
)
_WORDS = re.compile(r"[^\W\d_]+")


class Number(msgspec.Struct, frozen=True):
    """A number, whether it is a percentage, the stems of the words next to it, and the directions it is bound to."""

    amount: float
    percent: bool = False
    counts: frozenset[str] = frozenset()
    signs: frozenset[tuple[str, bool]] = frozenset()

    @property
    def measures(self) -> bool:
        """Say whether it measures time, distance or points, and so has no direction of its own."""
        return bool(self.counts & _MEASURES)


def stem(word: str) -> str:
    """Return a rough stem, enough to match "prompts" with "prompt" and "denials" with "denied"."""
    word = word.casefold()
    for ending in ("ing", "ied", "ies", "ials", "ial", "ed", "es", "s", "y", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def numbers_in(text: str, reach: int) -> list[Number]:
    """Return the numbers of a text, each with the stems of up to ``reach`` telling words after it.

    Where nothing telling follows, the words in front count: "the score is 87".
    """
    found = []
    matches = [match for match in _NUMBER.finditer(text) if not _idle(match, text)]
    for index, match in enumerate(matches):
        after = text[match.end() : matches[index + 1].start() if index + 1 < len(matches) else len(text)]
        before = text[matches[index - 1].end() if index else 0 : match.start()]
        counts = _stems(re.split(r"[,;:.]", after)[0])[:reach] or _stems(re.split(r"[,;:.]", before)[-1])[-reach:]
        percent = bool(match.group("percent") or match.group("percent2"))
        found.append(Number(_amount(match), percent, frozenset(counts)))
    return found


def _stems(text: str) -> list[str]:
    return [stem(word) for word in _WORDS.findall(text) if word.casefold() not in _STOP]


def _idle(match: re.Match[str], text: str) -> bool:
    start = match.start()
    if match.group("digits"):
        # "DESKTOP-42" is a name; "5-10" is two numbers.
        return start >= 2 and text[start - 1] == "-" and text[start - 2].isalpha()
    words = (match.group("words") or "").casefold()
    if words == "twice":
        return text[:start].endswith(", ")  # advice: "reset it, twice"
    return words == "one" and bool(_PRONOUN_BEFORE.search(text[:start]) or _PRONOUN_AFTER.match(text[match.end() :]))


def _amount(match: re.Match[str]) -> float:
    if match.group("digits"):
        return float(match.group("digits").replace(",", ""))
    if match.group("ordinal"):
        return float(_ORDINALS.index(match.group("ordinal").casefold()) + 3)
    total, current = 0, 0
    for word in re.split(r"[\s-]", match.group("words").casefold()):
        if word in _SCALES:
            current = (current or 1) * _SCALES[word]
            if word in ("thousand", "million"):
                total, current = total + current, 0
        elif word != "and":
            current += _SMALL.get(word, _TIMES.get(word, 0))
    return float(total + current)
