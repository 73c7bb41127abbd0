"""Keep below Graph's documented limits: take from a bucket shared by all instances before a query is sent."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from shared.graph.queries import Query
    from shared.state.interface import Coordination

RESERVE_SECONDS = 2.0
"""Part of the deadline that waiting never uses up: what was waited for must still be asked."""

type Bucket = Literal["directory", "reports", "identityProtection", "outlook"]


@dataclass(frozen=True, slots=True)
class Limit:
    """A documented limit: so much in a sliding window."""

    amount: int
    per_seconds: float
    patience_seconds: float
    """How long a query may wait for its turn whatever it says itself."""

    def scaled(self, share: float) -> "Limit":
        """Return a share of the limit: fewer in the window, or one in a longer window."""
        amount = max(1, int(self.amount * share))
        return replace(self, amount=amount, per_seconds=self.per_seconds * amount / (self.amount * share))


LIMITS: dict[Bucket, Limit] = {
    # Resource units of the smallest tenant size; a triage takes about 20.
    "directory": Limit(3500, 10.0, 10.0),
    "reports": Limit(5, 10.0, 0.0),
    # For the whole tenant and all its apps; Graph sends no Retry-After when it is exceeded.
    "identityProtection": Limit(1, 1.0, 0.0),
}
"""Per app and tenant (learn.microsoft.com/graph/throttling-limits, read 2026-08). Outlook's limit is per mailbox
(10,000 in 10 minutes, 4 at once), which one query a triage cannot reach."""


def pause_after_refusal(bucket: Bucket) -> float:
    """Return the seconds after which a refused query of this bucket may fit again when Graph does not say."""
    limit = LIMITS.get(bucket)
    return limit.per_seconds / limit.amount if limit else 1.0


class Budgets:
    """The buckets, as far as this app may use them."""

    def __init__(
        self, shared: "Coordination", sleep: Callable[[float], Awaitable[None]], *, share: float = 1.0
    ) -> None:
        self._shared = shared
        self._sleep = sleep
        self._limits = {bucket: limit.scaled(share) for bucket, limit in LIMITS.items()}

    async def afford(
        self, queries: Sequence["Query"], seconds_left: Callable[[], float]
    ) -> tuple[list["Query"], list["Query"]]:
        """Take budget for queries. Return those that may be sent and those that may not, both in the given order.

        The first ones go first when a bucket holds less than all need. Waits only for queries that have patience.
        """
        refused: set[str] = set()
        for bucket in self._limits:
            wanted = [query for query in queries if query.bucket == bucket]
            if not wanted:
                continue
            if len(wanted) > 1 and await self._take(bucket, wanted, seconds_left):
                continue
            is_spent = False
            for query in wanted:
                hopeless = is_spent and query.patience_seconds <= 0
                if hopeless or not await self._take(bucket, [query], seconds_left):
                    is_spent = True
                    refused.add(query.id)
        return [q for q in queries if q.id not in refused], [q for q in queries if q.id in refused]

    async def _take(self, bucket: Bucket, queries: Sequence["Query"], seconds_left: Callable[[], float]) -> bool:
        limit = self._limits[bucket]
        cost = sum(query.cost for query in queries)
        if cost > limit.amount:
            return False
        patience = max(limit.patience_seconds, min(query.patience_seconds for query in queries))
        patience = min(patience, seconds_left() - RESERVE_SECONDS)
        while True:
            wait = await self._shared.take_budget(bucket, cost, limit.amount, limit.per_seconds)
            if wait <= 0:
                return True
            if wait > patience:
                return False
            patience -= wait
            await self._sleep(wait)
