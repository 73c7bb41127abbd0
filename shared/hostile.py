"""Text that attackers may have written, made to show what it is. Stages escape it further for where it goes."""

import unicodedata

UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that hide or reorder text: controls, bidi and zero-width marks, surrogates, separators."""
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
LONGEST_NAME = 80


def is_unseen(character: str) -> bool:
    """Say whether a character can hide or reorder the text around it."""
    return unicodedata.category(character) in UNSEEN


def shown(text: str, *, instead: str = REPLACEMENT, keep: str = "") -> str:
    """Return text with each unseen character replaced, except those to ``keep``."""
    if text.isprintable():  # almost all text, and printable means that nothing in it is unseen
        return text
    return "".join(instead if is_unseen(char) and char not in keep else char for char in text)


def clean(text: str, longest: int = LONGEST_NAME) -> str:
    """Return text in one line, at most ``longest`` characters, that can neither hide, reorder nor end a quotation."""
    # Nobody needs more than this to know a name; a megabyte of it would only cost time.
    line = " ".join(shown(text[: longest * 4], keep="\t\r\n").replace('"', "'").split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def quoted(text: str) -> str:
    """Return cleaned text in quotation marks: for every word that somebody outside may have chosen."""
    return f'"{clean(text)}"'
