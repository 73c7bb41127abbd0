"""Tickets to a Service Bus queue or topic, over its HTTPS interface with a token of the app's identity.

One small message a case: plain HTTPS needs no connection kept alive, no further package, and passes company proxies,
where the AMQP client brings all three. The fields are those of the documented *Send Message* operation.
"""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
import msgspec

from shared.deliver.http import Caller, bearer_of, https_address
from shared.deliver.ticket import fitted
from shared.errors import ConfigurationError, DeliveryDeniedError, DeliveryUnavailableError

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

SCOPE = "https://servicebus.azure.net/.default"
MAX_BYTES = 192 * 1024
"""The smallest tier takes 256 KB with all properties."""
RIGHT = (
    "Check TRIAGE_SERVICE_BUS_URL, and grant the app's identity Azure Service Bus Data Sender on the queue or topic."
)


class ServiceBusDestination:
    """One queue or topic. Messages of a case share a session, so that a reader sees its versions in order.

    ``MessageId`` is the idempotency key: with duplicate detection switched on, a repeat is dropped by the bus.
    """

    name = "service_bus"

    def __init__(self, url: str, credential: "AsyncTokenCredential", http: aiohttp.ClientSession) -> None:
        address = https_address(url, "TRIAGE_SERVICE_BUS_URL")
        if not urlsplit(address).path.strip("/") or urlsplit(address).query:
            raise ConfigurationError(
                "TRIAGE_SERVICE_BUS_URL names no queue or topic",
                hint="Set it to https://NAMESPACE.servicebus.windows.net/QUEUE-OR-TOPIC.",
            )
        self._url = f"{address}/messages"
        self._bearer = bearer_of(credential, SCOPE, self.name, RIGHT)
        self._caller = Caller(self.name, http, denied=RIGHT, rejected=RIGHT)

    async def send(self, ticket: dict[str, Any]) -> str:
        """Send the ticket; its id there is the case's own."""
        key = str(ticket["idempotencyKey"])
        properties = {
            "MessageId": key,
            "CorrelationId": ticket["ticketKey"],
            "SessionId": ticket["ticketKey"],
            "Label": ticket["action"],
        }
        headers = {
            "authorization": await self._bearer(),
            "content-type": "application/json",
            "brokerproperties": msgspec.json.encode(properties).decode(),
            # For the filters of a topic's subscriptions: header values are read as JSON.
            **{name: msgspec.json.encode(ticket[name]).decode() for name in ("verdict", "severity", "status")},
        }
        try:
            await self._caller.call("POST", self._url, key=key, body=fitted(ticket, MAX_BYTES), headers=headers)
        except DeliveryDeniedError as error:
            if error.status == 403:  # here it means a full queue; ours is never too large
                raise DeliveryUnavailableError(
                    str(error), status=403, hint="The queue or topic is full: is anybody reading it?"
                ) from None
            raise
        return str(ticket["ticketKey"])

    async def probe(self) -> str:
        """Get a token and look at the queue or topic; whether it may be sent to, a Data Sender can't ask."""
        try:
            headers = {"authorization": await self._bearer()}
            await self._caller.call("GET", self._url.removesuffix("/messages"), key="probe", headers=headers)
        except DeliveryDeniedError as error:
            if error.status is None:  # no token, so nothing was asked
                raise
        return "token had and reached, not sent: only a message shows whether the role is there"
