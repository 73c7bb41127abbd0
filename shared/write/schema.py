"""The model's answer: its JSON schema, closed and bounded everywhere, and its decoded form."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec

from shared.errors import ModelOutputError

MAX_TEXT = {"headline": 160, "what_happened": 220, "why": 200, "why_benign": 160, "questions": 140, "steps": 120}
"""Longest text of each section, characters."""
MAX_ITEMS = {"what_happened": 3, "why": 2, "why_benign": 1, "questions": 2, "steps": 4}
MAX_CITES = 6
NO_ACTION = "none"
_LENGTHS = ("minLength", "maxLength", "minItems", "maxItems")

# Engines do not all enforce lengths: these only stop an answer that ran away, the checks judge the rest.
type _Text = Annotated[str, msgspec.Meta(max_length=2000)]
type _Cites = Annotated[tuple[str, ...], msgspec.Meta(max_length=50)]


class Claim(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sentence of the model with the ids it cites."""

    text: _Text
    cites: _Cites


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An action of the list that the model puts at this place, with its reason."""

    action: str
    text: _Text
    cites: _Cites


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole answer."""

    headline: Claim
    what_happened: Annotated[tuple[Claim, ...], msgspec.Meta(max_length=20)]
    why: Annotated[tuple[Claim, ...], msgspec.Meta(max_length=20)]
    why_benign: Annotated[tuple[Claim, ...], msgspec.Meta(max_length=20)]
    steps: Annotated[tuple[Choice, ...], msgspec.Meta(max_length=40)]
    questions: Annotated[tuple[Claim, ...], msgspec.Meta(max_length=20)]


class Mended(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rejected sentence, written anew."""

    slot: str
    text: _Text
    cites: _Cites


class Repair(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The answer to a repair request."""

    sentences: Annotated[tuple[Mended, ...], msgspec.Meta(max_length=40)]


def answer_schema(cites: Sequence[str], actions: Sequence[str]) -> dict[str, Any]:
    """Return the schema of ``Answer``: ids only from those shown, every property required."""
    claims = {
        section: {"type": "array", "maxItems": MAX_ITEMS[section], "items": _claim(MAX_TEXT[section])}
        for section in ("what_happened", "why", "why_benign", "questions")
    }
    step = _closed(
        {"action": {"type": "string", "enum": list(actions) or [NO_ACTION]}, **_claim(MAX_TEXT["steps"])["properties"]}
    )
    return {
        **_closed(
            {
                "headline": _claim(MAX_TEXT["headline"]),
                "what_happened": claims["what_happened"],
                "why": claims["why"],
                "why_benign": claims["why_benign"],
                "steps": {"type": "array", "maxItems": MAX_ITEMS["steps"], "items": step},
                "questions": claims["questions"],
            }
        ),
        "$defs": _definitions(cites),
    }


def repair_schema(cites: Sequence[str], slots: Sequence[str]) -> dict[str, Any]:
    """Return the schema of ``Repair`` for the slots that were rejected."""
    sentence = _closed(
        {"slot": {"type": "string", "enum": list(slots)}, **_claim(max(MAX_TEXT.values()))["properties"]}
    )
    sentences = {"type": "array", "maxItems": len(slots), "items": sentence}
    return {**_closed({"sentences": sentences}), "$defs": _definitions(cites)}


def without_lengths(schema: Any) -> Any:
    """Return the schema without its lengths, for engines whose strict mode refuses them."""
    if isinstance(schema, Mapping):
        return {key: without_lengths(value) for key, value in schema.items() if key not in _LENGTHS}
    return [without_lengths(value) for value in schema] if isinstance(schema, list) else schema


def decode[T](text: str, kind: type[T]) -> T:
    """Return the decoded answer. Raises ModelOutputError when it is not JSON or not the schema."""
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, UnicodeError):
        raise ModelOutputError(f"the model's answer is not the `{kind.__name__}` schema") from None


def _claim(max_chars: int) -> dict[str, Any]:
    return _closed({"text": {"type": "string", "maxLength": max_chars}, "cites": {"$ref": "#/$defs/cites"}})


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _definitions(cites: Sequence[str]) -> dict[str, Any]:
    return {
        "cites": {
            "type": "array",
            "minItems": 1,
            "maxItems": MAX_CITES,
            "items": {"type": "string", "enum": list(cites)},
        }
    }
