"""Prompts that ask the last question of fewer things: "and only the failed ones" after sign-ins of somebody."""

import re
from collections.abc import Sequence

from shared.ask.plan import Context, Step
from shared.ask.skill import THINGS, InputValue, Skill, TimeRange
from shared.ask.understand.frames import Frame, words_said
from shared.ask.understand.reading import Reading

_OPENS = re.compile(r"^(?:and|only|just|but|now|what about|how about|also)\b", re.IGNORECASE)


def narrowed(reading: Reading, context: Context, frames: Sequence[Frame]) -> tuple[Step, ...] | None:
    """Return the last step asked of the skill whose frame needs what was asked before and what the prompt adds.

    None where the prompt names something, opens otherwise, or fits no skill or several.
    """
    keys = frozenset(reading.keys)
    is_named = any(one.form != "time" for one in reading.mentions)
    if not keys or is_named or len(context.steps) != 1 or not _OPENS.match(reading.text):
        return None
    step = context.steps[0]
    words = words_said(reading)
    bases = [frame for frame in frames if frame.profile.skill.id == step.skill]
    found = {
        frame.profile.skill.id: frame.profile.skill
        for base in bases
        for frame in frames
        if frame.profile.skill.id != step.skill and _adds(frame, base, keys, words)
    }
    fitting = [skill for skill in found.values() if _things(skill) == _things(bases[0].profile.skill)]
    return (Step(skill=fitting[0].id, inputs=_inputs(fitting[0], step, reading)),) if len(fitting) == 1 else None


def _adds(frame: Frame, base: Frame, keys: frozenset[str], words: frozenset[str]) -> bool:
    """Say whether a frame needs all that is new, and nothing beyond it and what the last question was about."""
    before = frozenset[str]().union(*base.needs)
    if words & frame.never or not all(words & said for said in frame.says):
        return False
    needs = frozenset[str]().union(*frame.needs)
    return bool(before & needs) and keys <= needs and all(group & (keys | before) for group in frame.needs)


def _things(skill: Skill) -> frozenset[str]:
    return frozenset(one.name for one in skill.inputs if one.kind in THINGS and one.required)


def _inputs(skill: Skill, step: Step, reading: Reading) -> dict[str, InputValue]:
    kept: dict[str, InputValue] = {one.name: step.inputs[one.name] for one in skill.inputs if one.name in step.inputs}
    for one in skill.inputs:
        for mention in reading.mentions:
            if one.kind == "time_range" and isinstance(mention.value, TimeRange):
                kept[one.name] = mention.value
    return kept
