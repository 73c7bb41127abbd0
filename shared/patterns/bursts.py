"""The first run of records inside a time: one rule for series of changes, refusals and wrong secrets."""

from collections.abc import Sequence
from datetime import timedelta

from shared.models.records import Record


def completes_burst[R: Record](records: Sequence[R], enough: int, window: timedelta) -> R | None:
    """Return the record that completes the first run of ``enough`` inside ``window``; None when no run is so dense.

    ``records``: oldest first.
    """
    runs = zip(records, records[enough - 1 :], strict=False)
    return next((last for first, last in runs if last.at - first.at <= window), None)
