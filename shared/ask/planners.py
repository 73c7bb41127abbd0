"""Which planner plans: rules, or a language model with rules behind it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from shared.ask.plan import Planner
from shared.ask.rules import RulesPlanner
from shared.ask.skill import Skill

if TYPE_CHECKING:
    from shared.clients import Services

_learned: dict[int, tuple[Mapping[str, Skill], RulesPlanner]] = {}
"""What was learned of a catalogue, kept for as long as the process: learning takes a moment."""


def planner_of(services: "Services | None", skills: Mapping[str, Skill]) -> Planner:
    """Return the planner that the settings ask for; without services, or offline, the one of rules."""
    rules = _rules(skills)
    if services is None or services.model is None:
        return rules
    from shared.ask.model_planner import ModelPlanner

    return ModelPlanner(services.model, skills, rules)


def _rules(skills: Mapping[str, Skill]) -> RulesPlanner:
    kept = _learned.get(id(skills))
    if kept is None or kept[0] is not skills:
        _learned.clear()
        kept = _learned[id(skills)] = (skills, RulesPlanner(skills))
    return kept[1]
