"""Cases and reports over HTTP, as JSON, HTML or Markdown."""

from collections.abc import Awaitable
from typing import Literal

import azure.functions as func
import msgspec

from functions.http_answers import Listed, answered, caller_of, json_answer, number_of, page_answer
from functions.operations import CASE_ID, POLL, POLL_SECONDS, Gives, Operation, Parameter
from shared.app import current_app
from shared.ask.identity import TriageAccepted, accepted_as
from shared.clients import Services
from shared.deliver.page import SERVED_POLICY, FeedbackForm
from shared.deliver.render import as_html, as_markdown
from shared.errors import InvalidRequestError, NotFoundError
from shared.models.cases import Case
from shared.models.reports import Delivery, Report

bp = func.Blueprint()
PAGE_HEADERS = {
    "content-security-policy": f"{SERVED_POLICY}; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "vary": "accept",
}


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """It lives."""

    status: Literal["ok"] = "ok"
    records: int


class CaseShown(msgspec.Struct, frozen=True, kw_only=True):
    """A case with the state of its deliveries."""

    case: Case
    deliveries: list[Delivery]


@bp.function_name("health")
@bp.route(route="health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def health(req: func.HttpRequest) -> func.HttpResponse:
    """Say whether settings are sound and state answers."""

    async def make(_own: Services) -> func.HttpResponse:
        counts = [await services.state.counts() for services in (await current_app()).all]
        return json_answer(Health(records=sum(one.get("records", 0) for one in counts)))

    return await answered(req, make, about="app")


@bp.function_name("list_cases")
@bp.route(route="cases", methods=["GET"])
async def list_cases(req: func.HttpRequest) -> func.HttpResponse:
    """List cases, latest signal first; ``?status=open|closed`` narrows."""
    status = req.params.get("status")

    async def make(services: Services) -> func.HttpResponse:
        if status not in {None, "open", "closed"}:
            raise InvalidRequestError("unknown status", hint="status is `open` or `closed`.")
        found = await (services.state.open_cases() if status == "open" else services.state.cases())
        cases = [case for case in found if status in {None, case.status}]
        return json_answer(Listed(value=cases))

    return await answered(req, make)


@bp.function_name("get_case")
@bp.route(route="cases/{case_id}", methods=["GET"])
async def get_case(req: func.HttpRequest) -> func.HttpResponse:
    """Return one case with the state of its deliveries."""
    case_id = req.route_params["case_id"]

    async def make(services: Services) -> func.HttpResponse:
        stored = await services.state.case(case_id)
        if stored is None:
            raise NotFoundError("no such case")
        return json_answer(CaseShown(case=stored[0], deliveries=await services.state.deliveries(case_id)))

    return await answered(req, make)


@bp.function_name("get_report")
@bp.route(route="cases/{case_id}/report", methods=["GET"])
async def get_report(req: func.HttpRequest) -> func.HttpResponse:
    """Return a case's latest report, or ``?version=N``; JSON unless ``Accept`` prefers HTML or Markdown.

    ``?revision=N``, from the ``Location`` of a triage that was asked for: 202 until a report covers that revision.
    """

    def make(services: Services) -> Awaitable[func.HttpResponse]:
        return _report(req, services)

    return await answered(req, make)


async def _report(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    case_id = req.route_params["case_id"]
    version, revision = number_of(req, "version", least=1), number_of(req, "revision", least=1)
    if revision is not None:
        stored = await services.state.case(case_id)
        if stored is not None and stored[0].triaged_revision < revision:
            accepted = accepted_as(case_id, revision, services.settings)
            return json_answer(accepted, 202, location=accepted.report, retry_after=POLL_SECONDS)
    report = await services.state.report(case_id, version)
    if report is None:
        raise NotFoundError("no such report", hint="The case has no report yet, or no such version.")
    media_type = _wanted(req.headers.get("accept", ""))
    if media_type == "text/html":
        opinions = await services.state.feedback(report.case_id)
        own = next((opinion for opinion in opinions if opinion.by == caller_of(req, services)), None)
        return page_answer(as_html(report, FeedbackForm(own)), "text/html", **PAGE_HEADERS)
    if media_type == "text/markdown":
        return page_answer(as_markdown(report), "text/markdown")
    return json_answer(report)


def _wanted(accept: str) -> str:
    """Return the first form of a report that ``Accept`` names."""
    named = [wanted.split(";")[0].strip() for wanted in accept.lower().split(",")]
    return next((one for one in named if one in {"text/html", "text/markdown", "application/json"}), "")


_VERSION = Parameter(name="version", description="A number from 1; default: the latest.", pattern="^[0-9]{1,8}$")
_REVISION = Parameter(
    name="revision",
    description="The case's revision that the report must cover, from the `Location` of a triage.",
    pattern="^[0-9]{1,8}$",
)
OPERATIONS = (
    Operation(
        id="health",
        method="GET",
        route="health",
        summary="Whether settings are sound and state answers",
        tag="health",
        gives={200: Gives(description="It lives.", body=Health)},
        is_open=True,
    ),
    Operation(
        id="list_cases",
        method="GET",
        route="cases",
        summary="All cases",
        tag="cases",
        gives={200: Gives(description="Latest signal first.", body=Listed[Case])},
        parameters=(Parameter(name="status", description="Only these.", choices=("open", "closed")),),
        problems=(400,),
    ),
    Operation(
        id="get_case",
        method="GET",
        route="cases/{case_id}",
        summary="One case, and where its ticket went",
        tag="cases",
        gives={200: Gives(description="The case.", body=CaseShown)},
        parameters=(CASE_ID,),
        problems=(404,),
    ),
    Operation(
        id="get_report",
        method="GET",
        route="cases/{case_id}/report",
        summary="A case's report, as JSON, HTML or Markdown by `Accept`",
        tag="cases",
        gives={
            200: Gives(description="The report.", body=Report, other=("text/html", "text/markdown")),
            202: Gives(description="No report covers that revision yet.", body=TriageAccepted, headers=POLL),
        },
        parameters=(CASE_ID, _VERSION, _REVISION),
        problems=(400, 404),
    ),
)
