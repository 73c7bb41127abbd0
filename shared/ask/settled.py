"""A plan by rules that is in doubt is made once more, with the names of the tenant's things in the prompt."""

from collections.abc import Sequence

from msgspec.structs import replace

from shared.ask.catalogue import skills
from shared.ask.inputs import filled
from shared.ask.look import Look
from shared.ask.names_in_prompt import names_in
from shared.ask.plan import Context, Declined, NeedInput, Plan, Planner, Step
from shared.ask.skill import Ref
from shared.ask.understand.deciding import NOT_UNDERSTOOD
from shared.errors import TriageError

_OF_PEOPLE = frozenset({"company", "department"})
"""Inputs of free text that a group's name is easily taken for."""


async def settled(
    plan: Plan | NeedInput | Declined, prompt: str, context: Context, look: Look, rules: Planner
) -> Plan | NeedInput | Declined:
    """Return the plan, with the things it names looked up; or the one that is made when their kinds are known.

    A model's plan, a refusal and what asks for something that nobody named are returned as they are.
    """
    if isinstance(plan, Plan):
        if plan.planner != "rules":
            return plan
        says_so = any(word in prompt.lower() for word in _OF_PEOPLE)
        plan, is_clear = await _looked_up(plan, context, look, is_said=says_so)
        if is_clear:
            return plan
    elif isinstance(plan, Declined) and plan.reason != NOT_UNDERSTOOD:
        return plan
    known = await names_in(prompt, look)
    again = await rules.plan(prompt, replace(context, known=known)) if known else None
    is_better = isinstance(again, Plan) or (isinstance(plan, Plan) and _is_of_a_group(plan, known))
    return again if again and is_better else plan


def _is_of_a_group(plan: Plan, known: Sequence[Ref]) -> bool:
    """Say whether text that was taken for a company or a department is a part of a group's name."""
    said = [str(value).casefold() for name, value in plan.steps[0].inputs.items() if name in _OF_PEOPLE]
    return any(text in ref.name.casefold() for text in said for ref in known if ref.kind == "group")


async def _looked_up(plan: Plan, context: Context, look: Look, *, is_said: bool) -> tuple[Plan, bool]:
    """Return the plan with its first things as Ref, and whether its first step is beyond doubt.

    ``is_said``: the prompt itself says what the free text is.
    """
    step = plan.steps[0]
    skill = skills().get(step.skill)
    try:
        given = await filled(step, skill, look, context) if skill else None
    except TriageError:
        return plan, True  # whoever runs the step tells what was refused or failed
    if given is None:
        return plan, True
    if isinstance(given, NeedInput):
        return plan, False
    first = Step(skill=step.skill, inputs=given)
    return replace(plan, steps=(first, *plan.steps[1:])), is_said or not _OF_PEOPLE & given.keys()
