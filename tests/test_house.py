"""Rules of the house that import-linter can't express."""

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent


def imports_of(path: Path) -> set[str]:
    """Return every module that a file imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_the_library_knows_nothing_of_azure_functions() -> None:
    """No module of shared/ imports azure.functions, at its top or inside a function."""
    modules = list((ROOT / "shared").rglob("*.py"))
    assert len(modules) > 50
    assert [str(path) for path in modules if "azure.functions" in imports_of(path)] == []


def test_every_blueprint_is_registered() -> None:
    """A blueprint that function_app.py forgets would fail in silence."""
    blueprints = {
        path.stem
        for path in (ROOT / "functions").glob("*.py")
        if "func.Blueprint()" in path.read_text(encoding="utf-8")
    }
    source = (ROOT / "function_app.py").read_text(encoding="utf-8")
    assert blueprints
    assert [name for name in sorted(blueprints) if f"{name}.bp" not in source] == []
