"""The words of a text between its mentions, and what each means."""

import re
from collections.abc import Sequence

import msgspec

from shared.ask.understand.lexicon import TYPES, Vocabulary, concept, lemma, phrase_at
from shared.ask.understand.marks import Mention, plain

_WORD = re.compile(r"\w+(?:['’]\w+)*['’]?", re.UNICODE)
_BULLETS = " -*•\"'"
_MANY = frozenset({"people", "staff", "personnel", "hardware", "kit", "equipment"})
_ARTICLES = frozenset("the a an our my".split())
_PRONOUNS = frozenset("he she him her they them this that the".split())


class Token(msgspec.Struct, kw_only=True):
    """A word, a phrase that is one word, or a mention."""

    text: str
    start: int
    end: int
    key: str = ""
    """Concept; empty for what carries nothing, and for mentions."""
    is_known: bool = True
    is_plural: bool = False
    is_capital: bool = False
    """Begins with a capital that the place in the sentence does not explain."""
    is_first: bool = False
    is_possessive: bool = False
    mention: Mention | None = None


def words_of(text: str, found: Sequence[Mention], vocabulary: Vocabulary | None) -> list[Token]:
    """Return the words between the mentions and the mentions, in order; phrases are not joined yet."""
    tokens = [Token(text=one.words, start=one.start, end=one.end, mention=one) for one in found]
    letters = [char for char in text if char.isalpha()]
    is_mixed = any(char.islower() for char in letters) and any(char.isupper() for char in letters)
    for match in _WORD.finditer(text):
        if any(one.start < match.end() and match.start() < one.end for one in found):
            continue
        tokens += _word(text, match, is_mixed=is_mixed, vocabulary=vocabulary)
    tokens.sort(key=lambda token: token.start)
    _mark_possessive(tokens, text)
    return tokens


def _word(text: str, match: re.Match[str], *, is_mixed: bool, vocabulary: Vocabulary | None) -> list[Token]:
    word = match.group().replace("’", "'")
    is_possessive = word.lower().endswith("'s") or (word.endswith("'") and len(word) > 1)
    bare = re.sub(r"'s$", "", word, flags=re.IGNORECASE).rstrip("'")
    lower = plain(bare)
    is_first = _begins_sentence(text, match.start())
    is_capital = is_mixed and bare[:1].isupper() and not is_first
    is_known = vocabulary is None or vocabulary.knows(lower) or (not is_capital and vocabulary.is_plain(lower))
    return [
        Token(
            text=bare,
            start=match.start(),
            end=match.start() + len(bare),
            key=lower,
            is_known=is_known,
            is_plural=(lower.endswith("s") and lemma(lower) != lower) or lower in _MANY,
            is_capital=is_capital,
            is_first=is_first,
            is_possessive=is_possessive,
        )
    ]


def _begins_sentence(text: str, start: int) -> bool:
    before = text[:start].rstrip()
    return not before.strip(_BULLETS) or before[-1] in ".!?" or "\n" in text[len(before) : start]


def _mark_possessive(tokens: list[Token], text: str) -> None:
    for token in tokens:
        if token.mention and re.match(r"['’]s\b", text[token.end : token.end + 3]):
            token.is_possessive = True


def joined(tokens: Sequence[Token]) -> list[Token]:
    """Return tokens with phrases made one and every word as its concept."""
    result: list[Token] = []
    place = 0
    while place < len(tokens):
        token = tokens[place]
        if token.mention:
            result.append(token)
            place += 1
            continue
        run = _run(tokens, place)
        found, length = phrase_at([lemma(one.key) for one in run], 0)
        if length:
            last = run[length - 1]
            result.append(
                Token(
                    text=" ".join(one.text for one in run[:length]),
                    start=token.start,
                    end=last.end,
                    key=found,
                    is_plural=last.is_plural,
                    is_first=token.is_first,
                    is_possessive=last.is_possessive,
                )
            )
            place += length
            continue
        result.append(msgspec.structs.replace(token, key=concept(lemma(token.key))))
        place += 1
    return result


def _run(tokens: Sequence[Token], start: int) -> list[Token]:
    run = []
    for token in tokens[start : start + 6]:
        if token.mention:
            break
        run.append(token)
    return run


def _names(token: Token) -> bool:
    return token.mention is not None or token.text.lower() in _PRONOUNS or bool(kinds_of(token))


def with_direction(tokens: Sequence[Token]) -> list[Token]:
    """Return tokens in which "who does X report to" asks for X's manager, and "who reports to X" does not."""
    result = list(tokens)
    for place, token in enumerate(result):
        if token.key != "directreport" or not token.text.lower().endswith(" to"):
            continue
        is_object = place + 1 < len(result) and _names(result[place + 1])
        if not is_object and any(_names(before) for before in result[:place]):
            result[place] = msgspec.structs.replace(token, key="manager")
    return result


def with_word_before(tokens: Sequence[Token]) -> list[Token]:
    """Return tokens whose mentions know the word before them, articles and the noun of their kind left out."""
    result = list(tokens)
    for place in range(1, len(result)):
        mention = result[place].mention
        if mention is None:
            continue
        before = place - 1
        while before > 0 and _goes_with(result[before], mention):
            before -= 1
        if not result[before].mention:
            word = result[before].key or result[before].text.lower()
            result[place] = msgspec.structs.replace(
                result[place], mention=msgspec.structs.replace(mention, before=word)
            )
    return result


def _goes_with(token: Token, mention: Mention) -> bool:
    if token.mention:
        return False
    return token.text.lower() in _ARTICLES or bool(kinds_of(token) & mention.kinds and not token.is_plural)


def kinds_of(token: Token) -> frozenset[str]:
    """Return the kinds of things that a noun announces; none for other words."""
    return frozenset() if token.mention else TYPES.get(token.key, frozenset())
