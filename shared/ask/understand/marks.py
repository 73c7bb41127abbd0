"""Mentions that are plain from their form: addresses of people, ids, quotations, IP addresses, times, counts."""

import ipaddress
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from shared.ask.skill import THINGS, Ref, TimeRange
from shared.ask.understand.spans import NUMBERS
from shared.ask.understand.times import find_times

type Form = Literal[
    "upn", "guid", "quoted", "name", "address", "dotted", "time", "count", "this", "these", "some", "blank", "nth", "me"
]  # fmt: skip
ANYTHING: frozenset[str] = THINGS | {"text", "place"}
_KNOWN = {
    "user": (frozenset({"user", "case"}), "user"),
    "service_principal": (frozenset({"service_principal", "application"}), "app"),
}
_PEOPLE = frozenset({"user", "group", "case", "text"})


class Mention(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a prompt names, and what kinds of inputs it may be."""

    form: Form
    words: str
    """As it was written, without quotes around it."""
    kinds: frozenset[str]
    start: int
    end: int
    value: TimeRange | int | None = None
    """For a time or a count; for ``nth`` its place, from 0, or -1 for the last."""
    noun: str = ""
    """Concept of the noun beside it ("the *user* Casey Jensen")."""
    before: str = ""
    """The word before it, as it was written, in lower case."""
    is_owner: bool = False
    """It has an 's: "Asha Brunelle's"."""
    is_from: bool = False
    """It stands after "from", "in" or "near", as places do."""

    @property
    def is_said(self) -> bool:
        """Say whether it names something by itself, rather than pointing at what was said before."""
        return self.form in {"upn", "guid", "quoted", "name", "address", "dotted"}

    @property
    def days_ahead(self) -> int | None:
        """Return how many days from now a time says: "in the next 2 weeks", "within 90 days"; None for another."""
        if not isinstance(self.value, TimeRange):
            return None
        is_ahead = self.value.words.startswith("the next ") or self.words.lower().startswith(("within ", "in "))
        length = datetime.fromisoformat(self.value.until) - datetime.fromisoformat(self.value.since)
        return length.days if is_ahead and length.days and "last" not in self.words.lower() else None

    @property
    def is_no_record_id(self) -> bool:
        """Say whether it cannot be the id of a record: an address of a person or of a machine."""
        return self.form in {"upn", "address"}


_BLANK = re.compile(r"\{[^{}\n]{1,60}\}|<[^<>\n]{1,60}>|\[[A-Za-z][A-Za-z ]{0,30}\]")
_QUOTED = re.compile(r'"([^"\n]{1,120})"|`([^`\n]{1,120})`|(?<![\w])\'([^\'\n]{1,120})\'(?![\w])')
_UPN = re.compile(r"[\w.+\-#$%&'*!=?^~]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,6}")
_GUID = re.compile(r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b")
_IP = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?|[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7})(?![\w:])"
)
_DOTTED = re.compile(r"\b[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+\b")
_CODE = re.compile(r"\b(?=[\w-]*\d)[A-Za-z]\w*-[\w-]*\w\b")
_SKU = re.compile(r"\b(?:[A-Z][A-Z0-9]*_[A-Z0-9_]+|[AEFG][135])\b")
"""Part numbers of licences: SPE_E5, E5."""
_HOST = re.compile(
    r"\b(?:laptop|desktop|pc|ws|wks|nb|mac|macbook|iphone|ipad|surface|vm|win|notebook|tablet|android|workstation)-"
    r"(?=[\w-]*\d)[\w-]{1,40}\b",
    re.IGNORECASE,
)
"""How machines are called."""
_ACTIVITY = re.compile(
    r"(?:add|update|delete|remove|reset|change|create|consent|user|disable|enable|set|restore|hard|start|bulk|invite|"
    r"redeem|assign|revoke|register|self-service|admin)\b.*\s",
    re.IGNORECASE,
)
"""How names of activities of the audit log begin: a verb, and more behind it."""
_PREFIX = re.compile(
    r"\b(?:start|starts|starting|begin|begins|beginning|prefixed)\s+with\s+(?:the\s+)?(?:(?:letters?|word|prefix)\s+)?"
    r"(?P<prefix>[A-Za-z0-9][\w-]*)",
    re.IGNORECASE,
)
_NUMBER_WORDS = "|".join(word for word in NUMBERS if word not in {"a", "an", "one", "a couple of", "couple of"})
_NUMBER = rf"(?P<number>\d{{1,4}}|{_NUMBER_WORDS})"
_COUNT = re.compile(
    r"\b(?:top|first|last|latest|newest|recent|only|max(?:imum)?|limit(?:ed)? to|up to|at most|"
    rf"list|show|get|give me|the|show me|display)\s+(?:of\s+)?{_NUMBER}\b"
    r"(?!\s*(?:%|days?|hours?|weeks?|months?|years?|minutes?)\b)(?![.:/-]\d)"
    r"(?!\s+(?:(?:last|latest|newest|recent|previous)\s+)?(?:versions?|reports?|updates?)\b)"
)
_WITH_NUMBER = ("first", "max", "limit", "up to", "at most")
"""How counts begin with words that mean nothing, or something else, where no number is behind them."""
_ONE = re.compile(
    r"(?:^|\b(?:the|his|her|their|its|my|show|me|get|list|find|return|give|pull|and|'s|of)\s+)"
    r"(?P<one>(?:very\s+)?(?:last|latest|most\s+recent|newest))\s+"
    r"(?:(?:failed|unsuccessful|successful|failing|risky|suspicious|interactive|known|entra|recorded|single|high|medium|low|risk)\s+){0,3}"
    r"(?:sign-?\s?in|log-?\s?in|log-?on|detection|authentication|attempt|event)\b(?!\s+(?:date|time|logs?|attempts|events|records|activities)\b)"
    r"|(?P<most>most\s+recent|latest)\s+(?:(?:failed|unsuccessful|successful|risky|suspicious)\s+)?(?:sign-?\s?in|log-?\s?in|log-?on)\b"
    r"(?!\s+(?:date|time|logs?|attempts|events|records|activities)\b)"
)
"""One thing that a text speaks of, the last of its kind: "the latest failed sign-in"."""
_COUNT_UNKNOWN = re.compile(r"\b(?:last|top|first)\s+\"?(?:x|n)\"?(?=\s+[a-z])")
_MOST_COUNT = 9999


def plain(text: str) -> str:
    """Return text in lower case with every character where it was."""
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


def marks(text: str, now: datetime, known: Sequence[Ref] = ()) -> list[Mention]:
    """Return the mentions that are plain from their form, in order, none over another."""
    found: list[Mention] = []
    for mention in (*_known(text, known), *_candidates(text, now)):
        if not any(mention.start < other.end and other.start < mention.end for other in found):
            found.append(mention)
    return sorted(found, key=lambda mention: mention.start)


def _known(text: str, known: Sequence[Ref]) -> Iterator[Mention]:
    """Yield the names of things that were looked up: what each is, is known."""
    for ref in known:
        for match in re.finditer(rf"(?<![\w-]){re.escape(ref.name)}(?![\w-])", text, re.IGNORECASE):
            kinds, noun = _KNOWN.get(ref.kind, (frozenset({ref.kind}), ref.kind))
            yield Mention(form="name", words=ref.name, kinds=kinds, start=match.start(), end=match.end(), noun=noun)


def _candidates(text: str, now: datetime) -> Iterator[Mention]:
    """Yield mentions, those that win over others first."""
    for match in _BLANK.finditer(text):
        yield _mention("blank", match.group()[1:-1].strip(), ANYTHING, match.start(), match.end())
    for match in _QUOTED.finditer(text):
        yield from _quoted(next(group for group in match.groups() if group is not None), match)
    for match in _UPN.finditer(text):
        words = match.group().lstrip("'*!?=").rstrip("'-.")
        start = match.start() + match.group().index(words)
        yield _mention("upn", words, _PEOPLE, start, start + len(words))
    for match in _GUID.finditer(text):
        yield _mention("guid", match.group().lower(), THINGS | {"text"}, match.start(), match.end())
    for match in _IP.finditer(text):
        if is_address(match.group()):
            yield _mention("address", match.group(), frozenset({"address", "text"}), match.start(), match.end())
    yield from _measures(text, now)
    yield from _texts(text)
    yield from _codes(text)
    for match in _DOTTED.finditer(text):
        yield _mention("dotted", match.group(), frozenset({"text"}), match.start(), match.end())


def _codes(text: str) -> Iterator[Mention]:
    """Yield names of machines, ids of cases and other codes."""
    for match in _HOST.finditer(text):
        yield _mention("name", match.group(), frozenset({"device", "text"}), match.start(), match.end())
    for match in _CODE.finditer(text):
        kinds = frozenset({"case"}) if match.group().lower().startswith("case-") else ANYTHING
        if match.group().isupper():
            kinds -= {"user", "case"}  # nobody is called WB-LT-3302
        yield _mention("name", match.group(), kinds, match.start(), match.end())


def _texts(text: str) -> Iterator[Mention]:
    """Yield what can only be text: the beginning of names, part numbers of licences."""
    for match in _PREFIX.finditer(text):
        start, end = match.span("prefix")
        yield _mention("name", match["prefix"], frozenset({"text"}), start, end)
    for match in _SKU.finditer(text):
        yield Mention(
            form="name",
            words=match.group(),
            kinds=frozenset({"text"}),
            start=match.start(),
            end=match.end(),
            noun="license",
        )


def _measures(text: str, now: datetime) -> Iterator[Mention]:
    """Yield times and counts."""
    lower = plain(text)
    for said in find_times(lower, now):
        kinds = frozenset({"time_range", "day"} if said.is_day else {"time_range"})
        words = text[said.start : said.end]
        yield Mention(form="time", words=words, kinds=kinds, start=said.start, end=said.end, value=said.span)
    for match in _COUNT.finditer(lower):
        digits = match["number"]
        is_first = match.group().startswith(_WITH_NUMBER)
        value = min(int(digits) if digits.isdigit() else NUMBERS[digits], _MOST_COUNT)
        yield Mention(
            form="count",
            words=digits,
            kinds=frozenset({"count"}),
            start=match.start() if is_first else match.start("number"),
            end=match.end(),
            value=value,
        )
    for match in _ONE.finditer(lower):
        start, end = match.span("one") if match["one"] else match.span("most")
        yield Mention(form="count", words="1", kinds=frozenset({"count"}), start=start, end=end, value=1)
    for match in _COUNT_UNKNOWN.finditer(lower):
        yield _mention("blank", "X", frozenset({"count"}), match.start(), match.end())


def _mention(form: Form, words: str, kinds: frozenset[str], start: int, end: int) -> Mention:
    return Mention(form=form, words=words, kinds=kinds, start=start, end=end)


def _quoted(words: str, match: re.Match[str]) -> Iterator[Mention]:
    words = words.strip(" .,;:")
    if not words or words.lower() in {"x", "n"}:
        return
    form: Form = "quoted"
    kinds = ANYTHING
    if _UPN.fullmatch(words):
        form, kinds = "upn", _PEOPLE
    elif _GUID.fullmatch(words):
        form, kinds, words = "guid", THINGS | {"text"}, words.lower()
    elif is_address(words):
        form, kinds = "address", frozenset({"address", "text"})
    elif _ACTIVITY.match(words):
        kinds = ANYTHING - {"user", "case", "device"}
    yield _mention(form, words, kinds, match.start(), match.end())


def is_address(words: str) -> bool:
    """Say whether words are one IP address or a range of them."""
    try:
        ipaddress.ip_network(words, strict=False)
    except ValueError:
        return False
    return ":" in words or words.count(".") == 3
