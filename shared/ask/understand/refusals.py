"""What is declined before it is matched: changes, other subjects, attempts to steer, areas that are not read."""

import re
from pathlib import Path

import msgspec

from shared.ask.understand.lexicon import lemma
from shared.ask.understand.marks import plain


class Area(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of Entra that is known and not read."""

    name: str
    phrases: tuple[str, ...]
    instead: tuple[str, ...]
    """Prompts of what is read nearby."""


class _Changes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    verbs: str
    not_before: dict[str, str]


class _OffTopic(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    words: str
    exceptions: tuple[str, ...]


class _Injection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    phrases: tuple[str, ...]


class _Refusals(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    changes: _Changes
    off_topic: _OffTopic
    injection: _Injection
    areas: tuple[Area, ...]


_DATA = msgspec.toml.decode(Path(__file__).with_name("refusals.toml").read_bytes(), type=_Refusals)
_VERBS = frozenset(_DATA.changes.verbs.split())
_NOT_BEFORE = {verb: frozenset(words.split()) for verb, words in _DATA.changes.not_before.items()}
_OFF_TOPIC = frozenset(_DATA.off_topic.words.split()) - frozenset(_DATA.off_topic.exceptions)
_WORDS = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_OPENS = re.compile(
    r"(?:^|[.!?;:,\n]|\b(?:and|then|please|pls|plz|also|so|now|just|kindly|immediately|or|but)\b"
    r"|\b(?:can|could|would|will|should|must)\s+you\b|\b(?:help|let|lets|let's)\s+(?:me|us)?\b"
    r"|\b(?:want|need|like|wish|going|have|try|trying|ask|asking|able)\s+(?:you\s+)?to\b"
    r"|\b(?:gonna|wanna|gotta|helps?\s+me)\b|\b(?:i|we|you)\s+(?:should|must|will|shall|can|ll)\b|\bhow\s+(?:do|can|to|should)\s+(?:i|we|you)?)"
    r"\s*(?:please\s+|just\s+|also\s+|now\s+|then\s+|quickly\s+|immediately\s+|go\s+ahead\s+and\s+|i\s+want\s+to\s+)*",
)
_TO = re.compile(r"\s*(?:want|need|like|wish|going|have|try|trying|ask|asking|able)\s+to\b")
_OR = re.compile(r"\s*or\b")
_US = re.compile(
    r"(?:^|\b(?:i|we|you|u|i'd|we'd|i'm|we're|would|please|pls|and|then|also|so)(?:\s+(?:am|are|will|would|do|just|really|urgently|now|still|also|only))*)\s*$"
)
"""Whoever asks or is asked is the one who wants, needs or has to."""
_MEND_IT = re.compile(r"(?:fix|mend|resolve|solve) (?:it|them|this|that|these|those)$")
"""Whoever asks how to do this wants to be told: "what could you not read and how do I fix it"."""
_OF_OTHERS = re.compile(
    r"(?:why|when|where|who|whom|which|what|how|did|does|do|has|have|had|was|were|is|are|may|can|could)\s+(?!you\b|i\b|we\b|u\b|to\b)"
)
"""How a question about others begins: "why did bo have to confirm", "may users register apps or create tenants"."""
_WISH = re.compile(
    r"\b(?:want|need|like|get|have)\b(?!.*\b(?:see|know|tell|find|list|show|which|who|been|any|if|whether|how)\b)"
    r".*\b(?:reset|revoked|disabled|blocked|deleted|removed|dismissed|unlocked|enabled|changed)\s*"
    r"(?:now|please|asap|immediately|today|right away)?\s*[.!]*$"
)
_SWITCH = re.compile(r"\b(?:put|move|bring|take|flip)\b.*\b(?:to|into|in)\s+(?:on|off|enforce\w*|report-only)\b")
_BACK = re.compile(r"\broll\s+back\b|\brollback\b|\bundo\b|\brevert\b")


def asks_for_change(prompt: str) -> str | None:
    """Return the verb of a change that a prompt asks for; None when it only asks to be told something."""
    text = plain(prompt)
    if (back := _BACK.search(text)) is not None:
        return str(back.group())
    for opening in _OPENS.finditer(text):
        if _is_of_others(opening.group(), text[: opening.start()]):
            continue
        words = _WORDS.findall(text[opening.end() : opening.end() + 80])
        if opening.group().startswith("how") and _MEND_IT.match(" ".join(words)):
            continue
        if words and words[0] in _VERBS and not _is_question(words):
            return str(words[0])
    return "change" if _WISH.search(text) or _SWITCH.search(text) else None


def _is_of_others(opening: str, before: str) -> bool:
    """Say whether what others have to, want to or may do is asked: "users who have to set up MFA"."""
    sentence = re.split(r"[.!?;:]\s|\n", before)[-1].strip()
    if _TO.match(opening):
        return not _US.search(sentence)
    return bool(_OR.match(opening) and _OF_OTHERS.match(sentence)) and not re.search(
        r"\b(?:i|we|you|please)\b", sentence
    )


def _is_question(words: list[str]) -> bool:
    """Say whether a verb that could be a change is none here: "reset history", "enable"."""
    if len(words) == 1:
        return words[0] in {"enable", "call", "start", "stop", "force", "message", "email", "make", "set"}
    return words[1] in _NOT_BEFORE["any"] or words[1] in _NOT_BEFORE.get(words[0], frozenset())


def steers(prompt: str) -> bool:
    """Say whether a prompt tries to change what the app is, or to get at its inside."""
    folded = _folded(prompt)
    return any(phrase in folded for phrase in _STEERING)


def off_topic_words(prompt: str) -> frozenset[str]:
    """Return words of a prompt that have nothing to do with identities."""
    return _OFF_TOPIC.intersection(_WORDS.findall(plain(prompt)))


def areas_of(prompt: str) -> list[tuple[Area, str]]:
    """Return the areas that a prompt speaks of and that may not be read here, each with the phrase that says so."""
    folded = _folded(prompt)
    return [(area, phrase) for area, phrases in _AREAS for phrase in phrases if phrase in folded]


def speaks_of(text: str, phrase: str) -> bool:
    """Say whether a text has a phrase that ``areas_of`` found."""
    return phrase in _folded(text)


def _folded(text: str) -> str:
    return f" {' '.join(lemma(word) for word in re.findall(r'[^\W_]+', plain(text)))} "


_STEERING = tuple(_folded(phrase) for phrase in _DATA.injection.phrases)
_AREAS = tuple((area, tuple(_folded(phrase) for phrase in area.phrases)) for area in _DATA.areas)
