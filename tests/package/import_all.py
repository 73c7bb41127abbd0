"""Do every import of a package's own code, those inside functions too, with nothing but the package.

``python -S -I import_all.py PACKAGE``: prints how many there are, and those that fail, as JSON.
"""

import ast
import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

package = Path(sys.argv[1])
sys.path[:0] = [str(package), str(package / ".python_packages/lib/site-packages")]


def imports_of(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield module and name of each import that may run."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING":
            continue
        if isinstance(child, ast.Import):
            yield from ((alias.name, "") for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield from ((child.module or "", alias.name) for alias in child.names)
        yield from imports_of(child)


def works(module: str, name: str) -> bool:
    """Do one import."""
    try:
        if name and not hasattr(importlib.import_module(module), name):
            importlib.import_module(f"{module}.{name}")
        importlib.import_module(module)
    except ImportError:
        return False
    return True


sources = [package / "function_app.py", *package.glob("functions/**/*.py"), *package.glob("shared/**/*.py")]
wanted = {one for path in sources for one in imports_of(ast.parse(path.read_bytes()))}
sys.stdout.write(
    json.dumps({"wanted": len(wanted), "failed": sorted(".".join(one) for one in wanted if not works(*one))})
)
