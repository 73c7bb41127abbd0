"""Times as people read them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from shared.clock import period, with_plain_times

NOON = datetime(2026, 9, 16, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Made at 2026-09-16T07:41:08Z, from", "Made at 16 September 2026, 07:41:08 UTC, from"),
        ("since 2026-02-30T07:41:08Z", "since 2026-02-30T07:41:08Z"),
        ('named "at 2026-09-16T07:41:08Z"', 'named "at 2026-09-16T07:41:08Z"'),
        ("named “2026-09-16T07:41:08Z” at 2026-09-16T07:41:08Z", "named “2026-09-16T07:41:08Z” at 16 September 2026, 07:41:08 UTC"),
        ("", ""),
    ],
)  # fmt: skip
def test_times_in_a_text_are_plain(text: str, plain: str) -> None:
    """A time is written out; what is quoted is somebody else's words, and what is no date stays."""
    assert with_plain_times(text) == plain


def test_a_period_names_its_day_once() -> None:
    """The day again only where it is another; in UTC, whatever zone the moments have."""
    assert period(NOON, NOON) == "16 September 2026, 12:00 UTC"
    assert period(NOON, NOON + timedelta(hours=2)) == "16 September 2026, 12:00 to 14:00 UTC"
    assert period(NOON, NOON + timedelta(days=1)) == "16 September 2026, 12:00 UTC to 17 September 2026, 12:00 UTC"
    east = NOON.astimezone(timezone(timedelta(hours=9)))
    assert period(east, east + timedelta(hours=2)) == "16 September 2026, 12:00 to 14:00 UTC"
