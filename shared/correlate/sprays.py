"""Sign-ins from one address to a campaign and the signals of those who fell."""

from collections.abc import Collection, Sequence
from hashlib import sha256
from itertools import count

import msgspec

from shared.clock import midnight
from shared.correlate.signals import signal
from shared.models.cases import Campaign, Signal
from shared.models.identity import Identity
from shared.models.records import SignIn
from shared.patterns.sprays import SPRAY_PAUSE, Spray


def address_partition(tenant_id: str, address: str) -> str:
    """Return the evidence partition that holds the sign-ins from one address."""
    return f"{tenant_id}|ip|{address}"


def tried_partition(tenant_id: str, address: str) -> str:
    """Return the evidence partition that holds what was tried from one address and did not work.

    Beside an office's hundred thousand sign-ins it is small; only where it is not empty the others are looked at.
    """
    return f"{tenant_id}|tried|{address}"


def campaign_of(spray: Spray, known: Sequence[Campaign]) -> Campaign:
    """Return the campaign of a spray, under the id it already has: late failures move its beginning."""
    tenant, addresses = spray.failures[0].tenant_id, sorted(spray.addresses)
    campaign = Campaign(
        id="",
        kind="password_spray",
        tenant_id=tenant,
        ip_address=addresses[0] if len(addresses) == 1 else "",
        addresses=len(addresses),
        first_at=spray.first_at,
        last_at=spray.last_at,
        targeted=tuple(sorted(spray.targeted)),
        succeeded=tuple(sorted(spray.fell)),
    )
    earlier = next((other for other in known if _is_same(campaign, other)), None)
    if earlier is None:
        return msgspec.structs.replace(campaign, id=_free_id(campaign, {other.id for other in known}))
    campaign = msgspec.structs.replace(campaign, id=earlier.id)
    return campaign if campaign.ip_address else _together(campaign, earlier)


def _free_id(campaign: Campaign, taken: Collection[str]) -> str:
    """Return an id by source and day, the first that is free.

    The failures of a spray arrive in any order, and two instances may see different ones first: what an id is made of
    must be the same for all of them.
    """
    source = f"{campaign.tenant_id}|{campaign.ip_address}|{midnight(campaign.first_at).date().isoformat()}"
    ids = (f"spray-{sha256(f'{source}|{number}'.encode()).hexdigest()[:12]}" for number in count())
    return next(one for one in ids if one not in taken)


def signals_of_spray(spray: Spray) -> list[tuple[Identity, Signal]]:
    """Return, for each user whose password was right, the signal of the first such sign-in."""
    first: dict[str, SignIn] = {}
    for record in spray.accepted:
        first.setdefault(record.user_id, record)
    return [(record.identity, signal(record, "password_spray_success", record.at)) for record in first.values()]


def _together(one: Campaign, other: Campaign) -> Campaign:
    """Return what is known of a spray from many addresses: its client and its network each show a part of it."""
    return msgspec.structs.replace(
        one,
        addresses=max(one.addresses, other.addresses),
        first_at=min(one.first_at, other.first_at),
        last_at=max(one.last_at, other.last_at),
        targeted=tuple(sorted({*one.targeted, *other.targeted})),
        succeeded=tuple(sorted({*one.succeeded, *other.succeeded})),
    )


def _is_same(one: Campaign, other: Campaign) -> bool:
    same_source = (one.tenant_id, one.ip_address) == (other.tenant_id, other.ip_address)
    return same_source and one.first_at - other.last_at <= SPRAY_PAUSE and other.first_at - one.last_at <= SPRAY_PAUSE
