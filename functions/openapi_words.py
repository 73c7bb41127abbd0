"""What fields mean, for the OpenAPI document: the texts under the fields of the types themselves."""

import ast
import inspect
import itertools
import textwrap
from collections.abc import Iterable
from typing import Any

import msgspec


def field_words(types: Iterable[Any]) -> dict[str, dict[str, str]]:
    """Return the words under each field by the name of its type in the document, then by the field's name on the wire.

    The types are those given and every one inside them.
    """
    found: dict[type[Any], dict[str, str]] = {}
    for info in msgspec.inspect.multi_type_info(list(types)):
        _collect(info, found)
    return {cls.__name__: words for cls, words in found.items() if words}


def _collect(info: Any, found: dict[type[Any], dict[str, str]]) -> None:
    """Walk through a type and all that it is made of."""
    if isinstance(info, msgspec.inspect.StructType):
        if info.cls in found:
            return
        found[info.cls] = _words(info)
    for name in getattr(info, "__struct_fields__", ()):
        part = getattr(info, name)
        for inner in part if isinstance(part, tuple) else (part,):
            if isinstance(inner, msgspec.inspect.Field):
                _collect(inner.type, found)
            elif isinstance(inner, msgspec.inspect.Type):
                _collect(inner, found)


def _words(info: msgspec.inspect.StructType) -> dict[str, str]:
    """Return the string under each field of a class, in one line; a class without its source has none."""
    wire = {field.name: field.encode_name for field in info.fields}
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(info.cls)))
    except (OSError, TypeError, SyntaxError):
        return {}
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
    return {
        wire[field.target.id]: " ".join(text.value.value.split())
        for field, text in itertools.pairwise(body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and field.target.id in wire
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str)
    }
