"""Which way a statement points: succeeded or failed, satisfied or denied, enabled or disabled, and so on."""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from itertools import pairwise

import msgspec

from shared.models.dossier import Value


class Mention(msgspec.Struct, frozen=True):
    """A word that points one way on an axis, after a "not" in front of it has been counted."""

    axis: str
    positive: bool
    start: int
    end: int


_AXES: dict[str, tuple[str, str]] = {
    "outcome": (r"succe(?:ss(?:ful(?:ly)?|es)?|ed(?:ed|s|ing)?)", r"fail(?:ed|s|ure|ures|ing)?|unsuccessful(?:ly)?"),
    "mfa": (
        r"satisf(?:ied|ies|y)|approv(?:ed|es|e|al|als)|accepted|passed",
        r"den(?:ied|ies|y|ial|ials)|rejected|declined|refused",
    ),
    "completed": (r"completed", r"interrupted|abandoned"),
    "enabled": (r"enabled|re-enabled", r"disabled|deactivated|suspended"),
    "grant": (r"granted|allowed|permitted|unblocked", r"blocked|prevented|stopped|barred"),
    "compliant": (r"compliant", r"non-?compliant|uncompliant"),
    "managed": (r"managed", r"unmanaged|non-managed"),
    "interactive": (r"interactive(?:ly)?", r"non-?interactive(?:ly)?"),
    "privileged": (r"privileged", r"unprivileged|non-privileged"),
    "registered": (
        r"registered|added|created|enrolled|consented",
        r"removed|deleted|unregistered|revoked|withdrawn|deregistered",
    ),
    "synchronised": (r"synchroni[sz]ed|synced|hybrid", r"cloud-only"),
    "trusted": (r"trusted", r"untrusted"),
    "correct": (r"correct|valid|right", r"wrong|incorrect|invalid"),
    "resistant": (r"phishing-resistant", r"phishable"),
    "new": (
        r"new|first-time|unfamiliar|unseen|unusual|unknown|unrecogni[sz]ed",
        r"familiar|usual|known|habitual|recogni[sz]ed|typical",
    ),
    "active": (r"active|permanent(?:ly)?", r"eligible"),
    "raised": (r"raised|rose|increased|escalated", r"lowered|fell|decreased|dropped|reduced"),
    "bypassed": (r"bypassed|evaded|circumvented", r"enforced"),
}
LENIENT = frozenset({"new", "active", "raised", "synchronised", "correct", "managed", "interactive"})
"""Axes whose words are also everyday words: silence of the evidence is no objection, contradiction is."""

_TOKEN = re.compile(r"[A-Za-z][\w-]*")
_ADJECTIVE = re.compile(r"registered (?:authentication )?(?:methods?|devices?)", re.IGNORECASE)
"""Names methods without claiming that anything was registered."""
NEGATION = re.compile(
    r"(?<!\w)(?:not|no|never|none|nobody|no-one|nothing|neither|nor|without|cannot|lacks?|lacking|absent|unable"
    r"|\w+n['’]t)(?!\w)",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[,;.]\s|(?<!\w)(?:and|but|while|whereas|then|after|before|followed by|yet|although)(?!\w)")
_REACH = 5
"""How many words a negation reaches ahead: "no MFA prompt was ever approved"."""


@lru_cache(maxsize=8192)
def mentions_in(text: str) -> tuple[Mention, ...]:
    """Return every word that points one way, in order, with negation counted."""
    found = []
    for token in _TOKEN.finditer(text.replace("phishing resistant", "phishing-resistant")):
        pointed = direction(token.group(0).casefold())
        if pointed is not None and not _ADJECTIVE.match(text, token.start()):
            axis, positive = pointed
            found.append(Mention(axis, positive != _negated(text[: token.start()]), token.start(), token.end()))
    return tuple(found)


@cache
def _directions() -> dict[str, re.Pattern[str]]:
    return {
        f"{axis} {sign}": re.compile(words)
        for axis, pair in _AXES.items()
        for sign, words in zip("+-", pair, strict=True)
    }


# Word by word with a memory: one pattern of all the words, tried at every letter, was most of the check's time.
@lru_cache(maxsize=4096)
def direction(word: str) -> tuple[str, bool] | None:
    """Return the axis of a case-folded word and which way it points on it, or None where it points no way."""
    for name, words in _directions().items():
        if words.fullmatch(word):
            axis, sign = name.split()
            return axis, sign == "+"
    return None


def clauses(text: str) -> list[str]:
    """Split into clauses; a piece that points no way of its own joins the next one that does, else the last."""
    found, waiting = list[str](), ""
    for piece in (half for whole in _CLAUSE.split(text) for half in _halves(whole)):
        waiting = f"{waiting}, {piece}" if waiting else piece
        if mentions_in(piece):
            found.append(waiting)
            waiting = ""
    if waiting and found:
        found[-1] += f", {waiting}"
    elif waiting:
        found.append(waiting)
    return found


def _halves(text: str) -> list[str]:
    """Split between two words that point opposite ways, so that "11 denied prompts, one approved" needs no comma."""
    for one, other in pairwise(mentions_in(text)):
        middle = text.find(" ", (one.end + other.start) // 2)
        if one.axis == other.axis and one.positive != other.positive and 0 < middle < other.start:
            return [text[:middle], *_halves(text[middle:])]
    return [text]


def signs_of(text: str, values: Mapping[str, Value]) -> dict[str, set[bool]]:
    """Return the directions that evidence carries, by axis.

    Values win over text on any axis they speak about: names inside the text are written by attackers.
    """
    signs = _signs_of_values(values)
    for mention in mentions_in(text):
        if mention.axis not in signs:
            signs.setdefault(f"text:{mention.axis}", set()).add(mention.positive)
    return {axis.removeprefix("text:"): held for axis, held in signs.items()}


def objections(text: str, signs: Mapping[str, set[bool]]) -> list[str]:
    """Return why the directions of a sentence are not those of its evidence; empty when they are."""
    reasons = []
    for mention in mentions_in(text):
        held = signs.get(mention.axis)
        if held is None:
            if mention.axis not in LENIENT:
                reasons.append(f"{mention.axis} not stated in cited evidence")
        elif mention.positive not in held:
            reasons.append(f"{mention.axis} contradicts cited evidence")
    return reasons


def _negated(before: str) -> bool:
    reach = re.split(r"[,;:.]", before)[-1]
    return len(NEGATION.findall(" ".join(reach.split()[-_REACH:]))) % 2 == 1


def _signs_of_values(values: Mapping[str, Value]) -> dict[str, set[bool]]:
    signs: dict[str, set[bool]] = {}
    for name, value in values.items():
        for axis, held in _read(name, value):
            signs.setdefault(axis, set()).update(held)
    return signs


_FLAGS: dict[str, str] = {
    "enabled": "enabled",
    "compliant": "compliant",
    "device_compliant": "compliant",
    "managed": "managed",
    "interactive": "interactive",
    "privileged": "privileged",
    "on_premises": "synchronised",
    "trusted_network": "trusted",
    "has_phishing_resistant": "resistant",
    "new_country": "new",
    "new_ip": "new",
    "new_device": "new",
    "new_asn": "new",
    "succeeded": "outcome",
}
_WORDS: dict[tuple[str, Value], list[tuple[str, set[bool]]]] = {
    ("outcome", "success"): [("outcome", {True}), ("completed", {True})],
    ("outcome", "failure"): [("outcome", {False}), ("completed", set())],
    ("outcome", "interrupted"): [("outcome", set()), ("completed", {False})],
    ("mfa", "satisfied"): [("mfa", {True})],
    ("mfa", "claim_in_token"): [("mfa", {True})],
    ("mfa", "denied"): [("mfa", {False})],
    ("mfa", "not_required"): [("mfa", set())],
    ("assignment", "active"): [("active", {True})],
    ("assignment", "group"): [("active", {True})],
    ("assignment", "eligible"): [("active", {False})],
    ("strength", "phishing_resistant"): [("resistant", {True})],
}


def _read(name: str, value: Value) -> list[tuple[str, set[bool]]]:
    if isinstance(value, bool):
        return [(_FLAGS[name], {value})] if name in _FLAGS else []
    if (name, value) in _WORDS:
        return _WORDS[name, value]
    if name == "denied":
        return [("mfa", {False})]
    if name == "approved_at":
        return [("mfa", {True})]
    if name == "succeeded":
        return [("outcome", {bool(value)})]
    return [("outcome", {False})] if name == "failures" else []
