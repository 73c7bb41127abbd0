"""Names in a text: of people, groups, apps, roles, places. A word is part of one when nobody knows it."""

from collections.abc import Sequence
from enum import IntEnum

from msgspec.structs import replace

from shared.ask.understand.announced import ALSO_NAMES, announced
from shared.ask.understand.lexicon import BRANDS, CHAT, STOP, Vocabulary, concept, lemma, phrase_at
from shared.ask.understand.marks import ANYTHING, Mention
from shared.ask.understand.roles import role_named
from shared.ask.understand.tokens import Token, kinds_of

_CONNECTORS = frozenset("of de da do dos van von der den la le el del bin al ibn and & for in the".split())
_NAME_CONNECTORS = frozenset("de da do dos van von der den la le el del bin al ibn".split())
_FROM = frozenset({"from", "in", "near", "at"})
_LONGEST = 6
_VERB = "show"
"""What an unknown verb at the beginning asks, whatever it is."""
_ROLE_WORDS = 5


class _Part(IntEnum):
    """How much a word looks like a part of a name."""

    NO = 0
    FILLER = 1
    """Carries nothing, but is written like a name: only the rest of one."""
    CAPITAL = 2
    """Known, but written like a name."""
    TYPO = 3
    """Unknown, but near a known word."""
    UNKNOWN = 4


def find_names(tokens: Sequence[Token], text: str, vocabulary: Vocabulary) -> list[Token]:
    """Return tokens with names as mentions, and other unknown words as the known ones that were meant."""
    tokens = announced(_roles(_codes(tokens, text, vocabulary)), text)
    phrased = _phrased(tokens)
    parts = [_part(token, vocabulary, place in phrased) for place, token in enumerate(tokens)]
    result: list[Token] = []
    place = 0
    while place < len(tokens):
        end = _end_of_name(tokens, parts, place, text)
        if end > place:
            result.append(
                _name(
                    tokens[place:end],
                    text,
                    _stands_after_from(tokens, place) or _goes_on_from(result),
                    is_of_people=_is_of_people(tokens, place),
                )
            )
            place = end
            continue
        token = tokens[place]
        if token.mention and token.mention.form in {"quoted", "name"} and _stands_after_from(tokens, place):
            token = replace(token, mention=replace(token.mention, is_from=True))
        if not token.mention and not token.is_known:
            corrected = vocabulary.corrected(token.key)
            if corrected is None and _is_no_name(tokens, place, place + 1) and token.is_first:
                token = replace(token, text=_VERB, key=_VERB)
            elif corrected is not None:
                token = replace(token, text=corrected, key=corrected, is_known=True)
        result.append(token)
        place += 1
    return result


def _codes(tokens: Sequence[Token], text: str, vocabulary: Vocabulary) -> list[Token]:
    """Return tokens with what hyphens join as one name, where nobody knows a part: "woodgrove-ledger-sync"."""
    result: list[Token] = []
    place = 0
    while place < len(tokens):
        end = place + 1
        while end < len(tokens) and text[tokens[end - 1].end : tokens[end].start] == "-" and not tokens[end].mention:
            end += 1
        run = tokens[place:end]
        is_code = len(run) > 1 and not run[0].mention and any(_is_unknown(one, vocabulary) for one in run)
        result += [_name(run, text, _stands_after_from(tokens, place), is_of_people=False)] if is_code else run
        place = end
    return result


def _is_unknown(token: Token, vocabulary: Vocabulary) -> bool:
    return not token.is_known and vocabulary.corrected(token.key) is None and not token.key.isdigit()


def _phrased(tokens: Sequence[Token]) -> set[int]:
    """Return the places of words that make a known phrase together: capitals on them mean nothing."""
    lemmas = ["" if token.mention else lemma(token.key) for token in tokens]
    places: set[int] = set()
    for start in range(len(tokens)):
        _, length = phrase_at(lemmas, start)
        if length > 1:
            places.update(range(start, start + length))
    return places


def _part(token: Token, vocabulary: Vocabulary, is_in_phrase: bool) -> _Part:
    if token.mention or token.key.isdigit():
        return _Part.NO
    if token.is_known:
        if not token.is_capital or is_in_phrase or token.key in BRANDS | CHAT:
            return _Part.NO
        return _Part.FILLER if lemma(token.key) in STOP else _Part.CAPITAL
    if vocabulary.corrected(token.key) is not None and not token.is_capital:
        return _Part.TYPO
    return _Part.UNKNOWN


def _end_of_name(tokens: Sequence[Token], parts: Sequence[_Part], start: int, text: str) -> int:
    """Return where a name that starts here ends; the start when none does."""
    if parts[start] <= _Part.FILLER and not _is_brand_of_name(tokens, parts, start, text):
        return start
    end = start + 1
    while end < len(tokens) and end - start < _LONGEST and not tokens[end - 1].is_possessive:
        step = _reach(tokens, parts, end, text)
        if not step or _is_whole(tokens[start:end], tokens[end]):
            break
        end += step
    run = parts[start:end]
    strongest = max(run)
    if strongest is _Part.UNKNOWN:
        return start if _is_no_name(tokens, start, end) else _without_typo_at_start(tokens, parts, start, end)
    if strongest is _Part.TYPO:
        return start
    return end if _is_announced(tokens, start, end) else start


def _is_brand_of_name(tokens: Sequence[Token], parts: Sequence[_Part], place: int, text: str) -> bool:
    """Say whether a word of product names begins a name: "Identity Platform Operators", "Azure Portal"."""
    if place + 1 >= len(tokens) or not tokens[place].is_capital or tokens[place].key not in ALSO_NAMES:
        return False
    return parts[place + 1] is _Part.UNKNOWN and not text[tokens[place].end : tokens[place + 1].start].strip(" -")


def _is_whole(run: Sequence[Token], following: Token) -> bool:
    """Say whether a name in capitals is over before a word without one: "did Casey Jensen enter"."""
    return len(run) > 1 and all(one.text[:1].isupper() for one in run) and not following.text[:1].isupper()


def _is_no_name(tokens: Sequence[Token], start: int, end: int) -> bool:
    """Say whether an unknown word is a verb ("enumerate the …", "shw me …") or a noun ("full dossier on …")."""
    first = tokens[start]
    if end - start > 1 or first.is_possessive or first.is_capital or end == len(tokens):
        return False
    following = tokens[end].text.lower()
    return following in ({"me", "us", "the", "all", "my", "a", "any"} if first.is_first else {"of", "on", "about"})


def _reach(tokens: Sequence[Token], parts: Sequence[_Part], end: int, text: str) -> int:
    """Return how many more tokens a name takes: the next part of it, or a connector and the part after it."""
    if text[tokens[end - 1].end : tokens[end].start].strip(" -.&'"):
        return 0
    if parts[end] is not _Part.NO:
        return 1
    is_connector = tokens[end].key in (_NAME_CONNECTORS if not tokens[end - 1].is_capital else _CONNECTORS)
    if is_connector and end + 1 < len(tokens) and not tokens[end].mention:
        following = tokens[end + 1]
        is_capital_pair = following.is_capital and (tokens[end - 1].is_capital or tokens[end - 1].is_first)
        if parts[end + 1] is _Part.UNKNOWN and tokens[end].key in _NAME_CONNECTORS:
            return 2
        if is_capital_pair and parts[end + 1] is not _Part.NO and tokens[end].key in {"of", "de", "&"}:
            return 2
    return 0


def _without_typo_at_start(tokens: Sequence[Token], parts: Sequence[_Part], start: int, end: int) -> int:
    """Let a typing error before a name be a typing error ("shwo karita"): the name then starts one later."""
    is_typo = parts[start] is _Part.TYPO and (len(tokens[start].key) >= 6 or tokens[start].is_first)
    return start if is_typo and end - start > 1 else end


def _is_announced(tokens: Sequence[Token], start: int, end: int) -> bool:
    """Say whether known words with capitals are the name of something: a noun stands beside them, or 's behind."""
    if tokens[end - 1].is_possessive:
        return not kinds_of(tokens[end - 1])
    if _stands_after_from(tokens, start) and all(one.is_capital for one in tokens[start:end]):
        is_last = end == len(tokens) or tokens[end].mention is not None  # "everyone in Compliance"
        return is_last or tokens[end].key in {"or", "and"}
    beside = [tokens[place] for place in (start - 1, end) if 0 <= place < len(tokens)]
    return any(kinds_of(_concept(token)) and not token.is_plural and not token.is_capital for token in beside)


def _concept(token: Token) -> Token:
    return token if token.mention else replace(token, key=concept(lemma(token.key)))


def _stands_after_from(tokens: Sequence[Token], start: int) -> bool:
    if start == 0 or tokens[start - 1].mention:
        return False
    return tokens[start - 1].key in _FROM or [token.key for token in tokens[max(0, start - 2) : start]] == ["out", "of"]


def _goes_on_from(before: Sequence[Token]) -> bool:
    """Say whether a name goes on from one behind "from": "from Russia or Nigeria"."""
    named = before[-2].mention if len(before) > 1 and before[-1].key in {"or", "and"} else None
    return named is not None and named.is_from


def _is_of_people(tokens: Sequence[Token], start: int) -> bool:
    """Say whether people are "in" a name: "users in Finance" tells no place."""
    before = tokens[max(0, start - 2) : start]
    return [token.key for token in before[1:]] == ["in"] and _concept(before[0]).key in {"user", "guest"}


def _name(run: Sequence[Token], text: str, is_from: bool, *, is_of_people: bool) -> Token:
    start, end = run[0].start, run[-1].end
    mention = Mention(
        form="name",
        words=text[start:end].strip(),
        kinds=ANYTHING - {"place"} if is_of_people else ANYTHING,
        start=start,
        end=end,
        is_owner=run[-1].is_possessive,
        is_from=is_from,
    )
    return Token(text=mention.words, start=start, end=end, mention=mention, is_possessive=run[-1].is_possessive)


def _roles(tokens: Sequence[Token]) -> list[Token]:
    """Return tokens with the names of built-in roles as mentions."""
    result: list[Token] = []
    # Beside somebody's name a role is what is asked of them: "is bo@… a global admin".
    key = "role" if any(token.mention and token.mention.is_said for token in tokens) else ""
    place = 0
    while place < len(tokens):
        for length in range(min(_ROLE_WORDS, len(tokens) - place), 1, -1):
            run = tokens[place : place + length]
            name = None if any(one.mention for one in run) else role_named(" ".join(one.key for one in run))
            if name:
                kinds = frozenset({"role"})
                mention = Mention(form="name", words=name, kinds=kinds, start=run[0].start, end=run[-1].end)
                result.append(Token(text=name, start=mention.start, end=mention.end, key=key, mention=mention))
                place += length
                break
        else:
            result.append(tokens[place])
            place += 1
    return result
