"""Names of everyday words that a noun announces: "the group Identity pilots", "the Break-glass accounts group"."""

import re
from collections.abc import Sequence

from msgspec.structs import replace

from shared.ask.understand.lexicon import BRANDS, CHAT, STOP, concept, lemma, phrase_at
from shared.ask.understand.marks import ANYTHING, Mention
from shared.ask.understand.tokens import Token, kinds_of

_BRACKETS = re.compile(r" \([^()]{1,40}\)")
_LONGEST = 8
_TOPICS = frozenset(
    """
    member memberof owner ownerless howmany role directoryrole permission dynamicrule signin risk risklevel status
    create createdby delete change history enable disable expire expiring license device manager case verdict report
    policy capolicy group app sp user guest who whois not fail success reason mfa auditlog provisioning
    remediate contain assign consist comprise everything tamper run
    setup look use own
    """.split()
)
"""Concepts that go on with the question behind a name; no name of a thing holds them behind its first word."""
_IN_NAMES = frozenset("for of and the".split())
ALSO_NAMES = frozenset("identity security azure office".split())
"""Words of product names that begin names of things, too."""
_BEHIND = frozenset(
    "is are does do apply applied enabled disabled enforced active on off to contain contains say says".split()
)
_BETWEEN = frozenset("named called with name id is".split())
_THE = frozenset("the a an our my this that in of for to is are about does do has did from on".split())


def announced(tokens: Sequence[Token], text: str) -> list[Token]:
    """Return tokens with the names of everyday words that a noun announces as mentions."""
    found = list(tokens)
    place = 0
    while place < len(found):
        if _is_department(found, place):
            start = _department_before(found, place, text)
            if start < place:
                found[start:place] = [_named(found[start:place], text)]
                place = _other_named(found, start, text)
        elif _nouns(found, place):
            start, end = _name_behind(found, place, text)
            if end == start:
                start, end = _name_before(found, place, text)
            if end > start:
                found[start:end] = [_named(found[start:end], text)]
                place = start
        place += 1
    return found


def _is_department(tokens: Sequence[Token], place: int) -> bool:
    token = tokens[place]
    is_of_name = token.is_capital or (place + 1 < len(tokens) and bool(_nouns(tokens, place + 1)))
    return not token.mention and not token.is_plural and _meant(token).key == "department" and not is_of_name


def _department_before(tokens: Sequence[Token], noun: int, text: str) -> int:
    """Return where the name before "department" begins; also one without capitals, behind "the", "in" or "of"."""
    start = noun
    while start > 0 and noun - start < 4 and not tokens[start - 1].mention:
        before = tokens[start - 1]
        if before.text.lower() in _THE or (start < noun and _is_other(tokens, start)):
            return start
        is_apart = bool(text[before.end : tokens[start].start].strip(" -&/"))
        if (
            is_apart
            or before.is_possessive
            or kinds_of(_meant(before))
            or (lemma(before.key) in STOP | CHAT and before.text not in _IN_NAMES)
        ):
            return noun
        start -= 1
    return noun


def _other_named(found: list[Token], place: int, text: str) -> int:
    """Name the word that "or" joins to a department, too: "in finance or marketing department"; return its place."""
    if not _is_other(found, place):
        return place
    found[place - 2] = _named(found[place - 2 : place - 1], text)
    return place - 2


def _is_other(tokens: Sequence[Token], place: int) -> bool:
    """Say whether a word and "or" stand before a place, and "in", "of" or "the" before the word."""
    if place < 3 or tokens[place - 1].text.lower() != "or" or tokens[place - 2].mention:
        return False
    return tokens[place - 3].text.lower() in _THE and lemma(tokens[place - 2].key) not in STOP | CHAT


def _nouns(tokens: Sequence[Token], place: int) -> frozenset[str]:
    """Return what a singular noun here announces; persons are no matter of everyday words."""
    token = tokens[place]
    if token.mention or token.is_plural or token.is_possessive:
        return frozenset()
    return kinds_of(_meant(token)) - {"user"}


def _name_behind(tokens: Sequence[Token], noun: int, text: str) -> tuple[int, int]:
    """Return where a name behind a noun begins and ends; it begins with a capital."""
    start = noun + 1
    while start < len(tokens) and not tokens[start].mention and tokens[start].text.lower() in _BETWEEN:
        start += 1
    if (
        start >= len(tokens)
        or not _begins(tokens[start])
        or text[tokens[start - 1].end : tokens[start].start].strip(" :")
    ):
        return noun, noun
    end = start + 1
    is_policy = _nouns(tokens, noun) == {"policy"}  # these are called by whole sentences
    while end < len(tokens) and end - start < _LONGEST and _goes_on(tokens, end, text, is_sentence=is_policy):
        if (
            not is_policy
            and end - start > 1
            and not tokens[end].is_capital
            and all(one.is_capital for one in tokens[start:end])
        ):
            break  # "the group Finance Department including …"
        end += 1
    while end > start and (tokens[end - 1].text in _IN_NAMES or (is_policy and tokens[end - 1].text in _BEHIND)):
        end -= 1
    end = _behind_brackets(tokens, end, text)
    return (start, end) if _is_needed(tokens[start:end]) else (noun, noun)


def _behind_brackets(tokens: Sequence[Token], end: int, text: str) -> int:
    """Return where a name ends with what stands in brackets behind it: "Project Lighthouse (external)"."""
    brackets = _BRACKETS.match(text, tokens[end - 1].end)
    while brackets and end < len(tokens) and tokens[end].end < brackets.end():
        end += 1
    return end


def _name_before(tokens: Sequence[Token], noun: int, text: str) -> tuple[int, int]:
    """Return where a name before a noun begins and ends: from the first capital behind an article or a preposition."""
    start = noun
    while start > 0 and noun - start < _LONGEST and _goes_on(tokens, start - 1, text, is_backwards=True):
        start -= 1
        is_begun = start == 0 or (not tokens[start - 1].mention and tokens[start - 1].text.lower() in _THE)
        if is_begun and (_begins(tokens[start]) or (start == 0 and _opens(tokens[0]))):
            return (start, noun) if _is_needed(tokens[start:noun]) else (noun, noun)
    return noun, noun


def _begins(token: Token) -> bool:
    is_other = token.key in BRANDS and token.key not in ALSO_NAMES
    return token.mention is None and token.is_capital and not is_other and not kinds_of(_meant(token)) - {"user"}


def _opens(token: Token) -> bool:
    """Say whether a sentence begins with a name rather than a verb: "Break-glass accounts group: members"."""
    is_keyword = token.key in BRANDS or _meant(token).key != lemma(token.key) or _meant(token).key in _TOPICS
    return token.mention is None and token.text[:1].isupper() and not is_keyword and lemma(token.key) not in STOP | CHAT


def _meant(token: Token) -> Token:
    return replace(token, key=concept(lemma(token.key)))


def _goes_on(
    tokens: Sequence[Token], place: int, text: str, *, is_backwards: bool = False, is_sentence: bool = False
) -> bool:
    token = tokens[place]
    other = tokens[place + 1 if is_backwards else place - 1]
    first, second = (token, other) if is_backwards else (other, token)
    if token.mention or first.is_possessive or text[first.end : second.start].strip(" -&/'"):
        return False
    if token.is_capital or is_sentence or token.text in _IN_NAMES:
        return True
    if is_backwards:
        return lemma(token.key) not in STOP | CHAT or token.key.endswith("ing")
    meant, length = phrase_at([lemma(one.key) for one in tokens[place : place + 3] if not one.mention], 0)
    meant = meant if length else concept(lemma(token.key))
    return meant not in _TOPICS and (lemma(token.key) not in STOP or token.key.endswith("ing"))


def _is_needed(run: Sequence[Token]) -> bool:
    """Say whether there are known words in a name, which would not be taken for a part of it otherwise."""
    return len(run) > 1 and any(token.is_known for token in run)


def _named(run: Sequence[Token], text: str) -> Token:
    start, end = run[0].start, run[-1].end
    if "(" in text[start:end] and text[end : end + 1] == ")":
        end += 1
    mention = Mention(form="name", words=text[start:end].strip(), kinds=ANYTHING, start=start, end=end)
    return Token(text=mention.words, start=start, end=end, mention=mention, is_possessive=run[-1].is_possessive)
