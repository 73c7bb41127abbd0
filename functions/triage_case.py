"""Triage requests from the queue to delivered tickets."""

import azure.functions as func
import msgspec

from shared import clients, pipeline
from shared.models.cases import TriageRequest
from shared.state.interface import TRIAGE_QUEUE
from shared.telemetry import continuing

bp = func.Blueprint()


@bp.function_name("triage_case")
@bp.queue_trigger(arg_name="message", queue_name=TRIAGE_QUEUE, connection="AzureWebJobsStorage")
async def triage_case(message: func.QueueMessage, context: func.Context) -> None:
    """Triage one case. What it raises brings the request back; after ``maxDequeueCount`` it is parked."""
    request = msgspec.json.decode(message.get_body(), type=TriageRequest)
    with continuing(context.trace_context.trace_parent):
        await pipeline.triage(request, await clients.services())
