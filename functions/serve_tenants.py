"""Which of several tenants a caller may see, over HTTP."""

import azure.functions as func
import msgspec

from functions.http_answers import Listed, answered, asking_of, json_answer
from functions.operations import Gives, Operation
from shared.app import current_app
from shared.clients import Services
from shared.tenants.choice import seen_by

bp = func.Blueprint()


class ListedTenant(msgspec.Struct, frozen=True, kw_only=True):
    """One of several tenants: its id is what ``X-Triage-Tenant`` takes."""

    id: str
    name: str


@bp.function_name("list_tenants")
@bp.route(route="tenants", methods=["GET"])
async def list_tenants(req: func.HttpRequest) -> func.HttpResponse:
    """List the tenants that the caller may see; none where the app serves one alone."""

    async def make(_own: Services) -> func.HttpResponse:
        app = await current_app()
        seen = [
            ListedTenant(id=tenant_id, name=services.name)
            for tenant_id, services in seen_by(app, asking_of(req, app)).items()
        ]
        return json_answer(Listed(value=seen))

    return await answered(req, make, about="app")


OPERATIONS = (
    Operation(
        id="list_tenants",
        method="GET",
        route="tenants",
        summary="The tenants that you may see, where the app serves several",
        tag="health",
        gives={200: Gives(description="In the order of the file; empty with one tenant.", body=Listed[ListedTenant])},
        is_of_the_app=True,
    ),
)
