"""Analysts' feedback on cases, over HTTP: taken once from each caller, listed for whoever tunes and evaluates."""

import azure.functions as func

from functions.http_answers import answered, caller_of, json_answer
from shared import feedback
from shared.clients import Services

bp = func.Blueprint()


@bp.function_name("take_feedback")
@bp.route(route="feedback", methods=["POST"])
async def take_feedback(req: func.HttpRequest) -> func.HttpResponse:
    """Take ``{"caseId", "rating", "classification"?, "comment"?, "shareSample"?}``; 201 with what was kept."""

    async def make(services: Services) -> func.HttpResponse:
        kept = await feedback.take(req.get_body(), caller_of(req), services.state, services.clock())
        return json_answer(feedback.shown(kept), status=201)

    return await answered(make)


@bp.function_name("list_feedback")
@bp.route(route="feedback", methods=["GET"])
async def list_feedback(req: func.HttpRequest) -> func.HttpResponse:
    """List feedback, oldest first; ``?caseId=…`` narrows."""
    case_id = req.params.get("caseId")

    async def make(services: Services) -> func.HttpResponse:
        return json_answer({"value": [feedback.shown(one) for one in await services.state.feedback(case_id)]})

    return await answered(make)
