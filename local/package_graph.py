"""Which files of msgraph-sdk are deployed: not the models, nor request builders that nothing of ours calls.

The SDK is nine tenths of all installed files, and loads a builder only when its property is called. The generated
folders are named as the properties are, so a folder stays when some attribute in our code has its name: more than
is needed, never less. Answers stay JSON until msgspec decodes them, so a typed model is never made.
"""

import ast
from pathlib import Path

GENERATED = ("msgraph", "generated")
ITEM = "item"
"""Folder of the builders that ``by_…_id(…)`` returns."""


def called_in(ours: Path) -> frozenset[str]:
    """Return the name of every attribute in a folder of code."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in ours.rglob("*.py"))
    return frozenset(node.attr for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute))


def is_reached(installed: Path, called: frozenset[str]) -> bool:
    """Say whether an installed file, by its path below site-packages, may be loaded by code that calls these names."""
    if installed.parts[:2] != GENERATED:
        return True
    *folders, name = installed.parts[2:]
    if "models" in folders or not name.endswith(".py"):  # what the generator keeps for itself, 38 MB, is no Python
        return False
    return all(folder == ITEM or folder in called for folder in folders)
