"""Run an invocation again while it fails, as the function's retry policy says."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Literal

import msgspec

from local.host.outcome import Outcome
from local.host.pace import Pace

FOR_EVER = -1


class Try(msgspec.Struct, frozen=True):
    """Which try this is; the app sees it as ``context.retry_context``."""

    retry_count: int = 0
    max_retry_count: int = 0
    exception: Any = None
    """What the last try raised, as the worker library wrote it."""


class RetryPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What ``@bp.retry`` says. Azure applies it to Event Hubs and timer triggers, never to queues or HTTP."""

    strategy: Literal["fixed_delay", "exponential_backoff"]
    max_retry_count: int
    """-1: for ever."""
    minimum: timedelta
    maximum: timedelta

    @classmethod
    def from_options(cls, options: Any) -> "RetryPolicy | None":
        """Return the policy in the worker library's form, or None."""
        if options is None:
            return None
        fixed = options.retry_strategy == "fixed_delay"
        return cls(
            strategy="fixed_delay" if fixed else "exponential_backoff",
            max_retry_count=options.max_retry_count,
            minimum=options.delay_interval if fixed else options.minimum_interval,
            maximum=options.delay_interval if fixed else options.maximum_interval,
        )

    def allows(self, retry_count: int) -> bool:
        """Whether the retry of this number (1 is the first) may run."""
        return self.max_retry_count == FOR_EVER or retry_count <= self.max_retry_count

    def delay_seconds(self, retry_count: int) -> float:
        """Return the wait before a retry. Doubles from the minimum; Azure adds jitter, a single process need not."""
        doublings = min(retry_count - 1, 32) if self.strategy == "exponential_backoff" else 0
        return min(self.minimum.total_seconds() * 2.0**doublings, self.maximum.total_seconds())


async def run_with_retries(
    run: Callable[[Try], Awaitable[Outcome]], policy: RetryPolicy | None, pace: Pace
) -> Outcome | None:
    """Run until it succeeds or the policy is used up; return the last outcome.

    None means that the host was stopped while waiting for a retry: the work is owed and must come back.
    """
    limit = policy.max_retry_count if policy else 0
    outcome = await run(Try(0, limit))
    retry_count = 1
    while not outcome.ok and policy is not None and policy.allows(retry_count):
        if not await pace.wait(policy.delay_seconds(retry_count)):
            return None
        outcome = await run(Try(retry_count, limit, outcome.exception))
        retry_count += 1
    return outcome
