"""Turn a match into steps: put in what is named, look up in the session what is pointed at, ask for what is missing."""

from collections.abc import Sequence

from msgspec import structs

from shared.ask.plan import Context, NeedInput, Step
from shared.ask.skill import THINGS, Input, InputValue, Ref, Skill, TimeRange
from shared.ask.understand.before import APPS, AskError, Before, is_several, it_of
from shared.ask.understand.marks import Mention
from shared.ask.understand.scoring import Match
from shared.ask.understand.wording import a_kind, completed, kind_words

MOST_STEPS = 5
MOST_THINGS = 20
_PEOPLE = frozenset({"user", "case"})


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
    except AskError as ask:
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
        except AskError:
            continue
        if len(values) == 1:
            inputs[one.name] = values[0]
    return Step(skill=match.profile.skill.id, inputs=inputs)


def _only_one(
    several: tuple[str, list[InputValue]] | None, one: Input, values: list[InputValue]
) -> tuple[str, list[InputValue]]:
    if several is not None:
        raise AskError(f"Please ask about one {kind_words(one.kind, one.name)} at a time.")
    return one.name, values


def _refuse_clashes(match: Match) -> None:
    for name in match.filling.clashes:
        one = match.profile.skill.input(name)
        values = ", ".join(one.choices) if one else ""
        raise AskError(f"Which one do you mean for {name.replace('_', ' ')}: {values}? Please name one.")


def _refuse_unused(match: Match) -> None:
    skill = match.profile.skill
    for one in match.filling.unused:
        if one.form == "time":
            raise AskError(
                f'"{skill.title}" cannot be narrowed to a time. Ask without it.',
                prompts=[prompt for prompt in [completed(match)] if prompt],
            )
        if one.is_said or (one.form == "this" and one.kinds <= _PEOPLE):
            raise AskError(
                f'"{skill.title}" cannot be narrowed to {one.words!r}.',
                prompts=[prompt for prompt in [completed(match)] if prompt],
            )


def _values(one: Input, match: Match, context: Context, before: Before) -> list[InputValue]:
    mentions = match.filling.mentions.get(one.name, [])
    said = [mention for mention in mentions if mention.is_said]
    if said:
        if len(said) > MOST_STEPS:
            raise AskError(f"Please name at most {MOST_STEPS} at a time.")
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
        raise AskError("This app does not know who is asking. Name the user by user principal name or object id.")
    if mention.form in {"some", "blank"}:
        raise AskError(f"Which {kind_words(one.kind, one.name)}?", _fitting(one, context.recent))
    if one.kind in THINGS and mention.form != "nth" and (named := before.of(one)):
        if len(named) > 1 and not is_several(mention):
            raise AskError(f"Which {kind_words(one.kind)} of those that the prompt names?")
        return [*named]
    if before.is_later and is_several(mention):
        raise AskError(f"Please ask for {mention.words!r} when the answer before it is there.")
    if mention.form == "nth":
        return [_as_value(one, _nth(one, mention, context))]
    if mention.form == "these":
        return _these(one, context)
    return [_of_last_step(one, context) if one.kind not in THINGS else _as_value(one, _this(one, mention, context))]


def _measure(one: Input, mention: Mention) -> InputValue:
    if one.kind == "count" and mention.days_ahead is not None:
        return min(mention.days_ahead, one.most)
    if mention.form == "count" and isinstance(mention.value, int):
        return min(max(mention.value, 1), one.most)
    if not isinstance(mention.value, TimeRange):
        raise AskError(f"Which time do you mean by {mention.words.strip()!r}? Say for example: the past 7 days.")
    return mention.value.since[:10] if one.kind == "day" else mention.value


def _of_last_step(one: Input, context: Context) -> InputValue:
    """Return what the last step had under the same name: "this location", "this event type"."""
    for step in context.steps:
        if one.name in step.inputs:
            return step.inputs[one.name]
    raise AskError(f"Which {kind_words(one.kind, one.name)}?")


def _nth(one: Input, mention: Mention, context: Context) -> Ref:
    listed = _fitting(one, context.listed)
    place = mention.value if isinstance(mention.value, int) else 0
    if not listed or place >= len(listed):
        raise AskError(f"The latest answer has no such {kind_words(one.kind)}. Which one do you mean?", listed)
    return listed[place]


def _these(one: Input, context: Context) -> list[InputValue]:
    listed = _fitting(one, context.listed) or _fitting(one, context.recent)
    if not listed:
        raise AskError(f"Which {kind_words(one.kind)}s? The latest answer has none.")
    if one.many:
        same = [ref for ref in listed if ref.kind == one.kind][:MOST_THINGS]
        if same:
            return [tuple(same)]
    if len(listed) > MOST_STEPS:
        raise AskError(f"The latest answer has {len(listed)} {kind_words(one.kind)}s. Which one?", listed)
    return [_as_value(one, ref) for ref in listed]


def _this(one: Input, mention: Mention, context: Context) -> Ref:
    subject = [context.subject] if context.subject else []
    fitting = _fitting(one, subject) or _fitting(one, it_of(mention, context)) or _fitting(one, context.recent)
    if not fitting:
        raise AskError(f"Which {kind_words(one.kind)}? Nothing was named before.")
    listed = _fitting(one, context.listed)
    if not context.subject and len(listed) > 1 and mention.noun:
        raise AskError(f"Which {kind_words(one.kind)} of the latest answer?", listed)
    return fitting[0]


def _missing(one: Input, match: Match, context: Context, before: Before) -> list[InputValue]:
    """Return what a required input that nobody named may be: of the same prompt, or the request's subject."""
    if named := before.of(one):
        return [*named]
    subject = _fitting(one, [context.subject] if context.subject else [])
    if subject:
        return [_as_value(one, subject[0])]
    skill: Skill = match.profile.skill
    raise AskError(
        f'"{skill.title}": which {kind_words(one.kind, one.name)}? {a_kind(one)}', _fitting(one, context.recent)
    )


def _fitting(one: Input, refs: Sequence[Ref]) -> list[Ref]:
    kinds = APPS if one.kind in APPS else {one.kind}
    if one.kind == "case":
        kinds = {"case", "user", "service_principal"}
    return list(dict.fromkeys(ref for ref in refs if ref.kind in kinds))


def _as_value(one: Input, ref: Ref) -> InputValue:
    """Return a thing as an input takes it; an app's other half is named by its id, which is looked up."""
    return ref if ref.kind == one.kind else ref.id
