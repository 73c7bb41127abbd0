"""Whom a batch of records says something about."""

from datetime import datetime
from typing import TypeIs

import msgspec

from shared.correlate.campaigns import Joined
from shared.models.cases import Signal
from shared.models.identity import Identity
from shared.models.records import AnyRecord, SignIn, WorkloadSignIn


class Affected(msgspec.Struct):
    """An identity that a batch says something about, and the earliest moment it speaks of."""

    identity: Identity
    earliest: datetime
    extra: list[Signal] = []
    """Signals that are not seen in the identity's own records."""
    campaign: Joined | None = None


def touch(affected: dict[str, Affected], identity: Identity, at: datetime) -> Affected:
    """Return what a batch says of an identity, from a moment on or an earlier one."""
    found = affected.setdefault(identity.key, Affected(identity, at))
    found.earliest = min(found.earliest, at)
    return found


def is_by_user(record: AnyRecord) -> TypeIs[SignIn]:
    """Say whether a record is a sign-in of a user: those of workloads have patterns of their own."""
    return isinstance(record, SignIn) and not isinstance(record, WorkloadSignIn)
