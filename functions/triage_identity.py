"""Triage that a person or a playbook asks for: one identity, now."""

import azure.functions as func

from functions.http_answers import answered, decoded, json_answer
from functions.operations import BODY_PROBLEMS, POLL, POLL_SECONDS, Gives, Operation
from shared import pipeline
from shared.ask.identity import TriageAccepted, TriageRequested, accepted_as, identity_of
from shared.clients import Services

bp = func.Blueprint()


@bp.function_name("triage_identity")
@bp.route(route="triage", methods=["POST"])
async def triage_identity(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Open or touch the case of ``{"user"}`` or ``{"servicePrincipal"}``; 202 with where its report will be."""

    async def make(services: Services) -> func.HttpResponse:
        identity = await identity_of(decoded(req, TriageRequested), services)
        case = await pipeline.triage_now(identity, services)
        accepted = accepted_as(case.id, case.revision, services.settings)
        return json_answer(accepted, 202, location=accepted.report, retry_after=POLL_SECONDS)

    return await answered(req, make, context)


OPERATIONS = (
    Operation(
        id="triage_identity",
        method="POST",
        route="triage",
        summary="Triage one identity now",
        tag="triage",
        takes=TriageRequested,
        example={"user": "karita@woodgrovebank.com"},
        gives={
            202: Gives(
                description="Its triage is in the queue.",
                body=TriageAccepted,
                headers=POLL,
            )
        },
        problems=(*BODY_PROBLEMS, 404, 502),
    ),
)
