"""The form a sentence may have, whatever it says: plain text, short, no links, no markup, no hidden characters."""

import re
import unicodedata

from shared.hostile import is_unseen

MAX_CHARS = 300
LINK = re.compile(
    r"\w(?:://|\[?\.\]\w)|(?<!\w)(?:(?:https?|ftp|mailto|javascript|data|file|tel):|www\.|\\\\\w)|hxxp",
    re.IGNORECASE,
)
MARKUP = re.compile(
    r"[<>`*|{}\[\]\\^~$]|__|(?<!\w)_\w|\w_(?!\w)|^\s*(?:#|[-+] |\d+\. |=)|&#?\w+;|%[0-9A-Fa-f]{2}|\(\s*https?",
    re.IGNORECASE,
)
_SPACES = frozenset(" ")
# Real writing stacks two marks on a letter at most; more are there to spill over other lines.
_STACKED = re.compile(r"\^{3}")


def flaws(text: str) -> list[str]:
    """Return what is wrong with the form of a text; empty when nothing is."""
    found = []
    if not text.strip():
        found.append("empty")
    if len(text) > MAX_CHARS:
        found.append("longer than 300 characters")
    if hides(text):
        found.append("control or invisible character")
    if LINK.search(text):
        found.append("link")
    if MARKUP.search(text):
        found.append("markup")
    return found


def hides(text: str) -> bool:
    """Say whether a text holds control, bidirectional, zero-width or other invisible characters."""
    if text.isascii() and text.isprintable():  # almost all text
        return False
    return (
        any(
            is_unseen(char)
            or (unicodedata.category(char) == "Zs" and char not in _SPACES)
            or char in "\u3164\u115f\u1160\uffa0\u2800"
            for char in text
        )
        or _STACKED.search("".join("^" if unicodedata.combining(char) else "." for char in text)) is not None
    )
