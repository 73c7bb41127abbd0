"""Throttle as Microsoft Graph documents it: a sliding window for each bucket, on a clock that is handed in."""

import math
from collections import deque
from datetime import datetime

import msgspec

from local.tenant.answers import GraphError
from local.tenant.query import Query
from local.tenant.routes import Route
from shared.clock import Clock

_SMALL, _MEDIUM = 50, 500
"""Most users of a small and of a medium tenant."""


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """So much in so many seconds."""

    most: int
    seconds: float
    is_silent: bool = False
    """A 429 of this bucket comes without Retry-After."""


LIMITS = {
    "global": Limit(most=130_000, seconds=10),
    "identity_protection": Limit(most=1, seconds=1, is_silent=True),
    "reports": Limit(most=5, seconds=10),
    "signInActivity": Limit(most=10, seconds=60),
    "outlook": Limit(most=10_000, seconds=600),
    "alerts": Limit(most=150, seconds=60),
}
"""Documented limits of one app in one tenant. Identity Protection's is for all apps together; Outlook's is per mailbox.

Left out because requests are answered one after another: Outlook's four at a time.
"""


def directory_limit(users: int) -> Limit:
    """Return the directory's resource units for a tenant of this many users."""
    most = 3_500 if users <= _SMALL else 5_000 if users <= _MEDIUM else 8_000
    return Limit(most=most, seconds=10)


def bucket_of(route: Route) -> str:
    """Return the name of the bucket that a request is counted in."""
    if route.resource is None:
        return "directory"
    if route.resource.bucket == "outlook":
        return f"outlook:{route.segments[1].lower()}"
    return route.resource.bucket


def resource_units(route: Route, query: Query) -> int:
    """Return the directory resource units of a request: at least one."""
    base = route.resource.ru if route.resource and (route.part == "all") else 1
    small = query.top is not None and query.top < 20
    return max(1, base - bool(query.select) + bool(query.expand) - small)


class Throttle:
    """Counts requests by bucket and refuses what is too much. Refused requests count as well, as Graph says."""

    def __init__(self, users: int, clock: Clock) -> None:
        self._limits = {**LIMITS, "directory": directory_limit(users)}
        self._clock = clock
        self._windows: dict[str, deque[tuple[datetime, int]]] = {}
        self._sums: dict[str, int] = {}
        self.peaks: dict[str, float] = {}
        """Largest share of each bucket's limit that any window has seen; above 1 something was refused."""

    def take(self, route: Route, query: Query) -> dict[str, str]:
        """Count one request; return the headers that its answer carries. Raises GraphError 429 when refused."""
        bucket = bucket_of(route)
        units = resource_units(route, query) if bucket == "directory" else 1
        costs = {"global": 1, bucket: units}
        if "signInActivity" in query.select or "signInActivity" in query.filter:
            costs |= {"signInActivity": 1, "reports": 1}
        waits = {name: self._add(name, cost) for name, cost in costs.items()}
        refusing = [name for name, wait in waits.items() if wait > 0]
        if refusing:
            raise self._refusal(refusing[0], waits[refusing[0]])
        return self._directory_headers(units) if bucket == "directory" else {}

    def _limit(self, bucket: str) -> Limit | None:
        return self._limits.get(bucket.partition(":")[0])

    def _add(self, bucket: str, cost: int) -> float:
        """Add to a window; return 0, or the seconds until so much would fit again."""
        limit = self._limit(bucket)
        if limit is None:
            return 0
        now = self._clock()
        window = self._windows.setdefault(bucket, deque())
        while window and (now - window[0][0]).total_seconds() >= limit.seconds:
            self._sums[bucket] -= window.popleft()[1]
        window.append((now, cost))
        self._sums[bucket] = self._sums.get(bucket, 0) + cost
        name = bucket.partition(":")[0]
        self.peaks[name] = max(self.peaks.get(name, 0.0), self._sums[bucket] / limit.most)
        if self._sums[bucket] <= limit.most:
            return 0
        excess = (
            self._sums[bucket] + cost - limit.most
        )  # the refused request stays in the window, its retry comes on top
        for at, taken in window:
            excess -= taken
            if excess <= 0:
                return max(limit.seconds - (now - at).total_seconds(), 0.001)
        return limit.seconds

    def _refusal(self, bucket: str, wait: float) -> GraphError:
        limit = self._limit(bucket)
        headers = {} if limit is None or limit.is_silent else {"Retry-After": str(math.ceil(wait))}
        if bucket == "directory":
            headers |= {
                "x-ms-throttle-scope": "Tenant_Application/Read/stand-in/stand-in",
                "x-ms-throttle-information": "ResourceUnitLimitExceeded",
            }
        return GraphError(429, "TooManyRequests", "Too many requests.", headers)

    def _directory_headers(self, units: int) -> dict[str, str]:
        share = self._sums["directory"] / self._limits["directory"].most
        headers = {"x-ms-resource-unit": str(units)}
        return headers | {"x-ms-throttle-limit-percentage": f"{share:.1f}"} if share >= 0.8 else headers
