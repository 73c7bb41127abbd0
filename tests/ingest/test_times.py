"""Every way of writing a time gives the same moment in UTC."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ingest.times import read_time

AFTERNOON = datetime(2025, 4, 11, 16, 17, 0, 739774, tzinfo=UTC)
MORNING = datetime(2025, 4, 1, 3, 5, 7, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(9998, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2025-04-11T16:17:00.7397744Z", AFTERNOON),
        ("2025-04-11T16:17:00.739774400", AFTERNOON),
        ("2025-04-11T16:17:00.7397744+00:00", AFTERNOON),
        ("2025-04-11T17:17:00.739774+01:00", AFTERNOON),
        ("2025-04-11T11:17:00.739774-05:00", AFTERNOON),
        ("2025-04-11T11:17:00.739774-0500", AFTERNOON),
        ("2025-04-11 16:17:00.739774", AFTERNOON),
        (" 2025-04-11 16:17:00.739774 UTC ", AFTERNOON),
        ("2025-4-1T3:05:07Z", MORNING),
        ("2025-04-01T3:5:7Z", MORNING),
        ("2025-04-01T3:05:07.Z", MORNING),
        ("2025-4-1 3:05:07+00", MORNING),
        ("2025-04-01T03:05:07,000Z", MORNING),
        ("4/1/2025 3:05:07 AM", MORNING),
        ("04/01/2025 03:05:07", MORNING),
        ("4/1/2025, 3:05:07.000 AM", MORNING),
        ("4/1/2025 3:05:07\u202fAM", MORNING),
        ("4/1/2025 4:05:07 AM +01:00", MORNING),
        ("4/11/2025 4:17:00.739774 PM", AFTERNOON),
        ("4/11/2025 16:17:00.7397744", AFTERNOON),
        ("4/11/2025 12:00:00 AM", datetime(2025, 4, 11, tzinfo=UTC)),
        ("4/11/2025 12:00:00 PM", datetime(2025, 4, 11, 12, tzinfo=UTC)),
        ("4/11/2025 9:59 AM", datetime(2025, 4, 11, 9, 59, tzinfo=UTC)),
        ("4/11/2025", datetime(2025, 4, 11, tzinfo=UTC)),
    ],
)
def test_a_written_time_is_read(written: str, moment: datetime) -> None:
    """Each spelling seen on the wire is the moment it means."""
    assert read_time(written) == moment
    assert read_time(written).tzinfo is UTC


@pytest.mark.parametrize(
    "written",
    [
        *(None, "", "None", "<null>", "yesterday", "1744352156", "0001-01-01T00:00:00Z", "1601-01-01T00:00:00Z"),
        *("2025-13-01T00:00:00Z", "2025-02-30T1:00:00Z", "4/11/2025 13:00:00 PM", "4/11/2025 0:00:00 AM"),
        *("13/4/2025 1:00:00 AM", "2025-04-11T25:00:00Z", "9999-12-31T23:59:59-05:00", "2025-4-1T1:00:00+99:00"),
        "2025-04-11T1:00:00." + "9" * 100_000,
    ],
)
def test_what_is_no_time_is_none(written: str | None) -> None:
    """Text without a time, an unset time and an impossible time give None, never an error."""
    assert read_time(written) is None


@given(MOMENTS)
def test_iso_text_round_trips(moment: datetime) -> None:
    """What isoformat writes is read back, with any offset and without padding."""
    assert read_time(moment.isoformat()) == moment
    elsewhere = moment.astimezone(timezone(timedelta(hours=-5, minutes=-30)))
    assert read_time(elsewhere.isoformat(" ")) == moment
    loose = f"{moment.year:04}-{moment.month}-{moment.day}T{moment.hour}:{moment.minute}:{moment.second}"
    assert read_time(f"{loose}.{moment.microsecond:06}9Z") == moment


@given(MOMENTS)
def test_us_text_round_trips(moment: datetime) -> None:
    """The 12-hour and 24-hour US forms are read back to the second."""
    moment = moment.replace(microsecond=0)
    day = f"{moment.month}/{moment.day}/{moment.year:04}"
    half = "AM" if moment.hour < 12 else "PM"
    assert read_time(f"{day} {(moment.hour - 1) % 12 + 1}:{moment:%M:%S} {half}") == moment
    assert read_time(f"{day} {moment:%H:%M:%S}") == moment


@given(st.text())
def test_no_text_raises(written: str) -> None:
    """Hostile text gives None or a moment in UTC."""
    found = read_time(written)
    assert found is None or found.tzinfo is UTC
