"""Prompts from the queue to answers that are polled; what fails for good is noted there too."""

import azure.functions as func

from shared import clients
from shared.ask.prompts import answer_queued, give_up
from shared.state.interface import PROMPT_POISON_QUEUE, PROMPT_QUEUE

bp = func.Blueprint()


@bp.function_name("answer_queued_prompt")
@bp.queue_trigger(arg_name="message", queue_name=PROMPT_QUEUE, connection="AzureWebJobsStorage")
async def answer_queued_prompt(message: func.QueueMessage) -> None:
    """Answer one prompt. What it raises brings the request back; after ``maxDequeueCount`` it is given up."""
    await answer_queued(message.get_body(), await clients.services())


@bp.function_name("give_up_prompt")
@bp.queue_trigger(arg_name="message", queue_name=PROMPT_POISON_QUEUE, connection="AzureWebJobsStorage")
async def give_up_prompt(message: func.QueueMessage) -> None:
    """Tell whoever polls that there will be no answer."""
    await give_up(message.get_body(), await clients.services())
