"""Who a record, a case or a report is about."""

from typing import Literal

import msgspec

type IdentityKind = Literal["user", "servicePrincipal", "agent", "campaign"]
"""``campaign`` is ours: what hit many identities has a case and a ticket of its own."""
NOUNS: dict[IdentityKind, str] = {
    "user": "user",
    "servicePrincipal": "service principal",
    "agent": "agent",
    "campaign": "campaign",
}
"""What people call them."""
STAND_IN = "unknown-"
"""How ids begin that ingest makes up for subjects to which Entra gives none."""


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Who is affected. Its key, not its name, decides what belongs together."""

    tenant_id: str
    kind: IdentityKind
    id: str
    """Object id in Entra, lower case."""
    name: str | None = None
    """User principal name, or display name where there is none. Attacker-writable text."""

    @property
    def key(self) -> str:
        """Return ``tenant|kind|id``, the key of state, cases and budgets."""
        return f"{self.tenant_id}|{self.kind}|{self.id}"

    @property
    def noun(self) -> str:
        """Return what the identity is, in a word or two."""
        return NOUNS[self.kind]


def workload(tenant_id: str, object_id: str, name: str | None) -> Identity:
    """Return a service principal as an identity; managed identities are service principals too."""
    return Identity(tenant_id=tenant_id, kind="servicePrincipal", id=object_id, name=name)
