"""What an analyst says of a case, or of the answer to a prompt, afterwards."""

from datetime import datetime
from typing import Literal

import msgspec

type Rating = Literal["looksRight", "needsImprovement", "inappropriate"]
type Classification = Literal["truePositive", "benignPositive", "falsePositive", "undetermined"]
"""In the words of Sentinel and Defender."""

MOST_COMMENT = 500
"""Characters of a comment."""


class Feedback(msgspec.Struct, frozen=True, kw_only=True):
    """One opinion on one case, or on one prompt's answer. A later one of the same caller replaces it."""

    id: str
    """From what it is about and the caller, so that saying it twice is saying it once."""
    case_id: str | None = None
    prompt_id: str | None = None
    """One of the two is given."""
    rating: Rating
    classification: Classification | None = None
    comment: str | None = None
    """At most ``MOST_COMMENT`` characters, as the analyst wrote it: hostile text like any other."""
    share_sample: bool = False
    """The analyst agrees that the case, or the prompt with its answer, may serve as an evaluation case."""
    at: datetime
    by: str
    """Digest of the caller's key or identity; never a name."""

    @property
    def about(self) -> str:
        """Return the id of the case or prompt."""
        return self.case_id or self.prompt_id or ""


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
