"""The cited evidence of one sentence as one thing to ask, and what a check has to say against the sentence."""

import re

import msgspec

from shared.write.evidence import Item, fold
from shared.write.subject import Subject


class Problem(msgspec.Struct, frozen=True):
    """One reason to reject a sentence, with the words that gave it where there are some."""

    reason: str
    words: str = ""
    """From the sentence itself; for the model that wrote it, never for a log or a report."""


class Cited(msgspec.Struct, frozen=True):
    """The items that a sentence cites, and the subject it is about."""

    items: tuple[Item, ...]
    subject: Subject

    def names(self, text: str) -> bool:
        """Say whether a cited item, or the identity that the whole report is about, carries these words."""
        words = f" {fold(text)} "
        if any(words in item.words for item in self.items):
            return True
        own = f" {fold(self.subject.identity.name or '')} {fold(self.subject.identity.id)} "
        return bool(words.strip()) and words in own

    def quotes(self, text: str) -> bool:
        """Say whether a cited item quotes exactly this, or holds it as a value."""
        return bool(text.strip()) and any(text in item.quotable for item in self.items)

    def says(self, pattern: str) -> bool:
        """Say whether a cited item matches a pattern of case-folded words."""
        return any(re.search(pattern, item.words) for item in self.items)
