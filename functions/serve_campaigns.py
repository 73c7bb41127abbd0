"""Campaigns over HTTP: what hit many identities, who fell and who did not. Their reports are those of their cases."""

from typing import Literal

import azure.functions as func
import msgspec

from functions.http_answers import Listed, answered, json_answer, number_of
from functions.operations import Gives, Operation, Parameter
from shared.campaigns import campaign_of_case
from shared.clients import Services
from shared.errors import NotFoundError
from shared.models.cases import Campaign, Case, Outcome
from shared.models.identity import Identity
from shared.models.reports import Delivery

MOST_MEMBERS = 1000

bp = func.Blueprint()


class CampaignListed(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign, and its case where it has one: a spray that found no password has none."""

    campaign: Campaign
    case_id: str | None = None
    status: Literal["open", "closed"] | None = None
    verdict: str | None = None
    severity: str | None = None


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A case of the campaign."""

    case_id: str
    identity: Identity
    status: Literal["open", "closed"]
    outcome: Outcome | None
    verdict: str
    """Of its latest report; empty before the first."""
    severity: str
    is_folded: bool
    """The campaign's ticket stands for it, unless it is compromised or had one of its own before."""


class CampaignShown(msgspec.Struct, frozen=True, kw_only=True):
    """One campaign with the cases that are part of it."""

    campaign: Campaign
    case: Case
    deliveries: list[Delivery]
    members: list[Member]
    """A page of them: the compromised first, then by case id."""
    count: int
    """How many there are in all."""


@bp.function_name("list_campaigns")
@bp.route(route="campaigns", methods=["GET"])
async def list_campaigns(req: func.HttpRequest) -> func.HttpResponse:
    """List campaigns, oldest first."""

    async def make(services: Services) -> func.HttpResponse:
        campaigns = await services.state.campaigns()
        stored = await services.state.current_cases([one.identity.key for one in campaigns])
        cases = {key: case for key, (case, _) in stored.items()}
        return json_answer(Listed(value=[_listed(one, cases.get(one.identity.key)) for one in campaigns]))

    return await answered(req, make)


@bp.function_name("get_campaign")
@bp.route(route="campaigns/{case_id}", methods=["GET"])
async def get_campaign(req: func.HttpRequest) -> func.HttpResponse:
    """Return one campaign with a page of its members, ``?top=`` and ``?skip=``."""
    case_id = req.route_params["case_id"]

    async def make(services: Services) -> func.HttpResponse:
        top, skip = number_of(req, "top", least=0), number_of(req, "skip", least=0) or 0
        most = MOST_MEMBERS if top is None else min(top, MOST_MEMBERS)
        stored = await services.state.case(case_id)
        if stored is None or stored[0].identity.kind != "campaign":
            raise NotFoundError("no such campaign", hint="Give the id of a campaign's case, as its ticket does.")
        members = sorted(
            await services.state.campaign_members(case_id), key=lambda one: (one.verdict != "compromised", one.id)
        )
        shown = CampaignShown(
            campaign=await campaign_of_case(stored[0], services.state),
            case=stored[0],
            deliveries=await services.state.deliveries(case_id),
            members=[_member(one) for one in members[skip : skip + most]],
            count=len(members),
        )
        return json_answer(shown)

    return await answered(req, make)


def _listed(campaign: Campaign, case: Case | None) -> CampaignListed:
    if case is None:
        return CampaignListed(campaign=campaign)
    return CampaignListed(
        campaign=campaign,
        case_id=case.id,
        status=case.status,
        verdict=case.verdict or None,
        severity=case.severity or None,
    )


def _member(case: Case) -> Member:
    return Member(
        case_id=case.id,
        identity=case.identity,
        status=case.status,
        outcome=case.outcome,
        verdict=case.verdict,
        severity=case.severity,
        is_folded=case.is_folded,
    )


_CASE_ID = Parameter(name="case_id", where="path", description="Id of the campaign's case.")
_TOP = Parameter(name="top", description="Members on a page; at most, and by default, 1000.", pattern="^[0-9]{1,8}$")
_SKIP = Parameter(name="skip", description="Members before the page.", pattern="^[0-9]{1,8}$")
OPERATIONS = (
    Operation(
        id="list_campaigns",
        method="GET",
        route="campaigns",
        summary="What hit many identities alike",
        tag="cases",
        gives={200: Gives(description="Oldest first.", body=Listed[CampaignListed])},
    ),
    Operation(
        id="get_campaign",
        method="GET",
        route="campaigns/{case_id}",
        summary="One campaign: who fell and who did not; its report is at `cases/{case_id}/report`",
        tag="cases",
        gives={200: Gives(description="The campaign with a page of its members.", body=CampaignShown)},
        parameters=(_CASE_ID, _TOP, _SKIP),
        problems=(400, 404),
    ),
)
