"""Clean single values: text that means nothing, identifiers, risk words, addresses, numbers."""

import hashlib
import ipaddress
import re
from functools import lru_cache
from math import isfinite

from shared.models.identity import STAND_IN
from shared.models.records import UNKNOWN_RISK

_NOTHING = frozenset(
    {
        "",
        "None",
        "none",
        "NONE",
        "<null>",
        "<Null>",
        "<NULL>",
        "&lt;null&gt;",
        "unknownFutureValue",
        "UnknownFutureValue",
    }
)
_NO_ID = "00000000-0000-0000-0000-000000000000"
_RISK_WORDS = {
    spelling: word
    for word in (
        *("none", "low", "medium", "high", "hidden", "unknownFutureValue"),
        *("confirmedSafe", "remediated", "dismissed", "atRisk", "confirmedCompromised"),
    )
    for spelling in (word, word.lower())
}
_USER_TYPES = {"member": "Member", "guest": "Guest"}
_PORT = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::[0-9]{1,5})?|([0-9]{1,3}(?:\.[0-9]{1,3}){3}):[0-9]{1,5}")
_LONGEST_ADDRESS = 64


def text(value: str | None) -> str | None:
    """Return trimmed text, or None for the words that mean nothing on the wire."""
    if value is None or value in _NOTHING:
        return None
    value = value.strip()
    return None if value in _NOTHING else value


def identifier(value: str | None) -> str | None:
    """Return an id in lower case, or None for nothing and for the all-zero id."""
    value = text(value)
    if value is None or value == _NO_ID:
        return None
    return value.lower()


def stand_in_id(name: str) -> str:
    """Return an id for a subject that Entra gives none: ``STAND_IN`` and 16 hex digits from its name.

    The name may be text that an attacker typed, so it must not itself become part of a key or a URL.
    """
    return STAND_IN + hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:16]


def principal_name(value: str | None) -> str | None:
    """Return a user principal name in lower case: Entra writes one user's name in several casings."""
    value = text(value)
    return value.lower() if value is not None else None


def user_type(value: str | None) -> str | None:
    """Return ``Member`` or ``Guest`` for either in any casing, other text as it is."""
    value = text(value)
    return _USER_TYPES.get(value.lower(), value) if value is not None else None


def risk(value: str | None) -> str | None:
    """Return a risk level, state or detail with ``none`` and ``hidden`` kept, known words in Graph's casing."""
    if not value:
        return None
    if (known := _RISK_WORDS.get(value)) is not None:
        return known
    value = value.strip()
    return _RISK_WORDS.get(value.lower()) or (None if value in _NOTHING else value)


def risk_or_hidden(value: str | None) -> str:
    """Return the same, and ``hidden`` for nothing: a risk that is not said is unknown, never none."""
    return risk(value) or UNKNOWN_RISK


def error_code(value: str | int | None) -> int | None:
    """Return a sign-in error code from a number or its text, or None when it is neither."""
    if value is None or isinstance(value, int):
        return value
    value = value.strip()
    if value.lower() == "success":
        return 0
    return int(value) if value.isascii() and value.isdigit() and len(value) < len("1000000000") else None


@lru_cache(maxsize=4096)
def ip_address(value: str | None) -> str | None:
    """Return an address in its canonical form, without port or zone; None for anything that is no address."""
    if not value or len(value) > _LONGEST_ADDRESS:
        return None
    value = value.strip()
    if found := _PORT.fullmatch(value):
        value = found[1] or found[2]
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        # ::/16 holds no host but loopback; Entra writes a stray "::" before a whole address.
        if int(address) >> 112 == 0:
            return None
        return str(ipaddress.IPv6Address(int(address)))
    return None if address.is_unspecified else str(address)


def coordinates(latitude: float | None, longitude: float | None) -> tuple[float | None, float | None]:
    """Return degrees, or two Nones for 0/0 and for what is not on the globe."""
    if latitude is None or longitude is None or not (isfinite(latitude) and isfinite(longitude)):
        return None, None
    if (latitude == 0 and longitude == 0) or abs(latitude) > 90 or abs(longitude) > 180:
        return None, None
    return latitude, longitude
