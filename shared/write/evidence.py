"""What the cited facts, gaps and findings carry: names, numbers, moments, addresses, places and directions."""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache, partial

import msgspec

from shared import risk_types
from shared.countries import NAMES, code_of, countries_in
from shared.models.assessment import Finding
from shared.models.dossier import Gap, Value
from shared.write import polarity
from shared.write.moments import Moments, mentions_in, parse_iso
from shared.write.numbers import Number, numbers_in, stem
from shared.write.subject import Subject
from shared.write.vocabulary import KIND_NAMES, STATE_NAMES

WRITTEN_BY_OTHERS = frozenset(
    """
    app device_name name user_agent detail target initiator via resource excerpt job_title department moves_to
    display_name browser os from_city to_city forwards_to apps devices client_app issuer app_role
    """.split()
)
"""Values whose text anyone may have chosen: they may be repeated, but prove no number, time or direction."""

_ADDRESS = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){2,3}(?:\.[xX*])?|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+)(?:/\d{1,3})?(?!\w)"
)
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"")
_SEPARATORS = re.compile(r"[^\w@.+'’-]+|(?<!\w)[-.'’]+|[-.'’]+(?!\w)")
_LABELS: dict[str, str] = {
    "denied": "denied MFA prompts requests pushes",
    "minutes": "minutes",
    "users": "users accounts people identities",
    "failures": "failures failed attempts sign-ins tries",
    "succeeded": "succeeded users accounts password right",
    "days": "days",
    "sign_ins": "sign-ins",
    "kilometres": "kilometres km",
    "error_code": "error code",
    "asn": "network ASN AS",
    "weight": "points weight",
}


class Item(msgspec.Struct, frozen=True):
    """One cited piece of evidence, taken apart."""

    cite: str
    kind: str
    words: str
    """All its words, case folded, one space around each: what may be named."""
    prose: str
    """What it says, with the values that nobody else chose."""
    quotable: tuple[str, ...]
    """What stands in quotation marks or is a value: for names without a letter, such as a rule called "..": """
    moments: Moments
    numbers: tuple[Number, ...]
    addresses: frozenset[str]
    countries: frozenset[str]
    signs: dict[str, set[bool]]
    turns: tuple[tuple[datetime, tuple[str, bool]], ...]
    """Moments that belong to one direction: prompts were denied until one, and approved at the next."""
    untrue: tuple[str, ...]
    """The names of its values that are false."""
    at: datetime | None = None


def gather(cites: Sequence[str], subject: Subject) -> list[Item]:
    """Return the cited evidence; ids that name nothing are left out."""
    found = (subject.once(f"evidence {cite}", partial(_taken_apart, cite, subject)) for cite in dict.fromkeys(cites))
    return [item for item in found if item is not None]


def _taken_apart(cite: str, subject: Subject) -> Item | None:
    fact, finding, signal = subject.dossier.fact(cite), subject.assessment.finding(cite), subject.signal(cite)
    gap = next((gap for gap in subject.dossier.gaps if gap.id == cite), None)
    if fact is not None:
        return _item(fact.id, fact.kind, fact.text, fact.values, fact.at)
    if finding is not None:
        return _of_finding(finding, subject)
    if gap is not None:
        return _of_gap(gap)
    return _item(cite, "signal", signal.reason.replace("_", " "), {}, signal.at) if signal else None


def of_assessment(subject: Subject) -> Item:
    """Return what the reasons of verdict and confidence carry; only sentences about the assessment may lean on it."""
    assessment = subject.assessment
    text = " ".join((assessment.verdict_reason, *assessment.confidence_reasons))
    return subject.once("evidence of the assessment", lambda: _item("", "assessment", text, {}, None))


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """Return the words of a text, case folded, with one space between them."""
    return " ".join(_SEPARATORS.sub(" ", text).casefold().replace("’", "'").split())


def addresses_in(text: str) -> tuple[set[str], str]:
    """Return the IP addresses and networks of a text in normal form, and the text without them.

    Something that only looks like an address comes back as it is written.
    """
    found: set[str] = set()
    for match in _ADDRESS.finditer(text):
        literal = match.group(0)
        if 0 < literal.count(":") < 4 and "::" not in literal:
            continue  # a time
        address = next((known for end in ("", ".", ".:") if (known := _address(literal.rstrip(end))) is not None), None)
        found.add(address or literal.rstrip(".:"))
        text = text[: match.start()] + " " * len(match.group(0)) + text[match.end() :]
    return found, text


def _address(literal: str) -> str | None:
    try:
        return str(ipaddress.ip_interface(literal)) if "/" in literal else str(ipaddress.ip_address(literal))
    except ValueError:
        return None


def _of_gap(gap: Gap) -> Item:
    text = f"{gap.what}. {gap.reason.replace('_', ' ')}. {gap.detail}. {gap.mend} {' '.join(gap.kinds)}"
    return _item(gap.id, "gap", text, {}, None)


def _of_finding(finding: Finding, subject: Subject) -> Item:
    terms = [
        f"{term.label}: {abs(term.points)} points." for term in subject.assessment.terms if term.source == finding.id
    ]
    text = f"{finding.title}. {finding.statement} {' '.join(terms)} {' '.join(finding.techniques)} {finding.id}"
    item = _item(finding.id, "finding", text, {"weight": abs(finding.weight)}, None)
    return msgspec.structs.replace(item, words=f"{item.words}{fold(finding.id.replace('_', ' '))} ")


def _item(cite: str, kind: str, text: str, values: Mapping[str, Value], at: datetime | None) -> Item:
    own = _without_names(text, values)
    checked = {name: value for name, value in values.items() if name not in WRITTEN_BY_OTHERS}
    exact = {moment for value in checked.values() if isinstance(value, str) and (moment := parse_iso(value))}
    if at is not None:
        exact.add(at.astimezone(UTC))
    words = [part for value in checked.values() if isinstance(value, str | tuple) for part in _texts(value)]
    told = [part for part in words if parse_iso(part) is None]
    places = _places(own, values)
    addresses, rest = addresses_in(". ".join([own, *told]))
    loose, rest = mentions_in(rest)
    return Item(
        cite=cite,
        kind=kind,
        words=_words(kind, text, values, places),
        prose=". ".join([text, *told]),
        quotable=(
            *(quote[1:-1] for quote in _QUOTED.findall(text)),
            *(part for value in values.values() for part in _texts(value)),
        ),
        moments=Moments(exact=exact, loose=set(loose)),
        numbers=(*_told(rest), *_counted(checked)),
        addresses=frozenset(addresses),
        countries=places,
        signs=polarity.signs_of(f"{own}. {_risk_names(values)}", values),
        turns=tuple(
            (moment, _TURNS[name])
            for name, value in values.items()
            if name in _TURNS and (moment := parse_iso(str(value))) is not None
        ),
        untrue=tuple(name for name, value in values.items() if value is False),
        at=at,
    )


def _without_names(text: str, values: Mapping[str, Value]) -> str:
    """Take out of the prose what others wrote: everything in quotation marks, then the values, longest first."""
    text = _QUOTED.sub(" ", text)
    foreign = {part for name, value in values.items() if name in WRITTEN_BY_OTHERS for part in _texts(value) if part}
    for part in sorted(foreign, key=len, reverse=True):
        if part in text:  # a pattern of its own costs more than all the rest
            text = re.sub(rf"(?<!\w){re.escape(part)}(?!\w)", " ", text)
    return text


def _texts(value: Value) -> list[str]:
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, float) and value.is_integer():
        return [str(int(value))]
    return [] if isinstance(value, bool) else [str(value)]


def _words(kind: str, text: str, values: Mapping[str, Value], places: frozenset[str]) -> str:
    parts = [text, kind, kind.replace(".", " ").replace("_", " "), KIND_NAMES.get(kind, "")]
    if "approved_at" in values:
        parts.append("approved after denied")
    for name, value in values.items():
        parts += _texts(value)
        if value is True or (isinstance(value, tuple) and value):
            parts.append(name.replace("_", " "))
        if name in {"asn", "asns"}:
            parts += [f"AS{text.upper().removeprefix('AS')}" for text in _texts(value)]
        parts += [STATE_NAMES[text] for text in _texts(value) if text in STATE_NAMES]
    parts.append(_risk_names(values))
    parts += [name for code in sorted(places) for name in (code, *NAMES[code])]
    return f" {fold(' ; '.join(parts))} "


def _risk_names(values: Mapping[str, Value]) -> str:
    """Return what the types of detection among the values are called; an app may be named like one and is none."""
    stated = [text for key in ("risk_event_type", "risk_event_types") for text in _texts(values.get(key, ()))]
    rows = [row for text in stated if (row := risk_types.named(text)) is not None]
    return ". ".join(f"{row.phrase}. {row.name}" for row in rows)


def _places(text: str, values: Mapping[str, Value]) -> frozenset[str]:
    codes = {
        code
        for name, value in values.items()
        if "countr" in name
        for part in _texts(value)
        if (code := code_of(part)) is not None
    }
    return frozenset(codes | countries_in(text))


_BOUND = {"denied": ("mfa", False), "failures": ("outcome", False), "succeeded": ("outcome", True)}


_TURNS = {"first_at": ("mfa", False), "last_at": ("mfa", False), "approved_at": ("mfa", True)}


def _told(text: str) -> list[Number]:
    """Return the numbers of prose, each bound to the directions of its clause."""
    found = []
    for clause in polarity.clauses(text):
        signs = frozenset((mention.axis, mention.positive) for mention in polarity.mentions_in(clause))
        found += [msgspec.structs.replace(number, signs=signs) for number in numbers_in(clause, reach=3)]
    return found


def _counted(values: Mapping[str, Value]) -> list[Number]:
    found = []
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        label = _LABELS.get(name, name.replace("_", " "))
        counts = frozenset(stem(word) for word in re.split(r"[ -]", label))
        bound = frozenset({_BOUND[name]}) if name in _BOUND else frozenset[tuple[str, bool]]()
        found.append(Number(float(value), "percent" in name, counts, bound))
    return found
