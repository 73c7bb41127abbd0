"""Prompts and runs from the queue to answers that are polled; what fails for good is noted there too."""

import azure.functions as func

from shared.app import current_app
from shared.ask.queued import give_up, work_off
from shared.state.interface import PROMPT_POISON_QUEUE, PROMPT_QUEUE
from shared.telemetry import continuing
from shared.tenants.work import addressee

bp = func.Blueprint()


@bp.function_name("answer_queued_prompt")
@bp.queue_trigger(arg_name="message", queue_name=PROMPT_QUEUE, connection="AzureWebJobsStorage")
async def answer_queued_prompt(message: func.QueueMessage, context: func.Context) -> None:
    """Answer a prompt or run a promptbook; what raises comes back, and is given up after ``maxDequeueCount``."""
    app = await current_app()
    with continuing(context.trace_context.trace_parent), addressee(message.get_body(), app) as (services, body):
        await work_off(body, services)


@bp.function_name("give_up_prompt")
@bp.queue_trigger(arg_name="message", queue_name=PROMPT_POISON_QUEUE, connection="AzureWebJobsStorage")
async def give_up_prompt(message: func.QueueMessage) -> None:
    """Tell whoever polls that there will be no answer."""
    with addressee(message.get_body(), await current_app()) as (services, body):
        await give_up(body, services)
