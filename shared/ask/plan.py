"""What a planner gives: steps that name skills, a question back, or a polite no. Nothing is looked up here."""

from datetime import datetime
from typing import Protocol

import msgspec

from shared.ask.skill import InputValue, Ref


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One skill with its inputs."""

    skill: str
    inputs: dict[str, InputValue] = {}
    """By input name. A thing is a Ref where the session knows it; else the words the person used for it (a UPN, an
    object id, a display name), which whoever runs the step looks up."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Steps in order, at most 5."""

    steps: tuple[Step, ...]
    planner: str = "rules"
    """``rules``, or the model's name."""
    input_tokens: int = 0
    output_tokens: int = 0


class NeedInput(msgspec.Struct, frozen=True, kw_only=True):
    """Something is missing or may mean several things: ask back rather than guess."""

    question: str
    candidates: tuple[Ref, ...] = ()
    """Things that may be meant, at most 10."""
    prompts: tuple[str, ...] = ()
    """Complete prompts that may be meant, at most 5."""
    step: Step | None = None
    """What is planned as soon as one input of it is known; None where it is not clear what is asked for."""
    asks: str = ""
    """That input."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The question back of the prompt before."""

    step: Step | None = None
    asks: str = ""
    candidates: tuple[Ref, ...] = ()
    prompts: tuple[str, ...] = ()


class Declined(msgspec.Struct, frozen=True, kw_only=True):
    """Off topic, asks for a change, or is not supported; says what is supported nearby."""

    reason: str
    prompts: tuple[str, ...] = ()
    """Example prompts of skills nearby, at most 5."""


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What earlier prompts of the session and the request say."""

    now: datetime
    subject: Ref | None = None
    """What "this user" means, when the request says so."""
    recent: tuple[Ref, ...] = ()
    """Things of earlier answers, latest first: "this group", "him", "that user"."""
    listed: tuple[Ref, ...] = ()
    """Things of the latest answer in its order: "these apps", "the first one", "from previous response"."""
    known: tuple[Ref, ...] = ()
    """Things of the tenant whose names stand in the prompt, where they were looked up; the longest names first."""
    steps: tuple[Step, ...] = ()
    """The latest plan, for "and for the past 7 days?", "show me more"."""
    asked: Asked | None = None
    """The question that the latest prompt was answered with: the next may be nothing but a name, or "2"."""


class Planner(Protocol):
    """Turns words into a plan."""

    async def plan(self, prompt: str, context: Context) -> Plan | NeedInput | Declined:
        """Return what to do. Raises ModelError when a model was asked and gave nothing usable."""
