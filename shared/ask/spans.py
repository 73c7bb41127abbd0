"""Spans of time as callers and skills write them: a phrase, or two ISO times."""

import re
from datetime import UTC, datetime, timedelta

from shared.ask.skill import TimeRange
from shared.clock import iso

LONGEST = timedelta(days=3660)
_PHRASE = re.compile(
    r"(?:in |over |for |within )?(?:the )?(?:past|last) (?:(\d{1,4}) )?(minute|hour|day|week|month|year)s?"
)
_UNITS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "month": timedelta(days=30),
    "year": timedelta(days=365),
}


def phrase_span(phrase: str, now: datetime) -> TimeRange | None:
    """Return ``the past 7 days``, ``last week`` or ``24 hours`` as a span that ends now; None for other words."""
    words = " ".join(phrase.lower().split())
    found = _PHRASE.fullmatch(words if re.match(r".*\b(past|last)\b", words) else f"past {words}")
    if found is None:
        return None
    count = int(found[1] or 1)
    length = _UNITS[found[2]] * count
    if not timedelta(0) < length <= LONGEST:
        return None
    said = f"the past {count} {found[2]}s" if count > 1 else f"the past {found[2]}"
    return TimeRange(since=iso(now - length), until=iso(now), words=said)


def iso_span(since: str, until: str | None, now: datetime) -> TimeRange | None:
    """Return the span between two ISO times; without ``until`` it ends now. None when they are no times in order."""
    begin, end = _moment(since), _moment(until) if until else now
    if begin is None or end is None or not begin < end or end - begin > LONGEST:
        return None
    return TimeRange(since=iso(begin), until=iso(end), words=f"{iso(begin)} to {iso(end)}")


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
