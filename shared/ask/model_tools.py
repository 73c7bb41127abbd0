"""Skills as tools of a language model, and what it calls them with as steps: nothing passes that is not ours."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from shared.ask.plan import Context, Step
from shared.ask.skill import THINGS, Input, InputValue, Ref, Skill, TimeRange
from shared.ask.understand.marks import marks
from shared.ask.understand.times import time_range

MOST_HANDLES = 10
_APPS = frozenset({"application", "service_principal"})
_KIND_HELP = {
    "user": "user principal name, object id or display name as the question writes it, or a handle",
    "time_range": "the words of the question for the time, such as: the past 7 days; since 2026-09-01",
    "day": "the words of the question for the day",
    "count": "a whole number",
    "case": "a case id or the name of whom it is about as the question writes it, or a handle",
}


class RefusedCallError(Exception):
    """A call that is not planned; the message goes back to the model and holds nothing but our words."""


class Handles:
    """Names for what earlier answers found: the model sees ``@recent1 (user)``, never a name that somebody chose."""

    def __init__(self, context: Context) -> None:
        self._refs: dict[str, tuple[Ref, ...]] = {}
        if context.subject:
            self._refs["@subject"] = (context.subject,)
        for number, ref in enumerate(context.recent[:MOST_HANDLES], 1):
            self._refs[f"@recent{number}"] = (ref,)
        for number, ref in enumerate(context.listed[:MOST_HANDLES], 1):
            self._refs[f"@listed{number}"] = (ref,)
        if context.listed:
            self._refs["@listed"] = context.listed

    def refs(self, handle: str) -> tuple[Ref, ...] | None:
        """Return what a handle stands for; None for other words."""
        return self._refs.get(handle.strip())

    def of(self, ref: Ref) -> str | None:
        """Return a handle of a thing."""
        return next((handle for handle, refs in self._refs.items() if refs == (ref,)), None)

    def lines(self) -> list[str]:
        """Return each handle with the kind of what it stands for."""
        return [
            f"{handle}: {len(refs)} of the latest answer" if handle == "@listed" else f"{handle}: {refs[0].kind}"
            for handle, refs in self._refs.items()
        ]


def tool_of(skill: Skill) -> dict[str, Any]:
    """Return a skill as a function with a strict schema: every input is there, and null where nothing is said."""
    properties = {one.name: _schema(one) for one in skill.inputs}
    return {
        "type": "function",
        "function": {
            "name": skill.id,
            "description": skill.description,
            "strict": True,
            "parameters": {
                "type": "object",
                "properties": properties,
                "required": list(properties),
                "additionalProperties": False,
            },
        },
    }


def _schema(one: Input) -> dict[str, Any]:
    help_ = _KIND_HELP.get(one.kind, "as the question writes it, or a handle" if one.kind in THINGS else "")
    description = f"{one.description} ({help_})" if help_ else one.description
    if one.kind == "count":
        return {"type": "integer" if one.required else ["integer", "null"], "description": description}
    if one.many:
        return {"type": ["array", "null"], "items": {"type": "string"}, "description": description}
    schema: dict[str, Any] = {"type": "string" if one.required else ["string", "null"], "description": description}
    if one.kind == "choice":
        schema["enum"] = [*one.choices, *([] if one.required else [None])]
    return schema


class Decoder:
    """Turns calls into steps; what a call names must stand in the prompt, in an earlier step, or be a handle."""

    def __init__(self, skills: Mapping[str, Skill], prompt: str, context: Context, handles: Handles) -> None:
        self._skills = skills
        self._context = context
        self._handles = handles
        earlier = [str(value) for step in context.steps for value in step.inputs.values() if isinstance(value, str)]
        self._said = " ".join(" ".join((prompt, *earlier)).casefold().split())
        self._says_time = any(mark.form == "time" for mark in marks(prompt, context.now))
        self._earlier_times = {
            value.words: value
            for step in context.steps
            for value in step.inputs.values()
            if isinstance(value, TimeRange)
        }

    def step(self, name: str, arguments: str) -> Step:
        """Return the step that a call asks for. Raises RefusedCallError."""
        skill = self._skills.get(name)
        if skill is None:
            raise RefusedCallError("refused: there is no such tool")
        try:
            given = msgspec.json.decode(arguments or "{}", type=dict[str, Any])
        except msgspec.DecodeError:
            raise RefusedCallError("refused: the arguments are no JSON object") from None
        if given.keys() - {one.name for one in skill.inputs}:
            raise RefusedCallError("refused: an argument is not one of the tool's")
        inputs: dict[str, InputValue] = {}
        for one in skill.inputs:
            value = given.get(one.name)
            if value in (None, "", []):
                if one.required and one.default is None:
                    raise RefusedCallError(f"refused: `{one.name}` is missing; use ask_back if nobody said it")
                continue
            inputs[one.name] = self._value(one, value)
        return Step(skill=skill.id, inputs=inputs)

    def _value(self, one: Input, value: Any) -> InputValue:
        if one.kind in THINGS:
            return self._things(one, value if isinstance(value, list) else [value])
        if one.kind == "count":
            if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= one.most:
                raise RefusedCallError(f"refused: `{one.name}` is a whole number from 1 to {one.most}")
            return value
        if not isinstance(value, str):
            raise RefusedCallError(f"refused: `{one.name}` is text")
        if one.kind == "choice":
            if value not in one.choices:
                raise RefusedCallError(f"refused: `{one.name}` is one of {', '.join(one.choices)}")
            return value
        if one.kind in {"time_range", "day"}:
            return self._time(one, value)
        return self._grounded(one, value)

    def _time(self, one: Input, words: str) -> InputValue:
        if words in self._earlier_times:
            span: TimeRange | None = self._earlier_times[words]
        else:
            span = time_range(words, self._context.now) if self._says_time else None
        if span is None:
            raise RefusedCallError(f"refused: `{one.name}` is null unless the question says a time; then use its words")
        return span.since[:10] if one.kind == "day" else span

    def _things(self, one: Input, values: list[Any]) -> InputValue:
        found: list[Ref | str] = []
        for value in values[:20]:
            if not isinstance(value, str):
                raise RefusedCallError(f"refused: `{one.name}` is text")
            refs = self._handles.refs(value)
            found += [self._grounded(one, value)] if refs is None else [_as_kind(one, ref) for ref in refs[:20]]
        known = tuple(item for item in found if isinstance(item, Ref))
        if one.many and len(known) == len(found):
            return known
        if len(found) != 1:
            raise RefusedCallError(f"refused: `{one.name}` takes one; call the tool once for each")
        return found[0]

    def _grounded(self, one: Input, value: str) -> str:
        words = " ".join(value.split())
        if not words or words.casefold() not in self._said:
            raise RefusedCallError(f"refused: `{one.name}` must be a handle or stand in the question word for word")
        return words


def _as_kind(one: Input, ref: Ref) -> Ref | str:
    if ref.kind == one.kind:
        return ref
    if {ref.kind, one.kind} <= _APPS:
        return ref.id
    raise RefusedCallError(f"refused: `{one.name}` is a {one.kind}, and that handle is a {ref.kind}")


def left_out(prompt: str, context: Context, steps: Iterable[Step]) -> bool:
    """Say whether a prompt names an address or id that no step uses: a plan without it answers something else."""
    used = " ".join(str(value).casefold() for step in steps for value in step.inputs.values())
    named = [mark for mark in marks(prompt, context.now) if mark.form in {"upn", "guid", "address"}]
    return any(mark.words.casefold() not in used for mark in named)
