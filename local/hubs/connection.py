"""How a command reaches an Event Hubs namespace: with the developer's own login, or with a connection string."""

import re
from typing import TYPE_CHECKING, Any

from shared.clients import developer_or_app
from shared.deliver.addresses import is_loopback
from shared.errors import (
    AccessDeniedError,
    DependencyError,
    DependencyUnavailableError,
    InvalidRequestError,
    NotFoundError,
)

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential
    from azure.eventhub.aio import EventHubConsumerClient, EventHubProducerClient
    from azure.eventhub.extensions.checkpointstoreblobaio import BlobCheckpointStore

RETRIES: dict[str, Any] = {"retry_total": 2, "retry_backoff_factor": 0.3, "auth_timeout": 20}
"""The SDK is the one that tries again; what it gives up on ends the command."""
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*(?::\d{1,5})?")
_FORMS = "Give NAMESPACE.servicebus.windows.net, or a connection string with SharedAccessKeyName and SharedAccessKey."


class HubConnection:
    """One namespace. What it was made of is never shown: it may hold a key."""

    def __init__(self, text: str, credential: "AsyncTokenCredential | None" = None) -> None:
        """Take a host name or a connection string. Raises InvalidRequestError, without the text, for anything else."""
        text = text.strip()
        self._text = text
        self._credential = credential
        self.has_key = "=" in text
        if self.has_key:
            self.host, self.hub = _parsed(text)
        elif _HOST.fullmatch(text):
            self.host, self.hub = text, None
        else:
            raise InvalidRequestError("that is no Event Hubs namespace", hint=_FORMS)

    def producer(self, hub: str) -> "EventHubProducerClient":
        """Return a client that sends to a hub; nothing is contacted yet."""
        from azure.eventhub.aio import EventHubProducerClient

        if self.has_key:
            return EventHubProducerClient.from_connection_string(self._text, eventhub_name=hub, **RETRIES)
        return EventHubProducerClient(self.host, hub, self.credential(), use_tls=self._uses_tls, **RETRIES)

    def consumer(
        self, hub: str, group: str, checkpoints: "BlobCheckpointStore", **options: Any
    ) -> "EventHubConsumerClient":
        """Return a client that reads a hub as a consumer group; nothing is contacted yet."""
        from azure.eventhub.aio import EventHubConsumerClient

        options = {"checkpoint_store": checkpoints, **options}
        if self.has_key:
            return EventHubConsumerClient.from_connection_string(self._text, group, eventhub_name=hub, **options)
        return EventHubConsumerClient(self.host, hub, group, self.credential(), use_tls=self._uses_tls, **options)

    def credential(self) -> "AsyncTokenCredential":
        """Return the login, one for all clients."""
        if self._credential is None:
            self._credential = developer_or_app()
        return self._credential

    async def close(self) -> None:
        """Close the login."""
        if self._credential is not None:
            await self._credential.close()

    @property
    def _uses_tls(self) -> bool:
        """In the clear on this machine alone."""
        return not is_loopback(self.host.rpartition(":")[0] or self.host)

    def translated(self, error: Exception, hub: str, right: str) -> "DependencyError | NotFoundError":
        """Return an error of the SDK as one of ours. ``right``: the role or policy right that the work needs.

        Nothing of the SDK's words is kept: they can hold addresses and claims.
        """
        from azure.core.exceptions import ClientAuthenticationError
        from azure.eventhub.exceptions import AuthenticationError

        condition = getattr(error, "error", None)
        if condition == "not-found":
            return NotFoundError(
                f"there is no event hub `{hub}` in that namespace, or no such consumer group", hint=_NAMES
            )
        denied = isinstance(error, (AuthenticationError, ClientAuthenticationError))
        if denied or condition == "unauthorized-access":
            return AccessDeniedError(f"event hub `{hub}` denied the credential", hint=self._mend(right))
        return DependencyUnavailableError(f"event hub `{hub}` can't be reached: {type(error).__name__}", hint=_REACH)

    def _mend(self, right: str) -> str:
        if self.has_key:
            return f"Check the key and its name, and that its policy has the right `{right}`."
        return f"Sign in with `az login`, and have the role Azure Event Hubs Data {_ROLES[right]} on the hub."


_ROLES = {"Send": "Sender", "Listen": "Receiver"}
_NAMES = "Check the name of the hub and of the consumer group; `az eventhubs eventhub list` shows the hubs."
_REACH = "Check the namespace's name, its firewall, and that port 5671 is open from here; then run the command again."


def _parsed(text: str) -> tuple[str, str | None]:
    from azure.eventhub import parse_connection_string

    try:
        parts = parse_connection_string(text)
    except (ValueError, KeyError):
        # Not chained: the SDK's message may repeat what it was given.
        raise InvalidRequestError("that is no connection string of an Event Hubs namespace", hint=_FORMS) from None
    return str(parts.fully_qualified_namespace), parts.eventhub_name
