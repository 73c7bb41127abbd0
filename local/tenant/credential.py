"""A credential for the Graph SDK to use against the stand-in: no identity, no network, no secret."""

import base64
import time
from collections.abc import Iterable
from typing import Self

import msgspec
from azure.core.credentials import AccessToken

_LIFETIME_SECONDS = 3600


class StandInCredential:
    """Gives out unsigned tokens whose ``roles`` claim lists the granted permissions."""

    def __init__(self, roles: Iterable[str] | None = None, *, tenant_id: str = "", app_id: str = "") -> None:
        """Set the claims; no roles at all leaves the claim out, as Entra does."""
        self._claims = {"aud": "https://graph.microsoft.com", "tid": tenant_id, "appid": app_id, "idtyp": "app"}
        self._roles = sorted(roles) if roles is not None else []

    async def get_token(self, *_scopes: str, **_: object) -> AccessToken:
        """Return a token that looks like a JWT and lasts an hour; the scopes do not matter here."""
        expires_on = int(time.time()) + _LIFETIME_SECONDS
        claims: dict[str, object] = {**self._claims, "exp": expires_on}
        if self._roles:
            claims["roles"] = self._roles
        return AccessToken(f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(claims)}.unsigned", expires_on)

    async def close(self) -> None:
        """Do nothing: there is nothing to close."""

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        await self.close()


def _part(claims: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(claims)).rstrip(b"=").decode()
