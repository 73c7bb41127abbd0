"""Several questions in one prompt: each is planned by itself, in order; what cannot be told apart is asked back."""

import re
from collections.abc import Callable, Mapping, Sequence

import msgspec

from shared.ask.plan import Context, Declined, NeedInput, Plan, Step
from shared.ask.skill import InputValue, Skill
from shared.ask.understand.clauses import COLUMNS
from shared.ask.understand.follow_ups import changed_by
from shared.ask.understand.profiles import Learned
from shared.ask.understand.reading import Reading
from shared.ask.understand.resolving import MOST_STEPS, Before
from shared.ask.understand.scoring import Match

type PlanOne = Callable[[Reading, Before], Plan | NeedInput | Declined]
"""Plans one part, with what those before it named."""

_ASKS = re.compile(
    r"^(?:please\s+|can\s+you\s+|could\s+you\s+)?(?:which|what|who|whom|whose|where|when|why|how|is|are|was|were|does|do|did|has|have|can|"
    r"any|list|show|give|get|tell|find|check|name|count|look|see|display|provide|return|pull|fetch)\b|\?$",
    re.IGNORECASE,
)
_LEANS = re.compile(
    r"^(?:is|are|was|were|has|have|had|does|do|did)\s+(?!(?:the|there|any|our|my|this|that|these|those)\b)",
    re.IGNORECASE,
)
"""A clause that asks nothing without the one before it: "users who have no MFA and are disabled"."""


class Several(msgspec.Struct, frozen=True, kw_only=True):
    """What the parts of a prompt mean one by one."""

    steps: tuple[Step, ...]
    understood: tuple[str, ...]
    """The parts that steps came of."""
    others: tuple[tuple[Reading, NeedInput | Declined], ...] = ()
    """The parts that ask something of their own, and are not understood by themselves."""
    is_whole: bool = True
    """Every part is understood."""


def one_by_one(
    parts: Sequence[str], context: Context, learned: Learned, skills: Mapping[str, Skill], plan: PlanOne
) -> Several:
    """Return the steps of each part; a part that only says how many, when or which of it changes those before."""
    steps: list[Step] = []
    latest: tuple[Step, ...] = ()
    before: dict[str, tuple[InputValue, ...]] = {}
    understood: list[str] = []
    others: list[tuple[Reading, NeedInput | Declined]] = []
    is_whole = True
    for part in parts:
        reading = learned.read(part, context.now, context.known)
        if latest and _is_projection(reading):
            continue
        changed = changed_by(latest, reading, learned) if latest else None
        if changed is not None and not any(one.is_said for one in reading.mentions):
            steps[len(steps) - len(latest) :] = changed
            latest = changed
            continue
        planned = (
            Plan(steps=changed) if changed is not None else plan(reading, Before(dict(before), is_later=bool(steps)))
        )
        if not isinstance(planned, Plan) or (steps and _leans(reading)):
            is_whole = False
            if not isinstance(planned, Plan) and _ASKS.search(part):
                others.append((reading, planned))
            continue
        new = tuple(step for step in planned.steps if step not in steps)
        steps, latest = [*steps, *new], new or latest
        understood.append(part)
        before |= _named(planned.steps, skills)
    return Several(steps=tuple(steps), understood=tuple(understood), others=tuple(others), is_whole=is_whole)


def _named(steps: Sequence[Step], skills: Mapping[str, Skill]) -> dict[str, tuple[InputValue, ...]]:
    """Return what steps have in their inputs, by kind, each once."""
    named: dict[str, list[InputValue]] = {}
    for step in steps:
        for one in skills[step.skill].inputs:
            if one.name in step.inputs and step.inputs[one.name] not in named.setdefault(one.kind, []):
                named[one.kind].append(step.inputs[one.name])
    return {kind: tuple(values) for kind, values in named.items()}


def _is_projection(reading: Reading) -> bool:
    """Say whether a part only names columns that the answer before has anyway: "and tell me the IP addresses"."""
    named = [one for one in reading.mentions if one.is_said or one.form in {"time", "this", "these"}]
    return not named and bool(reading.keys) and set(reading.keys) <= COLUMNS


def _leans(reading: Reading) -> bool:
    """Say whether a clause goes on from "who" or "that", and asks nothing by itself."""
    return not reading.mentions and _LEANS.match(reading.text) is not None


def plan_of(several: Several) -> Plan | NeedInput | None:
    """Return the plan of parts that are all understood; None where one is not."""
    if not several.is_whole or not several.steps:
        return None
    if len(several.steps) > MOST_STEPS:
        return NeedInput(question=f"That is more than {MOST_STEPS} questions. Please ask some of them first.")
    return Plan(steps=several.steps)


def both_of(several: Several, whole: Plan | NeedInput | Declined, found: Sequence[Match]) -> NeedInput | None:
    """Return the question that names the parts, where the plan of the whole prompt would leave out one of them."""
    if not several.understood or not several.others:
        return None
    if isinstance(whole, Plan):
        mine = {step.skill for step in whole.steps}
        lost = [
            (reading, planned)
            for reading, planned in several.others
            if set(found[0].unexplained) & set(reading.keys) or _asks_of_another(planned, mine)
        ]
    else:
        lost = [] if isinstance(whole, NeedInput) and whole.step else [*several.others]
    if not lost:
        return None
    reading, planned = lost[0]
    why = planned.question if isinstance(planned, NeedInput) else "I do not understand the second."
    asked = " and ".join(f"“{text}”" for text in (*several.understood, reading.text))
    return NeedInput(
        question=f"These are several questions: {asked}. Please ask one after another. {why}",
        prompts=several.understood[:5],
    )


def _asks_of_another(planned: NeedInput | Declined, mine: set[str]) -> bool:
    return isinstance(planned, NeedInput) and planned.step is not None and planned.step.skill not in mine
