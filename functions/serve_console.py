"""The console: pages for analysts. Reading changes nothing; what forms change is in take_console_forms.py."""

import azure.functions as func

from functions.http_answers import HEADERS, caller_of
from functions.page_answers import PageRoute, shown
from shared.clients import Services
from shared.console.case import case_page
from shared.console.cases import cases_page
from shared.console.health import health_page
from shared.console.page import Page, file_of, mark_of
from shared.console.prompts import prompts_page
from shared.console.statistics import statistics_page
from shared.console.stuck import stuck_page

bp = func.Blueprint()


@bp.function_name("console_cases")
@bp.route(route="console", methods=["GET"])
async def console_cases(req: func.HttpRequest) -> func.HttpResponse:
    """Show the cases, worst first, and campaigns."""

    async def make(services: Services) -> Page:
        return await cases_page(req.params, services)

    return await shown(req, make)


@bp.function_name("console_case")
@bp.route(route="console/cases/{case_id}", methods=["GET"])
async def console_case(req: func.HttpRequest) -> func.HttpResponse:
    """Show one case; ``?before=N&after=N`` compares two versions."""

    async def make(services: Services) -> Page:
        return await case_page(req.route_params["case_id"], req.params, services)

    return await shown(req, make)


@bp.function_name("console_prompts")
@bp.route(route="console/prompts", methods=["GET"])
async def console_prompts(req: func.HttpRequest) -> func.HttpResponse:
    """Show the prompt box, and the conversation of ``?session=…``."""

    async def make(services: Services) -> Page:
        return await prompts_page(req.params, caller_of(req, services), services)

    return await shown(req, make)


@bp.function_name("console_stuck")
@bp.route(route="console/stuck", methods=["GET"])
async def console_stuck(req: func.HttpRequest) -> func.HttpResponse:
    """Show what is parked, and what did not arrive."""

    async def make(services: Services) -> Page:
        return await stuck_page(req.params, services)

    return await shown(req, make, about="parked")


@bp.function_name("console_statistics")
@bp.route(route="console/statistics", methods=["GET"])
async def console_statistics(req: func.HttpRequest) -> func.HttpResponse:
    """Show outcomes of the latest cases."""
    return await shown(req, statistics_page)


@bp.function_name("console_health")
@bp.route(route="console/health", methods=["GET"])
async def console_health(req: func.HttpRequest) -> func.HttpResponse:
    """Show what is set up, what waits, and how much of Graph's limits is used."""
    return await shown(req, health_page)


@bp.function_name("console_file")
@bp.route(route="console/files/{name}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def console_file(req: func.HttpRequest) -> func.HttpResponse:
    """Return style, script or icon of the pages."""
    found = file_of(req.route_params["name"])
    if found is None:
        return func.HttpResponse(status_code=404, headers=HEADERS)
    content, kind = found
    headers = {**HEADERS, "cache-control": "no-cache", "etag": f'"{mark_of(content)}"'}
    if req.headers.get("if-none-match", "").removeprefix("W/") == headers["etag"]:
        return func.HttpResponse(status_code=304, headers=headers)
    return func.HttpResponse(content, mimetype=kind, charset="utf-8", headers=headers)


PAGES = (
    PageRoute(route="console"),
    PageRoute(route="console/cases/{case_id}"),
    PageRoute(route="console/prompts", methods=("GET", "POST")),
    PageRoute(route="console/stuck"),
    PageRoute(route="console/statistics"),
    PageRoute(route="console/health"),
    PageRoute(route="console/files/{name}", is_open=True),
    PageRoute(route="console/cases/{case_id}/acknowledgement", methods=("POST",)),
    PageRoute(route="console/feedback", methods=("POST",)),
    PageRoute(route="console/stuck/{parked_id}/replay", methods=("POST",)),
)
"""Every route of the console, those of take_console_forms.py too."""
