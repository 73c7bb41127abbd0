"""The API's own description, over HTTP: OpenAPI 3.0.1."""

from functools import cache
from typing import Any

import azure.functions as func

from functions import (
    answer_prompt,
    erase_identity,
    serve_campaigns,
    serve_capabilities,
    serve_connector,
    serve_parked,
    serve_promptbooks,
    serve_reports,
    serve_tenants,
    take_feedback,
    triage_identity,
)
from functions.http_answers import answered, json_answer
from functions.openapi import document
from functions.operations import Gives, Operation
from shared.clients import Services

bp = func.Blueprint()


@bp.function_name("get_openapi")
@bp.route(route="openapi.json", methods=["GET"])
async def get_openapi(req: func.HttpRequest) -> func.HttpResponse:
    """Return the document."""

    async def make(services: Services) -> func.HttpResponse:
        return json_answer({**api_document(), "servers": [{"url": services.settings.public_url or "/"}]})

    return await answered(req, make, about="app")


OPERATIONS = (
    Operation(
        id="get_openapi",
        method="GET",
        route="openapi.json",
        summary="This document",
        tag="health",
        gives={200: Gives(description="OpenAPI 3.0.1.", body=dict[str, Any])},
        is_of_the_app=True,
    ),
)


def all_operations() -> tuple[Operation, ...]:
    """Return what every route takes and gives."""
    return (
        *answer_prompt.OPERATIONS,
        *serve_connector.OPERATIONS,
        *serve_promptbooks.OPERATIONS,
        *serve_capabilities.OPERATIONS,
        *triage_identity.OPERATIONS,
        *serve_reports.OPERATIONS,
        *serve_campaigns.OPERATIONS,
        *take_feedback.OPERATIONS,
        *serve_parked.OPERATIONS,
        *erase_identity.OPERATIONS,
        *serve_tenants.OPERATIONS,
        *OPERATIONS,
    )


@cache
def api_document() -> dict[str, Any]:
    """Return the document of every route, without its servers."""
    return document(all_operations())
