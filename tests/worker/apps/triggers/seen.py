"""What the functions of this app saw, for the scenarios to look at."""

from typing import Any

SEEN: list[dict[str, Any]] = []


def note(function: str, **values: Any) -> None:
    """Remember one call."""
    SEEN.append({"function": function, **values})
