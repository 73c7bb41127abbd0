"""Times, ids and small choices of the story: all of them follow from their arguments, none from the clock."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid5

NOW = datetime(2026, 9, 17, 15, 0, tzinfo=UTC)
"""The moment the story is told from, a Thursday. Everything in it happened before."""

_NAMESPACE = UUID("6f1c0d52-93a4-5d0e-8b7c-2f40e1a9c6d3")
_NOON = 12
_TICKS_A_SECOND = 10_000_000


def moment(text: str) -> datetime:
    """Return the UTC time that ``2026-09-16T07:41`` (seconds and fraction optional) names."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def ago(*, days: float = 0, hours: float = 0, minutes: float = 0) -> datetime:
    """Return a time before ``NOW``."""
    return NOW - timedelta(days=days, hours=hours, minutes=minutes)


def guid(*words: str) -> str:
    """Return the GUID that these words always give."""
    return str(uuid5(_NAMESPACE, "|".join(words)))


def digest(*words: str) -> str:
    """Return 64 hex digits that these words always give: the form of a risk detection's id."""
    return sha256("|".join(words).encode()).hexdigest()


def spread(limit: int, *words: str) -> int:
    """Return a number from 0 to ``limit`` - 1 that looks drawn at random and is the same in every run."""
    return int(digest("spread", *words)[:12], 16) % limit


def graph_time(at: datetime) -> str:
    """Return ``2026-09-16T07:41:08Z``, as Graph answers."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def envelope_time(at: datetime) -> str:
    """Return ``2026-09-16T07:43:02.5120000Z``: seven digits, the ``time`` of sign-in and audit records."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond:06d}0Z"


def sign_in_time(at: datetime, record_id: str) -> str:
    """Return ``createdDateTime`` of a streamed sign-in: offset ``+00:00``, and 0, 5, 6 or 7 digits of a second."""
    digits = (7, 7, 6, 5, 0)[spread(5, "digits", record_id)]
    if digits == 0:
        return f"{at:%Y-%m-%dT%H:%M:%S}+00:00"
    ticks = f"{at.microsecond:06d}{spread(10, 'tick', record_id)}"[:digits]
    return f"{at:%Y-%m-%dT%H:%M:%S}.{ticks}+00:00"


def us_time(at: datetime) -> str:
    """Return ``9/16/2026 7:43:02 AM``: the ``time`` of risk records, twelve hours and no zone."""
    hour = at.hour % _NOON or _NOON
    half = "AM" if at.hour < _NOON else "PM"
    return f"{at.month}/{at.day}/{at.year} {hour}:{at:%M:%S} {half}"


def risk_time(at: datetime) -> str:
    """Return ``2026-09-16T7:41:08.214Z``: ISO text of risk records, whose hour has no leading zero."""
    return f"{at:%Y-%m-%d}T{at.hour}:{at:%M:%S}.{at.microsecond // 1000:03d}Z"


def dotnet_ticks(at: datetime) -> int:
    """Return 100 ns ticks since the year 1, as Graph activity records carry them."""
    return int((at - datetime(1, 1, 1, tzinfo=UTC)).total_seconds()) * _TICKS_A_SECOND
