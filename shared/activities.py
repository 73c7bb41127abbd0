"""Which kind of change a directory audit is: the one table of activities.toml."""

from functools import lru_cache
from pathlib import Path

import msgspec

from shared.errors import ConfigurationError


class Activities(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of change: the names that Entra gives it, and what it means for a case."""

    names: tuple[str, ...]
    """Beginnings of activities, folded."""
    updates: bool
    """True when such a change in the aftermath of risk updates the case."""
    technique: str = ""
    """MITRE ATT&CK technique id; empty for the repair."""


@lru_cache(maxsize=4096)
def folded(activity: str) -> str:
    """Return lower-case letters and digits only: Entra varies dashes, blanks and case."""
    return "".join(letter for letter in activity.lower() if letter.isalnum())


def _read() -> tuple[dict[str, Activities], dict[str, str]]:
    table = msgspec.toml.decode(Path(__file__).with_name("activities.toml").read_bytes(), type=dict[str, Activities])
    kinds: dict[str, str] = {}
    for kind, activities in table.items():
        for name in activities.names:
            if name.removesuffix("$") != folded(name) or kinds.setdefault(name, kind) != kind:
                raise ConfigurationError(f"activities.toml: `{name}` is not folded, or stands under two kinds")
    return table, kinds


TABLE, _KINDS = _read()


@lru_cache(maxsize=4096)
def kind_of(activity: str) -> str | None:
    """Return the kind of change, such as ``method_added``; None when the activity is not in the table."""
    name = folded(activity) + "$"
    for end in range(len(name), 0, -1):
        if (kind := _KINDS.get(name[:end])) is not None:
            return kind
    return None


def updates_a_case(activity: str) -> bool:
    """Say whether such a change, in the aftermath of risk, is news for the case."""
    kind = kind_of(activity)
    return kind is not None and TABLE[kind].updates
