"""Make facts: one plain sentence, its details as values, hostile text made harmless in both."""

from collections.abc import Iterable
from datetime import datetime

from shared.clock import iso
from shared.hostile import clean
from shared.models.dossier import Fact, Source, Value

LONGEST_LIST = 10

type Given = Value | datetime | Iterable[str] | None


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
