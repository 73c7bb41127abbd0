"""Feedback on cases and answers, over HTTP: taken once from each caller, listed, exported as evaluation cases."""

from typing import Annotated

import azure.functions as func
import msgspec

from functions.http_answers import (
    FORM,
    Listed,
    answered,
    caller_of,
    decoded,
    decoded_form,
    json_answer,
    page_answer,
    see_other,
)
from functions.operations import BODY_PROBLEMS, CASE_ID, Gives, Operation, Parameter
from shared import feedback
from shared.ask.evaluation_cases import evaluation_cases
from shared.clients import Services
from shared.errors import InvalidRequestError
from shared.feedback import GivenFeedback, ShownFeedback
from shared.models.feedback import MOST_COMMENT, Classification, Rating

bp = func.Blueprint()
LINES = "application/x-ndjson"


@bp.function_name("take_feedback")
@bp.route(route="feedback", methods=["POST"])
async def take_feedback(req: func.HttpRequest) -> func.HttpResponse:
    """Take an opinion on ``caseId`` or ``promptId``; 201 with what was kept."""

    async def make(services: Services) -> func.HttpResponse:
        given = decoded(req, GivenFeedback, most_bytes=feedback.MOST_BYTES)
        kept = await feedback.take(given, caller_of(req, services), services.state, services.clock())
        return json_answer(feedback.shown(kept), 201)

    return await answered(req, make)


class ReportFeedback(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The form on a report's page."""

    rating: Rating
    classification: Classification | None = None
    comment: Annotated[str, msgspec.Meta(max_length=MOST_COMMENT)] | None = None
    share_sample: bool = False
    """Agrees that the case may serve as an evaluation case."""


@bp.function_name("take_report_feedback")
@bp.route(route="cases/{case_id}/report", methods=["POST"])
async def take_report_feedback(req: func.HttpRequest) -> func.HttpResponse:
    """Take the form of a report's page; 303 back to the page, which shows what was kept.

    The form goes to the page's own address, so that the key that opened it comes along and is in no page.
    """

    async def make(services: Services) -> func.HttpResponse:
        form = decoded_form(req, ReportFeedback, most_bytes=feedback.MOST_BYTES)
        given = GivenFeedback(case_id=req.route_params["case_id"], **msgspec.structs.asdict(form))
        await feedback.take(given, caller_of(req, services), services.state, services.clock())
        return see_other("#feedback")

    return await answered(req, make)


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

    return await answered(req, make)


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
        id="take_report_feedback",
        method="POST",
        route="cases/{case_id}/report",
        summary="The form on a report's page: whether the case was right",
        tag="feedback",
        takes=ReportFeedback,
        takes_as=FORM,
        example={"rating": "looksRight", "classification": "truePositive"},
        gives={303: Gives(description="Kept; the page shows it.", headers={"Location": "The page."})},
        parameters=(CASE_ID,),
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
