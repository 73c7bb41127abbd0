"""What a model wrote for one summary, and what became of each of its sentences: for who evaluates a model."""

import msgspec

from shared.models.reports import Summary


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """One sentence that the model wrote. Not kept and without reasons: set aside with the rest of its section."""

    slot: str
    """Section and place, such as ``why.1``; a mended sentence has the slot of the rejected one."""
    text: str
    """Pseudonyms replaced by the names: never for a log."""
    cites: tuple[str, ...]
    reasons: tuple[str, ...]
    """Which checks failed; empty when it passed."""
    kept: bool
    """It stands in the summary."""


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A summary, and the model's sentences in the order in which they were checked."""

    summary: Summary
    sentences: tuple[Judged, ...] = ()
