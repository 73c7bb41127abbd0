"""The real Graph SDK against the stand-in: typed builders, its adapter and credential, one raw batch."""

import json
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import httpx
import pytest
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.headers_collection import HeadersCollection
from kiota_abstractions.method import Method
from kiota_abstractions.request_information import RequestInformation
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from msgraph import GraphServiceClient
from msgraph.generated.users.item.user_item_request_builder import UserItemRequestBuilder
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph_core import GraphClientFactory

from local.tenant import StandInCredential, Tenant, TenantServer
from tests.tenant.conftest import ADMINS, ALEX, BO, document


@pytest.fixture
async def graph() -> AsyncIterator[tuple[GraphServiceClient, TenantServer]]:
    """Return a Graph client that speaks to a served tenant, as the product builds its own."""
    async with TenantServer(Tenant.load(document())) as server, StandInCredential({"User.Read.All"}) as credential:
        provider = AzureIdentityAuthenticationProvider(
            credential, scopes=["https://graph.microsoft.com/.default"], allowed_hosts=["127.0.0.1"]
        )
        async with httpx.AsyncHTTPTransport() as transport:  # the SDK's middleware does not close it
            http = httpx.AsyncClient(transport=transport)
            adapter = GraphRequestAdapter(provider, GraphClientFactory.create_with_default_middleware(client=http))
            adapter.base_url = server.url
            yield GraphServiceClient(request_adapter=adapter), server


def batch_url(info: RequestInformation) -> str:
    """Return a builder's url as a batch wants it."""
    parts = urlsplit(info.url)
    path = parts.path.removeprefix("//").removeprefix("/v1.0")
    return f"/{path.lstrip('/')}?{parts.query}"


async def test_one_batch_of_typed_builders_is_answered(graph: tuple[GraphServiceClient, TenantServer]) -> None:
    """Requests made by the SDK's builders, sent as one raw batch through its adapter, all come back by id."""
    client, server = graph
    select = UserItemRequestBuilder.UserItemRequestBuilderGetQueryParameters(select=["id", "accountEnabled"])
    user = client.users.by_user_id(ALEX)
    wanted = {
        "user": user.to_get_request_information(RequestConfiguration(query_parameters=select)),
        "manager": user.manager.to_get_request_information(),
        "groups": user.transitive_member_of.to_get_request_information(),
        "methods": user.authentication.methods.to_get_request_information(),
        "nobody": client.users.by_user_id("nobody").to_get_request_information(),
        "rules": user.mail_folders.by_mail_folder_id("inbox").message_rules.to_get_request_information(),
        "roles": client.role_management.directory.role_assignments.to_get_request_information(),
        "risky": client.identity_protection.risky_users.by_risky_user_id(BO).to_get_request_information(),
    }
    info = RequestInformation()
    info.http_method = Method.POST
    info.url = f"{server.url}/$batch"
    info.headers = HeadersCollection()
    info.headers.try_add("Accept", "application/json")
    items = [{"id": key, "method": "GET", "url": batch_url(request)} for key, request in wanted.items()]
    info.set_stream_content(json.dumps({"requests": items}).encode(), "application/json")
    raw = await client.request_adapter.send_primitive_async(info, "bytes", {})
    answers = {answer["id"]: answer for answer in json.loads(raw)["responses"]}
    assert {key: answers[key]["status"] for key in wanted} == {
        key: 404 if key in ("nobody", "risky") else 200 for key in wanted
    }
    assert answers["user"]["body"]["accountEnabled"] is True
    assert answers["groups"]["body"]["value"][0]["id"] == ADMINS
    assert server.round_trips == 1


async def test_single_requests_and_pages_work_through_the_adapter(
    graph: tuple[GraphServiceClient, TenantServer],
) -> None:
    """The adapter's own GET carries the token, and a nextLink leads on through it."""
    client, server = graph
    info = client.users.to_get_request_information()
    info.url = f"{server.url}/users?$top=2"
    first = json.loads(await client.request_adapter.send_primitive_async(info, "bytes", {}))
    info = RequestInformation()
    info.http_method = Method.GET
    info.url = first["@odata.nextLink"]
    second = json.loads(await client.request_adapter.send_primitive_async(info, "bytes", {}))
    assert len({user["id"] for page in (first, second) for user in page["value"]}) == 3
    assert [served.status for served in server.requests] == [200, 200]
