"""What every backend stores alike: times as whole microseconds, bodies as JSON of the types of shared/models."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec

from shared.errors import DependencyError

CLOCK_SLACK_MICROS = 5_000_000
"""How far ahead of the clock a stored stamp may be before it counts as written by a clock since set back.

A rehearsal that is restarted with the same start time goes back to that time. Without this rule, what the last
run hid or held would stay hidden or held until the clock caught up. Five seconds is far more than the clocks
of processes on one machine, or of instances in one region, differ.
"""
MAX_BODY_BYTES = 48 * 1024
"""What a queue message holds: 64 KiB of base64."""
MAX_RECEIVED = 32
MAX_HIDDEN_SECONDS = 7 * 24 * 3600
"""Storage queues hide a message for at most seven days."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(moment: datetime) -> int:
    """Return whole microseconds since 1970 in UTC, exactly. Raises TypeError for a time without a zone."""
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the UTC time of a number of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=micros)


def seconds_to_micros(seconds: float) -> int:
    """Return a length of time in whole microseconds."""
    return round(seconds * 1_000_000)


def turn_after(taken: tuple[int, int] | None, now: int, per_second: float, burst: int) -> tuple[tuple[int, int], float]:
    """Return a line after one more turn, and the seconds until that turn comes.

    ``taken``: when a line was last asked, and up to when its turns are given out, in microseconds; None for a new one.
    One that was asked by a clock since set back begins anew (``CLOCK_SLACK_MICROS``).
    """
    is_sound = taken is not None and taken[0] <= now + CLOCK_SLACK_MICROS
    given = max(now, taken[1]) if taken is not None and is_sound else now
    step = seconds_to_micros(1 / per_second)
    return (now, given + step), max(0, given - now - step * (burst - 1)) / 1_000_000


def body_reader[T](decoder: msgspec.json.Decoder[T]) -> Callable[[bytes], T]:
    """Return a function that reads stored bodies.

    It raises DependencyError for a body that this version of the app cannot read.
    """

    def read(body: bytes) -> T:
        try:
            return decoder.decode(body)
        except msgspec.DecodeError:
            # The library's message may quote the body, so neither it nor its chain goes on.
            raise DependencyError(
                "a stored row cannot be read",
                code="UNREADABLE_ROW",
                hint="Another version of the app wrote the state: use that version, or start with an empty one.",
            ) from None

    return read
