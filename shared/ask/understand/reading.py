"""Read a text: its words with what they mean, and what it names or points at."""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property

import msgspec

from shared.ask.skill import Ref
from shared.ask.understand.lexicon import Vocabulary, around, lemma
from shared.ask.understand.marks import Mention, marks
from shared.ask.understand.names import find_names
from shared.ask.understand.pointers import find_pointers
from shared.ask.understand.tokens import Token, joined, with_direction, with_word_before, words_of


class Reading(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A text as it was understood."""

    text: str
    tokens: tuple[Token, ...]

    @cached_property
    def mentions(self) -> tuple[Mention, ...]:
        """Return what the text names or points at, in order."""
        return tuple(token.mention for token in self.tokens if token.mention)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Return the concepts of the words that carry something, in order."""
        return tuple(token.key for token in self.tokens if token.key)

    @cached_property
    def around(self) -> dict[str, float]:
        """Return the concepts and those near to them, and how near."""
        return around(self.keys)

    @cached_property
    def form(self) -> tuple[str, ...]:
        """Return the text word for word, but for what it names."""
        return tuple(
            f"{{{token.mention.noun}}}" if token.mention else lemma(token.text.lower()) for token in self.tokens
        )


def read(text: str, now: datetime, vocabulary: Vocabulary | None = None, known: Sequence[Ref] = ()) -> Reading:
    """Return a prompt or an example as it is understood. ``vocabulary``: without it every word counts as known."""
    tokens = words_of(text, marks(text, now, known), vocabulary)
    if vocabulary is not None:
        tokens = find_names(tokens, text, vocabulary)
    tokens = find_pointers(with_word_before(with_direction(joined(tokens))))
    return Reading(text=text, tokens=tuple(tokens))
