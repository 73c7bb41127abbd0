"""HTTP to a destination, one way for all: time-outs, retries, Retry-After, and what each status means.

An error's message names the destination, the status and our own key: never an address (some hold a secret), a body or
a credential.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp
import msgspec
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, wait_random
from yarl import URL

from shared.clock import seconds_after, system_clock
from shared.deliver.addresses import HINT, PrivateAddressError, is_loopback
from shared.errors import ConfigurationError, DeliveryDeniedError, DeliveryRejectedError, DeliveryUnavailableError

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

TIMEOUT_SECONDS = 10
TRIES = 2
"""Tries inside one invocation; after them the queue brings the case back."""
LONGEST_PAUSE_SECONDS = 5
"""A longer Retry-After is left to the queue."""
MAX_ANSWER_BYTES = 1024 * 1024
TRANSIENT = {408, 409, 412, 425, 429}
DENIED = {401, 403}
_PAGE = re.compile(rb"\s*<(?:!doctype\s+html|html)\b", re.IGNORECASE)


class Answer(msgspec.Struct, frozen=True):
    """An answer that a destination may go on with."""

    destination: str
    status: int
    body: bytes

    def read[T](self, kind: type[T]) -> T:
        """Decode the body. Raises DeliveryUnavailableError: what is no JSON comes from something in between."""
        try:
            return msgspec.json.decode(self.body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise self.misplaced("without the expected JSON") from None

    def misplaced(self, how: str) -> DeliveryUnavailableError:
        """Return the error of an answer that something else gave."""
        return DeliveryUnavailableError(
            f"{self.destination} answered {self.status} {how}",
            status=self.status,
            hint="A proxy, a login page or a sleeping instance may answer in its place; check its address.",
        )


class Caller:
    """Calls one destination."""

    def __init__(
        self,
        destination: str,
        http: aiohttp.ClientSession,
        *,
        denied: str | None = None,
        rejected: str | None = None,
        explain: Callable[[Answer], str | None] = lambda _answer: None,
    ) -> None:
        """Hints for a person: ``denied`` at 401 and 403, else what ``explain`` makes of the body, or ``rejected``."""
        self._destination = destination
        self._http = http
        self._denied = denied
        self._rejected = rejected
        self._explain = explain

    async def call(
        self,
        method: str,
        url: str | URL,
        *,
        key: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        allow: frozenset[int] = frozenset(),
        repeatable: bool = True,
    ) -> Answer:
        """Return the answer if its status is 2xx or in ``allow``.

        ``key`` names the delivery in errors. ``repeatable=False`` for a request that makes something: a second try
        after a lost answer would make it twice. Raises DeliveryUnavailableError, DeliveryDeniedError and
        DeliveryRejectedError.
        """
        async for attempt in AsyncRetrying(
            stop=stop_after_attempt(TRIES if repeatable else 1),
            wait=_pause,
            retry=retry_if_exception(_is_worth_another_try),
            reraise=True,
        ):
            with attempt:
                answer, retry_after = await self._once(method, url, key, body, headers)
                if answer.status >= 300 and answer.status not in allow:
                    raise self._error(answer, key, retry_after)
                if answer.status < 300 and _PAGE.match(answer.body):
                    # No receipt: taking it for one would lose the ticket without a word.
                    raise answer.misplaced(f"with a page to `{key}`")
                return answer
        raise AssertionError("unreachable: the last attempt raises")

    async def _once(
        self, method: str, url: str | URL, key: str, body: bytes | None, headers: Mapping[str, str] | None
    ) -> tuple[Answer, float | None]:
        try:
            async with self._http.request(
                method,
                # As it was configured: a signature inside an address must not be written anew.
                URL(url, encoded=True) if isinstance(url, str) else url,
                data=body,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS),
                allow_redirects=False,
            ) as response:
                text = await response.content.read(MAX_ANSWER_BYTES)
                while len(text) < MAX_ANSWER_BYTES and (more := await response.content.read(MAX_ANSWER_BYTES)):
                    text += more
                wait = seconds_after(response.headers.get("retry-after"), system_clock())
                return Answer(self._destination, response.status, text), wait
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _unreached(self._destination, error, f"`{key}` was not sent", f" for `{key}`") from None

    def _error(
        self, answer: Answer, key: str, retry_after: float | None
    ) -> DeliveryUnavailableError | DeliveryRejectedError:
        status = answer.status
        message = f"{self._destination} answered {status} for `{key}`"
        if status in TRANSIENT or status >= 500:
            return DeliveryUnavailableError(message, status=status, retry_after_seconds=retry_after)
        if status in DENIED:
            return DeliveryDeniedError(message, status=status, hint=self._denied)
        return DeliveryRejectedError(message, status=status, hint=self._explain(answer) or self._rejected)


def https_address(url: str, setting: str) -> str:
    """Return an address without its last slash. Raises ConfigurationError unless it is https or on this machine."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host, parts = "", urlsplit("")
    if not host or parts.username or (parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host))):
        raise ConfigurationError(f"{setting} must be https", hint=f"Set {setting} to https://…, without a user name.")
    return url.rstrip("/")


async def knock(destination: str, url: str, http: aiohttp.ClientSession, *, hint: str) -> str:
    """Resolve an address, connect, check the certificate and ask for the head of the root page; any answer will do.

    Through the session of deliveries: what they may not reach, a probe may not either. The path, which may hold a
    secret, is not sent. Raises DeliveryUnavailableError, and DeliveryRejectedError for a private network.
    """
    root = URL(url, encoded=True).origin()
    try:
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
        async with http.head(root, timeout=timeout, allow_redirects=False):
            pass
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise _unreached(destination, error, "not probed", hint=hint) from None
    return "reachable, not sent: " + ("name and certificate are good" if root.scheme == "https" else "it answers")


def _unreached(
    destination: str, error: BaseException, undone: str, about: str = "", *, hint: str | None = None
) -> DeliveryUnavailableError | DeliveryRejectedError:
    """Return what not reaching a destination comes to, to raise unchained: the other message can hold the address."""
    if isinstance(getattr(error, "os_error", None), PrivateAddressError):
        return DeliveryRejectedError(f"{destination} is in a private network: {undone}", hint=HINT)
    return DeliveryUnavailableError(f"{destination} not reached{about}: {type(error).__name__}", hint=hint)


def bearer_of(
    credential: "AsyncTokenCredential", scope: str, destination: str, hint: str
) -> Callable[[], Awaitable[str]]:
    """Return a function that gives an ``Authorization`` header for the app's identity, kept until it runs out.

    The function raises DeliveryDeniedError with the hint when there is no token to be had, DeliveryUnavailableError
    when the identity service does not answer.
    """
    from azure.core.exceptions import AzureError, ClientAuthenticationError
    from azure.identity.aio import get_bearer_token_provider

    token = get_bearer_token_provider(credential, scope)

    async def header() -> str:
        try:
            return f"Bearer {await token()}"
        except ClientAuthenticationError:
            raise DeliveryDeniedError(f"no token for {destination}", hint=hint) from None
        except AzureError as error:
            raise DeliveryUnavailableError(f"no token for {destination}: {type(error).__name__}", hint=hint) from None

    return header


def _is_worth_another_try(error: BaseException) -> bool:
    return isinstance(error, DeliveryUnavailableError) and (error.retry_after_seconds or 0) <= LONGEST_PAUSE_SECONDS


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after_seconds if isinstance(error, DeliveryUnavailableError) else None
    return (asked or 0) + wait_random(0.1, 0.5)(state)
