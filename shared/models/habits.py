"""What is usual for an identity, kept in a few KiB: counts of days and sign-ins, never the sign-ins themselves."""

from datetime import date, datetime
from typing import Literal

import msgspec

type Dimension = Literal[
    "country", "city", "asn", "address", "device", "os", "browser", "app", "client", "method", "hour"
]


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """How often one value was seen."""

    count: int
    """Sign-ins."""
    days: int
    """Distinct days."""
    first: date
    last: date


class Habits(msgspec.Struct, frozen=True, kw_only=True):
    """The profile of one identity, folded from its ordinary sign-ins up to ``until``."""

    identity_key: str
    since: datetime
    """Time of the oldest sign-in that was folded in."""
    until: datetime
    """Sign-ins up to here are counted already, and are not counted again."""
    sign_ins: int
    days: int
    last_day: date
    seen: dict[str, dict[str, Seen]] = {}
    """Dimension to value to how often. Bounded: the most used values of each dimension."""
    asked_graph: bool = False
    """Graph's sign-in log was read for it once: it is not asked again while the stream goes on."""
