"""Triage requests from the queue to delivered tickets."""

import azure.functions as func
import msgspec

from shared import clients, pipeline
from shared.models.cases import TriageRequest
from shared.state.interface import TRIAGE_QUEUE

bp = func.Blueprint()


@bp.function_name("triage_case")
@bp.queue_trigger(arg_name="message", queue_name=TRIAGE_QUEUE, connection="AzureWebJobsStorage")
async def triage_case(message: func.QueueMessage) -> None:
    """Triage one case. What it raises brings the request back; after ``maxDequeueCount`` it is parked."""
    request = msgspec.json.decode(message.get_body(), type=TriageRequest)
    await pipeline.triage(request, await clients.services())
