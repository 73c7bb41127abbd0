"""Who asks over HTTP, and which tenant they may see."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

import msgspec

from shared.errors import ConfigurationError

_TENANT = ("tid", "http://schemas.microsoft.com/identity/claims/tenantid")
_OBJECT = ("oid", "http://schemas.microsoft.com/identity/claims/objectidentifier")
_APP = ("appid", "azp")
_ROLES = ("roles", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role")
_GROUPS = ("groups", "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups")
"""Names of claims, as the token has them and as Easy Auth maps them."""


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """Whom Easy Auth let in: ids in lower case."""

    tenant_id: str
    object_id: str = ""
    app_id: str = ""
    roles: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """A request, as far as it says who asks about which tenant."""

    tenant_id: str = ""
    """As named, in lower case; empty: none was."""
    key: str = ""
    principal: Principal | None = None


class Caller(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody in the file of tenants: the holder of a function key, or principals of one tenant."""

    key_sha256: str = ""
    """SHA-256 of a function key, in hexadecimal digits."""
    tenant: str = ""
    """Tenant that the token is from. Alone: everybody whom Easy Auth lets in from there."""
    role: str = ""
    group: str = ""
    """Object id."""
    object_id: str = ""
    """Of a user, or of the service principal that calls."""
    app_id: str = ""
    """Client id of the application that calls, or through which a person does."""

    def check(self) -> None:
        """Refuse an entry that means nobody, or more than it says. Raises ConfigurationError."""
        by_token = bool(self.tenant)
        if by_token == bool(self.key_sha256) or (not by_token and any(self._narrowing())):
            raise ConfigurationError(
                "a caller is neither a key nor of a tenant, or both",
                hint="Give key_sha256 alone; or tenant, with role, group, object_id or app_id to narrow it.",
            )
        if self.key_sha256 and (len(self.key_sha256) != 64 or set(self.key_sha256.lower()) - set("0123456789abcdef")):
            raise ConfigurationError("a key_sha256 is no SHA-256", hint="Make it with: printf %s KEY | sha256sum")

    def is_asking(self, asking: Asking) -> bool:
        """Say whether a request is this caller's."""
        if self.key_sha256:
            shown = hashlib.sha256(asking.key.encode()).hexdigest()
            return bool(asking.key) and hmac.compare_digest(shown, self.key_sha256.lower())
        who = asking.principal
        if who is None or who.tenant_id != self.tenant.lower():
            return False
        return (
            (not self.role or self.role in who.roles)
            and (not self.group or self.group.lower() in who.groups)
            and (not self.object_id or self.object_id.lower() == who.object_id)
            and (not self.app_id or self.app_id.lower() == who.app_id)
        )

    def _narrowing(self) -> tuple[str, ...]:
        return self.role, self.group, self.object_id, self.app_id


def are_asking(callers: Sequence[Caller], asking: Asking) -> bool:
    """Say whether one of the callers asks."""
    return any(caller.is_asking(asking) for caller in callers)


class _Claim(msgspec.Struct):
    typ: str
    val: str


class _Header(msgspec.Struct):
    auth_typ: str
    claims: list[_Claim] = []


def principal_of(header: str) -> Principal | None:
    """Return whom ``X-MS-CLIENT-PRINCIPAL`` names; None for what is not of Entra or can't be read."""
    try:
        found = msgspec.json.decode(base64.b64decode(header, validate=True), type=_Header)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        return None
    tenant_id = _first(found, _TENANT)
    if found.auth_typ.lower() != "aad" or not tenant_id:
        return None
    return Principal(
        tenant_id=tenant_id.lower(),
        object_id=_first(found, _OBJECT).lower(),
        app_id=_first(found, _APP).lower(),
        roles=frozenset(_all(found, _ROLES)),
        groups=frozenset(group.lower() for group in _all(found, _GROUPS)),
    )


def _first(found: _Header, names: tuple[str, ...]) -> str:
    return next(iter(_all(found, names)), "")


def _all(found: _Header, names: tuple[str, ...]) -> list[str]:
    return [claim.val for claim in found.claims if claim.typ in names]
