"""Triage requests from the queue to delivered tickets."""

import azure.functions as func
import msgspec

from shared import pipeline
from shared.app import current_app
from shared.models.cases import TriageRequest
from shared.state.interface import TRIAGE_QUEUE
from shared.telemetry import continuing
from shared.tenants.work import addressee

bp = func.Blueprint()


@bp.function_name("triage_case")
@bp.queue_trigger(arg_name="message", queue_name=TRIAGE_QUEUE, connection="AzureWebJobsStorage")
async def triage_case(message: func.QueueMessage, context: func.Context) -> None:
    """Triage one case. What it raises brings the request back; after ``maxDequeueCount`` it is parked."""
    app = await current_app()
    with continuing(context.trace_context.trace_parent), addressee(message.get_body(), app) as (services, body):
        await pipeline.triage(msgspec.json.decode(body, type=TriageRequest), services)
