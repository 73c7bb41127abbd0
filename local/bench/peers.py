"""The usual way of triage, as the nearest published peer does it: request after request, each on its own.

Per user the profile with its manager, role assignments, registration details, risky user and risk detections, and
once the tenant. No batch, no paging, no cache, a new connection for each request. A refused request is repeated after
what Retry-After says, else after ten seconds, and given up when a minute has been waited for it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from msgraph.graph_service_client import GraphServiceClient

PAUSE_SECONDS = 10.0
LONGEST_SECONDS = 60.0
_TOKEN = {"Authorization": "Bearer of.the.peer"}


def requests_of(user_id: str) -> Iterator[str]:
    """Yield what is asked for one user."""
    yield f"/users/{user_id}?$expand=manager"
    yield f"/roleManagement/directory/roleAssignments?$filter=principalId eq '{user_id}'&$expand=roleDefinition"
    yield f"/reports/authenticationMethods/userRegistrationDetails/{user_id}"
    yield f"/identityProtection/riskyUsers/{user_id}"
    yield f"/identityProtection/riskDetections?$filter=userId eq '{user_id}'"


class Tally:
    """What a run took."""

    def __init__(self) -> None:
        self.requests = 0
        self.refused = 0


async def triage_by_requests(root: str, user_ids: list[str], *, pause_seconds: float = PAUSE_SECONDS) -> Tally:
    """Read what the peer reads about these users, one request after another. Raises httpx.HTTPError.

    ``pause_seconds``: the wait after a refusal that names none.
    """
    tally = Tally()
    await _get(f"{root}/organization", tally, pause_seconds)
    for user_id in user_ids:
        for path in requests_of(user_id):
            await _get(root + path, tally, pause_seconds)
    return tally


async def _get(url: str, tally: Tally, pause_seconds: float) -> Any:
    waited = 0.0
    while True:
        async with httpx.AsyncClient(headers=_TOKEN) as connection:
            response = await connection.get(url)
        tally.requests += 1
        if response.status_code != 429:
            return response.json()
        tally.refused += 1
        pause = float(response.headers.get("Retry-After", pause_seconds))
        waited += pause
        if waited > LONGEST_SECONDS:
            return None
        await asyncio.sleep(pause)


async def triage_by_sdk(api: "GraphServiceClient", user_ids: list[str]) -> int:
    """Read the same with msgraph-sdk's typed calls, one after another on one connection. Return how many."""
    from kiota_abstractions.api_error import APIError

    asked = 0
    for call in _typed_calls(api, user_ids):
        asked += 1
        try:
            await call()
        except APIError as error:
            if error.response_status_code != 404:
                raise
    return asked


def _typed_calls(api: "GraphServiceClient", user_ids: list[str]) -> Iterator[Callable[[], Awaitable[Any]]]:
    yield api.organization.get
    for user_id in user_ids:
        details = api.reports.authentication_methods.user_registration_details
        yield _asking(api.users.by_user_id(user_id), expand=["manager"])
        yield _asking(
            api.role_management.directory.role_assignments,
            filter=f"principalId eq '{user_id}'",
            expand=["roleDefinition"],
        )
        yield details.by_user_registration_details_id(user_id).get
        yield api.identity_protection.risky_users.by_risky_user_id(user_id).get
        yield _asking(api.identity_protection.risk_detections, filter=f"userId eq '{user_id}'")


def _asking(builder: Any, **parameters: Any) -> Callable[[], Awaitable[Any]]:
    from kiota_abstractions.base_request_configuration import RequestConfiguration

    kind = type(builder)
    query = getattr(kind, f"{kind.__name__}GetQueryParameters")(**parameters)
    return lambda: builder.get(RequestConfiguration(query_parameters=query))
