"""Tickets to an event hub, for a SIEM that reads one: azure-eventhub's producer, over AMQP.

One connection is kept for the life of the process. The SDK reopens it once when the hub has let it go; any further try
is the queue's.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from shared.deliver.addresses import is_loopback
from shared.deliver.ticket import fitted
from shared.errors import ConfigurationError, DeliveryDeniedError, DeliveryRejectedError, DeliveryUnavailableError
from shared.settings import Settings

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential
    from azure.eventhub.aio import EventHubProducerClient

MAX_BYTES = 192 * 1024
"""The smallest tier takes 256 KB with all properties."""
TIMEOUT_SECONDS = 10
RIGHT = (
    "Check TRIAGE_EVENT_HUB_NAMESPACE and TRIAGE_EVENT_HUB_NAME, and grant the app's identity Azure Event Hubs Data "
    "Sender on the hub; or check TRIAGE_EVENT_HUB_CONNECTION."
)


class EventHubDestination:
    """One event hub. Events of a case share a partition key, so that a reader sees its versions in order."""

    name = "event_hub"

    def __init__(self, settings: Settings, credential: "AsyncTokenCredential") -> None:
        if bool(settings.event_hub_namespace) == bool(settings.event_hub_connection):
            raise ConfigurationError(
                "destination `event_hub` needs a namespace or a connection string",
                hint="Set one of TRIAGE_EVENT_HUB_NAMESPACE and TRIAGE_EVENT_HUB_CONNECTION.",
            )
        if "/" in settings.event_hub_namespace:
            raise ConfigurationError(
                "TRIAGE_EVENT_HUB_NAMESPACE is no host name", hint="Set it to NAMESPACE.servicebus.windows.net."
            )
        self._settings = settings
        self._credential = credential
        self._producer: EventHubProducerClient | None = None

    async def send(self, ticket: dict[str, Any]) -> str:
        """Send the ticket as one event; its id there is the case's own."""
        from azure.eventhub import EventData

        key, case = str(ticket["idempotencyKey"]), str(ticket["ticketKey"])
        event = EventData(fitted(ticket, MAX_BYTES))
        event.content_type = "application/json"
        event.message_id = key
        event.correlation_id = case
        event.properties = {name: ticket[name] for name in ("action", "verdict", "severity", "status")}
        with _errors_made_ours(key):
            self._producer = self._producer or self._made()
            await self._producer.send_batch([event], partition_key=case, timeout=TIMEOUT_SECONDS)
        return case

    async def probe(self) -> str:
        """Read the hub's properties."""
        with _errors_made_ours("probe"):
            self._producer = self._producer or self._made()
            found = await self._producer.get_eventhub_properties()
        return f"signed in; the hub has {len(found['partition_ids'])} partitions (nothing was sent)"

    async def close(self) -> None:
        """Close the connection."""
        if self._producer is not None:
            await self._producer.close()
            self._producer = None

    def _made(self) -> "EventHubProducerClient":
        from azure.eventhub.aio import EventHubProducerClient

        given = self._settings
        limits: dict[str, Any] = {"retry_total": 1, "retry_backoff_factor": 0.2, "auth_timeout": TIMEOUT_SECONDS}
        if given.event_hub_connection:
            return EventHubProducerClient.from_connection_string(
                given.event_hub_connection, eventhub_name=given.event_hub_name, **limits
            )
        return EventHubProducerClient(
            given.event_hub_namespace,
            given.event_hub_name,
            self._credential,
            # As with addresses: in the clear on this machine alone.
            use_tls=not is_loopback(given.event_hub_namespace.rpartition(":")[0] or given.event_hub_namespace),
            **limits,
        )


@contextmanager
def _errors_made_ours(key: str) -> Iterator[None]:
    """Translate the SDK's errors. Not chained: their words can hold addresses and claims."""
    from azure.core.exceptions import AzureError, ClientAuthenticationError
    from azure.eventhub.exceptions import AuthenticationError, EventHubError

    try:
        yield
    except (AuthenticationError, ClientAuthenticationError):
        raise DeliveryDeniedError(f"event_hub denied `{key}`", hint=RIGHT) from None
    except (EventHubError, AzureError, OSError) as error:
        raise DeliveryUnavailableError(f"event_hub did not take `{key}`: {type(error).__name__}", hint=RIGHT) from None
    except ValueError:
        raise DeliveryRejectedError(f"event_hub can't take `{key}`", hint=RIGHT) from None
