"""What a text points at without naming it ("this user", "them", "the first one"), and nouns beside names."""

from collections.abc import Sequence

from msgspec.structs import replace

from shared.ask.skill import THINGS
from shared.ask.understand.marks import Form, Mention
from shared.ask.understand.tokens import Token, kinds_of

_THIS = frozenset({"this", "that", "same", "the"})
_THESE = frozenset({"these", "those", "above", "such"})
_SOME = frozenset({"a", "an", "specific", "certain", "particular", "some", "given"})
_SPECIFIC = frozenset({"specific", "certain", "particular"})
ASKER = "asker"
"""Concept of whoever asks, beside the mention: one skill is about nothing else."""
_FILLERS = frozenset("microsoft entra azure ad id specific particular certain same said other".split())
_PERSON = frozenset({"he", "she", "him", "her", "his", "hers", "himself", "herself"})
_ANY_ONE = frozenset({"they", "them", "their", "theirs", "it", "its"})
_RELATIVE = frozenset({"that", "which"})
_THEIRS = frozenset({"their", "theirs"})
_ANYBODY = frozenset("who whose everyone everybody anyone anybody someone people users accounts admins guests".split())
_ORDINALS = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "last": -1, "1st": 0, "2nd": 1, "3rd": 2}
_BETWEEN = frozenset(
    "with an a the id ids of name named called displayname objectid is whose that has having upn exact object "
    "display".split()
)
_SAY_HOW = frozenset({"objectid", "displayname", "requestid", "upn"})
"""What stands between a noun and its name: "the group with object id …"."""
_PLAIN_NOUNS = {
    "country": "place", "location": "place", "ipaddress": "address", "activity": "text", "browser": "text",
    "os": "text", "license": "text", "department": "text", "company": "text", "domain": "text", "healthalert": "text",
    "recommendation": "text",
    "case": "case", "campaign": "text",
}  # fmt: skip


def find_pointers(tokens: Sequence[Token]) -> list[Token]:
    """Return tokens with nouns beside names taken into them, and pointers as mentions."""
    tokens = _me(_nouns_beside(list(tokens)))
    result: list[Token] = []
    place = 0
    while place < len(tokens):
        pointer, length = _pointer(tokens, place)
        if pointer:
            result.append(Token(text=pointer.words, start=pointer.start, end=pointer.end, mention=pointer))
        else:
            result.append(tokens[place])
        place += length
    return result


def _nouns_beside(tokens: list[Token]) -> list[Token]:
    """Give names the noun that stands before or behind them; the noun and its article go."""
    place = 0
    while place < len(tokens):
        mention = tokens[place].mention
        mention = tokens[place].mention
        if mention and mention.kinds & THINGS and not mention.noun:
            _plain_noun_beside(tokens, place)
            noun = _noun_before(tokens, place)
            if noun is None and _noun_behind(tokens, place):
                noun = place + 1
            if noun is not None:
                announced = tokens[noun]
                kinds = kinds_of(announced) & mention.kinds
                tokens[place] = replace(tokens[place], mention=replace(mention, kinds=kinds, noun=announced.key))
                first = _article_before(tokens, min(noun, place))
                tokens[first : max(noun, place) + 1] = [tokens[place]]
                place = first
        place += 1
    return tokens


def _plain_noun_beside(tokens: list[Token], place: int) -> None:
    """Give a name the noun of plain text beside it, which stays: "the Sales department", "ip X"."""
    mention = tokens[place].mention
    if mention is None or mention.form not in {"name", "quoted"}:
        return
    beside = [tokens[at] for at in (place + 1, place - 1) if 0 <= at < len(tokens)]
    if tokens[place].is_possessive:
        beside = beside[1:]
    for token in beside:
        if not token.mention and not token.is_plural and token.key in _PLAIN_NOUNS:
            kinds = frozenset({_PLAIN_NOUNS[token.key], "text"})
            tokens[place] = replace(tokens[place], mention=replace(mention, kinds=kinds, noun=token.key))
            return


def _noun_before(tokens: Sequence[Token], place: int) -> int | None:
    before = place - 1
    if before >= 0 and tokens[before].text.lower() in _RELATIVE:
        return None  # "every group that bo@… belongs to"
    while before >= 0 and place - before <= 5:
        token = tokens[before]
        if token.mention:
            return None
        kinds = kinds_of(token)
        if kinds:
            fits = tokens[place].mention is not None and kinds & tokens[place].mention.kinds  # type: ignore[union-attr]
            is_of_one = not token.is_plural or _goes_on(tokens, place)
            return before if fits and is_of_one and not token.is_possessive else None
        if token.key not in _SAY_HOW and (token.key or token.text.lower() not in _BETWEEN):
            return None
        before -= 1
    return None


def _goes_on(tokens: Sequence[Token], place: int) -> bool:
    """Say whether another name follows: "the groups Payroll Admins and Treasury"."""
    behind = [token for token in tokens[place + 1 : place + 3] if token.text.lower() not in {"and", "or"}]
    return bool(behind) and behind[0].mention is not None and behind[0].mention.is_said


def _noun_behind(tokens: Sequence[Token], place: int) -> bool:
    token = tokens[place]
    if token.is_possessive or place + 1 >= len(tokens) or token.mention is None:
        return False
    if token.mention.form not in {"name", "quoted", "blank"}:
        return False
    behind = tokens[place + 1]
    return bool(kinds_of(behind) & token.mention.kinds) and not behind.is_plural


def _article_before(tokens: Sequence[Token], place: int) -> int:
    """Return where the noun phrase begins: "this Microsoft Entra user" at "this"."""
    first = place
    while first > 0 and place - first < 4:
        before = tokens[first - 1]
        word = before.text.lower()
        if before.mention or before.key:
            break
        if word in _THIS | _SOME | {"my", "our"}:
            return first - 1
        if word not in {"microsoft", "entra", "azure", "ad", "id", "directory"}:
            break
        first -= 1
    return first if first < place and tokens[first].text.lower() in {"microsoft", "entra", "azure"} else place


def _pointer(tokens: Sequence[Token], place: int) -> tuple[Mention | None, int]:
    """Return the pointer that begins here and how many tokens it takes; None and 1 where none does."""
    token = tokens[place]
    if token.mention:
        return None, 1
    word = token.text.lower()
    if word in _RELATIVE and place and tokens[place - 1].key and not tokens[place - 1].mention:
        return None, 1  # "sign-ins that conditional access blocked"
    if word in _ORDINALS and (found := _nth(tokens, place)):
        return found
    noun = place + 1
    while noun < len(tokens) and noun - place < 4 and _is_filler(tokens[noun], word):
        noun += 1
    if noun < len(tokens) and not tokens[noun].mention and (pointed := _to_noun(word, tokens[noun])):
        form, kinds = pointed
        return _mention(form, tokens[place : noun + 1], kinds, tokens[noun].key), noun + 1 - place
    return _bare(tokens, place), 1


def _bare(tokens: Sequence[Token], place: int) -> Mention | None:
    """Return what a pronoun without a noun points at; "their" in "who had their password reset" points at nobody."""
    word = tokens[place].text.lower()
    following = tokens[place + 1].text.lower() if place + 1 < len(tokens) else ""
    if word in {"this", "that"} and following in {"a", "an"}:
        return _mention("this", [tokens[place]], THINGS)  # "is this a risky user?"
    if word in {"these", "those"}:
        return _mention("these", [tokens[place]], THINGS)
    if word in _THEIRS and any(_is_anybody(before) for before in tokens[:place]):
        return None
    if word in _PERSON | _ANY_ONE:
        return _mention("this", [tokens[place]], frozenset({"user"}) if word in _PERSON else THINGS)
    return None


def _is_anybody(token: Token) -> bool:
    return not token.mention and bool(_ANYBODY.intersection(token.text.lower().split()))


def _is_filler(token: Token, pointer: str) -> bool:
    text = token.text.lower()
    return not token.mention and (text in _FILLERS or (text == "risky" and pointer in _THESE | {"the"}))


def _to_noun(word: str, noun: Token) -> tuple[Form, frozenset[str]] | None:
    """Return how a word points at the noun behind it, and at which kinds."""
    kinds = kinds_of(noun)
    form: Form | None = None
    if not kinds and noun.key in _PLAIN_NOUNS:
        kinds = frozenset({_PLAIN_NOUNS[noun.key]})
        form = "this" if word in _THIS - {"the"} else "some" if word in _SPECIFIC else None
    elif word in _THESE and noun.is_plural:
        form = "these"
    elif word in _THIS and not noun.is_plural:
        form = "this"
    elif word in _SPECIFIC or (word in _SOME and not noun.is_plural):
        form = "some"
    return (form, kinds) if form and kinds else None


def _nth(tokens: Sequence[Token], place: int) -> tuple[Mention, int] | None:
    if place + 1 >= len(tokens):  # "why this verdict on the first?"
        is_definite = place > 0 and tokens[place - 1].text.lower() == "the"
        alone = _mention("nth", tokens[place : place + 1], THINGS)
        return (replace(alone, value=_ORDINALS[tokens[place].text.lower()]), 1) if is_definite else None
    following = tokens[place + 1]
    kinds = kinds_of(following)
    if following.mention or following.is_plural or not (kinds or following.text.lower() == "one"):
        return None
    mention = _mention("nth", tokens[place : place + 2], kinds or THINGS, following.key)
    return replace(mention, value=_ORDINALS[tokens[place].text.lower()]), 2


def _me(tokens: list[Token]) -> list[Token]:
    """Return tokens with the person who asks as a mention: "my account", "myself", "who am I"."""
    words = [token.text.lower() for token in tokens]
    for place, word in enumerate(words):
        pair = " ".join(words[place : place + 2])
        if word == "myself" or pair in {"am i", "my account", "my user", "about me"}:
            length = 1 if word == "myself" else 2
            mention = _mention("me", tokens[place : place + length], frozenset({"user"}))
            rest = tokens[place + length :]
            return [
                *tokens[:place],
                Token(text=pair, start=mention.start, end=mention.end, key=ASKER, mention=mention),
                *rest,
            ]
    return tokens


def _mention(form: Form, run: Sequence[Token], kinds: frozenset[str], noun: str = "") -> Mention:
    words = " ".join(token.text for token in run)
    return Mention(form=form, words=words, kinds=kinds, start=run[0].start, end=run[-1].end, noun=noun)
