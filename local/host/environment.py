"""Settings put into the environment, as Azure hands them to an app, and taken out again."""

import os
from collections.abc import Mapping


def apply(environ: Mapping[str, str]) -> dict[str, str | None]:
    """Put settings into the environment; return what they replaced."""
    replaced = {name: os.environ.get(name) for name, value in environ.items() if os.environ.get(name) != value}
    os.environ.update({name: environ[name] for name in replaced})
    return replaced


def restore(replaced: Mapping[str, str | None]) -> None:
    """Put back what was there before; None was not."""
    for name, value in replaced.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
