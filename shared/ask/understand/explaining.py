"""How much of a prompt a skill explains, and how much of an example a prompt has."""

from collections.abc import Sequence

from shared.ask.skill import Input
from shared.ask.understand.choosing import Chosen
from shared.ask.understand.filling import Filling
from shared.ask.understand.lexicon import TYPES, nearest
from shared.ask.understand.marks import Form, Mention
from shared.ask.understand.profiles import Example, Learned, Profile
from shared.ask.understand.reading import Reading

ELSEWHERE = 0.6
"""Credit for a word that another example of the same skill has."""
KIND_ELSEWHERE = 0.35
"""The same for a noun such as "groups": an example without it hardly lists them."""
CHOSEN = 0.95
"""Credit for a word that gives a choice its value."""
MENTION: dict[Form, float] = {
    "time": 0.6,
    "count": 0.3,
    "this": 0.9,
    "these": 0.9,
    "nth": 0.9,
    "some": 0.8,
    "blank": 0.8,
}
"""Weight of a mention of this form; of the others 1."""
_MISSING_OPTIONAL = 0.35
_ASIDE = 0.8
"""Weight of a word of an example that carries nothing alone: "apps that *nobody* uses"."""


def share_of_prompt(
    reading: Reading, profile: Profile, example: Example, filling: Filling, learned: Learned
) -> tuple[float, float, list[str]]:
    """Return the weight of a prompt's words, how much of it the skill explains, and the words it knows nothing of."""
    weight = explained = 0.0
    unexplained: list[str] = []
    for place, token in enumerate(reading.tokens):
        if not token.key:
            continue
        mine = learned.weight(token.key)
        credit = max(_credit(token.key, example, profile), CHOSEN if place in filling.chosen else 0.0)
        if not credit:
            unexplained.append(token.key)
        weight += mine
        explained += mine * credit
    return weight, explained, unexplained


def most_of_prompt(reading: Reading, profile: Profile, chosen: Chosen, learned: Learned) -> float:
    """Return a share of a prompt's weight that no example of a skill can explain more of."""
    weight = explained = float(len(reading.mentions))
    places = {place for values in chosen.values() for taken in values.values() for place in taken}
    nearest_of = {key: nearest(key, profile.keys) for key in set(reading.keys)}
    for place, token in enumerate(reading.tokens):
        if token.key:
            mine = learned.weight(token.key)
            weight += mine
            explained += mine * (1.0 if place in places else nearest_of[token.key])
    return explained / weight if weight else 1.0


def _credit(key: str, example: Example, profile: Profile) -> float:
    inside = nearest(key, example.concepts)
    if inside >= ELSEWHERE:
        return inside
    return max(inside, nearest(key, profile.keys) * (KIND_ELSEWHERE if key in TYPES else ELSEWHERE))


def share_of_example(reading: Reading, profile: Profile, example: Example, filling: Filling, learned: Learned) -> float:
    """Return which share of an example's weight the prompt has."""
    weight, found = _words_found(reading, example, learned)
    for name in example.slots:
        mine = _slot_weight(profile.skill.input(name), filling.mentions.get(name, ()))
        weight += mine
        found += mine if name in filling.mentions or name in filling.choices else 0.0
    return found / weight if weight else 0.0


def most_of_example(reading: Reading, example: Example, learned: Learned, *, is_named: bool) -> float:
    """Return which share of an example's weight the prompt has when all that it names fits."""
    weight, found = _words_found(reading, example, learned)
    slots = float(len(example.slots)) if is_named else 0.0
    return (found + slots) / (weight + slots) if weight + slots else 0.0


def _words_found(reading: Reading, example: Example, learned: Learned) -> tuple[float, float]:
    weight = found = 0.0
    for key in example.keys:
        mine = learned.weight(key)
        weight += mine
        found += mine * reading.around.get(key, 0.0)
    for word in example.asides:
        weight += _ASIDE
        found += _ASIDE if word in reading.form else 0.0
    return weight, found


def _slot_weight(one: Input | None, mentions: Sequence[Mention]) -> float:
    if mentions:
        return MENTION.get(mentions[0].form, 1.0)
    return 1.0 if one is not None and one.required else _MISSING_OPTIONAL
