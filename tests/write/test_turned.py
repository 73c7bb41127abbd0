"""Sentences that nearly repeat their evidence: nothing in them may be turned round, and every "not" is the evidence's."""

import msgspec
import pytest

from shared.models.assessment import ScoreTerm
from shared.models.dossier import Fact, Gap, Value
from shared.write import check_sentence
from shared.write.subject import Subject
from tests.write.subjects import GRAPH, subject

TURNED = "direction contradicts the words of cited evidence"
ADDED = "negation not in cited evidence"
LEFT_OUT = "negation of cited evidence left out"


def about(text: str, kind: str = "something.unheard_of", **values: Value) -> Subject:
    """Return a case with one fact that says a text."""
    fact = Fact(id="F1", kind=kind, text=text, values=values, at=None, source=GRAPH)
    return subject([fact], [], verdict="suspicious", severity="medium")


def unread(what: str) -> Subject:
    """Return a case with one gap."""
    gap = Gap(id="F1", kinds=("user.role",), what=what, reason="denied", detail="", mend="", source=GRAPH)
    return subject([], [], verdict="suspicious", severity="medium", gaps=(gap,))


@pytest.mark.parametrize(
    ("said", "turned"),
    [
        ("It was not seen there again.", "It was seen there again."),
        ("It wasn't seen there again.", "It was seen there again."),
        ("It cannot be seen there, nor was it heard.", "It can be seen there, nor was it heard."),
        ("It ran without a helper there, never alone.", "It ran with a helper there, never alone."),
        ("Nobody saw it there, and none did later.", "Somebody saw it there, and none did later."),
        ("It was seen there, but not heard.", "It was not seen there, but not heard."),
        ("It was moved afterwards.", "It was moved beforehand."),
        ("It holds more than that.", "It holds less than that."),
        ("It is the most powerful of them.", "It is the least powerful of them."),
        ("It was put outside of it.", "It was put inside of it."),
        ("It is the same as before.", "It is another as before."),
        ("It is a strong one.", "It is a weak one."),
        ("It is open there.", "It is closed there."),
        ("It was made there.", "It was unmade there."),
        ("It came first there.", "It came last there."),
        ("Its key is known to have gone. Its owner is unknown to us.", "Its key is unknown to have gone."),
        ("It was enabled there. It was disabled here.", "It was disabled there."),
    ],
)
def test_a_turned_sentence_is_rejected(said: str, turned: str) -> None:
    """One word for its opposite, or one "not" more or less, between the words of the evidence."""
    assert TURNED not in check_sentence(said, ("F1",), about(said))
    assert TURNED in check_sentence(turned, ("F1",), about(said))


@pytest.mark.parametrize(
    "text",
    [
        "It was not seen there again.",
        "It was never seen there again.",
        "It wasn't seen there again.",
        "It was not “seen” there.",
        "Nobody saw that it was not seen again.",
        "It was seen here again.",
    ],
)
def test_other_words_or_the_same_not_is_no_turn(text: str) -> None:
    """One way to say "not" is as good as another; between other words nothing is compared."""
    assert TURNED not in check_sentence(text, ("F1",), about("It was not seen there again."))


def test_quotations_are_not_compared() -> None:
    """What stands in quotation marks is a name."""
    case = about("It was called “was not seen there again”.")
    assert TURNED not in check_sentence("It was seen there again.", ("F1",), case)


def test_the_reason_of_an_action_is_not_turned_either() -> None:
    """What the rules say of a case need not be cited to hold."""
    from tests.write.subjects import action

    held = action("reset", "Reset", "now", "A new password alone does not keep them out.", "F1")
    case = subject(
        about("It is on record.").dossier.facts, [], verdict="suspicious", severity="medium", actions=(held,)
    )
    assert TURNED in check_sentence("A new password alone does keep them out.", ("F1",), case)
    assert TURNED in check_sentence("A familiar password alone does not keep them out.", ("F1",), case)


@pytest.mark.parametrize(
    ("case", "text", "right"),
    [
        (about("It was not seen there."), "It was never seen.", True),
        (about("It was not seen there."), "It was never heard.", False),
        (about("It was seen there."), "It was not seen.", False),
        (about("The risk is none, state atRisk."), "It has no state.", False),
        (about("It is on record.", verified_publisher=False), "It has no verified publisher.", True),
        (about("It is on record.", verified_publisher=True), "It has no verified publisher.", False),
        (about("It is not."), "It is not a member of it.", False),
        (about("It is on record.", kind="user.deleted"), "It is nowhere to be found, and no longer there.", True),
        (about("It is on record.", kind="user.no_role"), "No role is held.", True),
        (unread("directory roles"), "Nothing is known of its roles.", True),
    ],
)
def test_a_not_is_the_evidences(case: Subject, text: str, right: bool) -> None:
    """A sentence denies what its evidence denies, in the same words, and nothing else."""
    assert (ADDED not in check_sentence(text, ("F1",), case)) == right


def test_a_question_may_say_what_the_user_did_not() -> None:
    """What is asked of the user is no claim; another "not" in a question is."""
    case = about("It was seen there.")
    assert ADDED not in check_sentence("Was it seen there when you did not look?", ("F1",), case, "questions")
    assert ADDED in check_sentence("Why was it not heard there?", ("F1",), case, "questions")
    assert ADDED in check_sentence("It was seen there when you did not look.", ("F1",), case)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("Directory roles could not be read.", True),
        ("Directory roles could be read.", False),
        ("Directory roles were not unread.", False),
        ("Directory roles are unknown.", True),
        ("Directory roles weren't read.", True),
        ("Directory roles weren't not read.", False),
        ("Too little of directory roles could be read.", True),
        ("What it may do is not fully known: directory roles could not be read.", True),
        ("What it may do is fully known: directory roles could not be read.", False),
    ],
)
def test_what_was_not_read_is_told_so(text: str, right: bool) -> None:
    """Unknown is not zero, and neither is it known."""
    assert (LEFT_OUT not in check_sentence(text, ("F1",), unread("directory roles"))) == right


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("No role is held, neither active nor eligible.", True),
        ("It holds neither active nor eligible roles.", True),
        ("A role is held, neither active nor eligible.", False),
        ("No role is not held.", False),
        ("It is on record.", True),
    ],
)
def test_what_is_absent_is_told_so(text: str, right: bool) -> None:
    """A fact that something is not there carries no sentence that it is."""
    assert (LEFT_OUT not in check_sentence(text, ("F1",), about("It is on record.", kind="user.no_role"))) == right


@pytest.mark.parametrize(
    ("said", "text", "right"),
    [
        ("It was seen after it was moved, before it was lost.", "It was seen after it was moved.", True),
        ("It was seen after it was moved, before it was lost.", "It was moved before it was lost.", True),
        ("It was moved, then it was seen.", "It was seen after it was moved.", True),
        ("It was moved, then it was seen before it was lost.", "It was gone after it was moved.", False),
        ("It was moved and it was seen.", "It was seen after it was moved.", False),
    ],
)
def test_the_order_of_events_without_times_is_that_of_the_words(said: str, text: str, right: bool) -> None:
    """Where no fact has a time, an "after" needs one in the evidence, or a "then" that nothing speaks against."""
    assert ("order of events not in cited evidence" not in check_sentence(text, ("F1",), about(said))) == right


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("The score is 37 out of 100.", True),
        ("The score is 36 out of 100.", False),
        ("The age of the evidence takes off 17 points.", True),
        ("The age of the evidence adds 17 points.", False),
        ("The age of the evidence takes off 16 points.", False),
        ("17 points are taken off for the age of the evidence.", True),
        ("17 points are added for the age of the evidence.", False),
    ],
)
def test_points_are_those_of_the_score(text: str, right: bool) -> None:
    """The score itself, and what each correction of it adds or takes off, in the direction that it has there."""
    terms = tuple(
        ScoreTerm(source=f"age:{name}", label="Age", points=points) for name, points in (("a", -9), ("b", -8))
    )
    case = subject(about("It is on record.").dossier.facts, [], verdict="suspicious", severity="medium", terms=terms)
    scored = msgspec.structs.replace(case, assessment=msgspec.structs.replace(case.assessment, score=37))
    assert (check_sentence(text, ("F1",), scored) == ()) == right


def test_corrections_that_take_each_other_away_are_not_told() -> None:
    """One could be told as the other; neither is, whatever the order in which they are looked at."""
    terms = (
        ScoreTerm(source="age:a", label="Age", points=-17),
        ScoreTerm(source="floor", label="The least", points=17),
        ScoreTerm(source="cap", label="The most", points=-4),
    )
    case = subject(about("It is on record.").dossier.facts, [], verdict="suspicious", severity="medium", terms=terms)
    for told in ("The age of the evidence takes off 17 points.", "The age of the evidence adds 17 points."):
        assert check_sentence(told, ("F1",), case)
    assert check_sentence("The score takes off 4 points.", ("F1",), case) == ()


@pytest.mark.parametrize(
    ("said", "text", "right"),
    [
        ("It was seen on 14 April 2025 at 09:14 UTC.", "It was seen at 09:14 UTC.", True),
        ("It was seen on 14 April 2025 at 09:14 UTC.", "It was seen on 14 April 2025.", True),
        ("It was seen on 14 April 2025 at 09:14 UTC.", "It was seen on 14 April 2025, 09:14 UTC.", True),
        ("It was seen on 14 April 2025 at 09:14 UTC.", "It was seen on 15 April 2025, 09:14 UTC.", False),
        ("It was seen on 14 April 2025 at 09:14 UTC.", "It was seen on a Monday.", True),
        ("It was seen on 14 April 2025 at 09:14 UTC.", "It was seen on a Tuesday.", False),
        ("It was seen on a Monday at 09:14 UTC.", "It was seen on a Monday.", True),
        ("It was seen on a Monday at 09:14 UTC.", "It was seen on a Tuesday.", False),
        ("It was seen at 09:14 UTC.", "It was seen at 09:14 UTC on 14 April 2025.", False),
    ],
)
def test_moments_in_words_are_held_against_words(said: str, text: str, right: bool) -> None:
    """A date or a time that the evidence only tells is carried as it is told, and its weekday with it."""
    assert ("date or time not in cited evidence" not in check_sentence(text, ("F1",), about(said))) == right
