"""Prompts that leave out whom they are about, as the last question said it: "detections?", "show the evidence"."""

from collections.abc import Collection

from msgspec.structs import replace

from shared.ask.plan import Context
from shared.ask.skill import THINGS, Ref
from shared.ask.understand.frames import words_said
from shared.ask.understand.marks import Mention
from shared.ask.understand.reading import Reading
from shared.ask.understand.tokens import Token

SHORT = 3
"""Words; a prompt that is no longer means the last thing rather than everybody."""
_EVERYBODY = frozenset(
    """
    all every everyone everybody anyone anybody tenant our users people accounts groups apps devices cases guests
    policies how list which
    """.split()
)
_ASKING = frozenset({"how", "list"})


def completed_by(context: Context, reading: Reading) -> Reading | None:
    """Return a prompt that names nothing, pointing at the one thing of the last question; None where it is none."""
    if any(one.form not in {"time", "count"} for one in reading.mentions):
        return None
    values = [value for step in context.steps for value in step.inputs.values()]
    asked = {value for value in values if isinstance(value, Ref) and value.kind in THINGS}
    if len(asked) != 1 or not reading.keys or words_said(reading) & _EVERYBODY:
        return None
    (ref,) = asked
    return _pointing_at(ref.kind, reading)


def completed_within(kinds: Collection[str], reading: Reading) -> Reading | None:
    """Return a later part of a prompt that names nothing, pointing at the one thing of the parts before it."""
    things = THINGS.intersection(kinds)
    is_named = any(one.form not in {"time", "count"} for one in reading.mentions)
    if is_named or len(things) != 1 or not reading.keys or words_said(reading) & _EVERYBODY - _ASKING:
        return None
    return _pointing_at(next(iter(things)), reading)


def _pointing_at(kind: str, reading: Reading) -> Reading:
    kinds = {"user", "case"} if kind == "user" else {kind}
    end = len(reading.text)
    mention = Mention(form="this", words="", kinds=frozenset(kinds), start=end, end=end)
    return replace(reading, tokens=(*reading.tokens, Token(text="", start=end, end=end, mention=mention)))


def is_short(reading: Reading) -> bool:
    """Say whether a prompt is a word or two: "detections?"."""
    return len(reading.text.split()) <= SHORT and not any(one.form == "time" for one in reading.mentions)
