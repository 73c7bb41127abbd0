"""Tickets to a webhook: JSON, signed as the Standard Webhooks specification says.

The receiver verifies ``webhook-signature`` (HMAC-SHA256 over ``id.timestamp.body``) with any Standard Webhooks
library, drops a ``webhook-id`` it has seen, and may answer ``{"ticket": "its own id"}`` to have that id in updates.
"""

import base64
import hashlib
import hmac
import time
from typing import Any

import aiohttp
import msgspec

from shared.deliver.http import Caller, https_address, knock
from shared.deliver.ticket import fitted
from shared.errors import ConfigurationError

MAX_BYTES = 256 * 1024
MAX_TICKET_CHARS = 200
HINT = "Check TRIAGE_WEBHOOK_URL, TRIAGE_WEBHOOK_SECRET and which fields the receiver expects."
SECRET_PREFIX = "whsec_"  # noqa: S105 - marks a secret, is none


class _Answer(msgspec.Struct):
    ticket: str | None = None


class WebhookDestination:
    """One HTTP endpoint that keeps tickets by ``ticketKey``."""

    name = "webhook"

    def __init__(self, url: str, secret: str, http: aiohttp.ClientSession) -> None:
        https_address(url, "TRIAGE_WEBHOOK_URL")
        self._url = url
        self._http = http
        self._key = _key(secret)
        self._caller = Caller(self.name, http, denied=HINT, rejected=HINT)

    async def send(self, ticket: dict[str, Any]) -> str:
        """Post the ticket, trying again once on a transient answer."""
        key = str(ticket["idempotencyKey"])
        body = fitted(ticket, MAX_BYTES)
        headers = {"content-type": "application/json", "idempotency-key": key, **self._signature(key, body)}
        answer = await self._caller.call("POST", self._url, key=key, body=body, headers=headers)
        return _ticket_id(answer.body) or str(ticket["ticket"] or ticket["ticketKey"])

    async def probe(self) -> str:
        """Connect; no ticket is sent."""
        return await knock(self.name, self._url, self._http, hint=HINT)

    def _signature(self, key: str, body: bytes) -> dict[str, str]:
        # The system's own clock on purpose: receivers refuse old timestamps, also when a rehearsal runs in the past.
        timestamp = str(int(time.time()))
        digest = hmac.new(self._key, f"{key}.{timestamp}.".encode() + body, hashlib.sha256).digest()
        return {
            "webhook-id": key,
            "webhook-timestamp": timestamp,
            "webhook-signature": "v1," + base64.b64encode(digest).decode(),
        }


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except ValueError:
        key = b""
    if len(key) < 24:
        raise ConfigurationError(
            "TRIAGE_WEBHOOK_SECRET is not a webhook secret",
            hint="Make one: echo whsec_$(openssl rand -base64 32)",
        )
    return key


def _ticket_id(text: bytes) -> str | None:
    try:
        found = msgspec.json.decode(text, type=_Answer).ticket
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return found[:MAX_TICKET_CHARS] if found else None
