"""Prompts over HTTP: answered at once, or queued and polled."""

import azure.functions as func

from functions.http_answers import answered, caller_of, decoded, json_answer, wants_async
from functions.operations import BODY_PROBLEMS, POLL, POLL_SECONDS, PREFER, Gives, Operation, Parameter
from shared.ask.answer import Answer
from shared.ask.prompts import Accepted, accept, answer_now, kept_prompt
from shared.ask.queued import put_off
from shared.ask.request import PromptRequest
from shared.clients import Services

bp = func.Blueprint()


@bp.function_name("answer_prompt")
@bp.route(route="prompts", methods=["POST"])
async def answer_prompt(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Answer ``{"prompt", "sessionId"?, "skill"?, "inputs"?, "subject"?}``."""

    async def make(services: Services) -> func.HttpResponse:
        request, caller = decoded(req, PromptRequest), caller_of(req, services)
        if not wants_async(req):
            return json_answer(await answer_now(request, caller, services))
        accepted = await accept(request, caller, services)
        await put_off("prompt", accepted.prompt_id, services)
        return _going_on(accepted, services)

    return await answered(req, make, context)


@bp.function_name("get_prompt")
@bp.route(route="prompts/{prompt_id}", methods=["GET"])
async def get_prompt(req: func.HttpRequest) -> func.HttpResponse:
    """Return the answer of a prompt; 202 while it is being worked on."""
    prompt_id = req.route_params["prompt_id"]

    async def make(services: Services) -> func.HttpResponse:
        kept = await kept_prompt(prompt_id, caller_of(req, services), services)
        if kept.answer is not None:
            return json_answer(kept.answer)
        state = Accepted(session_id=kept.session_id, prompt_id=prompt_id, status=kept.status, reason=kept.reason)
        return _going_on(state, services) if kept.status == "running" else json_answer(state)

    return await answered(req, make)


def _going_on(accepted: Accepted, services: Services) -> func.HttpResponse:
    location = services.settings.path_of(f"/api/prompts/{accepted.prompt_id}")
    return json_answer(accepted, 202, location=location, retry_after=POLL_SECONDS)


OPERATIONS = (
    Operation(
        id="answer_prompt",
        method="POST",
        route="prompts",
        summary="Answer a prompt about the tenant, or run one skill",
        tag="prompts",
        takes=PromptRequest,
        example={"prompt": "Is karita@woodgrovebank.com risky? Why?"},
        gives={
            200: Gives(description="The answer; `result.type` says whether it is one.", body=Answer),
            202: Gives(description="It is being worked on.", body=Accepted, headers=POLL),
        },
        parameters=(PREFER,),
        problems=(*BODY_PROBLEMS, 404, 409),
    ),
    Operation(
        id="get_prompt",
        method="GET",
        route="prompts/{prompt_id}",
        summary="The answer to a prompt of your own",
        tag="prompts",
        gives={
            200: Gives(description="The answer; or `failed` with a reason.", body=Answer, or_body=Accepted),
            202: Gives(description="It is being worked on.", body=Accepted, headers=POLL),
        },
        parameters=(Parameter(name="prompt_id", where="path", description="Id of the prompt."),),
        problems=(404,),
    ),
)
