"""How a sentence is written: one to a slot, whole, and nothing said twice."""

import pytest

from shared.write.prose import REPEATED, folded_sentences, is_whole, prose_flaws, repeats, sentences_in
from shared.write.subject import Subject
from shared.write.template import write_from_template
from tests.write.subjects import SUBJECTS

ONE = (
    "The sign-in of karita@woodgrovebank.com from 203.0.113.45 succeeded at 09:14 UTC.",
    "A tool, e.g. Azure CLI 2.64.0, signed in at 9 a.m. from there.",
    "The app “Hello. World! Again?” of Contoso Ltd. was given access.",
    'The rule ". . ." hides mail.',
    "J. R. Smith signed in; No. 4 of the U.S. offices, approx. at noon, was closed.",
    "Was it you (at 09:14 UTC)?",
    "It reads Mail.Read and Files.Read.All, version 1.0.",
)
MANY = (
    ("The sign-in failed. It was denied.", 2),
    ("the sign-in failed. it was denied. nobody knows", 3),
    ("Was it you? Say so! Now.", 3),
    ("It came from 203.0.113.45. It failed.", 2),
    ("It failed.) It was denied.", 2),
    ("失敗しました。 拒否されました。", 2),
)
RAMBLING = (
    "The user is in the hands of the attacker and the case is in the hands of the attacker.",
    "The user was seen and was seen and was seen and was seen.",
    "In The Hands of the attacker, in the hands, of the Attacker.",
)
WHOLE = (*ONE, "It ends here (as told).", "It ends with “a name”.", "It ends (here.)", "He said “it ends.”")
CUT = (
    "The sign-in came from",
    "The sign-in came from the.",
    "The sign-in came from Lagos,",
    "The sign-in came from Lagos, and.",
    "The sign-in came from Lagos...",
    "The sign-in came from Lagos…",
    "The sign-in (from Lagos succeeded.",
    "The sign-in to “Office succeeded.",
    'The sign-in to "Office succeeded.',
    "The sign-in because.",
)


@pytest.mark.parametrize("text", ONE)
def test_one_sentence_is_one(text: str) -> None:
    """Stops in addresses, names, versions, abbreviations and quotations end no sentence."""
    assert sentences_in(text) == [text]
    assert prose_flaws(text, "questions" if text.endswith("?") else "why", set()) == []


@pytest.mark.parametrize(("text", "number"), MANY)
def test_several_sentences_are_counted(text: str, number: int) -> None:
    """However they are closed, and whether or not the next begins with a capital."""
    assert len(sentences_in(text)) == number
    assert "more than one sentence" in prose_flaws(text, "what_happened", set())


def test_a_sentence_of_the_case_may_follow() -> None:
    """What stands word for word in the case is not of the writer's making; a second sentence of their own is."""
    own = folded_sentences(["The password leaked. whoever finds it can use it."])
    assert prose_flaws("This adds 8 points. Whoever finds it can use it.", "why", own) == []
    assert prose_flaws("This adds 8 points. Whoever found it can use it.", "why", own) == ["more than one sentence"]


@pytest.mark.parametrize("text", RAMBLING)
def test_a_repeated_phrase_is_noticed(text: str) -> None:
    """Four words in a row, in any case of letters, are not written twice."""
    assert "repeated phrase" in prose_flaws(text, "why", set())


def test_short_phrases_and_names_may_come_again() -> None:
    """Three words may: "at 09:14 UTC ... at 09:14 UTC"; so may a long name in quotation marks."""
    assert REPEATED == 4
    assert not repeats("The sign-in at 09:14 UTC failed, and one on 14 April from Lagos at 09:14 UTC succeeded.")
    assert repeats("The one of 14 April 2025 and the one of 14 April 2025.")
    assert not repeats("“One Two Three Four” became “One Two Three Four”.")
    assert not repeats("Failed.")


@pytest.mark.parametrize("text", WHOLE)
def test_a_whole_sentence_is_whole(text: str) -> None:
    """Ended with a stop, closed or not by a bracket or a quotation mark."""
    assert is_whole(text, "why")


@pytest.mark.parametrize("text", CUT)
def test_an_unfinished_sentence_is_noticed(text: str) -> None:
    """No stop, a word or a mark that nothing can end with, or something left open."""
    assert "unfinished sentence" in prose_flaws(text, "why", set())


def test_each_section_ends_as_it_should() -> None:
    """A headline needs no stop but must not hang; a question ends as one."""
    headline = "Karita Andersson is assessed as compromised"
    assert is_whole(headline, "headline")
    assert is_whole(f"{headline}.", "headline")
    assert not is_whole(f"{headline} because of the", "headline")
    assert not is_whole(headline, "why")
    assert is_whole("Was it you?", "questions")
    assert not is_whole("It was you.", "questions")
    assert not is_whole("Was it you", "questions")


@pytest.mark.parametrize("name", SUBJECTS)
def test_the_templates_questions_are_whole(name: str) -> None:
    """Each is one question, without repeats."""
    subject: Subject = SUBJECTS[name]()
    for question in write_from_template(subject).questions:
        assert prose_flaws(question, "questions", ()) == []
