"""Check what a sentence spells out: quotations, addresses, identifiers, moments, numbers and names."""

import re
from collections.abc import Iterable

from shared.write import moments, polarity, vocabulary
from shared.write.cited import Cited, Problem
from shared.write.evidence import Item, addresses_in
from shared.write.numbers import VAGUE, Number, numbers_in, stem

_QUOTED = re.compile(r"“([^”]*)”|\"([^\"]*)\"|‘([^’]*)’(?!\w)|(?<!\w)'([^']*)'(?!\w)")
_ATOM = re.compile(r"(?<!\w)[^\s,;:!?()“”\"]*[@\\/][^\s,;:!?()“”\"]*|(?<!\w)(?:[\w-]+\.)+[^\W\d_]{2,}(?!\w)")
_WORD = re.compile(r"[^\W_](?:[\w'.-]*\w)?")
_CODE = re.compile(r"[a-z][A-Z]|_|\d[^\W\d]|[^\W\d]\d|[^\W\d]-\d")
_OPENING = re.compile(r"(?:^|[.?!:]\s+)[“\"‘'(]*$")
_OF_HUNDRED = re.compile(r"(\bscore\b[^,;.]{0,20}\b\d+) (?:out )?of 100\b", re.IGNORECASE)
_ADDS = re.compile(r"(?<!\w)(?:add(?:s|ed|ing)?|giv(?:es?|en)|gave|rais(?:es?|ed))(?!\w)", re.IGNORECASE)
_TAKES = re.compile(
    r"(?<!\w)(?:tak(?:es?|en) off|took off|subtract(?:s|ed)?|deduct(?:s|ed)?|lower(?:s|ed)?|remov(?:es?|ed))(?!\w)",
    re.IGNORECASE,
)
_HYPHENS = re.compile(r"[-‐‑]")
_SHORT = 2


def quotations(text: str, evidence: Cited) -> tuple[str, list[Problem]]:
    """Check what stands in quotation marks, and blank it: a true quotation proves nothing by its words."""
    found = []
    for match in _QUOTED.finditer(text):
        quoted = next(group for group in match.groups() if group is not None)
        if not (evidence.names(quoted.rstrip(".,")) or evidence.quotes(quoted)):
            found.append(Problem("quotation not in cited evidence", quoted))
        # A word such as "failed" claims something even in quotation marks, whatever an app may be called.
        claims = polarity.mentions_in(quoted) and len(quoted.split()) <= _SHORT
        kept = quoted if claims or not evidence.quotes(quoted) else "\u00b7" * len(quoted)
        text = f"{text[: match.start()]}“{kept}“{text[match.end() :]}"
    return text.replace("\u00b7", " ").replace("’", "'"), found


def literals(text: str, evidence: Cited) -> tuple[str, list[Problem]]:
    """Check addresses, identifiers, moments and numbers; return the text without them."""
    found: list[Problem] = []
    carried = {address for item in evidence.items for address in item.addresses}
    addresses, text = addresses_in(text)
    found += [Problem("address not in cited evidence", address) for address in sorted(addresses - carried)]
    if moments.AMBIGUOUS.search(text):
        found.append(Problem("date or time not in cited evidence"))
    for match in _ATOM.finditer(text):
        bare = match.group(0).rstrip(".")
        atom = re.sub(r"'s?$", "", bare)
        if not evidence.names(atom):
            found.append(Problem("name or identifier not in cited evidence", atom))
        text = text[: match.start()] + "_" * len(bare) + text[match.start() + len(bare) :]
    return _amounts(text, evidence, found)


def _amounts(text: str, evidence: Cited, found: list[Problem]) -> tuple[str, list[Problem]]:
    mentions, text = moments.mentions_in(text)
    if not all(any(item.moments.carries(mention) for item in evidence.items) for mention in mentions):
        found.append(Problem("date or time not in cited evidence"))
    for match in moments.RELATIVE.finditer(text):
        if not evidence.names(match.group(0)):
            found.append(Problem("date or time not in cited evidence", match.group(0)))
    for match in VAGUE.finditer(text):
        if not evidence.names(match.group(0)):
            found.append(Problem("number not in cited evidence", match.group(0)))
    for number in numbers_in(_OF_HUNDRED.sub(r"\1", text), reach=2):
        if not _carries(number, evidence):
            found.append(Problem("number not in cited evidence", f"{number.amount:g}"))
    found += _moved(text, evidence)
    return text, found


def _moved(text: str, evidence: Cited) -> list[Problem]:
    """Check that points are added where the score adds them, and taken off where it takes them off."""
    found = []
    for clause in re.split(r"[,;:.]\s", text):
        adds, takes = _ADDS.search(clause) is not None, _TAKES.search(clause) is not None
        for number in numbers_in(clause, reach=1) if adds != takes else ():
            if "point" in number.counts and (number.amount if adds else -number.amount) not in _points(evidence):
                found.append(Problem("points added or taken off otherwise than in the score", f"{number.amount:g}"))
    return found


def _carries(number: Number, evidence: Cited) -> bool:
    """Say whether the evidence holds a number about the same thing, or the cited facts of one kind are that many."""
    carried = [held for item in evidence.items for held in item.numbers]
    carried += _scores(evidence)
    about_same = [held for held in carried if held.counts & number.counts]
    amounts = {(held.amount, held.percent) for held in about_same}
    if (number.amount, number.percent) in amounts:
        return True
    if about_same:
        return False
    loose = {(held.amount, held.percent) for item in evidence.items for held in item.numbers}
    return (number.amount, number.percent) in loose or _counted(number, evidence.items)


def _counted(number: Number, items: Iterable[Item]) -> bool:
    tally: dict[tuple[str, frozenset[tuple[str, bool]]], int] = {}
    kinds: dict[str, int] = {}
    for item in items:
        kinds[item.kind] = kinds.get(item.kind, 0) + 1
        for key in _facets(item):
            tally[item.kind, key] = tally.get((item.kind, key), 0) + 1
    return not number.percent and number.amount in {*kinds.values(), *tally.values()}


def _facets(item: Item) -> set[frozenset[tuple[str, bool]]]:
    single = {axis: next(iter(held)) for axis, held in item.signs.items() if len(held) == 1}
    return {frozenset({pair}) for pair in single.items() if pair[0] in {"outcome", "mfa", "privileged", "active"}}


def _scores(evidence: Cited) -> list[Number]:
    """Return the numbers of the assessment itself, each tied to what it counts."""
    score = float(evidence.subject.assessment.score)
    found = [Number(score, counts=frozenset({"scor"})), Number(100.0, counts=frozenset({"scor"}))]
    return [*found, *(Number(float(abs(amount)), counts=frozenset({stem("points")})) for amount in _points(evidence))]


def _points(evidence: Cited) -> set[int]:
    """Return what the cited findings add (or, negative, take off), and what each correction of the score does."""
    assessment = evidence.subject.assessment
    ids = {item.cite for item in evidence.items}
    weights = {finding.id: finding.weight for finding in assessment.findings}
    points = {term.points for term in assessment.terms if term.source in ids}
    points |= {weight for finding, weight in weights.items() if finding in ids}
    names = {term.source.partition(":")[0] for term in assessment.terms if term.source not in weights}
    corrections = [sum(term.points for term in assessment.terms if term.source.partition(":")[0] == it) for it in names]
    # A floor that happens to add what the cited finding, or the age, takes off must not carry it turned round.
    return points | {moved for moved in corrections if -moved not in (*points, *corrections)}


def names(text: str, evidence: Cited) -> list[Problem]:
    """Check every word that may be a name: capitals, identifiers, letters that English does not use."""
    found, run = [], list[str]()
    previous_end = 0
    for match in [*_WORD.finditer(text), None]:
        word = match.group(0) if match else ""
        is_name = _is_name(word)
        gap = text[previous_end : match.start()] if match else "."
        if run and (not is_name or gap.strip("-–/& ") != ""):
            found += [Problem("name not in cited evidence", piece) for piece in _strangers(run, evidence)]
            run = []
        if match and is_name and not _opens(word, text[: match.start()]):
            run.append(word)
        previous_end = match.end() if match else previous_end
    return found


def _opens(word: str, before: str) -> bool:
    """Say whether an ordinary word has its capital only because a sentence begins with it."""
    if _CODE.search(word) or not _OPENING.search(before):
        return False
    first = _HYPHENS.split(re.sub(r"['’]s$", "", word))[0].casefold()
    return bool({word.casefold(), first} & vocabulary.OPENERS or numbers_in(word, reach=0))


def _is_name(word: str) -> bool:
    if word.isascii() and word.isalpha() and word.islower():  # nearly every word
        return False
    return bool(word) and (
        word[0].isupper() or not word.isascii() or bool(_CODE.search(word)) or word[1:] != word[1:].lower()
    )


def _strangers(run: list[str], evidence: Cited) -> list[str]:
    """Return the pieces of a run of names that the evidence does not hold, field names apart."""
    pieces: list[list[str]] = [[]]
    for word in run:
        bare = re.sub(r"['’]s?$", "", word).rstrip(".")
        if _is_field_name(bare):
            pieces.append([])
        else:
            pieces[-1].append(bare)
    return [" ".join(piece) for piece in pieces if piece and not evidence.names(" ".join(piece))]


def _is_field_name(word: str) -> bool:
    parts = [part for part in _HYPHENS.split(word) if not part.islower()]
    return bool(parts) and all(part.casefold() in vocabulary.FIELD_NAMES for part in parts)
