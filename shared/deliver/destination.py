"""What a destination is, and the table of those there are. Add one: a file here and a line in DESTINATIONS."""

from collections.abc import Callable
from typing import Any, Protocol

import aiohttp

from shared.deliver.queue import QueueDestination
from shared.deliver.webhook import WebhookDestination
from shared.errors import ConfigurationError
from shared.settings import Settings
from shared.state.interface import State


class Destination(Protocol):
    """Somewhere a ticket lives."""

    name: str
    max_bytes: int
    """Largest body it takes."""

    async def send(self, body: bytes, ticket: dict[str, Any]) -> str:
        """Create or update the ticket and return the destination's id for it.

        Must be safe to repeat with the same ``ticket["idempotencyKey"]``. Raises DeliveryUnavailableError when
        another try may help and DeliveryRejectedError when none will.
        """


type Maker = Callable[[Settings, State, aiohttp.ClientSession], Destination]

DESTINATIONS: dict[str, Maker] = {
    "queue": lambda _settings, state, _http: QueueDestination(state),
    "webhook": lambda settings, _state, http: WebhookDestination(settings.webhook_url, settings.webhook_secret, http),
}


def destinations_of(settings: Settings, state: State, http: aiohttp.ClientSession) -> tuple[Destination, ...]:
    """Return the configured destinations. Raises ConfigurationError for a name that does not exist."""
    unknown = sorted(set(settings.destinations) - set(DESTINATIONS))
    if unknown:
        raise ConfigurationError(
            f"unknown destinations: {', '.join(unknown)}", hint=f"Known ones: {', '.join(sorted(DESTINATIONS))}."
        )
    return tuple(DESTINATIONS[name](settings, state, http) for name in settings.destinations)
