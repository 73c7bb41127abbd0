"""What is parked, over HTTP: list it without its content, put one back to work."""

from datetime import datetime
from typing import Literal

import azure.functions as func
import msgspec

from functions.http_answers import Listed, answered, json_answer
from functions.operations import Gives, Operation, Parameter
from shared.app import current_app
from shared.clients import Services
from shared.tenants import work

bp = func.Blueprint()


class ParkedItem(msgspec.Struct, frozen=True, kw_only=True):
    """A dead letter or a failed request, without its content."""

    id: str
    kind: Literal["record", "triage"]
    reason: str
    hint: str
    size: int = msgspec.field(name="bytes")
    records: int
    """More than 1: unreadable records of one event body, kept together."""
    at: datetime


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """What was put back to work."""

    replayed: str


@bp.function_name("list_parked")
@bp.route(route="parked", methods=["GET"])
async def list_parked(req: func.HttpRequest) -> func.HttpResponse:
    """List dead letters and failed requests: id, kind, reason, hint, size, number of records and time."""

    async def make(services: Services) -> func.HttpResponse:
        parked = [
            ParkedItem(id=p.id, kind=p.kind, reason=p.reason, hint=p.hint, size=len(p.body), records=p.count, at=p.at)
            for p in await services.state.parked()
        ]
        return json_answer(Listed(value=parked))

    return await answered(req, make, about="parked")


@bp.function_name("replay_parked")
@bp.route(route="parked/{parked_id}/replay", methods=["POST"])
async def replay_parked(req: func.HttpRequest) -> func.HttpResponse:
    """Put one parked message back to work."""
    parked_id = req.route_params["parked_id"]

    async def make(services: Services) -> func.HttpResponse:
        await work.replay_parked(parked_id, services, await current_app())
        return json_answer(Replayed(replayed=parked_id), 202)

    return await answered(req, make, about="parked")


OPERATIONS = (
    Operation(
        id="list_parked",
        method="GET",
        route="parked",
        summary="What could not be processed",
        tag="parked",
        gives={200: Gives(description="Oldest first, without content.", body=Listed[ParkedItem])},
    ),
    Operation(
        id="replay_parked",
        method="POST",
        route="parked/{parked_id}/replay",
        summary="Put something parked back to work",
        tag="parked",
        gives={202: Gives(description="It is back at work.", body=Replayed)},
        parameters=(Parameter(name="parked_id", where="path", description="Id of what is parked."),),
        problems=(404, 422),
    ),
)
