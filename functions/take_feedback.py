"""Feedback on cases and answers, over HTTP: taken once from each caller, listed, exported as evaluation cases."""

import azure.functions as func
import msgspec

from functions.http_answers import Listed, answered, caller_of, decoded, json_answer, page_answer
from functions.operations import BODY_PROBLEMS, Gives, Operation, Parameter
from shared import feedback
from shared.ask.evaluation_cases import evaluation_cases
from shared.clients import Services
from shared.errors import InvalidRequestError
from shared.feedback import GivenFeedback, ShownFeedback

bp = func.Blueprint()
LINES = "application/x-ndjson"


@bp.function_name("take_feedback")
@bp.route(route="feedback", methods=["POST"])
async def take_feedback(req: func.HttpRequest) -> func.HttpResponse:
    """Take an opinion on ``caseId`` or ``promptId``; 201 with what was kept."""

    async def make(services: Services) -> func.HttpResponse:
        given = decoded(req, GivenFeedback, most_bytes=feedback.MOST_BYTES)
        kept = await feedback.take(given, caller_of(req), services.state, services.clock())
        return json_answer(feedback.shown(kept), 201)

    return await answered(make)


@bp.function_name("list_feedback")
@bp.route(route="feedback", methods=["GET"])
async def list_feedback(req: func.HttpRequest) -> func.HttpResponse:
    """List feedback, oldest first; ``?caseId=…`` or ``?promptId=…`` narrows, ``?format=evaluation`` exports."""
    about, form = req.params.get("caseId") or req.params.get("promptId"), req.params.get("format")

    async def make(services: Services) -> func.HttpResponse:
        if form not in {None, "list", "evaluation"}:
            raise InvalidRequestError("unknown format", hint="format is `list` or `evaluation`.")
        if form == "evaluation":
            lines = [msgspec.json.encode(case).decode() for case in await evaluation_cases(services)]
            return page_answer("".join(f"{line}\n" for line in lines), LINES)
        return json_answer(Listed(value=[feedback.shown(one) for one in await services.state.feedback(about)]))

    return await answered(make)


OPERATIONS = (
    Operation(
        id="take_feedback",
        method="POST",
        route="feedback",
        summary="Say whether a case, or the answer to a prompt, was right",
        tag="feedback",
        takes=GivenFeedback,
        example={"caseId": "case-0123456789ab", "rating": "looksRight", "classification": "truePositive"},
        gives={201: Gives(description="What was kept.", body=ShownFeedback)},
        problems=(*BODY_PROBLEMS, 404),
    ),
    Operation(
        id="list_feedback",
        method="GET",
        route="feedback",
        summary="All feedback, or what was agreed to be shared as evaluation cases",
        tag="feedback",
        gives={200: Gives(description="Oldest first.", body=Listed[ShownFeedback], other=(LINES,))},
        parameters=(
            Parameter(name="caseId", description="Only what is about this case."),
            Parameter(name="promptId", description="Only what is about this prompt."),
            Parameter(
                name="format",
                description="`evaluation`: one evaluation case a line.",
                choices=("list", "evaluation"),
            ),
        ),
        problems=(400,),
    ),
)
