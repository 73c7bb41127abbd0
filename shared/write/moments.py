"""Find dates and times in prose, and say whether evidence carries them."""

import re
from datetime import UTC, date, datetime

import msgspec

from shared.clock import MONTHS

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?"
    r"|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)"
)
_DATE = (
    rf"(?:(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<m1>{_MONTH})\b\.?(?:,?\s+(?P<y1>\d{{4}}))?"
    rf"|\b(?P<m2>{_MONTH})\.?\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?(?![\d:])(?:,?\s+(?P<y2>\d{{4}})(?!:))?"
    rf"|(?P<y3>\d{{4}})-(?P<m3>\d{{2}})-(?P<d3>\d{{2}})"
    rf"|\b(?P<m4>{_MONTH})\s+(?P<y4>\d{{4}}))"
)
_TIME = (
    r"(?:(?P<h1>\d{1,2}):(?P<n1>\d{2})(?::(?P<s1>\d{2})(?:\.\d+)?)?\s*(?P<p1>[aApP]\.?[mM]\b\.?)?"
    r"|(?P<h2>\d{1,2})\s*(?P<p2>[aApP]\.?[mM]\b\.?)"
    r"|(?P<h3>\d{2})(?P<n3>\d{2})(?=\s*(?:UTC|Z\b|hours|hrs)))(?:\s*(?:UTC|GMT|Z)\b)?"
)
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<!\w){_DATE}(?:T|,?\s+(?:at\s+)?){_TIME}",
        rf"(?<![\w:]){_TIME},?\s+(?:on\s+)?{_DATE}",
        rf"(?<!\w){_DATE}",
        rf"(?<![\w:]){_TIME}",
    )
)
_DIGIT = re.compile(r"\d")
"""Without one there is nothing for ``_PATTERNS``."""
_LONE_MONTH = re.compile(rf"(?<!\w)(?<!^)(?<![.?!]\s)(?P<m>{'|'.join(MONTHS)})(?!\w)")
_WEEKDAY = re.compile(rf"(?<!\w)({'|'.join(WEEKDAYS)})s?(?!\w)", re.IGNORECASE)
AMBIGUOUS = re.compile(r"(?<!\w)\d{1,4}[/.]\d{1,2}[/.]\d{2,4}(?!\w|\.\w)")
"""A date whose parts could be swapped; nobody writes it here."""
RELATIVE = re.compile(
    r"(?<!\w)(yesterday|today|tonight|tomorrow|overnight|midnight|noon|weekend|weekdays?|morning|afternoon|evening|night"
    r"|(?:last|this|next) (?:week|month|year)|recently|just now|local time)(?!\w)",
    re.IGNORECASE,
)
"""Words for a time that only hold where the evidence uses them itself."""


class Mention(msgspec.Struct, frozen=True):
    """A date, a time, or both written together. Parts that are not written are None."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    time: str | None = None
    """``09:14``, or ``09:14:33`` where seconds are written."""
    weekday: int | None = None

    @property
    def has_date(self) -> bool:
        """Say whether any part of a date is written."""
        return any(part is not None for part in (self.year, self.month, self.day))


class Moments(msgspec.Struct):
    """The dates and times that one piece of evidence carries."""

    exact: set[datetime] = msgspec.field(default_factory=set)
    loose: set[Mention] = msgspec.field(default_factory=set)
    """Read from prose, where a date and a time may stand apart."""

    def carries(self, mention: Mention) -> bool:
        """Say whether the evidence holds this date, time or both together."""
        if any(_fits(mention, moment) for moment in self.exact):
            return True
        dates = any(_same_date(mention, other) for other in self.loose) or any(
            _fits(msgspec.structs.replace(mention, time=None), moment) for moment in self.exact
        )
        times = any(other.time is not None and other.time == mention.time for other in self.loose)
        if mention.time is None:
            return dates
        return times and (dates or not (mention.has_date or mention.weekday is not None))


def mentions_in(text: str) -> tuple[list[Mention], str]:
    """Return every date and time in a text, and the text with them blanked out."""
    found: list[Mention] = []
    for pattern in _PATTERNS if _DIGIT.search(text) else ():
        for match in pattern.finditer(text):
            mention = _read(match)
            if mention is not None:
                found.append(mention)
                text = _blank(text, match)
    for match in _LONE_MONTH.finditer(text):
        found.append(Mention(month=_month(match.group("m"))))
        text = _blank(text, match)
    for match in _WEEKDAY.finditer(text):
        found.append(Mention(weekday=[day.casefold() for day in WEEKDAYS].index(match.group(1).casefold())))
        text = _blank(text, match)
    return found, text


def parse_iso(text: str) -> datetime | None:
    """Return an aware UTC datetime for ISO text, or None."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _blank(text: str, match: re.Match[str]) -> str:
    return text[: match.start()] + " " * (match.end() - match.start()) + text[match.end() :]


def _read(match: re.Match[str]) -> Mention | None:
    parts = match.groupdict()

    def part(*names: str) -> str | None:
        return next((parts[name] for name in names if parts.get(name)), None)

    day, month, year = part("d1", "d2", "d3"), part("m1", "m2", "m3", "m4"), part("y1", "y2", "y3", "y4")
    return Mention(
        year=int(year) if year else None,
        month=(int(month) if month.isdigit() else _month(month)) if month else None,
        day=int(day) if day else None,
        time=_clock(part("h1", "h2", "h3"), part("n1", "n3"), part("s1"), part("p1", "p2")),
    )


def _clock(hour: str | None, minute: str | None, second: str | None, half: str | None) -> str | None:
    if hour is None:
        return None
    hours = int(hour)
    if half is not None:
        hours = hours % 12 + (12 if half.casefold().startswith("p") else 0)
    clock = f"{hours:02}:{int(minute or 0):02}"
    return clock if second is None else f"{clock}:{int(second):02}"


def _month(name: str) -> int:
    return next(index for index, month in enumerate(MONTHS, 1) if month.casefold().startswith(name.casefold()[:3]))


def _fits(mention: Mention, moment: datetime) -> bool:
    return (
        mention.year in (None, moment.year)
        and mention.month in (None, moment.month)
        and mention.day in (None, moment.day)
        and mention.weekday in (None, moment.weekday())
        and (mention.time is None or moment.strftime("%H:%M:%S").startswith(mention.time))
    )


def _same_date(mention: Mention, other: Mention) -> bool:
    if mention.weekday is not None:
        if other.weekday == mention.weekday:
            return True
        return _weekday(other) == mention.weekday
    pairs = ((mention.year, other.year), (mention.month, other.month), (mention.day, other.day))
    return mention.has_date and all(wanted is None or wanted == had for wanted, had in pairs)


def _weekday(mention: Mention) -> int | None:
    if mention.year is None or mention.month is None or mention.day is None:
        return None
    try:
        return date(mention.year, mention.month, mention.day).weekday()
    except ValueError:
        return None
