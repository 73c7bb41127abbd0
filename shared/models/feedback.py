"""What an analyst says of a case afterwards."""

from datetime import datetime
from typing import Literal

import msgspec

type Rating = Literal["looksRight", "needsImprovement", "inappropriate"]
type Classification = Literal["truePositive", "benignPositive", "falsePositive", "undetermined"]
"""In the words of Sentinel and Defender."""


class Feedback(msgspec.Struct, frozen=True, kw_only=True):
    """One opinion on one case. A later one of the same caller replaces it."""

    id: str
    """From the case and the caller, so that saying it twice is saying it once."""
    case_id: str
    rating: Rating
    classification: Classification | None = None
    comment: str | None = None
    """At most 500 characters, as the analyst wrote it: hostile text like any other."""
    share_sample: bool = False
    """The analyst agrees that the case may serve as an evaluation case."""
    at: datetime
    by: str
    """Digest of the caller's key or identity; never a name."""


class PastCase(msgspec.Struct, frozen=True, kw_only=True):
    """An earlier case of the same identity, as memory: what it was about and how it ended."""

    case_id: str
    opened_at: datetime
    last_signal_at: datetime
    status: str
    outcome: str | None
    verdict: str
    severity: str
    score: int
    findings: tuple[str, ...]
    risk_event_types: tuple[str, ...]
    addresses: tuple[str, ...]
    countries: tuple[str, ...]
    asns: tuple[str, ...] = ()
    """Autonomous system numbers of the addresses, where sign-ins told them."""
    feedback: tuple[Feedback, ...] = ()
    """Oldest first."""
