"""Find what the modules of a package declare, so that a new file is all it takes to add one."""

import importlib
import pkgutil
from collections.abc import Iterable
from types import ModuleType


def discover[Kind](package: ModuleType, kind: type[Kind]) -> list[Kind]:
    """Return every instance of a type that the package's modules define, by module name and then as written."""
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    modules = [importlib.import_module(f"{package.__name__}.{name}") for name in names]
    return [thing for module in modules for thing in _things(module) if isinstance(thing, kind)]


def _things(module: ModuleType) -> Iterable[object]:
    return vars(module).values()
