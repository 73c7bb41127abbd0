"""One report to every destination: what was sent is not sent again, what failed is tried again alone."""

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from shared.deliver.destination import Destination
from shared.deliver.ticket import MAX_QUEUE_BYTES, fitted, ticket_of
from shared.errors import DeliveryError, DeliveryUnavailableError
from shared.models.reports import Delivery, Report
from shared.settings import Settings
from shared.state.interface import SHADOW_QUEUE, State
from shared.telemetry import count, measure, span, went_wrong

SETTLED = {"created", "updated", "closed", "shadow"}
SEND_SECONDS = 40
"""Longest that one destination may take, all its requests together; well inside the lease on the case."""
_DONE: dict[str, Literal["created", "updated", "closed"]] = {
    "create": "created",
    "update": "updated",
    "reopen": "updated",
    "close": "closed",
}


async def deliver(
    report: Report, destinations: Sequence[Destination], state: State, settings: Settings, now: datetime
) -> list[Delivery]:
    """Send a report where it has not been sent yet, and return the state at every destination.

    Destinations are served at once, so that a slow one does not hold up the others. After all were tried, raises the
    DeliveryUnavailableError that is worth the earliest retry, so that the queue brings the case back. A rejected
    delivery is recorded as ``failed`` and does not stop the case.
    """
    if settings.delivery_mode == "off":
        return []
    known = {delivery.destination: delivery for delivery in await state.deliveries(report.case_id)}
    attempts = [
        _attempt(report, destination, known.get(destination.name), state=state, settings=settings, now=now)
        for destination in destinations
    ]
    results = await asyncio.gather(*attempts, return_exceptions=True)
    failures = [result for result in results if isinstance(result, BaseException)]
    if failures:
        raise min(failures, key=_wait)
    return [result for result in results if isinstance(result, Delivery)]


def _wait(failure: BaseException) -> float:
    """Return how long a failure asks to be left alone; -1 for a fault of our own, which comes before all."""
    return failure.retry_after_seconds or 0 if isinstance(failure, DeliveryUnavailableError) else -1


async def _attempt(
    report: Report,
    destination: Destination,
    known: Delivery | None,
    *,
    state: State,
    settings: Settings,
    now: datetime,
) -> Delivery:
    """Send to one destination and keep what came of it. Raises a transient DeliveryError."""
    if known is not None and known.version >= report.version and known.status in SETTLED:
        return known
    content = await _content(report, known, state, settings)
    attempted = Delivery(
        case_id=report.case_id,
        destination=destination.name,
        version=report.version,
        status="shadow",
        ticket=known.ticket if known else None,
        delivered=known.delivered if known else 0,
        first_at=known.first_at if known else None,
        at=now,
    )
    if settings.delivery_mode == "shadow":
        await _shadow(destination, content, state)
        await state.save_delivery(attempted)
        count("deliveries", destination=destination.name, status="shadow")
        return attempted
    made, failure = await _made(report, destination, content, attempted)
    await state.save_delivery(made)
    if failure is not None and failure.is_transient:
        raise failure
    return made


async def _content(report: Report, known: Delivery | None, state: State, settings: Settings) -> dict[str, Any]:
    """Return what is to be sent, with its news since the version that the destination has."""
    before = await state.report(report.case_id, known.delivered) if known and known.delivered else None
    content = ticket_of(report, ticket=known.ticket if known else None, public_url=settings.public_url, before=before)
    if content["link"]:
        content["link"] = settings.path_of(content["link"])
    return content


async def _made(
    report: Report, destination: Destination, content: dict[str, Any], attempted: Delivery
) -> tuple[Delivery, DeliveryError | None]:
    """Send; return what came of it, and the failure where it failed."""
    try:
        ticket = await _counted(report, destination, content)
    except DeliveryError as failure:
        went_wrong("delivery failed", failure, case_id=report.case_id, destination=destination.name)
        detail = f"{type(failure).__name__} {failure.status or ''}".strip()
        changes = {"status": _after(failure), "detail": detail, "hint": failure.hint}
        return msgspec.structs.replace(attempted, **changes), failure
    done = msgspec.structs.replace(
        attempted,
        status=_DONE[content["action"]],
        ticket=ticket,
        delivered=report.version,
        first_at=attempted.first_at or attempted.at,
    )
    return done, None


async def _counted(report: Report, destination: Destination, content: dict[str, Any]) -> str:
    """Send, show it in the trace and count what came of it."""
    began, status = time.perf_counter(), "failed"
    try:
        with span("deliver", destination=destination.name, version=report.version) as work:
            try:
                ticket = await _sent(destination, content)
                status = _DONE[content["action"]]
            except DeliveryError as failure:
                status = _after(failure)
                raise
            finally:
                work.note(status=status)
    finally:
        count("deliveries", destination=destination.name, status=status)
        measure("delivery_seconds", time.perf_counter() - began, destination=destination.name, status=status)
    return ticket


def _after(failure: DeliveryError) -> Literal["pending", "failed"]:
    """Return the state of a delivery after a failure: what may pass is tried again."""
    return "pending" if failure.is_transient else "failed"


async def _sent(destination: Destination, content: dict[str, Any]) -> str:
    try:
        async with asyncio.timeout(SEND_SECONDS):
            return await destination.send(content)
    except TimeoutError:
        raise DeliveryUnavailableError(
            f"{destination.name} took longer than {SEND_SECONDS} seconds for `{content['idempotencyKey']}`"
        ) from None


async def _shadow(destination: Destination, content: dict[str, Any], state: State) -> None:
    """Write what would have been sent to a queue of its own, cut to what a queue message holds."""
    key = f"shadow|{destination.name}|{content['idempotencyKey']}"
    await state.send(SHADOW_QUEUE, fitted(content, MAX_QUEUE_BYTES), key=key)
