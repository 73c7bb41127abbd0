"""Keep below Graph's documented limits: take from a bucket shared by all instances before a query is sent.

Who asks has a turn. Where a bucket is scarce, prompts and triage each have a part that the other cannot use up, and
triage of what is urgent (privileged, grave, known to have succeeded) has one that ordinary triage cannot use up.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from shared.graph.breakers import Breakers
from shared.graph.queries import Bucket, Query, Turn

if TYPE_CHECKING:
    from shared.state.interface import Coordination

ARRIVAL_SECONDS = 0.1
"""By how much a request may be quicker on its way than one before it. Graph counts arrivals: at the very end of a
window the next one would meet those that it follows."""
RESERVE_SECONDS = 2.0
"""Part of the deadline that waiting never uses up: what was waited for must still be asked."""

type Unsent = Literal["spent", "paused"]
"""Why a query was not sent: no budget, or its service is left alone for a while."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A documented limit: so much in a sliding window."""

    amount: int
    per_seconds: float
    patience_seconds: float
    """How long a query may wait for its turn whatever it says itself."""

    @property
    def window_seconds(self) -> float:
        """Return how long what is sent counts here."""
        return self.per_seconds + ARRIVAL_SECONDS

    def scaled(self, share: float) -> "Limit":
        """Return a share of the limit: fewer in the window, or one in a longer window."""
        amount = max(1, int(self.amount * share))
        return replace(self, amount=amount, per_seconds=self.per_seconds * amount / (self.amount * share))


LIMITS: dict[Bucket, Limit] = {
    # Resource units of the smallest size of tenant; a triage takes about 15.
    "directory": Limit(3500, 10.0, 10.0),
    "reports": Limit(5, 10.0, 0.0),
    # For the whole tenant and all its apps; Graph sends no Retry-After when it is exceeded.
    "identityProtection": Limit(1, 1.0, 0.0),
}
"""Per app and tenant (learn.microsoft.com/graph/throttling-limits, read 2026-08). Outlook's limit is per mailbox
(10,000 in 10 minutes, 4 at once), which one query a triage cannot reach."""


LARGER = ((500, 8000), (50, 5000))
"""Resource units of the directory in a tenant of more than so many users, the largest first."""
YIELD_SECONDS = 10.0
"""Ordinary triage asks nothing of a scarce bucket for so long after something urgent got no turn there."""
PART_SECONDS = 60.0
"""Parts are of a minute, so that one user's look-ups may come at once."""
SCARCE: frozenset[Bucket] = frozenset({"reports", "identityProtection"})
"""Buckets that a handful of users exhaust."""


@dataclass(frozen=True, slots=True)
class Level:
    """How much of a limit, or of a part of one, all instances together used just now."""

    name: str
    """The bucket, and whose part: ``reports|prompts``."""
    used: int
    most: int
    per_seconds: float


@dataclass(frozen=True, slots=True)
class Share:
    """What those of one turn may use of a bucket."""

    at_once: float
    """Of the bucket's own window: the rest is kept for what is urgent."""
    part: str
    """Where a minute's use is counted."""
    of_a_minute: float


SHARES: dict[Turn, Share] = {
    "urgent": Share(1.0, "triage", 0.8),
    "ordinary": Share(0.8, "triage", 0.6),
    "prompt": Share(0.8, "prompts", 0.3),
    "poll": Share(0.8, "polls", 0.1),
}
"""Prompts keep at least a fifth whatever triage does, triage 70 % whatever prompts do, and what is urgent a tenth;
where changes of risk are polled, that takes up to a tenth from each."""


def pause_after_refusal(bucket: Bucket) -> float:
    """Return the seconds after which a refused query of this bucket may fit again when Graph does not say."""
    limit = LIMITS.get(bucket)
    return limit.window_seconds / limit.amount if limit else 1.0


class Budgets:
    """The buckets, as far as this app may use them, and the pauses that Graph itself asks for."""

    def __init__(
        self,
        shared: "Coordination",
        sleep: Callable[[float], Awaitable[None]],
        breakers: Breakers,
        *,
        share: float = 1.0,
    ) -> None:
        self._shared = shared
        self._sleep = sleep
        self._breakers = breakers
        self._share = share
        self.is_tight = False
        """The directory's limit has kept a query waiting: which one it is, by the size of the tenant, matters now."""
        self._limits = {bucket: limit.scaled(share) for bucket, limit in LIMITS.items()}

    def fit(self, users: int) -> None:
        """Use the directory's limit of a tenant of so many users; until it is known that of the smallest holds."""
        units = next((units for size, units in LARGER if users > size), LIMITS["directory"].amount)
        self._limits["directory"] = replace(LIMITS["directory"], amount=units).scaled(self._share)

    async def afford(
        self, queries: Sequence[Query], seconds_left: Callable[[], float]
    ) -> tuple[list[Query], dict[str, Unsent]]:
        """Take budget for queries. Return those that may be sent, in the given order, and by id why others may not.

        The first ones go first when a bucket holds less than all need. Waits only for queries that have patience.
        """
        refused: dict[str, Unsent] = {}
        for bucket, turn in dict.fromkeys((query.bucket, query.turn) for query in queries):
            wanted = [query for query in queries if (query.bucket, query.turn) == (bucket, turn)]
            why = await self._take(bucket, turn, wanted, seconds_left)
            if why and len(wanted) > 1:
                refused |= await self._one_by_one(bucket, turn, wanted, seconds_left)
            elif why:
                refused[wanted[0].id] = why
        return [q for q in queries if q.id not in refused], refused

    async def has_room(self, bucket: Bucket, turn: Turn, cost: int) -> bool:
        """Say whether so much could be taken now; nothing is."""
        limit = self._limits[bucket]
        left = self._at_once(limit, turn) - cost
        if left < 0 or self._breakers.pause(bucket, urgent=turn == "urgent") > 0:
            return False
        part, most = self._part(bucket, limit, turn, cost)
        looks = [(part, most - cost, PART_SECONDS), (bucket, left, limit.window_seconds)]
        return not any([await self._shared.take_budget(name, 0, amount, window) for name, amount, window in looks])

    async def levels(self) -> list[Level]:
        """Return how much is used: of each bucket, and of each part of the scarce ones."""
        found: dict[str, Level] = {}
        for bucket, limit in self._limits.items():
            used = await self._shared.budget_used(bucket, limit.window_seconds)
            found[bucket] = Level(bucket, used, limit.amount, limit.per_seconds)
            for turn in SHARES if bucket in SCARCE else ():
                part, most = self._part(bucket, limit, turn, 0)
                if part not in found:  # triage's two turns count in one, the urgent one's share of it is the larger
                    used = await self._shared.budget_used(part, PART_SECONDS)
                    found[part] = Level(part, used, most, PART_SECONDS)
        return list(found.values())

    async def _one_by_one(
        self, bucket: Bucket, turn: Turn, wanted: Sequence[Query], seconds_left: Callable[[], float]
    ) -> dict[str, Unsent]:
        """Take for each query by itself; once one is refused, those without patience are not tried.

        Once one is granted, no other waits: all are sent together, and Graph counts from then, not from the grant.
        """
        refused: dict[str, Unsent] = {}
        why: Unsent | None = None
        for query in wanted:
            if not why or query.patience_seconds > 0:
                is_held_up = bucket in SCARCE and len(refused) < wanted.index(query)
                why = await self._take(bucket, turn, [query], (lambda: 0.0) if is_held_up else seconds_left)
            if why:
                refused[query.id] = why
        return refused

    async def _take(
        self, bucket: Bucket, turn: Turn, queries: Sequence[Query], seconds_left: Callable[[], float]
    ) -> Unsent | None:
        """Return None when all of it was taken, else why nothing was."""
        cost = sum(query.cost for query in queries)
        limit = self._limits.get(bucket)
        if limit is not None and cost > self._at_once(limit, turn):
            return "spent"
        patience = max(limit.patience_seconds if limit else 0.0, min(query.patience_seconds for query in queries))
        patience = min(patience, seconds_left() - RESERVE_SECONDS)
        while True:
            pause = self._breakers.pause(bucket, urgent=turn == "urgent")
            wait = pause or (await self._granted(bucket, limit, turn, cost) if limit else 0.0)
            if wait <= 0:
                return None
            self.is_tight |= bucket == "directory" and not pause
            if wait > patience:
                return "paused" if pause else "spent"
            patience -= wait
            await self._sleep(wait)

    async def _granted(self, bucket: Bucket, limit: Limit, turn: Turn, cost: int) -> float:
        """Take; return 0, or the seconds to wait.

        A part is looked at first and noted last, so that a refusal costs it nothing.
        """
        amount = self._at_once(limit, turn)
        if bucket not in SCARCE:
            return await self._shared.take_budget(bucket, cost, amount, limit.window_seconds)
        waiting = f"{bucket}|urgent waits"
        if turn == "ordinary" and (wait := await self._shared.take_budget(waiting, 0, 0, YIELD_SECONDS)) > 0:
            return wait
        part, most = self._part(bucket, limit, turn, cost)
        wait = await self._shared.take_budget(part, 0, most - cost, PART_SECONDS)
        if wait <= 0:
            wait = await self._shared.take_budget(bucket, cost, amount, limit.window_seconds)
            if wait <= 0:
                await self._shared.take_budget(part, cost, most, PART_SECONDS)
        if turn == "urgent" and wait > 0:
            await self._shared.take_budget(waiting, 1, 1, YIELD_SECONDS)
        return wait

    @staticmethod
    def _part(bucket: Bucket, limit: Limit, turn: Turn, cost: int) -> tuple[str, int]:
        """Return where a minute's use is counted, and the most of it for those of a turn."""
        share = SHARES[turn]
        most = int(limit.amount * PART_SECONDS / limit.per_seconds * share.of_a_minute + 1e-9)
        return f"{bucket}|{share.part}", max(cost, 1, most)

    @staticmethod
    def _at_once(limit: Limit, turn: Turn) -> int:
        """Return what those of a turn may use of the window: all of it where it holds a single request."""
        return max(1, int(limit.amount * SHARES[turn].at_once))
