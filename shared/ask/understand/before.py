"""What bare words point at: things of earlier parts of the same prompt, of the session, or of the latest answer."""

from collections.abc import Sequence

import msgspec
from msgspec import structs

from shared.ask.plan import Context, NeedInput
from shared.ask.skill import Input, InputValue, Ref
from shared.ask.understand.lexicon import TYPES
from shared.ask.understand.marks import Mention
from shared.ask.understand.reading import Reading
from shared.ask.understand.wording import kind_words

APPS = frozenset({"application", "service_principal"})
_SEVERAL = frozenset({"they", "them", "their", "theirs"})
_ALSO: dict[str, tuple[str, ...]] = {
    "case": ("user", "service_principal"),
    "user": ("case",),
    "service_principal": ("application",),
    "application": ("service_principal",),
}
"""Kinds whose names stand for another kind, too."""


class AskError(Exception):
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
                    raise AskError(f"Which {kind_words(one.kind)}? Please ask that when the answer before it is there.")
                return found
        return ()


def is_several(mention: Mention) -> bool:
    """Say whether words point at all of several things, or at one of a list."""
    return mention.form in {"these", "nth"} or mention.words.lower() in _SEVERAL


def _is_it(mention: Mention) -> bool:
    return mention.form == "this" and mention.words.lower() in {"it", "its"}


def it_of(mention: Mention, context: Context) -> list[Ref]:
    """Return what "it" may mean in the latest answer: what was asked about, and what was found, but no person."""
    is_left_out = mention.form == "this" and not mention.words
    if not _is_it(mention) and not is_left_out:
        return []
    asked = [ref for step in context.steps for value in step.inputs.values() for ref in _refs(value)]
    return asked if is_left_out else [ref for ref in (*asked, *context.listed) if ref.kind not in {"user", "case"}]


def _refs(value: InputValue) -> list[Ref]:
    several = value if isinstance(value, tuple) else (value,)
    return [ref for ref in several if isinstance(ref, Ref)]


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
    refs = [ref for ref in (context.subject, *it_of(mention, context)[:1], *context.recent[:1]) if ref][:2]
    if _is_it(mention) and refs:
        refs = refs[:1]
    if mention.form == "nth" and isinstance(mention.value, int) and context.listed[mention.value :]:
        refs = [context.listed[mention.value]]
    elif mention.form in {"these", "nth"}:
        refs = list(context.listed)
    return mention.kinds & _with_other_half(frozenset(ref.kind for ref in refs))


def _with_other_half(kinds: frozenset[str]) -> frozenset[str]:
    return kinds | APPS if kinds & APPS else kinds
