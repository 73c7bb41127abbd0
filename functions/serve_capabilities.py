"""What can be asked, over HTTP."""

import azure.functions as func

from functions.http_answers import answered, json_answer
from functions.operations import Gives, Operation
from shared.ask.capabilities import Capabilities, capabilities
from shared.clients import Services

bp = func.Blueprint()


@bp.function_name("list_capabilities")
@bp.route(route="capabilities", methods=["GET"])
async def list_capabilities(req: func.HttpRequest) -> func.HttpResponse:
    """List every skill, and whether it is usable now."""

    async def make(services: Services) -> func.HttpResponse:
        return json_answer(await capabilities(services))

    return await answered(req, make)


OPERATIONS = (
    Operation(
        id="list_capabilities",
        method="GET",
        route="capabilities",
        summary="Every skill: what it answers, what it needs, whether it is usable now",
        tag="prompts",
        gives={200: Gives(description="Skills by area.", body=Capabilities)},
    ),
)
