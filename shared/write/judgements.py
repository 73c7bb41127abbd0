"""Check what a sentence judges: places, kinds of attack, levels, verdicts, outcomes and directions."""

import re
from collections.abc import Iterator

from shared import risk_types
from shared.countries import NAMES, countries_in
from shared.write import polarity, vocabulary
from shared.write.cited import Cited, Problem
from shared.write.evidence import fold

_RISK_NAMES = sorted({f" {fold(name)} " for row in risk_types.TYPES for name in (row.name, row.bare_phrase)})


_THREATS = {
    re.compile(rf"(?:{pattern})(?!\w)", re.IGNORECASE): wanted for pattern, wanted in vocabulary.THREATS.items()
}
_ANY_THREAT = re.compile(rf"(?<![\w-])(?=(?:{'|'.join(vocabulary.THREATS)})(?!\w))", re.IGNORECASE)
"""Where one begins: most sentences name none, and those that do are not searched for each of them."""
_LEVEL_WORDS = "|".join(vocabulary.LEVELS)
_LEVEL = re.compile(rf"(?<!\w)(?:{_LEVEL_WORDS})(?!\w)", re.IGNORECASE)
_JUDGED_LEVEL = re.compile(
    rf"(?<!\w)(?:(?P<a>{_LEVEL_WORDS})[ -](?P<what>confidence|severity)"
    rf"|(?P<what2>confidence|severity)(?: is| of|:)? (?P<b>{_LEVEL_WORDS}))(?!\w)",
    re.IGNORECASE,
)
_VERDICT = re.compile(r"(?<!\w)(?:compromised?|suspicious\w*|benign|inconclusive)(?!\w)", re.IGNORECASE)
_OUTCOME = re.compile(r"(?<!\w)(?:remediated|dismissed|confirmed (?:safe|compromised))(?!\w)", re.IGNORECASE)


def judgements(text: str, evidence: Cited) -> list[Problem]:
    """Check places, kinds of attack, levels, verdicts and reassurance."""
    found = []
    carried = {code for item in evidence.items for code in item.countries}
    for code in sorted(countries_in(text) - carried):
        # "Jordan Smith" is a person whom the evidence names; "in Jordan" is a place.
        names = "|".join(re.escape(name) for name in NAMES[code])
        located = re.search(
            rf"(?<!\w)(?:in|from|to|via|near|within|at) (?:the )?(?:{names})(?!\w)", text, re.IGNORECASE
        )
        if located or not any(evidence.names(name) for name in NAMES[code]):
            found.append(Problem("place not in cited evidence", NAMES[code][0]))
    for wanted, threat in _threats(text):
        if not evidence.says(wanted.replace("(?P<same>)", re.escape(threat.casefold()))):
            found.append(Problem("risk type or method not in cited evidence", threat))
    folded = f" {fold(text)} "
    for name in _RISK_NAMES:
        if name in folded and not evidence.names(name):
            found.append(Problem("risk type not in cited evidence", name.strip()))
    return [*found, *_levels(text, evidence), *_verdicts(text, evidence)]


def _threats(text: str) -> Iterator[tuple[str, str]]:
    """Yield what the evidence must hold for each word of an attack or a method, and the word."""
    starts = [match.start() for match in _ANY_THREAT.finditer(text)]
    for pattern, wanted in _THREATS.items() if starts else ():
        end = 0
        for start in starts:
            if start >= end and (match := pattern.match(text, start)):
                end = match.end()
                yield wanted, match.group(0)


def _levels(text: str, evidence: Cited) -> list[Problem]:
    if not _LEVEL.search(text):  # as in most sentences
        return []
    assessment = evidence.subject.assessment
    found = []
    for match in _JUDGED_LEVEL.finditer(text):
        what, level = match.group("what") or match.group("what2"), match.group("a") or match.group("b")
        actual = assessment.confidence if what.casefold() == "confidence" else assessment.severity
        if level.casefold() != actual:
            found.append(Problem(f"{what.casefold()} is not the assessment's", level))
    for match in _LEVEL.finditer(_JUDGED_LEVEL.sub(" ", text)):
        if not evidence.names(match.group(0)):
            found.append(Problem("risk level not in cited evidence", match.group(0)))
    return found


def _verdicts(text: str, evidence: Cited) -> list[Problem]:
    subject = evidence.subject
    settled = subject.assessment.verdict == "benign" or subject.outcome in ("dismissed", "confirmed_safe")
    found = []
    for match in _VERDICT.finditer(text):
        word = match.group(0).casefold()
        negated = polarity.NEGATION.search(" ".join(text[: match.start()].split()[-4:])) is not None
        right = word == subject.assessment.verdict and not negated
        if not right and (negated or not evidence.names(word)):
            found.append(Problem("verdict is not the assessment's", word))
    for match in vocabulary.REASSURANCE.finditer(text):
        word = match.group(0)
        if not settled and not evidence.names(word):
            found.append(Problem("reassurance that the evidence does not carry", word))
    outcome = (subject.outcome or "").replace("_", " ")
    for match in _OUTCOME.finditer(text):
        if match.group(0).casefold() != outcome and not evidence.names(match.group(0)):
            found.append(Problem("outcome not in cited evidence", match.group(0)))
    return found


def directions(text: str, evidence: Cited) -> list[Problem]:
    """Check which way the sentence points."""
    signs: dict[str, set[bool]] = {}
    for item in evidence.items:
        for axis, held in item.signs.items():
            signs.setdefault(axis, set()).update(held)
    return [Problem(reason) for reason in polarity.objections(text, signs)]
