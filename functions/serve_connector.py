"""Prompts and promptbooks in the keys of Security Copilot's connector."""

import azure.functions as func

from functions.http_answers import answered, caller_of, decoded, json_answer
from functions.operations import BODY_PROBLEMS, Gives, Operation
from shared.ask.book_runs import begin_run, go_on
from shared.ask.connector import (
    ProcessPrompt,
    PromptbookRan,
    PromptProcessed,
    RunPromptbook,
    book_ran,
    book_run_of,
    processed,
    prompt_of,
)
from shared.ask.prompts import answer_now
from shared.clients import Services

bp = func.Blueprint()


@bp.function_name("process_prompt")
@bp.route(route="process-prompt", methods=["POST"])
async def process_prompt(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Answer ``{"PromptContent", "SessionId"?, "SkillName"?, …}``."""

    async def make(services: Services) -> func.HttpResponse:
        request = prompt_of(decoded(req, ProcessPrompt))
        return json_answer(processed(await answer_now(request, caller_of(req, services), services)))

    return await answered(req, make, context)


@bp.function_name("run_promptbook_of_connector")
@bp.route(route="run-promptbook", methods=["POST"])
async def run_promptbook_of_connector(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Run ``{"PromptbookId", "PromptbookInputs"}``."""

    async def make(services: Services) -> func.HttpResponse:
        body = decoded(req, RunPromptbook)
        begun = await begin_run(body.promptbook_id, book_run_of(body), caller_of(req, services), services)
        return json_answer(book_ran(await go_on(begun.run_id, services) or begun))

    return await answered(req, make, context)


OPERATIONS = (
    Operation(
        id="process_prompt",
        method="POST",
        route="process-prompt",
        summary="Answer a prompt, in the keys of Security Copilot's connector",
        tag="connector",
        takes=ProcessPrompt,
        example={"PromptContent": "Is karita@woodgrovebank.com risky? Why?"},
        gives={200: Gives(description="The answer in the connector's keys.", body=PromptProcessed)},
        problems=(*BODY_PROBLEMS, 404, 409),
    ),
    Operation(
        id="run_promptbook_of_connector",
        method="POST",
        route="run-promptbook",
        summary="Run a promptbook, in the keys of Security Copilot's connector",
        tag="connector",
        takes=RunPromptbook,
        example={"PromptbookId": "user-sign-in-analysis", "PromptbookInputs": {"upn": "karita@woodgrovebank.com"}},
        gives={200: Gives(description="Every step with its result and sources.", body=PromptbookRan)},
        problems=(*BODY_PROBLEMS, 404, 409),
    ),
)
