"""A timer, off unless TRIAGE_POLL_RISK is set: changes of risk read from Graph, where none are streamed."""

import azure.functions as func

from shared import polling
from shared.app import current_app
from shared.telemetry import continuing
from shared.tenants.work import for_each

bp = func.Blueprint()


@bp.function_name("poll_risky_users")
@bp.timer_trigger(arg_name="timer", schedule="0 * * * * *", run_on_startup=False)
async def poll_risky_users(timer: func.TimerRequest, context: func.Context) -> None:
    """Poll once. What was not read by the end of it is read by the next."""
    with continuing(context.trace_context.trace_parent):
        await for_each(await current_app(), polling.poll)
