"""The console's forms: a prompt, feedback, who looks at a case, a replay. Nothing else can be changed there."""

from typing import Annotated

import azure.functions as func
import msgspec

from functions.http_answers import caller_of
from functions.page_answers import links_of, person_of, taken
from functions.take_feedback import ReportFeedback
from shared import feedback
from shared.app import current_app
from shared.ask.request import PromptText, SessionId
from shared.clients import Services
from shared.console.acknowledgements import acknowledge, release
from shared.console.prompts import answer_prompt
from shared.feedback import GivenFeedback
from shared.tenants import work

bp = func.Blueprint()
type Id = Annotated[str, msgspec.Meta(max_length=64)]


class PromptForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The prompt box, or a button that asks on."""

    prompt: PromptText
    session: SessionId | None = None


class OpinionForm(ReportFeedback, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Feedback on a case, or on an answer of a session."""

    case_id: Id | None = None
    prompt_id: Id | None = None
    session: SessionId = ""


class LookForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who looks at a case."""

    name: str = ""
    release: bool = False
    """Nobody does any more."""


class ReplayForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Its address says all."""


@bp.function_name("console_ask")
@bp.route(route="console/prompts", methods=["POST"])
async def console_ask(req: func.HttpRequest) -> func.HttpResponse:
    """Answer a prompt, and lead to the conversation."""

    async def take(form: PromptForm, services: Services) -> str:
        answer = await answer_prompt(form.prompt, form.session, caller_of(req, services), services)
        return links_of(req, services).to("prompts", session=answer.session_id) + f"#{answer.prompt_id}"

    return await taken(req, PromptForm, take)


@bp.function_name("console_feedback")
@bp.route(route="console/feedback", methods=["POST"])
async def console_feedback(req: func.HttpRequest) -> func.HttpResponse:
    """Take an opinion on a case or an answer, as ``POST /api/feedback`` does."""

    async def take(form: OpinionForm, services: Services) -> str:
        given = {name: value for name, value in msgspec.structs.asdict(form).items() if name != "session"}
        kept = await feedback.take(GivenFeedback(**given), caller_of(req, services), services.state, services.clock())
        if kept.case_id:
            return links_of(req, services).to("cases", kept.case_id, said=kept.rating)
        return links_of(req, services).to("prompts", session=form.session) + f"#{kept.prompt_id}"

    return await taken(req, OpinionForm, take)


@bp.function_name("console_acknowledge")
@bp.route(route="console/cases/{case_id}/acknowledgement", methods=["POST"])
async def console_acknowledge(req: func.HttpRequest) -> func.HttpResponse:
    """Note that the caller looks at a case, or that nobody does any more."""
    case_id = req.route_params["case_id"]

    async def take(form: LookForm, services: Services) -> str:
        if form.release:
            await release(case_id, services.state)
        else:
            # Entra's name, where there is one, is the only one that counts.
            await acknowledge(case_id, person_of(req, services) or form.name, services.state, services.clock())
        return links_of(req, services).to("cases", case_id)

    return await taken(req, LookForm, take)


@bp.function_name("console_replay")
@bp.route(route="console/stuck/{parked_id}/replay", methods=["POST"])
async def console_replay(req: func.HttpRequest) -> func.HttpResponse:
    """Put something parked back to work."""
    parked_id = req.route_params["parked_id"]

    async def take(_form: ReplayForm, services: Services) -> str:
        await work.replay_parked(parked_id, services, await current_app())
        return links_of(req, services).to("stuck", replayed=parked_id)

    return await taken(req, ReplayForm, take, about="parked")
