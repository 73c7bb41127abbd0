"""Small phrases for statements, made from fact values only, with hostile text quoted and tamed."""

from collections.abc import Sequence

from shared import risk_types
from shared.assess.values import address_of
from shared.countries import country_name
from shared.hostile import clean, quoted
from shared.models.dossier import Fact


def origin(fact: Fact) -> str:
    """Return `` from 203.0.113.5 in Lagos, Nigeria``, with whatever of it is known; empty when nothing is."""
    address = address_of(fact)
    where = place(fact)
    return (f" from {address}" if address else "") + (f" in {where}" if where else "")


def place(fact: Fact, city: str = "city", country: str = "country") -> str:
    """Return ``Lagos, Nigeria``, or what is known of it."""
    names = dict.fromkeys((_name(fact, city), country_name(_name(fact, country))))
    return ", ".join(name for name in names if name)


def reported(fact: Fact) -> str:
    """Return what Identity Protection reported, e.g. ``an anomalous token (anomalousToken) at high risk``."""
    stated = fact.text_of("risk_event_type")
    row = risk_types.named(stated)
    if row is None:
        return f"{f'a risk of the type {quoted(stated)}' if stated else 'a risk without a type'}{level(fact)}"
    return f"{row.phrase} ({row.id}){level(fact)}"


def level(fact: Fact) -> str:
    """Return `` at high risk``; says so when the licence hides it, and is empty when there is none."""
    value = fact.text_of("risk_level").lower()
    if value == "hidden":
        return " at a level that the licence hides"
    return f" at {value} risk" if value in {"low", "medium", "high"} else ""


def to_app(sign_in: Fact) -> str:
    """Return `` to "Office 365"``, or nothing when the application is not known."""
    app = sign_in.text_of("app")
    return f" to {quoted(app)}" if app else ""


def method_name(method: Fact) -> str:
    """Return what people call an authentication method, or else what Graph calls it, in quotes."""
    return quoted(method.text_of("name") or method.text_of("method"))


def listed(texts: Sequence[str]) -> str:
    """Return ``a, b and c``."""
    return " and ".join(filter(None, [", ".join(texts[:-1]), texts[-1]])) if texts else ""


def _name(fact: Fact, name: str) -> str:
    return clean(fact.text_of(name))
