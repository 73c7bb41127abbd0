"""One report to every destination: what was sent is not sent again, what failed is tried again alone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from shared.deliver.destination import Destination
from shared.deliver.ticket import MAX_QUEUE_BYTES, fitted, ticket_of
from shared.errors import DeliveryError
from shared.models.reports import Delivery, Report
from shared.settings import Settings
from shared.state.interface import TICKET_QUEUE, State
from shared.telemetry import went_wrong

SHADOW_QUEUE = f"{TICKET_QUEUE}-shadow"
SETTLED = {"created", "updated", "closed", "shadow"}
_DONE: dict[str, Literal["created", "updated", "closed", "shadow", "pending", "failed"]] = {
    "create": "created",
    "update": "updated",
    "close": "closed",
}


async def deliver(
    report: Report, destinations: Sequence[Destination], state: State, settings: Settings, now: datetime
) -> list[Delivery]:
    """Send a report where it has not been sent yet, and return the state at every destination.

    Raises the first transient DeliveryError after all destinations were tried, so that the queue brings the case
    back. A rejected delivery is recorded as ``failed`` and does not stop the case.
    """
    if settings.delivery_mode == "off":
        return []
    known = {delivery.destination: delivery for delivery in await state.deliveries(report.case_id)}
    results: list[Delivery] = []
    transient: DeliveryError | None = None
    for destination in destinations:
        before = known.get(destination.name)
        if before is not None and before.version >= report.version and before.status in SETTLED:
            results.append(before)
            continue
        delivery, error = await _attempt(report, destination, before, state=state, settings=settings, now=now)
        await state.save_delivery(delivery)
        results.append(delivery)
        if error is not None and error.is_transient:
            transient = transient or error
    if transient is not None:
        raise transient
    return results


async def _attempt(
    report: Report,
    destination: Destination,
    before: Delivery | None,
    *,
    state: State,
    settings: Settings,
    now: datetime,
) -> tuple[Delivery, DeliveryError | None]:
    ticket = before.ticket if before else None
    content = ticket_of(report, ticket=ticket, public_url=settings.public_url)
    outcome = _DONE[content["action"]]
    error: DeliveryError | None = None
    detail = None
    try:
        if settings.delivery_mode == "shadow":
            await _shadow(destination, content, state)
            outcome = "shadow"
        else:
            ticket = await destination.send(fitted(content, destination.max_bytes), content)
    except DeliveryError as failure:
        went_wrong("delivery failed", failure, case_id=report.case_id, destination=destination.name)
        error = failure
        outcome = "pending" if failure.is_transient else "failed"
        detail = f"{type(failure).__name__} {failure.status or ''}".strip()
    delivery = Delivery(
        case_id=report.case_id,
        destination=destination.name,
        version=report.version,
        status=outcome,
        ticket=ticket,
        detail=detail,
        at=now,
    )
    return delivery, error


async def _shadow(destination: Destination, content: dict[str, Any], state: State) -> None:
    """Write what would have been sent to a queue of its own, cut to what a queue message holds."""
    key = f"shadow|{destination.name}|{content['idempotencyKey']}"
    await state.send(SHADOW_QUEUE, fitted(content, min(destination.max_bytes, MAX_QUEUE_BYTES)), key=key)
