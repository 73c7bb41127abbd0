"""What Graph's own answers ask for: a pause after a refusal, room near a limit, peace for a service that is down.

One breaker for each service (throttling bucket), kept by each process: an instance that has not been refused yet learns
at its first request, and what all instances may send together is the budgets' business.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.clock import Clock

FAILURES = 5
"""So many requests in a row that end in 5xx, a time-out or a cut connection open the breaker."""
FIRST_SECONDS = 10.0
LONGEST_SECONDS = 300.0
"""An open breaker lets one probe through after the first, twice as long after each that fails."""
NEAR_LIMIT = 0.8
"""Share of the quota from which on the directory reports how much of it is used."""
LONGEST_ROOM_SECONDS = 5.0
_NO_PAUSE = 0.05
"""A pause that is over but for this is over: clocks and timers do not agree to the millisecond."""


@dataclass(slots=True)
class _Breaker:
    failures: int = 0
    trips: int = 0
    until: datetime | None = None
    """Nobody asks before."""
    room_until: datetime | None = None
    """Only what is urgent asks before."""


class Breakers:
    """Told of every answer, asked before every request."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._by_bucket: dict[str, _Breaker] = {}

    def pause(self, bucket: str, *, urgent: bool) -> float:
        """Return the seconds for which a service is to be left alone; 0 when it may be asked.

        Whoever gets 0 from a breaker that was open is its probe: others wait until the probe is answered.
        """
        breaker = self._by_bucket.get(bucket)
        if breaker is None:
            return 0.0
        left = self._left(breaker.until)
        if left == 0 and breaker.failures >= FAILURES:
            breaker.until = self._clock() + timedelta(seconds=FIRST_SECONDS)
        return left if urgent else max(left, self._left(breaker.room_until))

    def paused_until(self) -> dict[str, datetime]:
        """Return which services this process leaves alone now, and until when; asks for nothing."""
        return {name: one.until for name, one in self._by_bucket.items() if one.until and self._left(one.until)}

    def answered(self, bucket: str, used: float = 0.0) -> None:
        """Note an answer, and the share of the quota that its headers report as used."""
        breaker = self._by_bucket.get(bucket)
        if breaker is not None:
            breaker.failures = breaker.trips = 0
            breaker.until = None
        if used >= NEAR_LIMIT:
            room = min(LONGEST_ROOM_SECONDS, 0.5 + 10 * (used - NEAR_LIMIT))
            self._of(bucket).room_until = self._clock() + timedelta(seconds=room)

    def refused(self, bucket: str, seconds: float) -> None:
        """Note a 429 that asks for a pause."""
        self._close_for(self._of(bucket), seconds)

    def failed(self, bucket: str) -> None:
        """Note a request that the service did not answer."""
        breaker = self._of(bucket)
        breaker.failures += 1
        if breaker.failures >= FAILURES:
            self._close_for(breaker, FIRST_SECONDS * 2**breaker.trips)
            breaker.trips = min(breaker.trips + 1, 10)

    def _of(self, bucket: str) -> _Breaker:
        return self._by_bucket.setdefault(bucket, _Breaker())

    def _close_for(self, breaker: _Breaker, seconds: float) -> None:
        until = self._clock() + timedelta(seconds=min(seconds, LONGEST_SECONDS))
        breaker.until = max(until, breaker.until or until)

    def _left(self, until: datetime | None) -> float:
        left = (until - self._clock()).total_seconds() if until else 0.0
        return left if left > _NO_PAUSE else 0.0
