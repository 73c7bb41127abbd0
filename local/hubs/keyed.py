"""Recorded message bodies as events that keep each identity in order: one partition key for one identity."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import msgspec

from local.replay import tenant_of, wrapped
from shared.ingest import decode
from shared.ingest.bodies import elements, without_bom

_ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)


class Keyed(msgspec.Struct, frozen=True):
    """One event to send."""

    body: bytes
    key: str | None
    """``tenant|kind|id`` of the identity that all its records are about; None: no record names one."""
    records: int


def keyed(bodies: Iterable[bytes]) -> Iterator[Keyed]:
    """Yield the bodies as events. One about a single identity stays as it is, byte for byte.

    Event Hubs keeps order within a partition only, so a body about several identities is cut into one for each, its
    records in their order; what names nobody, or can't be read, is one more without a key.
    """
    bodies = list(bodies)
    tenant = tenant_of(bodies)
    for body in bodies:
        found: dict[str | None, list[bytes]] = {}
        content = without_bom(body)
        for element in elements(content) if content else []:
            found.setdefault(_key(element, tenant), []).append(element)
        if len(found) == 1:
            ((key, group),) = found.items()
            yield Keyed(body, key, len(group))
            continue
        for key, group in found.items():
            yield Keyed(wrapped(group), key, len(group))


def _key(element: bytes, tenant: str) -> str | None:
    for record in decode(element, received_at=_ANY_TIME, default_tenant=tenant).records:
        if record.identity is not None:
            return record.identity.key
    return None
