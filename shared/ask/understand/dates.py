"""Dates as people write them; one that could be two days is refused rather than guessed."""

import re
from datetime import UTC, datetime, timedelta

from shared.clock import MONTHS

MONTH_NAMES = {
    **{name.lower(): number for number, name in enumerate(MONTHS, 1)},
    **{name[:3].lower(): number for number, name in enumerate(MONTHS, 1)},
    "sept": 9,
}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTH = "|".join(sorted(MONTH_NAMES, key=len, reverse=True))
_ISO = r"20\d\d-\d\d-\d\d(?:[t ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?z?)?"
_SLASHED = r"\d{1,2}[/.]\d{1,2}[/.]20\d\d"
_DAY_FIRST = rf"\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?(?:{_MONTH})\b(?:,?\s+20\d\d)?"
_MONTH_FIRST = rf"(?:{_MONTH})\s+\d{{1,2}}(?:st|nd|rd|th)?\b(?!:)(?:,?\s+20\d\d)?"
DATE = rf"(?P<date>{_ISO}|{_SLASHED}|{_DAY_FIRST}|{_MONTH_FIRST}|(?:{'|'.join(WEEKDAYS)})\b)"
"""Regular expression of a date in text that is in lower case."""


class AmbiguousDateError(ValueError):
    """``01/02/2026`` is two days."""


def date_of(text: str, now: datetime, before: datetime | None = None) -> tuple[datetime, bool]:
    """Return the moment that a date begins, and whether a time of day was said.

    Without a year it is the latest such day that is not after ``before`` (now unless given); a weekday is the latest
    one before today. Raises AmbiguousDateError, or ValueError for no date.
    """
    latest = before or now
    if text in WEEKDAYS:
        back = (now.weekday() - WEEKDAYS.index(text)) % 7 or 7
        return _midnight(now) - timedelta(days=back), False
    if re.fullmatch(_ISO, text):
        moment = datetime.fromisoformat(text.upper())
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC), len(text) > len("2026-01-01")
    if re.fullmatch(_SLASHED, text):
        return _slashed(text), False
    month = next(MONTH_NAMES[word] for word in re.findall(r"[a-z]+", text) if word in MONTH_NAMES)
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    years = [number for number in numbers if number >= 2000]
    day = next(number for number in numbers if number < 2000)
    moment = datetime(years[0] if years else latest.year, month, day, tzinfo=UTC)
    if not years and moment > latest:
        moment = moment.replace(year=latest.year - 1)
    return moment, False


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _slashed(text: str) -> datetime:
    first, second, year = (int(part) for part in re.split(r"[/.]", text))
    if "." in text or first > 12:
        return datetime(year, second, first, tzinfo=UTC)
    if second > 12 or first == second:
        return datetime(year, first, second, tzinfo=UTC)
    raise AmbiguousDateError(text)
