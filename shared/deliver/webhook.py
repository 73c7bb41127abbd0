"""Tickets to a webhook: JSON, signed as the Standard Webhooks specification says.

The receiver verifies ``webhook-signature`` (HMAC-SHA256 over ``id.timestamp.body``) with any Standard Webhooks
library, drops a ``webhook-id`` it has seen, and may answer ``{"ticket": "its own id"}`` to have that id in updates.
"""

import base64
import hashlib
import hmac
import time
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import msgspec
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from shared.errors import ConfigurationError, DeliveryRejectedError, DeliveryUnavailableError

TIMEOUT_SECONDS = 10
TRIES = 2
"""Tries inside one invocation; after them the queue brings the case back."""
TRANSIENT = {408, 409, 425, 429}
MAX_TICKET_CHARS = 200
SECRET_PREFIX = "whsec_"  # noqa: S105 - marks a secret, is none


class _Answer(msgspec.Struct):
    ticket: str | None = None


class WebhookDestination:
    """One HTTP endpoint that keeps tickets by ``ticketKey``."""

    name = "webhook"
    max_bytes = 256 * 1024

    def __init__(self, url: str, secret: str, http: aiohttp.ClientSession) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" and not _is_loopback(parts.hostname or ""):
            raise ConfigurationError("the webhook's address must be https", hint="Set TRIAGE_WEBHOOK_URL to https://…")
        self._url = url
        self._key = _key(secret)
        self._http = http

    async def send(self, body: bytes, ticket: dict[str, Any]) -> str:
        """Post the ticket, trying again once on a transient answer."""
        async for attempt in AsyncRetrying(
            stop=stop_after_attempt(TRIES),
            wait=wait_exponential_jitter(multiplier=0.2, max=2),
            retry=retry_if_exception_type(DeliveryUnavailableError),
            reraise=True,
        ):
            with attempt:
                return await self._post(body, ticket)
        raise AssertionError("unreachable: the last attempt raises")

    async def _post(self, body: bytes, ticket: dict[str, Any]) -> str:
        key = str(ticket["idempotencyKey"])
        headers = {"content-type": "application/json", "idempotency-key": key, **self._signature(key, body)}
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
        try:
            async with self._http.post(
                self._url, data=body, headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                text = await response.content.read(64 * 1024)
                status = response.status
        except (aiohttp.ClientError, TimeoutError) as error:
            raise DeliveryUnavailableError(f"webhook not reached for `{key}`: {type(error).__name__}") from error
        if status in TRANSIENT or status >= 500:
            raise DeliveryUnavailableError(f"webhook answered {status} for `{key}`", status=status)
        if status >= 300:
            raise DeliveryRejectedError(f"webhook answered {status} for `{key}`", status=status)
        return _ticket_id(text) or str(ticket["ticket"] or ticket["ticketKey"])

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


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _ticket_id(text: bytes) -> str | None:
    try:
        found = msgspec.json.decode(text, type=_Answer).ticket
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return found[:MAX_TICKET_CHARS] if found else None
