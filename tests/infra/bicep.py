"""Bicep files as data: what the tests of infra/ ask of them.

pycep gives a tree of plain dictionaries. Expressions in it are ``{"operator": …}`` or ``{"function": …}``; a name and a
text are both ``str``. It puts ``==`` and ``?:`` in the wrong order, so tests look at which texts occur, not at results.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pycep

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "infra/bicep"
FILES = sorted(FOLDER.rglob("*.bicep"))
EXTENSION = "extension microsoftGraphV1"


@cache
def tree(name: str) -> dict[str, Any]:
    """Return the tree of a file by its path below infra/bicep/."""
    return pycep.BicepParser().parse(text=(FOLDER / name).read_text(encoding="utf-8"))


def names() -> list[str]:
    """Return the path of each file below infra/bicep/."""
    return [path.relative_to(FOLDER).as_posix() for path in FILES]


def body(resource: dict[str, Any]) -> dict[str, Any]:
    """Return the object of a resource or module, out of its loop and condition."""
    found = resource["config"]
    while "config" in found and ("condition" in found or "loop_type" in found):
        found = found["config"]
    return found


def resources(kind: str = "", *, existing: bool = False) -> dict[str, dict[str, Any]]:
    """Return the objects of all resources whose type begins so, by ``file:symbol``; declared ones, or referred-to ones."""
    return {
        f"{name}:{symbol}": body(resource)
        for name in names()
        for symbol, resource in tree(name).get("resources", {}).items()
        if resource["type"].lower().startswith(kind.lower()) and resource["existing"] is existing
    }


def the(kind: str) -> dict[str, Any]:
    """Return the one declared resource of exactly this type."""
    (found,) = (
        body(resource)
        for name in names()
        for resource in tree(name).get("resources", {}).values()
        if resource["type"].lower() == kind.lower() and not resource["existing"]
    )
    return found


def variable(name: str, symbol: str) -> Any:
    """Return the value of a ``var``."""
    return tree(name)["variables"][symbol]["value"]


def parameters(name: str) -> dict[str, dict[str, Any]]:
    """Return the ``param`` declarations of a file."""
    return tree(name)["parameters"]


def texts(node: object) -> Iterator[str]:
    """Yield every text and name in a part of a tree."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for value in node.values():
            yield from texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from texts(value)


def code(name: str) -> str:
    """Return a file's text without its comments and descriptions, which may name what the code must not."""
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.strip().startswith(("//", "@description")))


def azd_parameters() -> dict[str, Any]:
    """Return what azd passes to main.bicep, by parameter, still with its ``${VARIABLE=default}``."""
    file = msgspec.json.decode((FOLDER / "main.parameters.json").read_bytes())
    return {name: given["value"] for name, given in file["parameters"].items()}
