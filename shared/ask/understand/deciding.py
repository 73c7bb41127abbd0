"""Whether the best match of a prompt is sure enough to be planned, and the question where it is not."""

import re
from collections.abc import Sequence

from shared.ask.plan import Context, Declined, NeedInput, Plan
from shared.ask.understand.before import Before
from shared.ask.understand.reading import Reading
from shared.ask.understand.resolving import steps_of
from shared.ask.understand.scoring import Match
from shared.ask.understand.wording import completed

SURE = 0.74
"""From here on a match is taken for what was meant."""
MAYBE = 0.45
"""Below this nothing is offered: the prompt is about something else."""
MARGIN = 0.045
"""A second skill this near to the first makes it a question."""
WORDS_EXPLAINED = 0.58
EXPLAINED = 0.7
"""Share of the prompt that the skill must explain."""
_ALL = re.compile(r"(?<=[a-z] )(?P<name>All [a-z]+)")
_COMBINES = re.compile(r"\b(?:both|except|besides|versus|in common|compared? (?:to|with))\b", re.IGNORECASE)
_BETWEEN = re.compile(r"\bbetween\b", re.IGNORECASE)
NOT_UNDERSTOOD = "This app answers questions about identities in Microsoft Entra, and does not understand this one."


def decided(
    found: Sequence[Match], context: Context, before: Before, openers: Sequence[str]
) -> Plan | NeedInput | Declined:
    """Return the plan of the best match; a question where it is not sure, a no where nothing is near."""
    if not found or found[0].score < MAYBE:
        return Declined(
            reason=NOT_UNDERSTOOD,
            prompts=tuple(openers),
        )
    best = found[0]
    near = [match for match in found[1:] if match.score >= best.score - MARGIN]
    if best.score < SURE or best.explained < EXPLAINED or best.words_explained < WORDS_EXPLAINED:
        return which_of(found[:4])
    if near and not _is_exact(best, near):
        return which_of([best, *near])
    steps = steps_of(best, context, before)
    return steps if isinstance(steps, NeedInput) else Plan(steps=steps)


def _is_exact(best: Match, near: Sequence[Match]) -> bool:
    """Say whether the best is an example word for word, and none of the others is."""
    return best.score >= 0.99 and all(match.score < 0.99 for match in near)


def hides_a_name(reading: Reading) -> bool:
    """Say whether an "All" within a sentence is written like the beginning of a name: "how big is All staff"."""
    begins = _ALL.search(reading.text)
    return begins is not None and not any(one.start <= begins.start("name") < one.end for one in reading.mentions)


def combines(reading: Reading, plan: Plan) -> bool:
    """Say whether a prompt asks what two things have in common, or of one without the other, which no skill answers."""
    is_between = len(plan.steps) > 1 and _BETWEEN.search(reading.text)
    return bool(is_between or _COMBINES.search(reading.text)) and not any(
        one.form == "time" for one in reading.mentions
    )


def which_of(found: Sequence[Match]) -> NeedInput:
    """Return the question which of several skills is meant, with complete prompts of each."""
    prompts = dict.fromkeys(prompt for match in found if (prompt := completed(match)))
    titles = ", ".join(f'"{match.profile.skill.title}"' for match in found[:3])
    return NeedInput(question=f"That may mean several things: {titles}. Which one?", prompts=tuple(prompts)[:5])
