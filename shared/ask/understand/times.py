"""Spans of time as people say them: ``last week``, ``the past 48 hours``, ``since 3 November``, ``yesterday``."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec

from shared.ask.skill import TimeRange
from shared.ask.understand.dates import DATE, MONTH_NAMES, AmbiguousDateError, date_of
from shared.clock import MONTHS, day, iso

NUMBERS = {
    "a": 1,
    "an": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "twelve": 12,
    "fourteen": 14,
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
    "fifty": 50,
    "sixty": 60,
    "ninety": 90,
    "couple of": 2,
    "a couple of": 2,
    "dozen": 12,
}
_UNITS = {
    "minute": "minutes",
    "hour": "hours",
    "day": "days",
    "week": "weeks",
    "fortnight": "weeks",
    "month": "months",
    "year": "years",
}
_SHORT = {
    "min": "minute",
    "h": "hour",
    "hr": "hour",
    "d": "day",
    "w": "week",
    "wk": "week",
    "mo": "month",
    "yr": "year",
}
_DAYS_IN = {"week": 7, "fortnight": 14, "month": 30, "year": 365}
_LONGEST = timedelta(days=3660)

_N = r"(?P<n>\d{1,5}|" + "|".join(sorted(NUMBERS, key=len, reverse=True)) + ")"
_UNIT = r"(?P<unit>minutes?|mins?|hours?|hrs?|days?|weeks?|wks?|fortnights?|months?|mos?|years?|yrs?|[hdw])"
_LENGTH = rf"{_N}(?:(?<=\d)[\s-]*|[\s-]+){_UNIT}"
"""A number and a unit; only digits stand close to it: 24h, and no "and" as "an d"."""
_NO_LOG = "".join(
    rf"(?<!\b{verb} )" for verb in ("log", "logs", "logged", "logging", "sign", "signs", "signed", "signing")
)
_LEAD = rf"(?:\b(?:{_NO_LOG}in|over|during|for|within|from|of|on|at)\s+)?(?:the\s+|these\s+|this\s+|my\s+)?"
_BACK = r"(?:last|past|previous|recent|latest|trailing|preceding)"
_UNKNOWN = r"(?:\"?[xn]\"?|<[^<>]*>|\{[^{}]*\}|some|several|few|a few|many)"


_VAGUE = r"(?:a|some|the)\s+(?:specific|certain|particular|given)"


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A time that a text speaks of, and where."""

    start: int
    end: int
    span: TimeRange | None
    """None: it cannot be told which (``the last X days``, ``01/02/2026``)."""
    is_day: bool = False
    """One whole day or less was named."""


type _Reader = Callable[[re.Match[str], datetime], TimeRange | None]


def find_times(text: str, now: datetime) -> list[Said]:
    """Return the times that a text in lower case speaks of, in order; a longer reading wins over one inside it."""
    found: list[Said] = []
    for pattern, reader in _GRAMMAR:
        for match in pattern.finditer(text):
            if any(said.start < match.end() and match.start() < said.end for said in found):
                continue
            try:
                span = reader(match, now.astimezone(UTC))
            except (AmbiguousDateError, OverflowError, ValueError):
                span = None
            is_day = span is not None and (span.words in {"today", "yesterday"} or span.words.startswith("on "))
            found.append(Said(start=match.start(), end=match.end(), span=span, is_day=is_day))
    return sorted(found, key=lambda said: said.start)


def time_range(words: str, now: datetime) -> TimeRange | None:
    """Return the span that a phrase means as a whole, e.g. ``the past 7 days``; None when it means none.

    Also takes what a machine writes: two ISO times with a slash between them, or one for "since then".
    """
    text = " ".join(words.lower().split())
    if "/" in text and (given := _interval(text)):
        return given
    for candidate in (text, f"since {text}", f"the past {text}", f"in {text}"):
        said = find_times(candidate, now)
        if len(said) == 1 and said[0].span and (said[0].start, said[0].end) == (0, len(candidate)):
            return said[0].span
    return None


def _interval(text: str) -> TimeRange | None:
    try:
        since, until = (datetime.fromisoformat(part.strip()) for part in text.upper().split("/"))
    except ValueError:
        return None
    since, until = (moment if moment.tzinfo else moment.replace(tzinfo=UTC) for moment in (since, until))
    return _span(since, until, f"from {iso(since)} to {iso(until)}") if since < until else None


def _span(since: datetime, until: datetime, words: str) -> TimeRange:
    return TimeRange(since=iso(since), until=iso(until), words=words)


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _number(text: str) -> int:
    return int(text) if text.isdigit() else NUMBERS[text]


def _length(count: int, unit_text: str) -> tuple[timedelta, str]:
    """Return how long N units are, and how that is said."""
    unit = unit_text if unit_text in _UNITS else unit_text.rstrip("s")
    unit = _SHORT.get(unit, unit)
    unit = unit if unit in _UNITS else unit_text
    length = timedelta(days=count * _DAYS_IN[unit]) if unit in _DAYS_IN else timedelta(**{_UNITS[unit]: count})
    if not timedelta(0) < length <= _LONGEST:
        raise ValueError("not a length that makes sense")
    if unit in _DAYS_IN:
        return length, f"{length.days} days"
    return length, unit if count == 1 else f"{count} {unit}s"


def _relative(match: re.Match[str], now: datetime) -> TimeRange:
    length, words = _length(_number(match["n"]), match["unit"])
    return _span(now - length, now, f"the past {words}")


def _coming(match: re.Match[str], now: datetime) -> TimeRange:
    length, words = _length(_number(match["n"] or "1"), match["unit"])
    return _span(now, now + length, f"the next {words}")


def _one_unit(match: re.Match[str], now: datetime) -> TimeRange:
    length, words = _length(1, match["unit"])
    return _span(now - length, now, f"the past {'24 hours' if words == 'day' else words}")


def _ago(match: re.Match[str], now: datetime) -> TimeRange:
    length, _ = _length(_number(match["n"]), match["unit"])
    then = now - length
    if match["since"]:
        return _span(then, now, f"since {day(then)}" if length >= timedelta(days=1) else f"since {iso(then)}")
    return _span(_midnight(then), min(now, _midnight(then) + timedelta(days=1)), f"on {day(then)}")


def _weekend(_: re.Match[str], now: datetime) -> TimeRange:
    monday = _midnight(now) - timedelta(days=now.weekday())
    return _span(monday - timedelta(days=2), monday, "last weekend")


def _night(_: re.Match[str], now: datetime) -> TimeRange:
    midnight = _midnight(now)
    return _span(
        midnight - timedelta(hours=6), min(now, midnight + timedelta(hours=6)), "last night (18:00 to 06:00 UTC)"
    )


def _today(_: re.Match[str], now: datetime) -> TimeRange:
    return _span(_midnight(now), now, "today")


def _yesterday(match: re.Match[str], now: datetime) -> TimeRange:
    midnight = _midnight(now)
    if match["since"]:
        return _span(midnight - timedelta(days=1), now, "since yesterday")
    return _span(midnight - timedelta(days=1), midnight, "yesterday")


def _this(match: re.Match[str], now: datetime) -> TimeRange:
    midnight = _midnight(now)
    starts = {
        "week": midnight - timedelta(days=now.weekday()),
        "month": midnight.replace(day=1),
        "year": midnight.replace(month=1, day=1),
        "morning": midnight,
    }
    return _span(starts[match["unit"]], now, "today" if match["unit"] == "morning" else f"this {match['unit']}")


def _since(match: re.Match[str], now: datetime) -> TimeRange | None:
    first, _ = date_of(match["date"], now)
    if first >= now:
        return None
    return _span(first, now, f"since {day(first)}")


def _between(match: re.Match[str], now: datetime) -> TimeRange | None:
    second, _ = date_of(match["until"], now)
    if match["date"].isdigit():  # between 3 and 5 November
        first = second.replace(day=int(match["date"]))
    else:
        first, _ = date_of(match["date"], now, before=second)
    last = min(now, second + timedelta(days=1)) if _midnight(second) == second else second
    if first >= last:
        return None
    return _span(first, last, f"from {day(first)} to {day(second)}")


def _on(match: re.Match[str], now: datetime) -> TimeRange | None:
    first, _ = date_of(match["date"], now)
    if first >= now:
        return None
    start = _midnight(first)
    return _span(start, min(now, start + timedelta(days=1)), f"on {day(start)}")


def _in_month(match: re.Match[str], now: datetime) -> TimeRange | None:
    month = MONTH_NAMES[match["month"]]
    year = int(match["year"]) if match["year"] else now.year - (month > now.month)
    first = datetime(year, month, 1, tzinfo=UTC)
    following = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    return _span(first, min(now, following), f"in {MONTHS[month - 1]} {year}") if first < now else None


def _untold(_: re.Match[str], __: datetime) -> None:
    return None


def _grammar() -> list[tuple[re.Pattern[str], _Reader]]:
    months = "|".join(sorted(MONTH_NAMES, key=len, reverse=True))
    until, date = DATE.replace("<date>", "<until>"), DATE
    rules: list[tuple[str, _Reader]] = [
        (rf"\bbetween\s+{date}\s+and\s+{until}", _between),
        (rf"\bbetween\s+(?P<date>\d{{1,2}})(?:st|nd|rd|th)?\s+and\s+{until}", _between),
        (rf"\bfrom\s+{date}\s+(?:to|until|till|through|up to)\s+{until}", _between),
        (rf"\b(?:ever\s+)?(?P<since>since|after|starting)\s+(?:about\s+)?{_N}\s*{_UNIT}\s+ago\b", _ago),
        (rf"\b(?P<since>)(?:about\s+)?{_N}\s*{_UNIT}\s+ago\b", _ago),
        (rf"{_LEAD}\b(?:last|past|over the|on the|this past)\s+weekend\b", _weekend),
        (rf"{_LEAD}\b{_BACK}\s+night\b|\bovernight\b", _night),
        (rf"{_LEAD}\b(?:next|coming|upcoming|following)\s+{_N}\s*{_UNIT}\b", _coming),
        (rf"{_LEAD}\b(?P<n>)(?:next|coming|upcoming)\s+{_UNIT}\b", _coming),
        (rf"{_LEAD}\b{_BACK}\s+{_UNKNOWN}\s+{_UNIT}\b", _untold),
        (rf"{_LEAD}\b{_BACK}\s+{_LENGTH}\b", _relative),
        (rf"\b(?:for|{_NO_LOG}in|within|over|during|since)\s+{_LENGTH}\b", _relative),
        (rf"{_LEAD}\b{_BACK}\s+{_UNIT}\b", _one_unit),
        (r"\b(?P<n>\d{1,4})\s*(?P<unit>h|d|w|hrs|hours|days|weeks|months)\b(?!\s*(?:of|old))", _relative),
        (r"\b(?:(?P<since>since|after)\s+|(?:from|of|for|on)\s+)?yesterday\b", _yesterday),
        (rf"{_LEAD}\bthis\s+(?P<unit>week|month|year|morning)\b", _this),
        (rf"{_LEAD}\b(?:today|so far today)\b", _today),
        (rf"\b(?:since|after|starting(?:\s+(?:from|on|at))?|from|as of)\s+(?:last\s+)?{date}(?:\s+onwards)?", _since),
        (rf"\b(?:on|at|for|of|from|in)\s+(?:last\s+)?{date}", _on),
        (rf"\b(?:in|during|for|from|of)\s+(?:last\s+)?(?P<month>{months})(?:,?\s+(?P<year>20\d\d))?\b", _in_month),
        (rf"\b(?:since|in|during|for|within|over)\s+{_VAGUE}\s+time(?:\s+(?:period|range|frame))?\b", _untold),
        (rf"(?<![\w/.-]){date}(?![\w/.-])", _on),
    ]  # fmt: skip
    return [(re.compile(pattern), reader) for pattern, reader in rules]


_GRAMMAR = _grammar()
