"""What is parked, over HTTP: list it without its content, put one back to work."""

import azure.functions as func

from functions.http_answers import answered, json_answer
from shared import pipeline
from shared.clients import Services

bp = func.Blueprint()


@bp.function_name("list_parked")
@bp.route(route="parked", methods=["GET"])
async def list_parked(req: func.HttpRequest) -> func.HttpResponse:
    """List dead letters and failed requests: id, kind, reason, hint, size and time."""

    async def make(services: Services) -> func.HttpResponse:
        parked = [
            {"id": p.id, "kind": p.kind, "reason": p.reason, "hint": p.hint, "bytes": len(p.body), "at": p.at}
            for p in await services.state.parked()
        ]
        return json_answer({"value": parked})

    return await answered(make)


@bp.function_name("replay_parked")
@bp.route(route="parked/{parked_id}/replay", methods=["POST"])
async def replay_parked(req: func.HttpRequest) -> func.HttpResponse:
    """Put one parked message back to work."""
    parked_id = req.route_params["parked_id"]

    async def make(services: Services) -> func.HttpResponse:
        await pipeline.replay_parked(parked_id, services)
        return json_answer({"replayed": parked_id}, status=202)

    return await answered(make)
