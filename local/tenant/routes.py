"""Read a request's address: which known resource of Graph it names, and which part of it."""

import re
from collections.abc import Mapping
from typing import Literal
from urllib.parse import unquote

import msgspec

from local.tenant.answers import GraphError, bad_request
from local.tenant.catalogue import RESOURCES, Resource

type Element = dict[str, object]
"""A resource as Graph returns it."""
type Key = tuple[str, ...]
"""A path's segments in lower case, with ids where the file has user principal names or alternate keys."""
type Part = Literal["all", "element"]
type Tree = dict[str, "Tree | Resource"]

_CALL = re.compile(r"(\w+)\((.+)\)")
_CAST = re.compile(r"(?:microsoft\.)?graph\.(\w+)", re.IGNORECASE)
_ALTERNATE = re.compile(r"\((\w+)='([^']*)'\)")
type Version = Literal["v1.0", "beta"]


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """Where a request goes."""

    segments: tuple[str, ...]
    """Decoded, without version, ``/$count`` and cast. ``x(appId='1')`` is two: ``x`` and ``(appId='1')``."""
    resource: Resource | None
    """None when Graph has no such path."""
    part: Part = "all"
    """The whole resource, or one element of a collection by id."""
    cast: str = ""
    """Type that the elements are narrowed to."""
    is_count: bool = False
    query: str = ""
    version: Version = "v1.0"

    @property
    def is_missing(self) -> bool:
        """Say whether the version that was asked does not have the path, though the other one has."""
        return self.resource is not None and self.resource.version == "beta" and self.version != "beta"

    @property
    def path(self) -> str:
        """Return the path as it was asked, without version and query."""
        tail = (*((f"microsoft.graph.{self.cast}",) if self.cast else ()), *(("$count",) if self.is_count else ()))
        return "/".join((*self.segments, *tail))


def read_route(url: str) -> Route:
    """Read an absolute URL, ``/v1.0/…``, ``/beta/…`` or a path relative to v1.0."""
    address, _, query = url.partition("#")[0].partition("?")
    path = address.partition("://")[2].partition("/")[2] if "://" in address else address
    version, segments = version_of(path), split_path(path)
    is_count = bool(segments) and segments[-1] == "$count"
    if is_count:
        segments = segments[:-1]
    cast = cast_of(segments[-1]) if segments else ""
    if cast:
        segments = segments[:-1]
    resource, part = locate(segments)
    return Route(
        segments=segments, resource=resource, part=part, cast=cast, is_count=is_count, query=query, version=version
    )


def version_of(path: str) -> Version:
    """Return the version that a path begins with; v1.0 when it names none."""
    return "beta" if path.strip("/").partition("/")[0].lower() == "beta" else "v1.0"


def locate(segments: tuple[str, ...]) -> tuple[Resource | None, Part]:
    """Return the resource at a path, and whether the path names all of it or one element by id."""
    resource = _find(segments)
    if resource is not None:
        return resource, "all"
    above = _find(segments[:-1])
    if above is not None and above.kind == "collection":
        return above, "element"
    return None, "all"


def cast_of(segment: str) -> str:
    """Return the type of a cast segment, ``group`` for ``microsoft.graph.group``, or an empty string."""
    match = _CAST.fullmatch(segment)
    return match[1] if match else ""


def split_path(path: str) -> tuple[str, ...]:
    """Split a path into decoded segments, without leading slash and version."""
    raw = [unquote(part) for part in path.strip("/").split("/") if part]
    if raw and raw[0].lower() in ("v1.0", "beta"):
        raw = raw[1:]
    segments: list[str] = []
    for part in raw:
        call = _CALL.fullmatch(part)
        if call is None:
            segments.append(part)
        elif len(call[2]) > 1 and call[2][0] == call[2][-1] == "'":
            segments += (call[1], call[2][1:-1])
        else:
            segments += (call[1], f"({call[2]})")
    return tuple(segments)


def alternate_key(segment: str) -> tuple[str, str] | None:
    """Return property and value of a ``(appId='…')`` segment, or None for any other."""
    match = _ALTERNATE.fullmatch(segment)
    return (match[1], match[2]) if match else None


def no_such_segment(segments: tuple[str, ...]) -> GraphError:
    """Return Graph's error for a path that no resource has; it names the first segment that does not fit."""
    known = max((length for length in range(len(segments)) if _is_known(segments[:length])), default=0)
    return bad_request(f"Resource not found for the segment '{segments[known] if segments else ''}'.")


def _grow() -> Tree:
    tree: Tree = {}
    for resource in RESOURCES:
        node = tree
        for segment in resource.path.lower().split("/"):
            node = node.setdefault(segment, {})  # type: ignore[assignment]
        node[""] = resource
    return tree


_TREE = _grow()


def _node(segments: tuple[str, ...]) -> Tree | None:
    node: Tree | Resource | None = _TREE
    for segment in segments:
        if not isinstance(node, dict):
            return None
        node = node.get(segment.lower(), node.get("{}"))
    return node if isinstance(node, dict) else None


def _find(segments: tuple[str, ...]) -> Resource | None:
    found = (_node(segments) or {}).get("")
    return found if isinstance(found, Resource) else None


def _is_known(segments: tuple[str, ...]) -> bool:
    return _node(segments) is not None or (bool(segments) and _find(segments[:-1]) is not None)


def id_of(element: Mapping[str, object]) -> str:
    """Return an element's id in lower case; empty for one that has none."""
    return str(element.get("id", "")).lower()
