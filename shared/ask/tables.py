"""Make rows of what Graph returned: each column says where its value stands in the resource."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from shared.ask.skill import Cell, Column, Table


class Field(Column, frozen=True, kw_only=True):
    """A column that is read from a property."""

    path: str
    """Graph's property; dots for what is inside, and a list of things is joined: ``location.city``."""


def field(path: str, title: str, meaning: str, name: str = "") -> Field:
    """Return a field; its name is Graph's property in snake_case unless given."""
    return Field(name=name or snake_case(path), title=title, meaning=meaning, path=path)


def table(
    title: str,
    fields: Sequence[Field],
    items: Iterable[msgspec.Raw | Mapping[str, Any]],
    *,
    total: int | None = None,
    complete: bool = True,
) -> Table:
    """Return resources as rows. Raises msgspec.DecodeError for raw items that are no JSON objects."""
    resources = (
        item if isinstance(item, Mapping) else msgspec.json.decode(item, type=dict[str, Any]) for item in items
    )
    rows = tuple({one.name: cell(inside(resource, one.path)) for one in fields} for resource in resources)
    columns = tuple(Column(name=one.name, title=one.title, meaning=one.meaning) for one in fields)
    return Table(title=title, columns=columns, rows=rows, total=total, complete=complete)


def inside(resource: Any, path: str) -> Any:
    """Return what stands at a dotted path; None where a part is missing, a list of the parts where a list is on it."""
    for place, part in enumerate(path.split(".")):
        if isinstance(resource, list):
            rest = ".".join(path.split(".")[place:])
            return [found for one in resource if (found := inside(one, rest)) is not None]
        if not isinstance(resource, Mapping):
            return None
        resource = resource.get(part)
    return resource


def cell(value: Any) -> Cell:
    """Return a value as a cell: lists joined, objects as JSON."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, list):
        return ", ".join(str(cell(one)) for one in value)
    return msgspec.json.encode(value).decode()


def snake_case(path: str) -> str:
    """Return ``deviceDetail.displayName`` as ``device_detail_display_name``."""
    return "".join(f"_{char.lower()}" if char.isupper() else "_" if char == "." else char for char in path).lstrip("_")
