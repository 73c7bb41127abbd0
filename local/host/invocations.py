"""Run one invocation: an id, a time limit, a log line on failure and a report to whoever watches."""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Literal

import msgspec

from local.host.outcome import Outcome
from local.host.retries import Try
from local.host.stand_ins import TypedData
from local.host.worker import Function, Trace, Worker, new_invocation_id

_logger = logging.getLogger("local.host")
_CANCEL_GRACE_SECONDS = 5.0

type TriggerKind = Literal["http", "queue", "event_hub", "timer"]


class Invocation(msgspec.Struct, frozen=True, kw_only=True):
    """One invocation that has ended."""

    id: str
    function: str
    trigger: TriggerKind
    ok: bool
    error_type: str | None
    """``FunctionTimeoutError`` when the time limit ended it, else the name of the app's exception."""
    seconds: float
    messages: int
    """Events in the batch; 1 for other triggers."""
    retry_count: int
    """0 for the first try. Queues: the dequeue count less 1."""


type Watcher = Callable[[Invocation], None]


class Invoker:
    """Invokes functions of one worker. The watcher must not raise.

    An invocation over the time limit is cancelled and counts as failed. In Azure the whole worker process is
    restarted then; a blocking function cannot be ended here and holds its thread.
    """

    def __init__(self, worker: Worker, *, timeout_seconds: float | None, watcher: Watcher | None) -> None:
        self._worker = worker
        self._timeout_seconds = timeout_seconds
        self._watcher = watcher

    async def run(
        self,
        function: Function,
        trigger: TriggerKind,
        inputs: Mapping[str, TypedData],
        *,
        metadata: Mapping[str, TypedData] | None = None,
        trace: Trace | None = None,
        attempt: Try | None = None,
        messages: int = 1,
        earlier_tries: int = 0,
    ) -> Outcome:
        """Invoke, log a failure by function and error type only, tell the watcher, and return the outcome.

        ``earlier_tries`` counts those that the app is not told of in its retry context, as those of a queue.
        """
        attempt = attempt or Try()
        invocation_id = new_invocation_id()
        began = time.perf_counter()
        invoking = asyncio.ensure_future(
            self._worker.invoke(
                function, invocation_id, inputs, metadata=metadata, trace=trace or _new_trace(), attempt=attempt
            )
        )
        outcome = await _limited(invoking, self._timeout_seconds)
        ended = Invocation(
            id=invocation_id,
            function=function.name,
            trigger=trigger,
            ok=outcome.ok,
            error_type=outcome.error_type,
            seconds=time.perf_counter() - began,
            messages=messages,
            retry_count=attempt.retry_count + earlier_tries,
        )
        if not ended.ok:
            _logger.error("function failed", extra={"function": ended.function, "error_type": ended.error_type})
        if self._watcher is not None:
            self._watcher(ended)
        return outcome


async def _limited(invoking: asyncio.Future[Outcome], timeout_seconds: float | None) -> Outcome:
    """Wait for an invocation that runs in a task of its own, so that its cancellation cannot end the host's."""
    try:
        await asyncio.wait({invoking}, timeout=timeout_seconds)
    except asyncio.CancelledError:
        invoking.cancel()
        await asyncio.wait({invoking}, timeout=_CANCEL_GRACE_SECONDS)
        raise
    if not invoking.done():
        invoking.cancel()
        await asyncio.wait({invoking}, timeout=_CANCEL_GRACE_SECONDS)
        return Outcome(ok=False, error_type="FunctionTimeoutError")
    if invoking.cancelled():
        return Outcome(ok=False, error_type="CancelledError")
    return invoking.result()


def _new_trace() -> Trace:
    return Trace(f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01")
