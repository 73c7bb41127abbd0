"""The answer to a prompt as the API gives it: words for people, fields for playbooks."""

from typing import Literal

import msgspec

from shared.ask.skill import Cell, Column, InputValue, Ref, TimeRange

type ResultType = Literal[
    "success", "needInput", "rejected", "needAdditionalClaims", "capacityExceeded", "timedOut", "error"
]
"""``needInput``: asks back, candidates in ``data``; ``rejected``: off topic or not supported; ``needAdditionalClaims``:
a permission or licence is missing, named in ``data.missing``; ``capacityExceeded``: Graph's limits or the prompt's own
budget; the others as they say. As in Security Copilot, plus ``needInput``."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it."""

    type: ResultType
    content: str
    """Text with Markdown tables, in which names that people chose cannot act as markup."""


class AnswerTable(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """All rows, also those that the text leaves out."""

    step: int
    """Which step of the plan it belongs to, from 0."""
    title: str
    columns: tuple[Column, ...]
    rows: tuple[dict[str, Cell], ...]
    total: int | None = None
    """How many there are in all, where Graph says so."""
    complete: bool = True
    """False: there are more than these rows; a cap on pages was reached."""


class AnswerGap(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What could not be read. Never read it as "none"."""

    what: str
    reason: Literal["denied", "unlicensed", "throttled", "failed", "not_asked"]
    detail: str
    """Status and code, e.g. ``403 Authorization_RequestDenied``."""
    mend: str
    """What a person can do about it."""


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """A permission or licence that Graph refused for the lack of."""

    kind: Literal["permission", "licence"]
    name: str


class Data(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a playbook reads."""

    facts: dict[str, Cell | tuple[str, ...]] = {}
    """Single values by name, e.g. ``account_enabled``. Of two steps with the same name the first one's is here."""
    step_facts: tuple[dict[str, Cell | tuple[str, ...]], ...] = ()
    """The facts of each step, where there are several."""
    tables: tuple[AnswerTable, ...] = ()
    subjects: tuple[Ref, ...] = ()
    """The things that the answer is about, most important first."""
    candidates: tuple[Ref, ...] = ()
    """For ``needInput``: the things that may be meant."""
    prompts: tuple[str, ...] = ()
    """For ``needInput`` and ``rejected``: complete prompts that may be meant, or that are supported nearby."""
    missing: tuple[Missing, ...] = ()
    """For ``needAdditionalClaims``: what to grant or to license; also where only a part could not be read."""
    gaps: tuple[AnswerGap, ...] = ()


class AnswerSource(msgspec.Struct, frozen=True, kw_only=True):
    """Where an answer comes from."""

    kind: str
    """``graph``, or ``state`` for what the app itself keeps."""
    ref: str
    """Graph's path with its query as it was sent, in readable form; an id of the app's own."""
    url: str | None = None
    """The same for a click: Graph's address."""


class ShownInput(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An input of a step: a thing (``kind``, ``id``, ``name``) or a span of time (``since``, ``until``, ``words``)."""

    kind: str = ""
    id: str = ""
    name: str = ""
    since: str = ""
    until: str = ""
    words: str = ""


class PlannedStep(msgspec.Struct, frozen=True, kw_only=True):
    """One skill that was used."""

    skill: str
    title: str
    inputs: dict[str, str | int | ShownInput | tuple[ShownInput, ...]] = {}
    result: ResultType = "success"


class AnswerPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Which skills answered, and who chose them."""

    planner: str
    """``rules``, a model's name, or ``request`` when the caller named the skill."""
    steps: tuple[PlannedStep, ...] = ()


class Usage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What it cost."""

    graph_requests: int = 0
    round_trips: int = 0
    input_tokens: int = 0
    output_tokens: int = 0


class Answer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The body of an answer."""

    session_id: str
    prompt_id: str
    result: Result
    data: Data
    sources: tuple[AnswerSource, ...]
    follow_ups: tuple[str, ...]
    """Prompts that make sense next, complete as they are."""
    plan: AnswerPlan
    usage: Usage


def shown_input(value: InputValue) -> str | int | ShownInput | tuple[ShownInput, ...]:
    """Return an input as an answer shows it."""
    match value:
        case Ref():
            return ShownInput(kind=value.kind, id=value.id, name=value.name)
        case TimeRange():
            return ShownInput(since=value.since, until=value.until, words=value.words)
        case tuple():
            return tuple(ShownInput(kind=ref.kind, id=ref.id, name=ref.name) for ref in value)
        case _:
            return value
