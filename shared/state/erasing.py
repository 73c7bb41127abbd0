"""What erasing a person looks for, alike in every backend."""

import json
import re
from collections.abc import Sequence

ERASED = "erased"
ESCAPED = r"(?<=\\[nrtbf])|(?<=\\u[0-9a-f]{4})"
"""Where a word begins although a letter comes before it: that letter ends an escape of JSON."""


def pattern_of(texts: Sequence[str]) -> re.Pattern[str]:
    """Return a pattern that finds each text as it stands in JSON, escaped or not, whatever its case."""
    forms = {
        form
        for text in texts
        if text
        for form in (text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1])
    }
    # Longest first, so that a name inside another leaves nothing of it. Nothing to find: a pattern that never fits.
    found = [_bounded(form) for form in sorted(forms, key=len, reverse=True)]
    return re.compile("|".join(found) or r"(?!)", re.IGNORECASE)


def text_of(value: object) -> str:
    """Return a stored value as text that can be looked through and turned back."""
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)


def _bounded(form: str) -> str:
    """Return a pattern for a whole word: ``ann@`` is not in ``joann@`` or ``jo-ann@``."""
    before = r"[\w.+-]" if "@" in form else r"\w"
    return rf"(?:(?<!{before})|{ESCAPED}){re.escape(form)}(?!\w)"
