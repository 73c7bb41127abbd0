"""Messages for functions that serve several tenants: each says whose it is."""

from collections.abc import Sequence

import msgspec

from shared.state.interface import TRIGGER_QUEUES


class Addressed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A queue message of one of several tenants."""

    tenant_id: str
    message: msgspec.Raw
    """JSON, as it would be with one tenant alone."""


_ADDRESSED = msgspec.json.Decoder(Addressed)


def addressed(tenant_id: str, body: bytes) -> bytes:
    """Return a message that says whose it is; as it is where there is one tenant alone, which has no name here."""
    return msgspec.json.encode(Addressed(tenant_id, msgspec.Raw(body))) if tenant_id else body


def opened(body: bytes) -> tuple[str, bytes]:
    """Return whose a message is, and the message; nobody's and the whole body when it does not say."""
    try:
        found = _ADDRESSED.decode(body)
    except msgspec.DecodeError:
        return "", body
    return found.tenant_id, bytes(found.message)


def own_messages(tenant_id: str, queue: str, bodies: Sequence[bytes]) -> list[bytes]:
    """Return a tenant's messages among those of a queue, as it sent them; all of them as they are without a tenant."""
    if not tenant_id or queue not in TRIGGER_QUEUES:
        return list(bodies)
    return [message for whose, message in map(opened, bodies) if whose == tenant_id]
