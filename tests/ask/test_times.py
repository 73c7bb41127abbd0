"""Spans of time as people say them, at noon of a Thursday."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ask.understand.times import find_times, time_range

NOW = datetime(2026, 9, 17, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "since", "until", "words"),
    [
        ("sign-ins for the past 48 hours", "2026-09-15T12:00:00Z", "2026-09-17T12:00:00Z", "the past 48 hours"),
        ("in the last 7 days", "2026-09-10T12:00:00Z", "2026-09-17T12:00:00Z", "the past 7 days"),
        ("last week", "2026-09-10T12:00:00Z", "2026-09-17T12:00:00Z", "the past 7 days"),
        ("during the past two weeks", "2026-09-03T12:00:00Z", "2026-09-17T12:00:00Z", "the past 14 days"),
        ("last month", "2026-08-18T12:00:00Z", "2026-09-17T12:00:00Z", "the past 30 days"),
        ("last 24h please", "2026-09-16T12:00:00Z", "2026-09-17T12:00:00Z", "the past 24 hours"),
        ("over the last hour", "2026-09-17T11:00:00Z", "2026-09-17T12:00:00Z", "the past hour"),
        ("yesterday", "2026-09-16T00:00:00Z", "2026-09-17T00:00:00Z", "yesterday"),
        ("so far today", "2026-09-17T00:00:00Z", "2026-09-17T12:00:00Z", "today"),
        ("this week", "2026-09-14T00:00:00Z", "2026-09-17T12:00:00Z", "this week"),
        ("during the last weekend", "2026-09-12T00:00:00Z", "2026-09-14T00:00:00Z", "last weekend"),
        ("last night", "2026-09-16T18:00:00Z", "2026-09-17T06:00:00Z", "last night (18:00 to 06:00 UTC)"),
        ("since monday", "2026-09-14T00:00:00Z", "2026-09-17T12:00:00Z", "since 14 September 2026"),
        ("since 3 november", "2025-11-03T00:00:00Z", "2026-09-17T12:00:00Z", "since 3 November 2025"),
        ("since september 3rd", "2026-09-03T00:00:00Z", "2026-09-17T12:00:00Z", "since 3 September 2026"),
        ("since 2026-09-01", "2026-09-01T00:00:00Z", "2026-09-17T12:00:00Z", "since 1 September 2026"),
        ("on 15/09/2026", "2026-09-15T00:00:00Z", "2026-09-16T00:00:00Z", "on 15 September 2026"),
        ("2 days ago", "2026-09-15T00:00:00Z", "2026-09-16T00:00:00Z", "on 15 September 2026"),
        ("since two days ago", "2026-09-15T12:00:00Z", "2026-09-17T12:00:00Z", "since 15 September 2026"),
        ("in august", "2026-08-01T00:00:00Z", "2026-09-01T00:00:00Z", "in August 2026"),
        ("in december", "2025-12-01T00:00:00Z", "2026-01-01T00:00:00Z", "in December 2025"),
        ("between 3 and 5 september", "2026-09-03T00:00:00Z", "2026-09-06T00:00:00Z", "from 3 September 2026 to 5 September 2026"),
        ("from 30 december to 2 january", "2025-12-30T00:00:00Z", "2026-01-03T00:00:00Z", "from 30 December 2025 to 2 January 2026"),
        ("between 3 and 5 pm yesterday", "2026-09-16T15:00:00Z", "2026-09-16T17:00:00Z", "from 2026-09-16T15:00:00Z to 2026-09-16T17:00:00Z"),
        ("from 8:30 to 10:00 today", "2026-09-17T08:30:00Z", "2026-09-17T10:00:00Z", "from 2026-09-17T08:30:00Z to 2026-09-17T10:00:00Z"),
        ("since yesterday noon", "2026-09-16T12:00:00Z", "2026-09-17T12:00:00Z", "since 2026-09-16T12:00:00Z"),
        ("since midnight", "2026-09-17T00:00:00Z", "2026-09-17T12:00:00Z", "since 2026-09-17T00:00:00Z"),
        ("after 6 pm", "2026-09-16T18:00:00Z", "2026-09-17T12:00:00Z", "since 2026-09-16T18:00:00Z"),
        ("yesterday evening", "2026-09-16T18:00:00Z", "2026-09-17T00:00:00Z", "from 2026-09-16T18:00:00Z to 2026-09-17T00:00:00Z"),
        ("in the next 30 days", "2026-09-17T12:00:00Z", "2026-10-17T12:00:00Z", "the next 30 days"),
    ],
)  # fmt: skip
def test_a_time_is_found(text: str, since: str, until: str, words: str) -> None:
    """Each is one span, said again in words that the answer can use."""
    (said,) = find_times(text, NOW)
    assert said.span is not None
    assert (said.span.since, said.span.until, said.span.words) == (since, until, words)


@pytest.mark.parametrize("text", ["in the last x days", "since 01/02/2026", "last 99999 years", "in the past few days", "on 31 february", "since 2027-01-01", "between 13 pm and 14 pm"])  # fmt: skip
def test_what_cannot_be_told_is_asked(text: str) -> None:
    """A time is spoken of, but which one is not sure: no span, rather than a guess."""
    assert [said.span for said in find_times(text, NOW)] == [None]


@pytest.mark.parametrize("text", ["last 5 sign-ins", "may i see it", "how many users", "march 2 the shop", "top 10"])
def test_not_every_number_is_a_time(text: str) -> None:
    """Counts and words that are also months are left alone."""
    assert not [said for said in find_times(text, NOW) if said.span and "2" not in text]


@pytest.mark.parametrize(
    ("phrase", "words"),
    [("7 days", "the past 7 days"), ("the past 30 days", "the past 30 days"), ("2026-09-01", "on 1 September 2026"),
     ("2026-09-01/2026-09-03", "from 2026-09-01T00:00:00Z to 2026-09-03T00:00:00Z"), ("rubbish", None), ("", None),
     ("last week and yesterday", None)],
)  # fmt: skip
def test_a_phrase_is_a_span_as_a_whole(phrase: str, words: str | None) -> None:
    """What callers and skills write is a span or nothing, never a part of it."""
    span = time_range(phrase, NOW)
    assert (span.words if span else None) == words


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    """No text breaks it, and every span lies in order."""
    for said in find_times(text.lower(), NOW):
        assert said.span is None or said.span.since < said.span.until
