"""What is said of a case beside its evidence: reasons of actions, the judgement in one line, what detections mean."""

from collections.abc import Collection

from shared.models.assessment import ScoreTerm
from shared.write.knowledge import known
from shared.write.prose import folded_sentences
from shared.write.subject import Subject

CORRECTIONS = {
    "closed": "Evidence that is closed already takes off {points}.",
    "age": "The age of the evidence takes off {points}.",
    "floor": "The least for this verdict is a score of {score}, so the sum is raised to it.",
    "cap": "The most for this verdict is a score of {score}, so the sum is held there.",
}
"""What moves a score besides findings, by the name of its term."""


REASONS = {
    "denied": "access was denied",
    "unlicensed": "the tenant's licence does not include it",
    "throttled": "Graph throttled the request",
    "failed": "the request failed",
    "not_asked": "the look-up was not made this time",
}
"""Why something could not be read, by the reason of its gap."""

STATES = {
    "user.break_glass": "This is an emergency access account; blocking it can lock the tenant's owners out.",
    "user.home_tenant": "The account is a guest; its password and its sign-in risk live in its home tenant.",
    "user.deleted": "The account is not in the directory: it was deleted or never existed.",
    "user.no_role": "No directory role is held, neither active nor eligible.",
}
"""What a kind of fact means for the stakes, whatever else it holds."""


def said_beside(cites: Collection[str], subject: Subject) -> list[str]:
    """Return the texts that carry nothing by themselves and that a sentence must not turn round all the same."""
    assessment = subject.assessment
    judged = f"The verdict is {assessment.verdict} with {assessment.confidence} confidence"
    return [
        f"{judged}; the score is {assessment.score} out of 100.",
        "This identity cannot be judged." if assessment.verdict == "inconclusive" else "",
        *(action.why for action in assessment.actions),
        *(text for name, text in CORRECTIONS.items() if any(_named(term, name) for term in assessment.terms)),
        *known(cites, subject),
        *(REASONS[gap.reason] for gap in subject.dossier.gaps if gap.id in cites),
        *(STATES[fact.kind] for cite in cites if (fact := subject.dossier.fact(cite)) and fact.kind in STATES),
    ]


def _named(term: ScoreTerm, name: str) -> bool:
    return term.source.partition(":")[0] == name


def own_sentences(subject: Subject) -> set[str]:
    """Return the sentences of the case, folded: they may follow a sentence word for word."""
    return subject.once("own sentences", lambda: folded_sentences(_own_texts(subject)))


def _own_texts(subject: Subject) -> list[str]:
    assessment, dossier = subject.assessment, subject.dossier
    return [
        assessment.verdict_reason,
        *(finding.statement for finding in assessment.findings),
        *(action.why for action in assessment.actions),
        *(fact.text for fact in dossier.facts),
        *(text for gap in dossier.gaps for text in (gap.what, gap.detail, gap.mend)),
    ]
