"""Prompts that go on from the last one: "and for the past 7 days?", "what about bob@…", "show me more"."""

import re
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from shared.ask.plan import Context, NeedInput, Step
from shared.ask.skill import InputValue, Skill, TimeRange
from shared.ask.understand.filling import Filling, fill
from shared.ask.understand.marks import Mention
from shared.ask.understand.profiles import Learned, Profile
from shared.ask.understand.reading import Reading

_MORE = re.compile(
    r"^(?:please\s+)?(?:(?:can|could)\s+you\s+)?(?:show|give|list|get|display)?\s*(?:me\s+|us\s+)?"
    r"(?:some\s+|a few\s+|the\s+)?(?:more|rest|next ones|next page|others|remaining)"
    r"(?:\s+(?:of\s+(?:them|these|those)|results?|rows|entries|please))*\s*[.!?]*$"
)
_MAKE_IT = re.compile(
    r"^(?:(?:and|now|ok|okay|please|can\s+you|could\s+you)[\s,]+){0,3}(?:(?:make|change|set|extend|widen|limit|expand|shorten|reduce)\s+"
    r"(?:it|that|this|the\s+(?:time|range|window|span|period))(?:\s+(?:to|for|over))?|(?:the\s+)?same\s+(?:again\s+)?(?:for|but|with|over)|"
    r"(?:once\s+more|again|repeat(?:\s+(?:it|that))?)\s+for|(?:rather|instead)(?:\s+for)?)\s+",
    re.IGNORECASE,
)
_USUAL_COUNT = 10
_SAYS_SOMETHING = 0.5
"""From this weight on a word makes a prompt a question of its own."""


def going_on(text: str) -> str | None:
    """Return what a prompt changes in the last question: "make it 14 days"; None where it does not begin so."""
    changes = _MAKE_IT.match(text)
    return text[changes.end() :] if changes else None


def followed_up(
    reading: Reading, context: Context, skills: Mapping[str, Skill], learned: Learned
) -> tuple[Step, ...] | NeedInput | None:
    """Return the last steps with what this prompt changes in them; None when the prompt stands by itself."""
    if not context.steps or any(step.skill not in skills for step in context.steps):
        return None
    if _MORE.match(reading.text.lower()):
        return _more(context.steps, skills)
    return changed_by(context.steps, reading, learned)


def changed_by(
    last: Sequence[Step], reading: Reading, learned: Learned, something: float = _SAYS_SOMETHING
) -> tuple[Step, ...] | None:
    """Return steps with what words that say nothing else name anew; None where they say something else.

    ``something``: from this weight on a word says something else.
    """
    profiles = {profile.skill.id: profile for profile in learned.profiles}
    changed = [_changed(step, reading, profiles[step.skill], learned, something) for step in last]
    steps = [step for step in changed if step is not None]
    return each_once(steps) if len(steps) == len(changed) else None


def each_once(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Return steps in their order without repetitions."""
    kept: list[Step] = []
    for step in steps:
        if step not in kept:
            kept.append(step)
    return tuple(kept)


def _more(steps: Sequence[Step], skills: Mapping[str, Skill]) -> tuple[Step, ...] | NeedInput:
    last = steps[-1]
    one = next((one for one in skills[last.skill].inputs if one.kind == "count"), None)
    if one is None:
        return NeedInput(question="The latest answer already holds everything that was read; see its data.")
    now = last.inputs.get(one.name, one.default)
    count = now if isinstance(now, int) else _USUAL_COUNT
    if count >= one.most:
        return NeedInput(question=f"The latest answer is as long as it gets: {one.most} rows. Narrow the question.")
    return (replace(last, inputs={**last.inputs, one.name: min(one.most, count * 2)}),)


def _changed(step: Step, reading: Reading, profile: Profile, learned: Learned, something: float) -> Step | None:
    """Return a step with what a prompt that says nothing else names anew; None where it says something else."""
    filling = fill(reading, profile, profile.examples[0])
    rest = [token.key for place, token in enumerate(reading.tokens) if token.key and place not in filling.chosen]
    if (
        any(learned.weight(key) >= something for key in rest)
        or filling.unused
        or filling.clashes
        or filling.alternatives
        or not (filling.mentions or filling.choices)
    ):
        return None
    inputs: dict[str, InputValue] = {**step.inputs, **filling.choices}
    for name, mentions in filling.mentions.items():
        value = _value(mentions, name, profile)
        if value is None:
            return None
        inputs[name] = value
    return replace(step, inputs=inputs) if _is_going_on(reading, filling) else None


def _value(mentions: Sequence[Mention], name: str, profile: Profile) -> InputValue | None:
    one = profile.skill.input(name)
    mention = mentions[0]
    if len(mentions) > 1 or one is None:
        return None
    if mention.is_said:
        return mention.words
    if isinstance(mention.value, TimeRange):
        return mention.value.since[:10] if one.kind == "day" else mention.value
    if mention.form == "count" and isinstance(mention.value, int):
        return min(max(mention.value, 1), one.most)
    return None


def _is_going_on(reading: Reading, filling: Filling) -> bool:
    """Say whether a prompt needs an earlier one: it is short, or opens with "and", "what about"."""
    opens = re.match(r"^(?:and|what about|how about|same|now|also|or|only|just|for|but)\b", reading.text.lower())
    named = [one for several in filling.mentions.values() for one in several if one.is_said]
    return opens is not None or not named
