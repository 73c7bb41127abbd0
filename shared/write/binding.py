"""Check that a sentence over several facts does not swap what belongs to which: order, counts and places."""

import re
from collections import Counter
from collections.abc import Sequence

from shared.countries import countries_in
from shared.write import polarity
from shared.write.evidence import Item, addresses_in
from shared.write.moments import Mention, Moments, mentions_in
from shared.write.numbers import numbers_in, stem

_ORDER = re.compile(
    r"(?<!\w)(?:(?P<later>after|following|since|(?<!at\s)once|subsequent to)"
    r"|(?P<earlier>before|prior to|ahead of|followed by|preceding))(?!\w)",
    re.IGNORECASE,
)
_WORDS = re.compile(r"[^\W_]{3,}")


def binding_flaws(text: str, items: Sequence[Item]) -> list[str]:
    """Return what a sentence binds otherwise than its evidence does; empty when nothing."""
    return [*_order(text, items), *_clauses(text, items)]


def _order(text: str, items: Sequence[Item]) -> list[str]:
    """Check each "after" and "before" against the words and the times of the evidence."""
    found = []
    for match in _ORDER.finditer(text):
        if _between_times(text, match):
            continue
        left, right = text[: match.start()], text[match.end() :]
        if not left.strip():
            left, _, right = right.partition(",")
            left, right = right, left
        if not _ordered(left, right, later=match.group("later") is not None, items=items):
            found.append("order of events not in cited evidence")
    return found


def _between_times(text: str, match: re.Match[str]) -> bool:
    """Say whether the word only opens a clause of time, as in "once a day"."""
    return match.group(0).casefold() == "once" and re.match(r"\s(?:a|an|per|in)\b", text[match.end() :]) is not None


def _ordered(left: str, right: str, *, later: bool, items: Sequence[Item]) -> bool:
    lefts, rights = _sides(left, right, items)
    if bool(lefts) != bool(rights):
        # "The method was added after the risk began": the second half names nothing; it stands for the other facts.
        rest = [item.at.timestamp() for item in items if item.at and item.at.timestamp() not in (*lefts, *rights)]
        lefts, rights = lefts or rest, rights or rest
    if lefts and rights:
        return min(lefts) >= min(rights) if later else min(lefts) <= min(rights)
    said = r"after|following|then|since|subsequent" if later else r"before|prior|then|followed"
    other = r"before|prior to" if later else r"after|following"
    words = [item.words for item in items]
    agrees = any(re.search(rf"\b(?:{said})\b", held) for held in words)
    return agrees and not (any(re.search(rf"\b(?:{other})\b", held) for held in words) and not _same_word(later, words))


def _same_word(later: bool, words: Sequence[str]) -> bool:
    wanted = r"\b(?:after|following|since)\b" if later else r"\b(?:before|prior|followed)\b"
    return any(re.search(wanted, held) for held in words)


def _sides(left: str, right: str, items: Sequence[Item]) -> tuple[list[float], list[float]]:
    """Sort the dated evidence to the side of the sentence that it shares more words with."""
    lefts, rights = list[float](), list[float]()
    words = ({stem(word) for word in _WORDS.findall(left)}, {stem(word) for word in _WORDS.findall(right)})
    times = (mentions_in(left)[0], mentions_in(right)[0])
    for item in items:
        if item.at is None:
            continue
        held = {stem(word) for word in item.words.split()}
        score = [
            len(held & side) + 5 * sum(item.moments.carries(mention) for mention in mentions)
            for side, mentions in zip(words, times, strict=True)
        ]
        if score[0] > score[1]:
            lefts.append(item.at.timestamp())
        elif score[1] > score[0]:
            rights.append(item.at.timestamp())
    return lefts, rights


def _clauses(text: str, items: Sequence[Item]) -> list[str]:
    """Check that no clause gives an address, time or place the direction or place of another fact."""
    found = []
    for clause in polarity.clauses(text):
        addresses, rest = addresses_in(clause)
        dated, rest = mentions_in(rest)
        mentions = [mention for mention in dated if mention.time is not None]
        groups = [
            *([item for item in items if address in item.addresses] for address in addresses),
            *([item for item in items if item.moments.carries(mention)] for mention in mentions),
        ]
        for holders in groups:
            if holders and _contradicts(clause, holders):
                found.append("direction belongs to another cited fact")
        if any(_mistimed(clause, mention, items) for mention in mentions):
            found.append("direction belongs to another time")
        if _miscounts(rest, items):
            found.append("number belongs to another direction")
        if len(items) > 1 and _swaps(clause, addresses, mentions, items):
            found.append("address, time or place belongs to another cited fact")
    return found


def _contradicts(clause: str, holders: Sequence[Item]) -> bool:
    for mention in polarity.mentions_in(clause):
        spoken = [held for item in holders if (held := item.signs.get(mention.axis)) is not None]
        if len(spoken) == len(holders) and all(mention.positive not in held for held in spoken):
            return True
    return False


def _mistimed(clause: str, mention: Mention, items: Sequence[Item]) -> bool:
    """Say whether a clause gives a time the direction of another time of the same fact."""
    bound = {sign for item in items for moment, sign in item.turns if Moments(exact={moment}).carries(mention)}
    return any(
        (said.axis, not said.positive) in bound and (said.axis, said.positive) not in bound
        for said in polarity.mentions_in(clause)
    )


def _miscounts(clause: str, items: Sequence[Item]) -> bool:
    """Say whether a clause gives a number of the evidence a direction that the evidence gives to others."""
    directions = {(mention.axis, mention.positive) for mention in polarity.mentions_in(clause)}
    for number in numbers_in(clause, reach=2) if directions else ():
        if number.measures:
            continue
        bound = [sign for item in items for held in item.numbers if held.amount == number.amount for sign in held.signs]
        bound += _tallied(number.amount, items)
        for axis, positive in directions:
            if (axis, not positive) in bound and (axis, positive) not in bound:
                return True
    return False


def _tallied(amount: float, items: Sequence[Item]) -> list[tuple[str, bool]]:
    """Return the directions in which exactly so many facts of one kind point."""
    tally = Counter(
        (item.kind, axis, positive)
        for item in items
        for axis, held in item.signs.items()
        if len(held) == 1
        for positive in held
    )
    return [(axis, positive) for (_, axis, positive), count in tally.items() if count == amount]


def _swaps(clause: str, addresses: set[str], mentions: Sequence[Mention], items: Sequence[Item]) -> bool:
    """Say whether a clause with one address and one place, or one time, joins two that no fact holds together."""
    if len(addresses) != 1:
        return False
    (address,) = addresses
    holders = [item for item in items if address in item.addresses]
    countries = countries_in(clause)
    if len(countries) == 1 and holders and all(item.countries for item in holders):
        return not any(countries & item.countries for item in holders)
    if len(mentions) == 1 and holders and all(item.at for item in holders):
        return not any(item.moments.carries(mentions[0]) for item in holders)
    return False
