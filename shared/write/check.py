"""Check a sentence against the evidence it cites: what the evidence does not carry is a reason to reject."""

import re
from collections.abc import Iterable, Sequence

import msgspec

from shared.write import moments, polarity, vocabulary
from shared.write.binding import binding_flaws
from shared.write.evidence import Item, addresses_in, fold, gather, of_assessment
from shared.write.numbers import VAGUE, Number, numbers_in, stem
from shared.write.places import NAMES, countries_in
from shared.write.shape import flaws
from shared.write.subject import Subject


class Problem(msgspec.Struct, frozen=True):
    """One reason to reject a sentence, with the words that gave it where there are some."""

    reason: str
    words: str = ""
    """From the sentence itself; for the model that wrote it, never for a log or a report."""


_QUOTED = re.compile(r"“([^”]*)”|\"([^\"]*)\"|‘([^’]*)’(?!\w)|(?<!\w)'([^']*)'(?!\w)")
_ATOM = re.compile(r"(?<!\w)[^\s,;:!?()“”\"]*[@\\/][^\s,;:!?()“”\"]*|(?<!\w)(?:[\w-]+\.)+[^\W\d_]{2,}(?!\w)")
_WORD = re.compile(r"[^\W_](?:[\w'.-]*\w)?")
_CODE = re.compile(r"[a-z][A-Z]|_|\d[^\W\d]|[^\W\d]\d|[^\W\d]-\d")
_OPENING = re.compile(r"(?:^|[.?!:]\s+)[“\"‘'(]*$")
_OF_HUNDRED = re.compile(r"(\bscore\b[^,;.]{0,20}\b\d+) (?:out )?of 100\b", re.IGNORECASE)
_ABOUT_ASSESSMENT = re.compile(r"(?<!\w)(?:verdict|confidence|score)(?!\w)", re.IGNORECASE)
_HYPHENS = re.compile(r"[-‐‑]")


def check_sentence(text: str, cites: Sequence[str], subject: Subject) -> tuple[str, ...]:
    """Return why a sentence must not be written; empty when its cited evidence carries all of it.

    A reason names the check that failed, never the words of the sentence.
    """
    return tuple(dict.fromkeys(problem.reason for problem in problems(text, cites, subject)))


def problems(text: str, cites: Sequence[str], subject: Subject) -> list[Problem]:
    """Return the reasons of ``check_sentence``, each with the words that gave it."""
    found = [Problem(flaw) for flaw in flaws(text)]
    if not cites:
        found.append(Problem("no cites"))
    if any(not subject.known(cite) for cite in cites):
        found.append(Problem("unknown id in cites"))
    if vocabulary.INSTRUCTIONS.search(text):
        found.append(Problem("instruction"))
    if found:
        return found
    items = gather(cites, subject)
    if _ABOUT_ASSESSMENT.search(text):
        items.append(of_assessment(subject))
    evidence = _Evidence(items=tuple(items), subject=subject)
    unquoted, quotes = _quotes(text, evidence)
    rest, claims = _claims(unquoted, evidence)
    return [
        *quotes,
        *claims,
        *_names(rest, evidence),
        *_judgements(unquoted, evidence),
        *_directions(unquoted, evidence),
        *(Problem(flaw) for flaw in binding_flaws(unquoted, items)),
    ]


class _Evidence(msgspec.Struct, frozen=True):
    items: tuple[Item, ...]
    subject: Subject

    def names(self, text: str) -> bool:
        """Say whether a cited item, or the identity that the whole report is about, carries these words."""
        own = " ".join(fold(part) for part in (self.subject.identity.name or "", self.subject.identity.id))
        return any(item.names(text) for item in self.items) or (bool(fold(text)) and f" {fold(text)} " in f" {own} ")

    def says(self, pattern: str) -> bool:
        return any(re.search(pattern, item.words) for item in self.items)


def _quotes(text: str, evidence: _Evidence) -> tuple[str, list[Problem]]:
    """Check what stands in quotation marks, and blank it: a true quotation proves nothing by its words."""
    found = []
    for match in _QUOTED.finditer(text):
        quoted = next(group for group in match.groups() if group is not None)
        if not quoted.strip() or not evidence.names(quoted.rstrip(".,")):
            found.append(Problem("quotation not in cited evidence", quoted))
        text = text[: match.start()] + "“" + "\u00b7" * (len(match.group(0)) - 2) + "“" + text[match.end() :]
    return text.replace("\u00b7", " ").replace("’", "'"), found


def _claims(text: str, evidence: _Evidence) -> tuple[str, list[Problem]]:
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
    return text, found


def _carries(number: Number, evidence: _Evidence) -> bool:
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


def _scores(evidence: _Evidence) -> list[Number]:
    """Return the numbers of the assessment itself, each tied to what it counts."""
    assessment = evidence.subject.assessment
    found = [Number(float(assessment.score), counts=frozenset({"scor"})), Number(100.0, counts=frozenset({"scor"}))]
    ids = {item.cite for item in evidence.items}
    findings = {finding.id for finding in assessment.findings}
    points: list[int] = [term.points for term in assessment.terms if term.source in ids]
    for name in {term.source.partition(":")[0] for term in assessment.terms if term.source not in findings}:
        points.append(sum(term.points for term in assessment.terms if term.source.partition(":")[0] == name))
    return [*found, *(Number(float(abs(amount)), counts=frozenset({stem("points")})) for amount in points)]


def _names(text: str, evidence: _Evidence) -> list[Problem]:
    """Check every word that may be a name: capitals, identifiers, letters that English does not use."""
    found, run = [], list[str]()
    previous_end = 0
    for match in [*_WORD.finditer(text), None]:
        word = match.group(0) if match else ""
        gap = text[previous_end : match.start()] if match else "."
        if run and (not _is_name(word) or gap.strip("-–/& ") != ""):
            found += [Problem("name not in cited evidence", piece) for piece in _strangers(run, evidence)]
            run = []
        if match and _is_name(word):
            opens = bool(_OPENING.search(text[: match.start()]))
            first = _HYPHENS.split(re.sub(r"['’]s$", "", word))[0].casefold()
            ordinary = {word.casefold(), first} & vocabulary.OPENERS or numbers_in(word, reach=0)
            if not (opens and ordinary and not _CODE.search(word)):
                run.append(word)
        previous_end = match.end() if match else previous_end
    return found


def _is_name(word: str) -> bool:
    return bool(word) and (
        word[0].isupper() or not word.isascii() or bool(_CODE.search(word)) or word[1:] != word[1:].lower()
    )


def _strangers(run: list[str], evidence: _Evidence) -> list[str]:
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


def _judgements(text: str, evidence: _Evidence) -> list[Problem]:
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
    for pattern, wanted in vocabulary.THREATS.items():
        for match in re.finditer(rf"(?<![\w-])(?:{pattern})(?!\w)", text, re.IGNORECASE):
            same = re.escape(match.group(0).casefold())
            if not evidence.says(wanted.replace("(?P<same>)", same)):
                found.append(Problem("risk type or method not in cited evidence", match.group(0)))
    folded = f" {fold(text)} "
    for name in set(vocabulary.RISK_NAMES.values()):
        if f" {fold(name)} " in folded and not evidence.names(name):
            found.append(Problem("risk type not in cited evidence", name))
    return [*found, *_levels(text, evidence), *_verdicts(text, evidence)]


def _levels(text: str, evidence: _Evidence) -> list[Problem]:
    assessment = evidence.subject.assessment
    levels = "|".join(vocabulary.LEVELS)
    judged = re.compile(
        rf"(?<!\w)(?:(?P<a>{levels})[ -](?P<what>confidence|severity)|(?P<what2>confidence|severity)(?: is| of|:)? (?P<b>{levels}))(?!\w)",
        re.IGNORECASE,
    )
    found = []
    for match in judged.finditer(text):
        what, level = match.group("what") or match.group("what2"), match.group("a") or match.group("b")
        actual = assessment.confidence if what.casefold() == "confidence" else assessment.severity
        if level.casefold() != actual:
            found.append(Problem(f"{what.casefold()} is not the assessment's", level))
    for match in re.finditer(rf"(?<!\w)(?:{levels})(?!\w)", judged.sub(" ", text), re.IGNORECASE):
        if not evidence.names(match.group(0)):
            found.append(Problem("risk level not in cited evidence", match.group(0)))
    return found


def _verdicts(text: str, evidence: _Evidence) -> list[Problem]:
    subject = evidence.subject
    settled = subject.assessment.verdict == "benign" or subject.outcome in ("dismissed", "confirmed_safe")
    found = []
    for match in re.finditer(r"(?<!\w)(?:compromised?|suspicious\w*|benign|inconclusive)(?!\w)", text, re.IGNORECASE):
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
    for match in re.finditer(
        r"(?<!\w)(?:remediated|dismissed|confirmed (?:safe|compromised))(?!\w)", text, re.IGNORECASE
    ):
        if match.group(0).casefold() != outcome and not evidence.names(match.group(0)):
            found.append(Problem("outcome not in cited evidence", match.group(0)))
    return found


def _directions(text: str, evidence: _Evidence) -> list[Problem]:
    signs: dict[str, set[bool]] = {}
    for item in evidence.items:
        for axis, held in item.signs.items():
            signs.setdefault(axis, set()).update(held)
    found = [Problem(reason) for reason in polarity.objections(text, signs)]
    if (
        polarity.NEGATION.search(text)
        and not any(item.negative for item in evidence.items)
        and not any(False in held for held in signs.values())
    ):
        found.append(Problem("negation not in cited evidence"))
    for item in evidence.items:
        topic = item.kind.partition(".no_")[2].rstrip("s")
        if (
            topic
            and re.search(rf"(?<!\w){topic.replace('_', '[ -]')}s?(?!\w)", text)
            and not polarity.NEGATION.search(text)
        ):
            found.append(Problem("negation of cited evidence left out"))
    return found
