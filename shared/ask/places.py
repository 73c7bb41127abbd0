"""Places as people say them, as conditions on the place of a sign-in."""

from functools import cache
from pathlib import Path

import msgspec

from shared.graph.queries import literal


@cache
def _codes() -> dict[str, str]:
    """Return country codes by name, case folded."""
    table = msgspec.toml.decode(Path(__file__).with_name("countries.toml").read_bytes(), type=dict[str, list[str]])
    return {name.casefold(): code for code, names in table.items() for name in names}


def country_code(text: str) -> str | None:
    """Return ``NG`` for ``Nigeria`` or ``ng``; None for what is no country."""
    text = text.strip().removeprefix("the ").removeprefix("The ")
    code = _codes().get(text.casefold())
    return code or (text.upper() if text.upper() in _codes().values() else None)


def place_condition(text: str) -> str:
    """Return a condition for a city, state, country name or country code, or for ``city, country``.

    The log compares text by its case, so that a word stands for itself and for itself with capitals.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()] or [text.strip()]
    return " and ".join(_one(part) for part in parts)


def _one(text: str) -> str:
    code = country_code(text)
    forms = dict.fromkeys((text, text.title()))
    tests = [f"location/countryOrRegion eq {literal(code)}"] if code else []
    for name in ("city", "state"):
        tests += [f"location/{name} eq {literal(form)}" for form in forms]
    return f"({' or '.join(tests)})"
