"""What a destination is, and the table of those there are. Add one: a file here and a line in DESTINATIONS."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import aiohttp
import msgspec

from shared.deliver.addresses import refuse_private
from shared.deliver.event_hub import EventHubDestination
from shared.deliver.jira import JiraDestination
from shared.deliver.queue import QueueDestination
from shared.deliver.sentinel import SentinelDestination
from shared.deliver.service_bus import ServiceBusDestination
from shared.deliver.servicenow import ServiceNowDestination
from shared.deliver.slack import SlackDestination
from shared.deliver.teams import TeamsDestination
from shared.deliver.webhook import WebhookDestination
from shared.errors import ConfigurationError
from shared.settings import Settings
from shared.state.interface import State

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential


class Destination(Protocol):
    """Somewhere a ticket lives."""

    name: str

    async def send(self, ticket: dict[str, Any]) -> str:
        """Create, update, close or reopen the ticket and return the destination's id for it.

        ``ticket`` is what ``ticket_of`` returns. Must be safe to repeat with the same ``ticket["idempotencyKey"]``,
        also after a crash that lost the id: look for ``ticket["ticketKey"]`` before making anything. Raises
        DeliveryUnavailableError when another try may help and DeliveryRejectedError when none will.
        """

    async def probe(self) -> str:
        """Authenticate and read the one thing that tickets need there; return in words what was done.

        Sends no ticket and changes nothing; where only a ticket could tell, says that none was sent. Raises as
        ``send`` does.
        """


@runtime_checkable
class Closes(Protocol):
    """A destination that keeps a connection of its own."""

    async def close(self) -> None:
        """End it."""


class Means(msgspec.Struct, frozen=True):
    """What destinations are made from."""

    settings: Settings
    state: State
    http: aiohttp.ClientSession
    credential: "AsyncTokenCredential"


DESTINATIONS: dict[str, Callable[[Means], Destination]] = {
    "event_hub": lambda means: EventHubDestination(means.settings, means.credential),
    "jira": lambda means: JiraDestination(means.settings, means.http),
    "queue": lambda means: QueueDestination(means.state),
    "sentinel": lambda means: SentinelDestination(means.settings, means.credential, means.http),
    "service_bus": lambda means: ServiceBusDestination(means.settings.service_bus_url, means.credential, means.http),
    "servicenow": lambda means: ServiceNowDestination(means.settings, means.http),
    "slack": lambda means: SlackDestination(means.settings, means.http),
    "teams": lambda means: TeamsDestination(means.settings.teams_url, means.http),
    "webhook": lambda means: WebhookDestination(means.settings.webhook_url, means.settings.webhook_secret, means.http),
}


ADDRESSES = {
    "jira": "jira_url",
    "sentinel": "arm_url",
    "service_bus": "service_bus_url",
    "servicenow": "servicenow_url",
    "slack": "slack_url",
    "teams": "teams_url",
    "webhook": "webhook_url",
}
"""The setting that says where a destination is, of those that are called by HTTP."""


def destinations_of(
    settings: Settings, state: State, http: aiohttp.ClientSession, credential: "AsyncTokenCredential"
) -> tuple[Destination, ...]:
    """Return the configured destinations. Raises ConfigurationError for a name that does not exist."""
    unknown = sorted(set(settings.destinations) - set(DESTINATIONS))
    if unknown:
        raise ConfigurationError(
            f"unknown destinations: {', '.join(unknown)}", hint=f"Known ones: {', '.join(sorted(DESTINATIONS))}."
        )
    for name in settings.destinations:
        if field := ADDRESSES.get(name):
            refuse_private(getattr(settings, field), f"TRIAGE_{field.upper()}", settings.private_hosts)
    means = Means(settings, state, http, credential)
    return tuple(DESTINATIONS[name](means) for name in dict.fromkeys(settings.destinations))
