"""Check a sentence against the evidence it cites: what the evidence does not carry is a reason to reject."""

import re
from collections.abc import Sequence

from shared.write import vocabulary
from shared.write.binding import binding_flaws
from shared.write.cited import Cited, Problem
from shared.write.claims import literals, names, quotations
from shared.write.evidence import gather, of_assessment
from shared.write.judgements import directions, judgements
from shared.write.knowledge import known
from shared.write.negation import negations
from shared.write.prose import prose_flaws
from shared.write.said import own_sentences, said_beside
from shared.write.shape import flaws
from shared.write.subject import Subject
from shared.write.turned import turned

_ABOUT_ASSESSMENT = re.compile(r"(?<!\w)(?:verdict|confidence|score)(?!\w)", re.IGNORECASE)


def check_sentence(text: str, cites: Sequence[str], subject: Subject, section: str = "") -> tuple[str, ...]:
    """Return why a sentence must not be written; empty when its cited evidence carries all of it.

    ``section``: the field of the summary it is for, where that asks for a form of its own: a headline, questions.
    A reason names the check that failed, never the words of the sentence.
    """
    return tuple(dict.fromkeys(problem.reason for problem in problems(text, cites, subject, section)))


def problems(text: str, cites: Sequence[str], subject: Subject, section: str = "") -> list[Problem]:
    """Return the reasons of ``check_sentence``, each with the words that gave it."""
    found = [Problem(flaw) for flaw in flaws(text)]
    if not cites:
        found.append(Problem("no cites"))
    if any(not subject.known(cite) for cite in cites):
        found.append(Problem("unknown id in cites"))
    if vocabulary.INSTRUCTIONS.search(text):
        found.append(Problem("instruction"))
    if found or text in known(cites, subject):
        return found
    items = gather(cites, subject)
    if _ABOUT_ASSESSMENT.search(text):
        items.append(of_assessment(subject))
    evidence = Cited(items=tuple(items), subject=subject)
    said = said_beside(cites, subject)
    unquoted, quotes = quotations(text, evidence)
    rest, claims = literals(unquoted, evidence)
    return [
        *(Problem(flaw) for flaw in prose_flaws(text, section, own_sentences(subject))),
        *quotes,
        *claims,
        *names(rest, evidence),
        *judgements(unquoted, evidence),
        *directions(unquoted, evidence),
        *(Problem(flaw) for flaw in binding_flaws(unquoted, items)),
        *negations(unquoted, evidence, said),
        *(Problem(flaw) for flaw in turned(unquoted, (*(item.prose for item in items), *said))),
    ]
