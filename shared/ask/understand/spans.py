"""What a phrase that the grammar of times found means: a span that ends now or earlier, or none that can be told."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from shared.ask.skill import TimeRange
from shared.ask.understand.dates import MONTH_NAMES, date_of
from shared.clock import MONTHS, day, iso

type Reader = Callable[[re.Match[str], datetime], TimeRange | None]

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


def span(since: datetime, until: datetime, words: str) -> TimeRange:
    """Return a span."""
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


def relative(match: re.Match[str], now: datetime) -> TimeRange:
    """Return "the past 7 days"."""
    length, words = _length(_number(match["n"]), match["unit"])
    return span(now - length, now, f"the past {words}")


def coming(match: re.Match[str], now: datetime) -> TimeRange:
    """Return "the next 2 weeks"."""
    length, words = _length(_number(match["n"] or "1"), match["unit"])
    return span(now, now + length, f"the next {words}")


def one_unit(match: re.Match[str], now: datetime) -> TimeRange:
    """Return "last week": the seven days until now."""
    length, words = _length(1, match["unit"])
    return span(now - length, now, f"the past {'24 hours' if words == 'day' else words}")


def ago(match: re.Match[str], now: datetime) -> TimeRange:
    """Return "3 days ago", "since 2 weeks ago"."""
    length, _ = _length(_number(match["n"]), match["unit"])
    then = now - length
    if match["since"]:
        return span(then, now, f"since {day(then)}" if length >= timedelta(days=1) else f"since {iso(then)}")
    return span(_midnight(then), min(now, _midnight(then) + timedelta(days=1)), f"on {day(then)}")


def weekend(_: re.Match[str], now: datetime) -> TimeRange:
    """Return Saturday and Sunday before this week."""
    monday = _midnight(now) - timedelta(days=now.weekday())
    return span(monday - timedelta(days=2), monday, "last weekend")


def night(_: re.Match[str], now: datetime) -> TimeRange:
    """Return the night before today."""
    midnight = _midnight(now)
    return span(
        midnight - timedelta(hours=6), min(now, midnight + timedelta(hours=6)), "last night (18:00 to 06:00 UTC)"
    )


def today(_: re.Match[str], now: datetime) -> TimeRange:
    """Return today until now."""
    return span(_midnight(now), now, "today")


def yesterday(match: re.Match[str], now: datetime) -> TimeRange:
    """Return yesterday, or all since it began."""
    midnight = _midnight(now)
    if match["since"]:
        return span(midnight - timedelta(days=1), now, "since yesterday")
    return span(midnight - timedelta(days=1), midnight, "yesterday")


def this(match: re.Match[str], now: datetime) -> TimeRange:
    """Return "this week" until now."""
    midnight = _midnight(now)
    starts = {
        "week": midnight - timedelta(days=now.weekday()),
        "month": midnight.replace(day=1),
        "year": midnight.replace(month=1, day=1),
        "morning": midnight,
    }
    return span(starts[match["unit"]], now, "today" if match["unit"] == "morning" else f"this {match['unit']}")


def since(match: re.Match[str], now: datetime) -> TimeRange | None:
    """Return "since 3 May"."""
    first, _ = date_of(match["date"], now)
    if first >= now:
        return None
    return span(first, now, f"since {day(first)}")


def between(match: re.Match[str], now: datetime) -> TimeRange | None:
    """Return "between 3 and 5 May", both days in it."""
    second, _ = date_of(match["until"], now)
    if match["date"].isdigit():  # between 3 and 5 November
        first = second.replace(day=int(match["date"]))
    else:
        first, _ = date_of(match["date"], now, before=second)
    last = min(now, second + timedelta(days=1)) if _midnight(second) == second else second
    if first >= last:
        return None
    return span(first, last, f"from {day(first)} to {day(second)}")


def on(match: re.Match[str], now: datetime) -> TimeRange | None:
    """Return "on 3 May"."""
    first, _ = date_of(match["date"], now)
    if first >= now:
        return None
    start = _midnight(first)
    return span(start, min(now, start + timedelta(days=1)), f"on {day(start)}")


def in_month(match: re.Match[str], now: datetime) -> TimeRange | None:
    """Return "in May", the latest one."""
    month = MONTH_NAMES[match["month"]]
    year = int(match["year"]) if match["year"] else now.year - (month > now.month)
    first = datetime(year, month, 1, tzinfo=UTC)
    following = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    return span(first, min(now, following), f"in {MONTHS[month - 1]} {year}") if first < now else None


def untold(_: re.Match[str], __: datetime) -> None:
    """Return nothing: a time is said, and not which."""


_DAYTIMES = {"morning": (0, 12), "afternoon": (12, 18), "evening": (18, 24)}
_MOMENTS = {"noon": 12, "midday": 12, "lunchtime": 12, "midnight": 0, "morning": 0, "afternoon": 12, "evening": 18}


def daytime(match: re.Match[str], now: datetime) -> TimeRange | None:
    """Return "yesterday morning", "this afternoon"."""
    midnight = _midnight(now) - timedelta(days=match["day"] == "yesterday")
    first, last = _DAYTIMES[match["part"]]
    since, until = midnight + timedelta(hours=first), min(now, midnight + timedelta(hours=last))
    return _clocked(since, until)


def since_clock(match: re.Match[str], now: datetime) -> TimeRange | None:
    """Return "since yesterday noon", "after 18:00", "since midnight"."""
    midnight = _midnight(now) - timedelta(days=match["day"] == "yesterday")
    moment = match["moment"]
    since = midnight + (timedelta(hours=_MOMENTS[moment]) if moment else _clock(match, "", match["half"]))
    if since >= now and match["day"] is None:
        since -= timedelta(days=1)
    return span(since, now, f"since {iso(since)}") if since < now else None


def between_clocks(match: re.Match[str], now: datetime) -> TimeRange | None:
    """Return "between 3 and 5 pm yesterday"; without a day it is today."""
    said = match["day"]
    date = _midnight(now) if said in {None, "today"} else _midnight(now) - timedelta(days=1)
    if said not in {None, "today", "yesterday"}:
        date = _midnight(date_of(said, now)[0])
    since = date + _clock(match, "", match["half"] or match["half2"])
    until = date + _clock(match, "2", match["half2"])
    return _clocked(since, min(now, until))


def _clock(match: re.Match[str], which: str, half: str | None) -> timedelta:
    hour, minute = int(match[f"hour{which}"]), int(match[f"minute{which}"] or 0)
    if hour > 23 or minute > 59 or (half and not 0 < hour <= 12):
        raise ValueError("no time of a day")
    if half:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    return timedelta(hours=hour, minutes=minute)


def _clocked(since: datetime, until: datetime) -> TimeRange | None:
    return span(since, until, f"from {iso(since)} to {iso(until)}") if since < until else None
