"""Spans of time as people say them: ``last week``, ``the past 48 hours``, ``since 3 November``, ``yesterday``."""

import re
from datetime import UTC, datetime

import msgspec

from shared.ask.skill import TimeRange
from shared.ask.understand import spans
from shared.ask.understand.dates import DATE, MONTH_NAMES, AmbiguousDateError
from shared.ask.understand.spans import NUMBERS
from shared.clock import iso

_N = r"(?P<n>\d{1,5}|" + "|".join(sorted(NUMBERS, key=len, reverse=True)) + ")"
_UNIT = r"(?P<unit>minutes?|mins?|hours?|hrs?|days?|weeks?|wks?|fortnights?|months?|mos?|years?|yrs?|[hdw])"
_LENGTH = rf"{_N}(?:(?<=\d)[\s-]*|[\s-]+){_UNIT}"
"""A number and a unit; only digits stand close to it: 24h, and no "and" as "an d"."""
_HOUR = r"(?P<hour>\d{1,2})(?::(?P<minute>\d\d))?(?:\s*(?P<half>am|pm))?(?:\s*utc)?"
_CLOCK = _HOUR.replace(r"\d{1,2})", r"\d{1,2})(?=:|\s*[ap]m)")
_HOUR_2 = _CLOCK.replace("<hour>", "<hour2>").replace("<minute>", "<minute2>").replace("<half>", "<half2>")
_MOMENT = "noon|midday|lunchtime|midnight|morning|afternoon|evening"
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
    return spans.span(since, until, f"from {iso(since)} to {iso(until)}") if since < until else None


def _grammar() -> list[tuple[re.Pattern[str], spans.Reader]]:
    months = "|".join(sorted(MONTH_NAMES, key=len, reverse=True))
    until, date = DATE.replace("<date>", "<until>"), DATE
    on_day = rf"(?:\s+(?:on\s+)?(?P<day>today|yesterday|{date}))?"
    some_day = r"(?:(?P<day>yesterday|today|this)\s+)?(?:at\s+)?"
    since = spans.since
    rules: list[tuple[str, spans.Reader]] = [
        (rf"\b(?:between|from)\s+{_HOUR}\s+(?:and|to|until)\s+{_HOUR_2}{on_day}\b", spans.between_clocks),
        (rf"\b(?:since|after|from)\s+{some_day}(?:(?P<moment>{_MOMENT})|{_CLOCK})\b", spans.since_clock),
        (r"\b(?P<day>yesterday)\s+(?P<part>morning|afternoon|evening)\b", spans.daytime),
        (r"\b(?P<day>this)\s+(?P<part>afternoon|evening)\b", spans.daytime),
        (rf"\bbetween\s+{date}\s+and\s+{until}", spans.between),
        (rf"\bbetween\s+(?P<date>\d{{1,2}})(?:st|nd|rd|th)?\s+and\s+{until}", spans.between),
        (rf"\bfrom\s+{date}\s+(?:to|until|till|through|up to)\s+{until}", spans.between),
        (rf"\b(?:ever\s+)?(?P<since>since|after|starting)\s+(?:about\s+)?{_N}\s*{_UNIT}\s+ago\b", spans.ago),
        (rf"\b(?P<since>)(?:about\s+)?{_N}\s*{_UNIT}\s+ago\b", spans.ago),
        (rf"{_LEAD}\b(?:last|past|over the|on the|this past)\s+weekend\b", spans.weekend),
        (rf"{_LEAD}\b{_BACK}\s+night\b|\bovernight\b", spans.night),
        (rf"{_LEAD}\b(?:next|coming|upcoming|following)\s+{_N}\s*{_UNIT}\b", spans.coming),
        (rf"{_LEAD}\b(?P<n>)(?:next|coming|upcoming)\s+{_UNIT}\b", spans.coming),
        (rf"{_LEAD}\b{_BACK}\s+{_UNKNOWN}\s+{_UNIT}\b", spans.untold),
        (rf"{_LEAD}\b{_BACK}\s+{_LENGTH}\b", spans.relative),
        (rf"\b(?:for|{_NO_LOG}in|within|over|during|since)\s+{_LENGTH}\b", spans.relative),
        (rf"{_LEAD}\b{_BACK}\s+{_UNIT}\b", spans.one_unit),
        (r"\b(?P<n>\d{1,4})\s*(?P<unit>h|d|w|hrs|hours|days|weeks|months)\b(?!\s*(?:of|old))", spans.relative),
        (r"\b(?:(?P<since>since|after)\s+|(?:from|of|for|on)\s+)?yesterday\b", spans.yesterday),
        (rf"{_LEAD}\bthis\s+(?P<unit>week|month|year|morning)\b", spans.this),
        (rf"{_LEAD}\b(?:today|so far today)\b", spans.today),
        (rf"\b(?:since|after|starting(?:\s+(?:from|on|at))?|from|as of)\s+(?:last\s+)?{date}(?:\s+onwards)?", since),
        (rf"\b(?:on|at|for|of|from|in)\s+(?:last\s+)?{date}", spans.on),
        (rf"\b(?:in|during|for|from|of)\s+(?:last\s+)?(?P<month>{months})(?:,?\s+(?P<year>20\d\d))?\b", spans.in_month),
        (rf"\b(?:since|in|during|for|within|over)\s+{_VAGUE}\s+time(?:\s+(?:period|range|frame))?\b", spans.untold),
        (rf"(?<![\w/.-]){date}(?![\w/.-])", spans.on),
    ]  # fmt: skip
    return [(re.compile(pattern), reader) for pattern, reader in rules]


_GRAMMAR = _grammar()
