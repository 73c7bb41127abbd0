"""Read typed values out of facts, where a missing or malformed value is None and never a default."""

import ipaddress
from collections.abc import Iterable
from datetime import UTC, datetime

from shared.activities import folded
from shared.models.dossier import Fact


def flag(fact: Fact, name: str) -> bool | None:
    """Return a yes-or-no value, or None when the fact does not say."""
    value = fact.values.get(name)
    return value if isinstance(value, bool) else None


def number(fact: Fact, name: str) -> int:
    """Return a whole number, also from text; 0 when the fact does not carry one."""
    value = fact.values.get(name)
    if isinstance(value, str):
        return int(value) if value.isdecimal() else 0
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0


def items(fact: Fact, name: str) -> tuple[str, ...]:
    """Return a list value as texts; empty when the fact does not carry it."""
    value = fact.values.get(name)
    return tuple(str(item) for item in value) if isinstance(value, tuple | list) else ()


def moment(fact: Fact, name: str) -> datetime | None:
    """Return a time value in UTC, or None when it is missing or cannot be read."""
    try:
        return utc(datetime.fromisoformat(fact.text_of(name)))
    except ValueError:
        return None


def utc(at: datetime | None) -> datetime | None:
    """Return the same moment in UTC; a time without a zone is UTC already."""
    if at is None:
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def known_at(fact: Fact) -> datetime | None:
    """Return when evidence was complete: the latest of happening, creation, approval and offline detection."""
    names = ("detected_at", "last_at", "approved_at", "created_at", "registered_at")
    times = [utc(fact.at), *(moment(fact, name) for name in names)]
    return max((at for at in times if at), default=None)


def address_of(fact: Fact) -> str:
    """Return the fact's IP address in normal form; empty when missing, malformed or unspecified."""
    return address_in(fact.text_of("ip_address"))


def address_in(text: str) -> str:
    """Return an IP address in normal form; empty when the text is none, or says 0.0.0.0."""
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return ""
    return "" if address.is_unspecified else str(address)


def same(one: str, other: str) -> bool:
    """Compare two names of Entra's, which vary in case and blanks."""
    return bool(one) and folded(one) == folded(other)


def unique(texts: Iterable[str]) -> list[str]:
    """Return the non-empty texts once each, in order of first appearance."""
    return list(dict.fromkeys(text for text in texts if text))


def ids(*facts: Fact | None) -> tuple[str, ...]:
    """Return the ids of the facts that are there, once each."""
    return tuple(unique(fact.id for fact in facts if fact))
