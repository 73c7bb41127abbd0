"""``evaluate --prompts``: prompts that people rated, planned again by rules, beside the plan that they rated.

Nothing is looked up: there is no tenant. What a prompt points at ("this user", "these apps") is taken from the plan
that was kept, so things are compared by how many a plan names; skills, choices, numbers and spans by what they are.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec
from rich.console import Console
from rich.table import Table

from local.evaluate import EXPORT, exported
from shared.ask.answer import PlannedStep, ShownInput, shown_input
from shared.ask.catalogue import skills
from shared.ask.evaluation_cases import EvaluationCase, PromptCase
from shared.ask.plan import Asked, Context, Declined, NeedInput, Plan, Step
from shared.ask.planners import planner_of
from shared.ask.request import PromptRequest
from shared.ask.skill import THINGS, InputKind, Ref
from shared.clock import system_clock
from shared.errors import InvalidRequestError
from shared.hostile import clean
from shared.models.feedback import Rating

type Outcome = Literal["kept", "lost", "still", "changed"]
MEANINGS: dict[Outcome, str] = {
    "kept": "said to be right, and planned as it was",
    "lost": "said to be right, and planned otherwise now",
    "still": "said to be wrong, and planned as it was",
    "changed": "said to be wrong, and planned otherwise now: read whether it is right",
}


class ReplayedPrompt(msgspec.Struct, frozen=True, kw_only=True):
    """One rated prompt with both plans, as text: ``skill | input=value + skill``, ``asked`` or ``declined``."""

    id: str
    prompt: str
    rating: Rating
    before: str
    now: str
    outcome: Outcome


async def evaluate_prompts(file: Path, console: Console, *, as_json: bool) -> int:
    """Plan the prompts of an export again and print the comparison: 0, or 1 when one that was right is lost.

    Raises InvalidRequestError for a file that is no export, or holds no prompt that was planned.
    """
    cases = [case for case in exported(file) if case.prompt and case.prompt.request.skill is None]
    if not cases:
        raise InvalidRequestError(f"`{file}` holds no prompt that was shared", hint=EXPORT)
    replayed = [await _replayed(case, case.prompt) for case in cases if case.prompt]
    counts = Counter(one.outcome for one in replayed)
    if as_json:
        answer: dict[str, object] = {outcome: counts[outcome] for outcome in MEANINGS}
        answer["prompts"] = replayed
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(answer), indent=2).decode() + "\n")
    else:
        _show(replayed, counts, console)
    return 1 if counts["lost"] else 0


async def _replayed(case: EvaluationCase, kept: PromptCase) -> ReplayedPrompt:
    before = _before(kept)
    now = _now(await planner_of(None, skills()).plan(kept.request.prompt, await _context(kept)))
    is_right = case.rating == "looksRight"
    outcome: Outcome = ("kept" if before == now else "lost") if is_right else "still" if before == now else "changed"
    return ReplayedPrompt(
        id=case.id, prompt=kept.request.prompt, rating=case.rating, before=before, now=now, outcome=outcome
    )


async def _context(kept: PromptCase) -> Context:
    """Return what the session knew: the plan or question before, and the things that the kept plan is about."""
    known = tuple(_things(kept.plan.steps))
    context = Context(now=system_clock(), recent=known, listed=known, subject=_subject(kept.request))
    for earlier in kept.earlier:
        planned = await planner_of(None, skills()).plan(earlier.prompt, context)
        steps = planned.steps if isinstance(planned, Plan) else ()
        asked = None
        if isinstance(planned, NeedInput):
            asked = Asked(step=planned.step, asks=planned.asks, prompts=planned.prompts)
        context = msgspec.structs.replace(context, steps=steps, asked=asked)
    return context


def _subject(request: PromptRequest) -> Ref | None:
    given = request.subject
    if given is None:
        return None
    kind: InputKind = "user" if isinstance(given, str) else given.kind
    name = given if isinstance(given, str) else given.id
    return Ref(kind=kind, id=name, name=name)


def _things(steps: Sequence[PlannedStep]) -> Iterator[Ref]:
    for step in steps:
        known = skills().get(step.skill)
        for name, value in step.inputs.items():
            one = known.input(name) if known else None
            for shown in value if isinstance(value, tuple) else (value,):
                if one and one.kind in THINGS and isinstance(shown, ShownInput) and shown.id:
                    yield Ref(kind=one.kind, id=shown.id, name=shown.name or shown.id)


def _before(kept: PromptCase) -> str:
    steps = [_told(step.skill, step.inputs) for step in kept.plan.steps]
    return " + ".join(steps) or ("declined" if kept.type == "rejected" else "asked")


def _now(planned: Plan | NeedInput | Declined) -> str:
    if isinstance(planned, Plan):
        return " + ".join(_told(*_shown(step)) for step in planned.steps)
    return "declined" if isinstance(planned, Declined) else "asked"


def _shown(step: Step) -> tuple[str, dict[str, object]]:
    return step.skill, {name: shown_input(value) for name, value in step.inputs.items()}


def _told(skill_id: str, inputs: dict[str, object] | dict[str, str | int | ShownInput | tuple[ShownInput, ...]]) -> str:
    """Return a step as text, without values that are the default anyway."""
    known = skills().get(skill_id)
    said = []
    for name, value in sorted(inputs.items()):
        one = known.input(name) if known else None
        text = str(value)
        if one and one.kind in THINGS:
            text = str(len(value)) if isinstance(value, tuple) and len(value) > 1 else "1"
        elif isinstance(value, ShownInput):
            text = str(value.words)
        if one is None or text != str(one.default):
            said.append(f"{name}={text}")
    return " | ".join([skill_id, *said])


def _show(replayed: Sequence[ReplayedPrompt], counts: Counter[Outcome], console: Console) -> None:
    """Print what differs or is wrong, and how many there are of each."""
    table = Table(box=None, padding=(0, 1), width=max(80, console.width))
    for name in ("outcome", "prompt", "before", "now"):
        table.add_column(name, overflow="fold", ratio=None if name == "outcome" else 1)
    for one in replayed:
        if one.outcome != "kept":
            table.add_row(
                one.outcome, clean(one.prompt, 200), one.before, one.now if one.now != one.before else "the same"
            )
    if table.row_count:
        console.print(table, markup=False, highlight=False)
    for outcome, meaning in MEANINGS.items():
        console.print(f"{counts[outcome]} {outcome}: {meaning}", markup=False, highlight=False)
