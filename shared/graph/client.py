"""Make the connection to Microsoft Graph: the SDK's adapter, its own retries off, tokens for one host only."""

import base64
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from shared.errors import AccessDeniedError, ConfigurationError, DependencyError, DependencyUnavailableError

if TYPE_CHECKING:
    import httpx
    from azure.core.credentials_async import AsyncTokenCredential
    from msgraph.graph_request_adapter import GraphRequestAdapter
    from msgraph.graph_service_client import GraphServiceClient

    from shared.graph.queries import Version

GLOBAL_SCOPE = "https://graph.microsoft.com/.default"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
CONNECT_SECONDS = 5.0
SIGN_IN_HINT = "In Azure: does the app have its identity? Elsewhere: az login, with the tenant that the app reads."


class Claims(msgspec.Struct, frozen=True):
    """What a token says of its holder's rights."""

    roles: tuple[str, ...] = ()
    """Application permissions."""
    scp: str = ""
    """Delegated permissions of a person, separated by spaces."""
    tid: str = ""
    """Tenant that it is of."""


def claims_of(token: str) -> Claims:
    """Return what a token says; nothing for one that can't be read."""
    try:
        part = token.split(".")[1]
        return msgspec.json.decode(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)), type=Claims)
    except (IndexError, ValueError):
        return Claims()


class Graph:
    """A connection that is made at its first use, on the event loop that uses it.

    The SDK takes up to a second to import, and an invocation that only takes events in never needs it.
    """

    def __init__(
        self,
        credential: "AsyncTokenCredential",
        base_url: str,
        *,
        timeout_seconds: float,
        transport: "httpx.AsyncBaseTransport | None" = None,
    ) -> None:
        self.root = base_url.rstrip("/")
        self._credential = credential
        self._timeout_seconds = timeout_seconds
        self._transport = transport

    def root_of(self, version: "Version") -> str:
        """Return where the paths of a version begin: beside the root that was configured."""
        return self.root if version == "v1.0" else f"{self.root.rsplit('/', 1)[0]}/{version}"

    @cached_property
    def adapter(self) -> "GraphRequestAdapter":
        """Return the SDK's request adapter: HTTP/1.1, no retries, no redirects, tokens for the base URL's host only."""
        import httpx
        from kiota_authentication_azure.azure_identity_authentication_provider import (
            AzureIdentityAuthenticationProvider,
        )
        from msgraph.graph_request_adapter import GraphRequestAdapter
        from msgraph_core import GraphClientFactory  # type: ignore[import-untyped]
        from msgraph_core.middleware import GraphTelemetryHandler  # type: ignore[import-untyped]

        authentication = AzureIdentityAuthenticationProvider(
            self._credential, scopes=[_scope(self.root)], allowed_hosts=[urlsplit(self.root).hostname or ""]
        )
        timeout = httpx.Timeout(self._timeout_seconds, connect=CONNECT_SECONDS)
        # The default pipeline brings a retry handler (up to nine minutes inside one await) and a redirect handler.
        client = GraphClientFactory.create_with_custom_middleware(
            middleware=[GraphTelemetryHandler()], client=httpx.AsyncClient(timeout=timeout, transport=self._transport)
        )
        adapter = GraphRequestAdapter(authentication, client=client)
        adapter.base_url = self.root
        self._http = client
        return adapter

    @cached_property
    def api(self) -> "GraphServiceClient":
        """Return the SDK's typed request builders."""
        from msgraph.graph_service_client import GraphServiceClient

        return GraphServiceClient(request_adapter=self.adapter)

    async def claims(self) -> Claims:
        """Return what the app's own token says; nothing for a token that can't be read.

        It is only read, not trusted: whether a permission holds is Graph's to say. Raises AccessDeniedError or
        DependencyUnavailableError when there is no token to be had.
        """
        from azure.core.exceptions import AzureError, ClientAuthenticationError

        try:
            token = await self._credential.get_token(_scope(self.root))
        except ClientAuthenticationError:
            # Not chained, as below: the words of these errors can hold names and ids.
            raise AccessDeniedError("no token for Microsoft Graph", hint=SIGN_IN_HINT) from None
        except AzureError as error:
            message = f"no token for Microsoft Graph: {type(error).__name__}"
            raise DependencyUnavailableError(message, hint=SIGN_IN_HINT) from None
        return claims_of(token.token)

    async def permissions(self) -> frozenset[str]:
        """Return the ``roles`` claim of the app's token; nothing where there is no token or no such claim."""
        try:
            return frozenset((await self.claims()).roles)
        except DependencyError:
            return frozenset()

    async def close(self) -> None:
        """Close the connections; the credential belongs to whoever made it."""
        if "adapter" in self.__dict__:
            await self._http.aclose()


def make_graph(
    credential: "AsyncTokenCredential",
    base_url: str,
    *,
    timeout_seconds: float = 30.0,
    transport: "httpx.AsyncBaseTransport | None" = None,
) -> Graph:
    """Return a connection to Graph at a base URL such as ``https://graph.microsoft.com/v1.0``.

    ``timeout_seconds``: longest silence of one HTTP request; the reader's deadline usually ends it earlier.
    ``transport``: what carries the requests, where that is not the network.
    Raises ConfigurationError for a URL to which the SDK would send no token.
    """
    parts = urlsplit(base_url)
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)):
        raise ConfigurationError(
            "TRIAGE_GRAPH_URL is not an https URL", hint="Give Graph's root with its version, e.g. ending in /v1.0."
        )
    return Graph(credential, base_url, timeout_seconds=timeout_seconds, transport=transport)


def _scope(root: str) -> str:
    """Return the scope to ask tokens for: the national cloud's own, or the global one for a stand-in on loopback."""
    parts = urlsplit(root)
    return f"https://{parts.hostname}/.default" if parts.scheme == "https" else GLOBAL_SCOPE
