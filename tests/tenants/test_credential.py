"""Tokens of a customer's tenant, from a loopback Entra: no secret is sent, the app's identity vouches."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError
from azure.core.pipeline.transport import AioHttpTransport

from local.tenant import StandInCredential
from shared.tenants.credential import EXCHANGE_SCOPE, FederatedCredential, HomeCredential
from tests.tenants.two import A, B


class Identity(StandInCredential):
    """The app's identity: notes what it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.scopes: list[tuple[str, ...]] = []

    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """Return a token whose text says how many came before."""
        self.scopes.append(scopes)
        token = await super().get_token(*scopes, **options)
        return AccessToken(f"assertion-{len(self.scopes)}", token.expires_on)


class Entra:
    """Answers token requests and keeps them."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, list[str]]]] = []
        self.refuses = False
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        """Give out a token, or refuse."""
        self.asked.append((request.path, parse_qs(await request.text())))
        if self.refuses:
            return web.json_response({"error": "unauthorized_client", "error_description": "AADSTS700016"}, status=400)
        return web.json_response({"access_token": "of-a", "expires_in": 3600, "token_type": "Bearer"})


class ToLoopback(AioHttpTransport):
    """Sends what is meant for login.microsoftonline.com to loopback."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    async def send(self, request: Any, **options: Any) -> Any:
        """Send a request elsewhere."""
        request.url = request.url.replace("https://login.microsoftonline.com", self._url)
        return await super().send(request, **options)


@pytest.fixture
async def entra() -> AsyncIterator[Entra]:
    """Serve it on loopback."""
    made, app = Entra(), web.Application()
    app.router.add_post("/{tail:.*}", made.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


def credential_of(identity: Identity, entra: Entra) -> FederatedCredential:
    """Return the credential under test."""
    return FederatedCredential(identity, tenant_id=A, client_id="registration", transport=ToLoopback(entra.url))


async def test_the_apps_identity_vouches_for_the_registration(entra: Entra) -> None:
    """The request names tenant and registration; the second token costs no request."""
    identity = Identity()
    async with credential_of(identity, entra) as credential:
        scope = "https://graph.microsoft.com/.default"
        assert (await credential.get_token(scope)).token == "of-a"
        await credential.get_token(scope)
    assert set(identity.scopes) == {(EXCHANGE_SCOPE,)}
    ((path, sent),) = entra.asked
    assert path.startswith(f"/{A}/")
    assert (sent["client_id"], sent["client_assertion"]) == (["registration"], ["assertion-1"])
    assert sent["scope"] == [scope]
    assert "client_secret" not in sent


@pytest.mark.parametrize(("of", "is_given"), [(A, True), (A.upper(), True), (B, False), ("", False)])
async def test_the_apps_own_identity_reads_its_own_tenant_alone(of: str, *, is_given: bool) -> None:
    """A wrong ``is_home`` in the file gives nobody's data to anybody."""
    credential = HomeCredential(StandInCredential(tenant_id=of), A)
    if is_given:
        assert (await credential.get_token("scope")).token
        return
    with pytest.raises(ClientAuthenticationError):
        await credential.get_token("scope")


async def test_a_tenant_that_has_not_consented_is_an_error_of_sign_in(entra: Entra) -> None:
    """As every credential raises it, which the reader of Graph makes a gap of."""
    entra.refuses = True
    async with credential_of(Identity(), entra) as credential:
        with pytest.raises(ClientAuthenticationError):
            await credential.get_token("https://graph.microsoft.com/.default")
