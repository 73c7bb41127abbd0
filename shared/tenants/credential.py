"""Tokens of a customer's tenant without a secret: the app's identity vouches for a registration that is known there."""

from typing import TYPE_CHECKING, Any, Self

from shared.graph.client import claims_of

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken
    from azure.core.credentials_async import AsyncTokenCredential

EXCHANGE_SCOPE = "api://AzureADTokenExchange/.default"
"""Audience of a federated credential's assertion, in the public cloud."""


class FederatedCredential:
    """The app's identity as the federated credential of a multi-tenant app registration.

    azure-identity asks for the assertion by a plain call; so it is fetched before each token. Both sides keep what they
    got until it runs out: a second token costs no request.
    """

    def __init__(self, identity: "AsyncTokenCredential", *, tenant_id: str, client_id: str, **options: Any) -> None:
        """``identity`` is the caller's to close; ``options`` are azure-identity's own."""
        from azure.identity.aio import ClientAssertionCredential

        self._identity = identity
        self._assertion = ""
        self._registration = ClientAssertionCredential(tenant_id, client_id, lambda: self._assertion, **options)

    async def get_token(self, *scopes: str, **options: Any) -> "AccessToken":
        """Return a token of the tenant. Raises azure-core's ClientAuthenticationError, as every credential does."""
        self._assertion = (await self._identity.get_token(EXCHANGE_SCOPE)).token
        return await self._registration.get_token(*scopes, **options)

    async def close(self) -> None:
        """Close the connection to Entra."""
        await self._registration.close()

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        await self.close()


class HomeCredential:
    """The app's own identity, for the tenant that it is in and for no other.

    Its tokens are of that tenant whatever the file of tenants says; a wrong entry would read one customer's Graph for
    another.
    """

    def __init__(self, identity: "AsyncTokenCredential", tenant_id: str) -> None:
        """``identity`` is the caller's to close."""
        self._identity = identity
        self._tenant_id = tenant_id

    async def get_token(self, *scopes: str, **options: Any) -> "AccessToken":
        """Return a token of the tenant. Raises ClientAuthenticationError for one that is of another or does not say."""
        from azure.core.exceptions import ClientAuthenticationError

        token = await self._identity.get_token(*scopes, **options)
        if claims_of(token.token).tid.lower() != self._tenant_id:
            raise ClientAuthenticationError("the app's own identity is not in this tenant")
        return token

    async def close(self) -> None:
        """Do nothing."""

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Do nothing."""
