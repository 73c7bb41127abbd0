"""Conversations through HTTP on the demo's tenant: the answers are those that somebody read and signed."""

import asyncio

import pytest

from tests.ask.conversations import SAID, held, signed


@pytest.fixture(scope="module")
def conversations() -> dict[str, str]:
    """Hold every conversation once, with one app."""
    return asyncio.run(held())


@pytest.mark.parametrize("name", SAID)
def test_a_conversation_goes_as_it_was_signed(conversations: dict[str, str], name: str) -> None:
    """``python -m tests.ask.conversations`` writes the file anew; the difference is what somebody signs."""
    assert conversations[name] == signed().get(name)


def test_the_conversations_are_those_that_are_said() -> None:
    """Eleven of them, of four to eight turns; a conversation that is held no longer leaves no answer behind."""
    assert list(signed()) == list(SAID)
    assert len(SAID) == 11
    assert all(4 <= len(turns) <= 8 for turns in SAID.values())


@pytest.mark.parametrize("name", SAID)
def test_no_turn_ends_in_an_error(name: str) -> None:
    """Graph is there and may be read: what is not answered is asked back, declined, or another caller's."""
    lines = signed()[name].splitlines()
    assert not {"error", "timedOut", "capacityExceeded", "needAdditionalClaims"} & set(lines)
