"""Make facts: one plain sentence, its details as values, hostile text made harmless in both."""

import unicodedata
from collections.abc import Iterable
from datetime import datetime

from shared.clock import iso
from shared.models.dossier import Fact, Source, Value

LONGEST_TEXT = 80
LONGEST_LIST = 10
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that can hide or reorder text: controls, bidi and zero-width marks, surrogates, separators."""

type Given = Value | datetime | Iterable[str] | None


def clean(text: str, longest: int = LONGEST_TEXT) -> str:
    """Return text in one line, at most ``longest`` characters, that can neither hide, reorder nor end a quotation."""
    # Nobody needs more than this to know a name; a megabyte of it would only cost time.
    text = text[: longest * 4]
    harmless = "".join(REPLACEMENT if unicodedata.category(c) in _UNSAFE and c not in "\t\r\n" else c for c in text)
    line = " ".join(harmless.replace('"', "'").split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def quoted(text: str) -> str:
    """Return cleaned text in quotation marks: for every word that somebody outside may have chosen."""
    return f'"{clean(text)}"'


def listed(items: Iterable[str], *, longest: int = LONGEST_LIST) -> str:
    """Return ``a, b and c``; what is beyond ``longest`` is counted."""
    names = list(items)
    if len(names) > longest:
        names = [*names[:longest], f"{len(names) - longest} more"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def counted(number: int, thing: str) -> str:
    """Return ``1 group``, ``2 groups``."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def article(word: str) -> str:
    """Return the word with its indefinite article."""
    return f"an {word}" if word[:1].lower() in "aeiou" else f"a {word}"


def fact(kind: str, text: str, source: Source, *, at: datetime | None = None, **values: Given) -> Fact:
    """Return a fact, without its id yet.

    Values that are not known (None, empty text or list) are left out; times become ISO text, other text is cleaned.
    A time that the sentence names and no value carries is added as ``at``.
    """
    kept = {name: value for name, given in values.items() if (value := _value(given)) is not None}
    if at is not None and iso(at) in text and iso(at) not in kept.values():
        kept["at"] = iso(at)
    return Fact(id="", kind=kind, text=text, values=kept, at=at, source=source)


def event(category: str, record_id: str) -> Source:
    """Return the source of a fact from a streamed record."""
    return Source(kind="event", ref=f"{category} {record_id}")


def graph(ref: str) -> Source:
    """Return the source of a fact from a Graph request."""
    return Source(kind="graph", ref=ref)


def _value(given: Given) -> Value | None:
    match given:
        case None:
            return None
        case bool() | int() | float():
            return given
        case datetime():
            return iso(given)
        case str():
            return clean(given) or None
        case _:
            return tuple(text for item in given if (text := clean(item))) or None
