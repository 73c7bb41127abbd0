"""Small pieces of English for the template: counts, lists, times, places and names that are safe to repeat."""

import re
from collections.abc import Sequence

from shared import risk_types
from shared.countries import country_in_prose, country_name
from shared.models.dossier import Fact
from shared.write.moments import mentions_in
from shared.write.numbers import numbers_in
from shared.write.polarity import NEGATION
from shared.write.polarity import mentions_in as directions_in
from shared.write.shape import flaws
from shared.write.vocabulary import INSTRUCTIONS, LEVELS

_WORDS = "no one two three four five six seven eight nine ten eleven twelve".split()
_MAX_NAME = 60
_PLAIN = re.compile(r"[^\W\d_]+(?:[ '’.-]{1,2}[^\W\d_]+)*")
_SCOPE = re.compile(r"[A-Z]\w{1,30}(?:[.-][A-Z]\w{1,30}){1,4}")
_QUOTES = re.compile(r"[“”\"‘’']")
_HOST = re.compile(r"(?<!\w)(?:[\w-]+\.)+[^\W\d_]{2,}(?!\w)")


def count(number: int, singular: str, plural: str | None = None) -> str:
    """Return ``eleven MFA prompts``: words up to twelve, digits above, the noun in the right number."""
    amount = _WORDS[number] if 0 <= number < len(_WORDS) else str(number)
    return f"{amount} {singular if number == 1 else plural or singular + 's'}"


def listed(parts: Sequence[str], *, most: int = 6) -> str:
    """Return ``a, b and c``; beyond ``most`` the list is closed with "and others"."""
    unique = list(dict.fromkeys(part for part in parts if part))
    if len(unique) > most:
        return f"{', '.join(unique[:most])} and others"
    return " and ".join([", ".join(unique[:-1]), unique[-1]]) if len(unique) > 1 else "".join(unique)


def capital(text: str) -> str:
    """Return the text with a capital first letter; the rest stays as it is."""
    return text[:1].upper() + text[1:]


def closed(text: str) -> str:
    """Return the text with a full stop at its end."""
    text = text.strip()
    return text if text.endswith((".", "?", "!")) else f"{text}."


def place(fact: Fact, city: str = "city", country: str = "country") -> str:
    """Return ``Lagos, Nigeria``, what is known of it, or nothing."""
    town, code = fact.text_of(city), fact.text_of(country)
    if not named(town) or town == country_name(code):
        return named(country_name(code)) and country_in_prose(code)
    return ", ".join(part for part in (named(town), named(country_name(code))) if part)


def scope(name: str) -> str:
    """Return a permission scope for a sentence: ``Mail.Read`` bare, another one quoted, an odd one not at all."""
    return name if _SCOPE.fullmatch(name) else named(name)


def repeatable(name: str) -> bool:
    """Say whether a name that somebody chose may stand in a sentence at all."""
    return (
        0 < len(name.strip()) <= _MAX_NAME
        and not flaws(name)
        and not INSTRUCTIONS.search(name)
        and ("@" in name or not _HOST.search(name))
        and not _QUOTES.search(name.replace("'", "").replace("’", ""))
    )


def named(name: str) -> str:
    """Return a name for a sentence: bare when it reads as one, quoted when it could be a claim, else nothing."""
    name = " ".join(name.split())
    if not repeatable(name):
        return ""
    is_address = "@" in name and " " not in name
    bare = is_address or (
        _PLAIN.fullmatch(name) is not None
        and all(word[0].isupper() for word in name.split())
        and not (directions_in(name) or NEGATION.search(name) or mentions_in(name)[0] or numbers_in(name, reach=0))
    )
    return name if bare else f"“{name}”"


def risk_name(fact: Fact) -> str:
    """Return the plain words for a detection's risk type, or the type itself in quotation marks."""
    kind = fact.text_of("risk_event_type")
    if (row := risk_types.named(kind)) is not None:
        return row.phrase
    return f"a risk of the type “{kind}”" if repeatable(kind) else "a risk"


def level(fact: Fact) -> str:
    """Return ``high`` where the fact states a level that means something, else nothing."""
    stated = fact.text_of("risk_level")
    return stated if stated in LEVELS else ""
