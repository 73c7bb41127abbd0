"""Requests that the queue gave up on to parked messages that can be replayed."""

import azure.functions as func

from shared.app import current_app
from shared.state.interface import TRIAGE_POISON_QUEUE
from shared.tenants import work

bp = func.Blueprint()


@bp.function_name("park_failed_triage")
@bp.queue_trigger(arg_name="message", queue_name=TRIAGE_POISON_QUEUE, connection="AzureWebJobsStorage")
async def park_failed_triage(message: func.QueueMessage) -> None:
    """Park one request."""
    await work.park_failed(message.get_body(), await current_app())
