"""Sign-ins and directory audits from their event hub to evidence and cases."""

from typing import List

import azure.functions as func

from shared.app import current_app
from shared.telemetry import continuing
from shared.tenants import work

bp = func.Blueprint()


@bp.function_name("ingest_sign_ins")
@bp.event_hub_message_trigger(
    arg_name="events",
    event_hub_name="%TRIAGE_SIGN_IN_EVENT_HUB%",
    connection="SignInEvents",
    consumer_group="%TRIAGE_CONSUMER_GROUP%",
    cardinality="many",
)
@bp.retry(
    strategy="exponential_backoff", max_retry_count="-1", minimum_interval="00:00:02", maximum_interval="00:00:30"
)
async def ingest_sign_ins(events: List[func.EventHubEvent], context: func.Context) -> None:
    """Take in a batch. What it raises is repeated for as long as it takes: the checkpoint waits."""
    with continuing(context.trace_context.trace_parent):
        bodies = [event.get_body() for event in events]
        await work.take_in(bodies, await current_app(), source="sign_ins")
