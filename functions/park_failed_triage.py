"""Requests that the queue gave up on to parked messages that can be replayed."""

import azure.functions as func

from shared import clients, pipeline
from shared.state.interface import TRIAGE_POISON_QUEUE

bp = func.Blueprint()


@bp.function_name("park_failed_triage")
@bp.queue_trigger(arg_name="message", queue_name=TRIAGE_POISON_QUEUE, connection="AzureWebJobsStorage")
async def park_failed_triage(message: func.QueueMessage) -> None:
    """Park one request."""
    await pipeline.park_failed(message.get_body(), await clients.services())
