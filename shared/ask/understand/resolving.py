"""Turn a match into steps: put in what is named, look up in the session what is pointed at, ask for what is missing."""

from collections.abc import Sequence

import msgspec
from msgspec import structs

from shared.ask.plan import Context, NeedInput, Step
from shared.ask.skill import THINGS, Input, InputValue, Ref, Skill, TimeRange
from shared.ask.understand.lexicon import TYPES
from shared.ask.understand.marks import Mention
from shared.ask.understand.reading import Reading
from shared.ask.understand.scoring import Match
from shared.ask.understand.wording import a_kind, completed, kind_words

MOST_STEPS = 5
MOST_THINGS = 20
_SEVERAL = frozenset({"they", "them", "their", "theirs"})
_APPS = frozenset({"application", "service_principal"})
_ALSO: dict[str, tuple[str, ...]] = {
    "case": ("user", "service_principal"),
    "user": ("case",),
    "service_principal": ("application",),
    "application": ("service_principal",),
}
"""Kinds whose names stand for another kind, too."""


class _AskError(Exception):
    """Something must be asked first."""

    def __init__(self, question: str, candidates: Sequence[Ref] = (), prompts: Sequence[str] = ()) -> None:
        super().__init__(question)
        self.need = NeedInput(question=question, candidates=tuple(candidates)[:10], prompts=tuple(prompts)[:5])


class Before(msgspec.Struct, frozen=True):
    """What earlier parts of the same prompt put into inputs, by kind: "his devices" after a name is of that name."""

    values: dict[str, tuple[InputValue, ...]] = {}
    is_later: bool = False
    """There are such parts."""

    def of(self, one: Input) -> tuple[InputValue, ...]:
        """Return what may go into an input; a case is named by whom it is about, and nobody by the id of a case."""
        for kind in (one.kind, *_ALSO.get(one.kind, ())):
            if found := self.values.get(kind, ()):
                is_id = any(str(value).lower().startswith("case-") for value in found)
                if is_id and kind != one.kind:
                    raise _AskError(
                        f"Which {kind_words(one.kind)}? Please ask that when the answer before it is there."
                    )
                return found
        return ()


def steps_of(match: Match, context: Context, before: Before) -> tuple[Step, ...] | NeedInput:
    """Return one step, or one for each of several things or values that are said for an input that takes one."""
    skill = match.profile.skill
    one: Input | None = None
    try:
        _refuse_clashes(match)
        _refuse_unused(match)
        inputs: dict[str, InputValue] = dict(match.filling.choices)
        several: tuple[str, list[InputValue]] | None = None
        for one in skill.inputs:
            either = match.filling.alternatives.get(one.name, ())
            if _are_all(one, either):
                del inputs[one.name]
                continue
            values: list[InputValue] = [*either] or _values(one, match, context, before)
            if len(values) == 1:
                inputs[one.name] = values[0]
            elif values:
                several = _only_one(several, one, values)
    except _AskError as ask:
        return structs.replace(ask.need, step=_rest(match, one, context, before), asks=one.name) if one else ask.need
    if several is None:
        return (Step(skill=skill.id, inputs=inputs),)
    name, values = several
    if len(values) > MOST_STEPS:
        return NeedInput(question=f"Please name at most {MOST_STEPS} at a time.")
    return tuple(Step(skill=skill.id, inputs={**inputs, name: value}) for value in values)


def _are_all(one: Input, values: Sequence[str]) -> bool:
    """Say whether several values of a choice are all that it has: then nothing is narrowed."""
    return bool(values) and one.default in {None, "any"} and {*values} == {*one.choices} - {"any"}


def _rest(match: Match, asked: Input, context: Context, before: Before) -> Step:
    """Return the step with all that is known of it but one input."""
    inputs: dict[str, InputValue] = dict(match.filling.choices)
    for one in match.profile.skill.inputs:
        try:
            values = _values(one, match, context, before) if one is not asked else []
        except _AskError:
            continue
        if len(values) == 1:
            inputs[one.name] = values[0]
    return Step(skill=match.profile.skill.id, inputs=inputs)


def _only_one(
    several: tuple[str, list[InputValue]] | None, one: Input, values: list[InputValue]
) -> tuple[str, list[InputValue]]:
    if several is not None:
        raise _AskError(f"Please ask about one {kind_words(one.kind, one.name)} at a time.")
    return one.name, values


def _refuse_clashes(match: Match) -> None:
    for name in match.filling.clashes:
        one = match.profile.skill.input(name)
        values = ", ".join(one.choices) if one else ""
        raise _AskError(f"Which one do you mean for {name.replace('_', ' ')}: {values}? Please name one.")


def _refuse_unused(match: Match) -> None:
    skill = match.profile.skill
    for one in match.filling.unused:
        if one.form == "time":
            raise _AskError(
                f'"{skill.title}" cannot be narrowed to a time. Ask without it.',
                prompts=[prompt for prompt in [completed(match)] if prompt],
            )
        if one.is_said:
            raise _AskError(
                f'"{skill.title}" cannot be narrowed to {one.words!r}.',
                prompts=[prompt for prompt in [completed(match)] if prompt],
            )


def _values(one: Input, match: Match, context: Context, before: Before) -> list[InputValue]:
    mentions = match.filling.mentions.get(one.name, [])
    said = [mention for mention in mentions if mention.is_said]
    if said:
        if len(said) > MOST_STEPS:
            raise _AskError(f"Please name at most {MOST_STEPS} at a time.")
        return [mention.words for mention in said]
    if mentions:
        return _pointed(one, mentions[0], context, before)
    if one.required and one.default is None and one.name not in match.filling.choices:
        return _missing(one, match, context, before)
    return []


def _pointed(one: Input, mention: Mention, context: Context, before: Before) -> list[InputValue]:
    """Return what a mention that is no name comes to."""
    if mention.form in {"time", "count"}:
        return [_measure(one, mention)]
    if mention.form == "me":
        raise _AskError("This app does not know who is asking. Name the user by user principal name or object id.")
    if mention.form in {"some", "blank"}:
        raise _AskError(f"Which {kind_words(one.kind, one.name)}?", _fitting(one, context.recent))
    if one.kind in THINGS and mention.form != "nth" and (named := before.of(one)):
        if len(named) > 1 and not _is_several(mention):
            raise _AskError(f"Which {kind_words(one.kind)} of those that the prompt names?")
        return [*named]
    if before.is_later and _is_several(mention):
        raise _AskError(f"Please ask for {mention.words!r} when the answer before it is there.")
    if mention.form == "nth":
        return [_as_value(one, _nth(one, mention, context))]
    if mention.form == "these":
        return _these(one, context)
    return [_of_last_step(one, context) if one.kind not in THINGS else _as_value(one, _this(one, mention, context))]


def _is_several(mention: Mention) -> bool:
    """Say whether words point at all of several things, or at one of a list."""
    return mention.form in {"these", "nth"} or mention.words.lower() in _SEVERAL


def _measure(one: Input, mention: Mention) -> InputValue:
    if one.kind == "count" and mention.days_ahead is not None:
        return min(mention.days_ahead, one.most)
    if mention.form == "count" and isinstance(mention.value, int):
        return min(max(mention.value, 1), one.most)
    if not isinstance(mention.value, TimeRange):
        raise _AskError(f"Which time do you mean by {mention.words.strip()!r}? Say for example: the past 7 days.")
    return mention.value.since[:10] if one.kind == "day" else mention.value


def _of_last_step(one: Input, context: Context) -> InputValue:
    """Return what the last step had under the same name: "this location", "this event type"."""
    for step in context.steps:
        if one.name in step.inputs:
            return step.inputs[one.name]
    raise _AskError(f"Which {kind_words(one.kind, one.name)}?")


def _nth(one: Input, mention: Mention, context: Context) -> Ref:
    listed = _fitting(one, context.listed)
    place = mention.value if isinstance(mention.value, int) else 0
    if not listed or place >= len(listed):
        raise _AskError(f"The latest answer has no such {kind_words(one.kind)}. Which one do you mean?", listed)
    return listed[place]


def _these(one: Input, context: Context) -> list[InputValue]:
    listed = _fitting(one, context.listed) or _fitting(one, context.recent)
    if not listed:
        raise _AskError(f"Which {kind_words(one.kind)}s? The latest answer has none.")
    if one.many:
        same = [ref for ref in listed if ref.kind == one.kind][:MOST_THINGS]
        if same:
            return [tuple(same)]
    if len(listed) > MOST_STEPS:
        raise _AskError(f"The latest answer has {len(listed)} {kind_words(one.kind)}s. Which one?", listed)
    return [_as_value(one, ref) for ref in listed]


def _this(one: Input, mention: Mention, context: Context) -> Ref:
    subject = [context.subject] if context.subject else []
    fitting = _fitting(one, subject) or _fitting(one, _it(mention, context)) or _fitting(one, context.recent)
    if not fitting:
        raise _AskError(f"Which {kind_words(one.kind)}? Nothing was named before.")
    listed = _fitting(one, context.listed)
    if not context.subject and len(listed) > 1 and mention.noun:
        raise _AskError(f"Which {kind_words(one.kind)} of the latest answer?", listed)
    return fitting[0]


def _is_it(mention: Mention) -> bool:
    return mention.form == "this" and mention.words.lower() in {"it", "its"}


def _it(mention: Mention, context: Context) -> list[Ref]:
    """Return what "it" may mean in the latest answer: what was asked about, and what was found, but no person."""
    is_left_out = mention.form == "this" and not mention.words
    if not _is_it(mention) and not is_left_out:
        return []
    asked = [ref for step in context.steps for value in step.inputs.values() for ref in _refs(value)]
    return asked if is_left_out else [ref for ref in (*asked, *context.listed) if ref.kind not in {"user", "case"}]


def _refs(value: InputValue) -> list[Ref]:
    several = value if isinstance(value, tuple) else (value,)
    return [ref for ref in several if isinstance(ref, Ref)]


def _missing(one: Input, match: Match, context: Context, before: Before) -> list[InputValue]:
    """Return what a required input that nobody named may be: of the same prompt, or the request's subject."""
    if named := before.of(one):
        return [*named]
    subject = _fitting(one, [context.subject] if context.subject else [])
    if subject:
        return [_as_value(one, subject[0])]
    skill: Skill = match.profile.skill
    raise _AskError(
        f'"{skill.title}": which {kind_words(one.kind, one.name)}? {a_kind(one)}', _fitting(one, context.recent)
    )


def _fitting(one: Input, refs: Sequence[Ref]) -> list[Ref]:
    kinds = _APPS if one.kind in _APPS else {one.kind}
    if one.kind == "case":
        kinds = {"case", "user", "service_principal"}
    return list(dict.fromkeys(ref for ref in refs if ref.kind in kinds))


def _as_value(one: Input, ref: Ref) -> InputValue:
    """Return a thing as an input takes it; an app's other half is named by its id, which is looked up."""
    return ref if ref.kind == one.kind else ref.id


def pointing(reading: Reading, context: Context, before: Before) -> Reading:
    """Return a reading whose bare pointers ("they", "the first one") are of the kinds that the session has."""
    tokens = [
        structs.replace(token, mention=_pointing(token.mention, context, before)) if token.mention else token
        for token in reading.tokens
    ]
    return Reading(text=reading.text, tokens=tuple(tokens))


def _pointing(mention: Mention, context: Context, before: Before) -> Mention:
    if mention.form == "this" and mention.words.lower() in _SEVERAL and len(context.listed) > 1 and not before.values:
        mention = structs.replace(mention, form="these")
    kinds = _kinds_meant(mention, context, before)
    return structs.replace(mention, kinds=kinds) if kinds else mention


def _kinds_meant(mention: Mention, context: Context, before: Before) -> frozenset[str]:
    if mention.form not in {"this", "these", "nth"} or mention.noun in TYPES:
        return frozenset()
    if named := mention.kinds & _with_other_half(frozenset(before.values)):
        return named
    refs = [ref for ref in (context.subject, *_it(mention, context)[:1], *context.recent[:1]) if ref][:2]
    if _is_it(mention) and refs:
        refs = refs[:1]
    if mention.form == "nth" and isinstance(mention.value, int) and context.listed[mention.value :]:
        refs = [context.listed[mention.value]]
    elif mention.form in {"these", "nth"}:
        refs = list(context.listed)
    return mention.kinds & _with_other_half(frozenset(ref.kind for ref in refs))


def _with_other_half(kinds: frozenset[str]) -> frozenset[str]:
    return kinds | _APPS if kinds & _APPS else kinds
