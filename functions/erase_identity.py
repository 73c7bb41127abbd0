"""Erasure of a person, over HTTP. The host's master key only: a function key, which playbooks hold, is not enough."""

import azure.functions as func

from functions.http_answers import answered, decoded, json_answer
from functions.operations import BODY_PROBLEMS, Gives, Operation
from shared.clients import Services
from shared.erasure import Erasure, ErasureRequest, erase

bp = func.Blueprint()


@bp.function_name("erase_identity")
@bp.route(route="erasures", methods=["POST"], auth_level=func.AuthLevel.ADMIN)
async def erase_identity(req: func.HttpRequest) -> func.HttpResponse:
    """Erase ``id``, with further ``names`` of it; 201 with what went and where tickets remain."""

    async def make(services: Services) -> func.HttpResponse:
        return json_answer(await erase(decoded(req, ErasureRequest), services), 201)

    return await answered(req, make, about="master")


OPERATIONS = (
    Operation(
        id="erase_identity",
        method="POST",
        route="erasures",
        summary="Erase everything that is kept of one identity (master key)",
        tag="operations",
        takes=ErasureRequest,
        example={"id": "9c6be0eb-dfa2-5135-95e5-3f3b3e056141", "names": ["karita@woodgrovebank.com"]},
        gives={201: Gives(description="What was removed, and which tickets remain elsewhere.", body=Erasure)},
        problems=(*BODY_PROBLEMS, 409),
        is_master_only=True,
    ),
)
