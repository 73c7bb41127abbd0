"""A timer: triage that is long owed is asked for again, old evidence is forgotten."""

import azure.functions as func

from shared import upkeep
from shared.app import current_app
from shared.telemetry import continuing
from shared.tenants.work import for_each

bp = func.Blueprint()


@bp.function_name("keep_house")
@bp.timer_trigger(arg_name="timer", schedule="0 */15 * * * *", run_on_startup=False)
async def keep_house(timer: func.TimerRequest, context: func.Context) -> None:
    """Sweep once."""
    with continuing(context.trace_context.trace_parent):
        await for_each(await current_app(), upkeep.sweep)
