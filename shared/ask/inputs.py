"""Fill a step's inputs: defaults, plain values checked, things looked up. What is unclear is asked back."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from shared.ask.entities import resolve
from shared.ask.look import Look
from shared.ask.plan import Context, NeedInput, Step
from shared.ask.request import MOST_MANY, ObjectGiven
from shared.ask.skill import THINGS, Input, InputKind, InputValue, Ref, Skill, TimeRange
from shared.ask.understand.times import time_range
from shared.errors import InvalidRequestError
from shared.hostile import clean, quoted

MOST_CANDIDATES = 10
LONGEST_TEXT = 320
NAMES: dict[str, tuple[str, str]] = {
    "user": ("user", "a user principal name, object id or display name"),
    "group": ("group", "its display name or object id"),
    "service_principal": ("enterprise application", "its display name, app id or object id"),
    "application": ("application", "its display name, app id or object id"),
    "device": ("device", "its name or id"),
    "role": ("role", "its name or template id"),
    "policy": ("policy", "its name or id"),
    "case": ("case", "its id, or whom it is about"),
}
"""What people call each kind of thing, and how they name one."""


async def filled(step: Step, skill: Skill, look: Look, context: Context) -> "dict[str, InputValue] | NeedInput":
    """Return every input that has a value, things as Ref; or the question to ask back.

    Raises what a look-up of a name raises, and InvalidRequestError for an input that the skill does not have.
    """
    unknown = sorted(set(step.inputs) - {one.name for one in skill.inputs})
    if unknown:
        known = ", ".join(f"`{one.name}`" for one in skill.inputs) or "none"
        raise InvalidRequestError("an input is not one of the skill's", hint=f"Inputs of `{skill.id}`: {known}.")
    values: dict[str, InputValue] = {}
    for one in skill.inputs:
        value = step.inputs.get(one.name, one.default)
        if value is None or value in ("", ()):
            if not one.required:
                continue
            value = _from_context(one, context)
            if value is None:
                return NeedInput(question=_question(one), step=step, asks=one.name)
        found = await _thing_value(one, value, look) if one.kind in THINGS else _plain_value(one, value, look)
        if isinstance(found, NeedInput):
            return msgspec.structs.replace(found, step=step, asks=one.name)
        values[one.name] = found
    return values


def _from_context(one: Input, context: Context) -> InputValue | None:
    """Return what the request or the session says for a thing that nobody named."""
    if one.kind not in THINGS:
        return None
    known = [ref for ref in (context.subject, *context.recent) if ref is not None and ref.kind == one.kind]
    return known[0] if known else None


def _question(one: Input) -> str:
    noun, how = NAMES.get(one.kind, (one.name.replace("_", " "), one.description.rstrip(".")))
    if one.kind in THINGS:
        return f"Which {noun}? Give {how}."
    return f"Which {noun}? {how}."


async def _thing_value(one: Input, value: Any, look: Look) -> "InputValue | NeedInput":
    given = value if isinstance(value, tuple | list) else (value,)
    if len(given) > (MOST_MANY if one.many else 1):
        most = f"at most {MOST_MANY} of them" if one.many else "one"
        return NeedInput(question=f"Too many for `{one.name}`: it takes {most}.", candidates=_refs(given))
    found: list[Ref] = []
    for item in given:
        ref = item if isinstance(item, Ref) and item.kind == one.kind else await _resolved(one.kind, item, look)
        if isinstance(ref, NeedInput):
            return ref
        found.append(ref)
    return tuple(found) if one.many else found[0]


async def _resolved(kind: InputKind, item: Any, look: Look) -> "Ref | NeedInput":
    words = clean(_words(item), LONGEST_TEXT)
    noun, how = NAMES[kind]
    candidates = await resolve(look, kind, words) if words else ()
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        return NeedInput(
            question=f"Several {noun}s may be meant by {quoted(words)}. Which one?",
            candidates=tuple(candidates[:MOST_CANDIDATES]),
        )
    return NeedInput(question=f"There is no {noun} {quoted(words)}. Give {how}.")


def _words(item: Any) -> str:
    if isinstance(item, Ref):
        return item.id
    if isinstance(item, ObjectGiven):
        return item.id or item.name or ""
    return str(item)


def _refs(given: Sequence[Any]) -> tuple[Ref, ...]:
    return tuple(item for item in given if isinstance(item, Ref))[:MOST_CANDIDATES]


def _plain_value(one: Input, value: Any, look: Look) -> "InputValue | NeedInput":
    made: InputValue | None
    match one.kind:
        case "count":
            made = _count(value, one.most)
            wanted = f"a whole number from 1 to {one.most}"
        case "time_range":
            made = _span(value, look)
            wanted = "a span such as `the past 7 days`, or ISO times `since` and `until`"
        case "choice":
            made = next((c for c in one.choices if c.casefold() == str(value).strip().casefold()), None)
            wanted = "one of " + ", ".join(f"`{choice}`" for choice in one.choices)
        case _:
            made = value.strip() if isinstance(value, str) and 0 < len(value.strip()) <= LONGEST_TEXT else None
            wanted = f"text of at most {LONGEST_TEXT} characters"
    return NeedInput(question=f"`{one.name}` must be {wanted}.") if made is None else made


def _count(value: Any, most: int) -> int | None:
    if isinstance(value, str) and value.strip().isdecimal() and len(value) < 9:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most else None


def _span(value: Any, look: Look) -> TimeRange | None:
    if isinstance(value, TimeRange):
        return value
    if isinstance(value, ObjectGiven):
        value = f"{value.since}/{value.until}" if value.until else value.since
    return time_range(value, look.now) if isinstance(value, str) else None


def kept_inputs(inputs: Mapping[str, Any]) -> dict[str, InputValue]:
    """Return inputs read back from JSON as what they were: things, spans, plain values."""
    return {name: _kept(value) for name, value in inputs.items()}


def _kept(value: Any) -> InputValue:
    if isinstance(value, list):
        return tuple(_ref(item) for item in value)
    if isinstance(value, Mapping):
        return TimeRange(**value) if "since" in value else _ref(value)
    return value if isinstance(value, int) else str(value)


def _ref(value: Mapping[str, Any]) -> Ref:
    return Ref(kind=value["kind"], id=value["id"], name=value["name"])
