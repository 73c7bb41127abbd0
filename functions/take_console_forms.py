"""The console's forms: a prompt, feedback, who looks at a case, a replay. Nothing else can be changed there."""

from collections.abc import Mapping

import azure.functions as func
import msgspec

from functions.http_answers import caller_of
from functions.page_answers import links_of, person_of, taken
from shared import feedback
from shared.app import current_app
from shared.clients import Services
from shared.console.acknowledgements import acknowledge, release
from shared.console.prompts import answer_form
from shared.errors import InvalidRequestError
from shared.feedback import GivenFeedback
from shared.tenants import work

bp = func.Blueprint()
_FIELDS = {"caseId", "promptId", "rating", "classification", "comment"}


@bp.function_name("console_ask")
@bp.route(route="console/prompts", methods=["POST"])
async def console_ask(req: func.HttpRequest) -> func.HttpResponse:
    """Answer ``prompt`` in ``session``, and lead to the conversation."""

    async def take(form: Mapping[str, str], services: Services) -> str:
        answer = await answer_form(form, caller_of(req), services)
        return links_of(req, services).to("prompts", session=answer.session_id) + f"#{answer.prompt_id}"

    return await taken(req, take)


@bp.function_name("console_feedback")
@bp.route(route="console/feedback", methods=["POST"])
async def console_feedback(req: func.HttpRequest) -> func.HttpResponse:
    """Take an opinion on ``caseId`` or ``promptId``, as ``POST /api/feedback`` does."""

    async def take(form: Mapping[str, str], services: Services) -> str:
        given = {name: value for name, value in form.items() if name in _FIELDS and value}
        try:
            opinion = msgspec.convert({**given, "shareSample": form.get("shareSample") == "on"}, GivenFeedback)
        except msgspec.ValidationError as error:
            raise InvalidRequestError("feedback that does not fit", hint=str(error)) from error
        kept = await feedback.take(opinion, caller_of(req), services.state, services.clock())
        if kept.case_id:
            return links_of(req, services).to("cases", kept.case_id, said=kept.rating)
        return links_of(req, services).to("prompts", session=form.get("session", "")) + f"#{kept.prompt_id}"

    return await taken(req, take)


@bp.function_name("console_acknowledge")
@bp.route(route="console/cases/{case_id}/acknowledgement", methods=["POST"])
async def console_acknowledge(req: func.HttpRequest) -> func.HttpResponse:
    """Note that the caller looks at a case, or, with ``release``, that nobody does any more."""
    case_id = req.route_params["case_id"]

    async def take(form: Mapping[str, str], services: Services) -> str:
        if form.get("release"):
            await release(case_id, services.state)
        else:
            # Entra's name, where there is one, is the only one that counts.
            name = person_of(req) or form.get("name", "")
            await acknowledge(case_id, name, services.state, services.clock())
        return links_of(req, services).to("cases", case_id)

    return await taken(req, take)


@bp.function_name("console_replay")
@bp.route(route="console/stuck/{parked_id}/replay", methods=["POST"])
async def console_replay(req: func.HttpRequest) -> func.HttpResponse:
    """Put something parked back to work."""
    parked_id = req.route_params["parked_id"]

    async def take(_form: Mapping[str, str], services: Services) -> str:
        await work.replay_parked(parked_id, services, await current_app())
        return links_of(req, services).to("stuck", replayed=parked_id)

    return await taken(req, take, about="parked")
