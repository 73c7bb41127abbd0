"""Read JSON of almost any spelling into a wire struct: the slow way, for what the strict decoders refuse."""

import json
from collections.abc import Mapping
from functools import lru_cache
from math import isfinite
from typing import Final

import msgspec
from msgspec import inspect

from shared.errors import MalformedRecordError

UNREADABLE = (msgspec.MsgspecError, UnicodeError, RecursionError, MalformedRecordError)
"""What a strict decoder raises for a record that is worth a second, loose look."""

_OTHER_NAMES: dict[str, tuple[str, ...]] = {
    "location": ("locationdetails", "location"),
    "appliedconditionalaccesspolicies": ("appliedconditionalaccesspolicies", "conditionalaccesspolicies"),
    "operationtype": ("operationtype", "aadoperationtype"),
    "tenantid": ("aadtenantid", "tenantid"),
    "time": ("time", "timegenerated"),
}
"""Names that columns of a Log Analytics table have where they differ from Graph's, in order of preference."""
_SUFFIXES = ("_dynamic", "_string")
_MOST_DIGITS = 18


class _Missing:
    """The type of a value that is not there or cannot be read."""


_MISSING: Final = _Missing()


def load(raw: bytes) -> object:
    """Return the JSON value in bytes, forgiving NaN, lone surrogates, control characters and broken UTF-8.

    Raises MalformedRecordError when it is no JSON even so, or nested too deeply.
    """
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeError):
        return _load_forgiving(raw)
    except RecursionError:
        raise MalformedRecordError("JSON is nested too deeply") from None


def _load_forgiving(raw: bytes) -> object:
    try:
        value = json.loads(
            raw.decode("utf-8", "replace"),
            strict=False,
            parse_int=lambda digits: int(digits) if len(digits) <= _MOST_DIGITS else None,
            parse_float=lambda digits: float(digits) if isfinite(float(digits)) else None,
            parse_constant=lambda _: None,
        )
        # Half of a surrogate pair can't be stored or sent anywhere; it becomes a question mark.
        return json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    except json.JSONDecodeError as error:
        raise MalformedRecordError(f"not JSON from character {error.pos} on") from None
    except RecursionError:
        raise MalformedRecordError("JSON is nested too deeply") from None


def parsed(value: object) -> object:
    """Return the text, list or object inside a JSON string, any other value as it is, None for plain text."""
    if not isinstance(value, str):
        return value
    if not value.lstrip().startswith(('"', "[", "{")):
        return None
    try:
        return load(value.encode("utf-8", "replace"))
    except MalformedRecordError:
        return None


def folded(row: Mapping[str, object]) -> dict[str, object]:
    """Return a row with its keys in lower case; of two that become one, the first that holds something."""
    found: dict[str, object] = {}
    for key, value in row.items():
        name = key.lower()
        for suffix in _SUFFIXES:
            name = name.removesuffix(suffix)
        if found.get(name) in (None, ""):
            found[name] = value
    return found


def loosely[S: msgspec.Struct](kind: type[S], row: Mapping[str, object]) -> S:
    """Return a wire struct read from an object whatever the casing of its keys and the types of its values.

    What is missing or cannot be read takes the field's default; a required field without one becomes None.
    """
    values = folded(row)
    given: dict[str, object] = {}
    for field in _fields(kind):
        value = _field_value(field, values)
        if not isinstance(value, _Missing):
            given[field.name] = value
        elif field.required:
            given[field.name] = None
    return kind(**given)


def _field_value(field: inspect.Field, values: dict[str, object]) -> object:
    name = field.encode_name.lower()
    for other in _OTHER_NAMES.get(name, (name,)):
        if other in values:
            value = _read(field.type, values[other])
            if not isinstance(value, _Missing) and value is not None:
                return value
    return _MISSING


@lru_cache(maxsize=64)
def _fields(kind: type[msgspec.Struct]) -> tuple[inspect.Field, ...]:
    described = inspect.type_info(kind)
    if not isinstance(described, inspect.StructType):
        raise TypeError(kind)
    return described.fields


def _read(wanted: inspect.Type, value: object) -> object:
    """Return the value as the wanted type, or _MISSING."""
    match wanted:
        case inspect.UnionType():
            tries = (_read(member, value) for member in wanted.types)
            return next((found for found in tries if not isinstance(found, _Missing)), _MISSING)
        case inspect.AnyType():
            return value
        case inspect.RawType():
            return msgspec.Raw(msgspec.json.encode(parsed(value)))
        case inspect.StructType():
            row = parsed(value)
            return loosely(wanted.cls, row) if isinstance(row, dict) else _MISSING
        case inspect.VarTupleType():
            return _read_items(wanted.item_type, value)
    return _read_scalar(wanted, value)


def _read_items(wanted: inspect.Type, value: object) -> object:
    items = parsed(value)
    if isinstance(items, dict):
        items = [items]
    if not isinstance(items, list):
        return _MISSING
    read = (_read(wanted, item) for item in items)
    return tuple(item for item in read if not isinstance(item, _Missing))


def _read_scalar(wanted: inspect.Type, value: object) -> object:
    if not isinstance(value, (str, int, float)):
        return _MISSING
    match wanted:
        case inspect.StrType():
            return value if isinstance(value, str) else str(value)
        case inspect.BoolType():
            return {"true": True, "1": True, "false": False, "0": False}.get(str(value).strip().lower(), _MISSING)
        case inspect.IntType() | inspect.FloatType():
            return _read_number(wanted, value)
    return _MISSING


def _read_number(wanted: inspect.IntType | inspect.FloatType, value: float | str) -> object:
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return _MISSING
    if not isfinite(number):
        return _MISSING
    return number if isinstance(wanted, inspect.FloatType) else int(number)
