"""Read every way in which Entra and its exporters have been seen to write a time."""

import re
from datetime import UTC, datetime, timedelta, timezone

_ISO = re.compile(
    r"""([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})
        (?: (?:T|t|[ ]+) ([0-9]{1,2}):([0-9]{1,2}) (?: :([0-9]{1,2}) (?:[.,]([0-9]*))? )? )?
        \s* (Z|UTC|GMT|[+-][0-9]{1,2}(?::?[0-9]{2})?)?""",
    re.VERBOSE | re.IGNORECASE,
)
_US = re.compile(
    r"""([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})
        (?: (?:,\s*|\s+|T) ([0-9]{1,2}):([0-9]{1,2}) (?: :([0-9]{1,2}) (?:[.,]([0-9]*))? )? )?
        \s* (AM|PM)? \s* (Z|UTC|GMT|[+-][0-9]{1,2}(?::?[0-9]{2})?)?""",
    re.VERBOSE | re.IGNORECASE,
)
_UNSET_BEFORE = 1970
"""Years such as 0001 and 1601 are .NET's and Windows' ways to say that there is no time."""
_LONGEST = 64
_NOON = 12


def read_time(text: str | None) -> datetime | None:
    """Return an aware UTC datetime, cut to microseconds, or None when the text holds no time.

    Understands ISO 8601 with 0 to 9 fraction digits, un-padded parts, a space for the ``T``, any offset or none
    (then UTC), and US month/day/year text in 12 or 24 hours.
    """
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        found = _read_slowly(text)
        if found is None:
            return None
        moment = found
    return moment if moment.tzinfo is UTC and moment.year >= _UNSET_BEFORE else _in_utc(moment)


def _in_utc(moment: datetime) -> datetime | None:
    if moment.year < _UNSET_BEFORE:
        return None
    if moment.tzinfo is UTC:
        return moment
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return None


def _read_slowly(text: str) -> datetime | None:
    text = text.strip()
    if len(text) > _LONGEST:
        return None
    if found := _ISO.fullmatch(text):
        year, month, day, hour, minute, second, fraction, zone = found.groups()
        half = None
    elif found := _US.fullmatch(text):
        month, day, year, hour, minute, second, fraction, half, zone = found.groups()
    else:
        return None
    hours = _hour_of_day(int(hour or 0), half)
    if hours is None:
        return None
    micros = int((fraction or "")[:6].ljust(6, "0"))
    try:
        return datetime(
            int(year), int(month), int(day), hours, int(minute or 0), int(second or 0), micros, tzinfo=_zone(zone)
        )
    except ValueError:
        return None


def _hour_of_day(hour: int, half: str | None) -> int | None:
    if half is None:
        return hour
    if not 1 <= hour <= _NOON:
        return None
    return hour % _NOON + (_NOON if half.upper() == "PM" else 0)


def _zone(text: str | None) -> timezone:
    if text is None or text.upper() in {"Z", "UTC", "GMT"}:
        return UTC
    digits = text[1:].replace(":", "")
    hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > len("00") else (digits, "0")
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-offset if text[0] == "-" else offset)
