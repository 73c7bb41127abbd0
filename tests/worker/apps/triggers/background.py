"""Queue, Event Hubs and timer functions whose messages say what they shall do."""

import asyncio
import os
import typing
from pathlib import Path

import azure.functions as func
from seen import note

bp = func.Blueprint()


@bp.queue_trigger(arg_name="message", queue_name="work", connection="AzureWebJobsStorage")
async def on_message(message: func.QueueMessage) -> None:
    """Obey an order: fail or hang a number of times, sleep, or time out."""
    order = message.get_json()
    note(
        "on_message",
        order=order,
        tries=message.dequeue_count,
        id=message.id,
        inserted=message.insertion_time.isoformat(),
        receipt=bool(message.pop_receipt),
    )
    if "mark" in order:
        with Path(order["mark"]).open("a") as file:  # noqa: ASYNC230 - a line in a test
            file.write(f"{message.dequeue_count}\n")
    await asyncio.sleep(60 if message.dequeue_count <= order.get("hang", 0) else order.get("sleep", 0))
    if message.dequeue_count <= order.get("fail", 0):
        raise ValueError("attacker@example.com")
    note("on_message", done=order)


@bp.queue_trigger(arg_name="message", queue_name="work-poison", connection="AzureWebJobsStorage")
async def on_poison(message: func.QueueMessage) -> None:
    """See what was given up."""
    note("on_poison", body=message.get_body().decode(), tries=message.dequeue_count)
    if b"poison-fails" in message.get_body():
        raise ValueError("never")


@bp.queue_trigger(arg_name="message", queue_name="raw", connection="AzureWebJobsStorage", data_type="binary")
def on_raw(message: func.QueueMessage) -> None:
    """Take bytes, in a plain function."""
    note("on_raw", body=message.get_body().hex())


@bp.event_hub_message_trigger(
    arg_name="events",
    event_hub_name="%TEST_HUB%",
    connection="RiskEvents",
    consumer_group="triage",
    cardinality="many",
)
@bp.retry(strategy="exponential_backoff", max_retry_count="2", minimum_interval="00:00:10", maximum_interval="00:00:15")
async def on_events(events: typing.List[func.EventHubEvent], context: func.Context) -> None:
    """Take a batch; a body that starts with ``fail`` raises on as many tries as it says."""
    retries = context.retry_context.retry_count
    bodies = [event.get_body().decode() for event in events]
    note(
        "on_events",
        bodies=bodies,
        retries=retries,
        max_retries=context.retry_context.max_retry_count,
        sequences=[event.sequence_number for event in events],
        enqueued=[event.enqueued_time.isoformat() for event in events],
        keys=[event.partition_key for event in events],
        metadata=dict(events[0].metadata),
        trace=context.trace_context.trace_parent,
    )
    if mark := os.environ.get("TEST_MARK"):
        with Path(mark).open("a") as file:  # noqa: ASYNC230 - a line in a test
            file.write(",".join(bodies) + "\n")
        await asyncio.sleep(60)
    for body in bodies:
        if body.startswith("fail") and retries < int(body.removeprefix("fail")):
            raise ValueError("attacker@example.com")


@bp.event_hub_message_trigger(
    arg_name="event", event_hub_name="singles", connection="RiskEvents", data_type="binary", cardinality="one"
)
async def on_event(event: func.EventHubEvent) -> None:
    """Take one event as bytes."""
    note("on_event", body=event.get_body().hex(), sequence=event.sequence_number, offset=event.offset)


@bp.timer_trigger(arg_name="timer", schedule="%TEST_SCHEDULE%" if "TEST_SCHEDULE" in os.environ else "0 */5 * * * *")
async def on_timer(timer: func.TimerRequest) -> None:
    """See whether it is late."""
    note("on_timer", past_due=timer.past_due, status=timer.schedule_status)


@bp.timer_trigger(arg_name="timer", schedule="0 0 3 * * *", run_on_startup=True)
async def at_start(timer: func.TimerRequest) -> None:
    """Run at every start."""
    note("at_start", past_due=timer.past_due)
