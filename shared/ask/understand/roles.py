"""Names of directory roles in a text, as people write them: "global admin", "Security Reader"."""

import re
from functools import cache
from pathlib import Path

import msgspec

from shared.privileges import ranked_roles


class _Names(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    names: tuple[str, ...]


_OTHERS = msgspec.toml.decode(Path(__file__).with_name("roles.toml").read_bytes(), type=_Names).names
_ABBREVIATIONS = {"admin": "administrator", "admins": "administrator", "ca": "conditional access"}


@cache
def _names() -> dict[str, str]:
    names = (*(role.name for role in ranked_roles().values()), *_OTHERS)
    return {role_key(name): name for name in names}


def role_key(name: str) -> str:
    """Return a role's name in one form: lower case, singular, no abbreviations."""
    words = [_ABBREVIATIONS.get(word, word) for word in re.findall(r"[\w]+", name.lower())]
    if words and words[-1].endswith("s") and words[-1] != "business":
        words[-1] = words[-1][:-1]
    return " ".join(words)


def role_named(text: str) -> str | None:
    """Return the official name of a built-in role that a text is the name of."""
    return _names().get(role_key(text))


def template_id(name: str) -> str | None:
    """Return the template id of a privileged built-in role, which is its id in every tenant."""
    key = role_key(name)
    return next((known for known, role in ranked_roles().items() if role_key(role.name) == key), None)
