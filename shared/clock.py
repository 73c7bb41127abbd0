"""Time as something that is handed in: stages never ask the system for it."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_ISO_IN_TEXT = re.compile(r"\"[^\"]*\"|“[^”]*”|(?P<at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)Z")
type Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


def clock_from(start: datetime) -> Clock:
    """Return a clock that reads ``start`` now and runs on from there."""
    began = time.monotonic()
    return lambda: start + timedelta(seconds=time.monotonic() - began)


class ManualClock:
    """A clock that moves only when told to; replays and tests use it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Return the time it was set to."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Move forward."""
        self.now += timedelta(seconds=seconds)

    async def sleep(self, seconds: float) -> None:
        """Wait by moving forward instead."""
        self.advance(seconds)


def iso(moment: datetime) -> str:
    """Return ``2026-01-31T12:00:00Z``: UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day(moment: datetime) -> str:
    """Return ``14 April 2025`` in UTC, whatever the machine's language."""
    moment = moment.astimezone(UTC)
    return f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}"


def clock(moment: datetime) -> str:
    """Return ``09:14 UTC``."""
    return f"{moment.astimezone(UTC):%H:%M} UTC"


def stamp(moment: datetime) -> str:
    """Return ``14 April 2025, 09:14 UTC``."""
    return f"{day(moment)}, {clock(moment)}"


def period(first: datetime, last: datetime) -> str:
    """Return ``14 April 2025, 09:14 to 10:02 UTC``, with the day again only where it is another."""
    if stamp(first) == stamp(last):
        return stamp(first)
    if day(first) != day(last):
        return f"{stamp(first)} to {stamp(last)}"
    return f"{stamp(first).removesuffix(' UTC')} to {clock(last)}"


def with_plain_times(text: str) -> str:
    """Return text in which times such as ``iso`` returns read ``14 April 2025, 09:14:05 UTC``.

    Facts state times as programs sort them; people read them so. What is quoted is somebody else's and stays.
    """
    return _ISO_IN_TEXT.sub(_plain_time, text)


def _plain_time(found: re.Match[str]) -> str:
    try:
        at = datetime.fromisoformat(f"{found['at']}+00:00") if found["at"] else None
    except ValueError:  # looks like one, and is in no calendar
        at = None
    return f"{day(at)}, {at:%H:%M:%S} UTC" if at else found[0]


def seconds_after(text: str | None, now: datetime) -> float | None:
    """Return the wait that a Retry-After asks for, in seconds or as an HTTP date; None when there is none."""
    if not text:
        return None
    if text.strip().isdigit():
        return float(text.strip())
    try:
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    except (TypeError, ValueError):
        return None


def midnight(moment: datetime) -> datetime:
    """Return when the day of a moment began, in UTC."""
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
