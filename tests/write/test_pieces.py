"""The pieces that the check reads a sentence by: its numbers, its clauses, and words between the same neighbours."""

import pytest

from shared.write.numbers import numbers_in
from shared.write.polarity import clauses
from shared.write.turned import turned


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("DESKTOP-42 signed in 3 times", [3]),
        ("5-10 prompts were denied", [5, 10]),
        ("-7 points were taken off", [7]),
        ("The risk was seen twice", [2]),
        ("Reset the password, twice", []),
        ("One of the prompts was approved", []),
        ("No one signed in", []),
        ("one prompt was approved", [1]),
        ("two thousand and four hundred sign-ins", [2400]),
        ("the third address", [3]),
        ("1,204 sign-ins", [1204]),
    ],
)
def test_what_is_a_number_and_what_only_looks_like_one(text: str, amounts: list[float]) -> None:
    """A device's name, advice and pronouns count nothing."""
    assert [number.amount for number in numbers_in(text, 3)] == amounts


def _words(pieces: list[str]) -> list[str]:
    return [" ".join(piece.split()) for piece in pieces]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("11 denied prompts, one approved", ["11 denied prompts", "one approved"]),
        ("11 denied prompts made one approved", ["11 denied prompts made", "one approved"]),
        ("After nine minutes, the sign-in succeeded", ["After nine minutes, the sign-in succeeded"]),
        ("The sign-in succeeded, at 09:14 UTC", ["The sign-in succeeded, at 09:14 UTC"]),
        ("From Lagos, at 09:14 UTC", ["From Lagos, at 09:14 UTC"]),
        ("The first failed and the next succeeded", ["The first failed", "the next succeeded"]),
    ],
)
def test_each_clause_points_one_way(text: str, pieces: list[str]) -> None:
    """A piece that points no way goes with its neighbour, so that its numbers and names stay bound to a direction."""
    assert _words(clauses(text)) == pieces


@pytest.mark.parametrize(
    ("said", "text", "is_turned"),
    [
        ("The account is enabled.", "The account is disabled.", True),
        ("The account is enabled.", "The account is enabled.", False),
        ("The account is enabled. Nothing else.", "Nothing else. The account is disabled.", True),
        ("It was changed before the risk began.", "It was changed after the risk began.", True),
        ("The user is known here.", "The user is not known here.", True),
        ("The user wasn't known here.", "The user was not known here.", False),
        ("The user wasn't known here.", "The user was known here.", True),
        ("The account was enabled", "The account was disabled", True),
        ("A guest account was enabled there today.", "That other account was disabled there twice.", True),
        # The end of a sentence is a neighbour too: what follows the stop is said of something else.
        ("It failed. More was seen.", "It failed. Less was seen.", True),
        ("The password was changed after. The sign-in failed.", "The password was changed before. It failed.", True),
        ("The risk was seen after (by 4 minutes).", "The risk was seen before (by 4 minutes).", True),
    ],
)
def test_a_word_between_its_neighbours_is_not_turned(said: str, text: str, is_turned: bool) -> None:
    """Only what nearly repeats is judged."""
    assert bool(turned(text, [said])) is is_turned
