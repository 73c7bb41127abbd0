"""What a row of numbers is."""

from collections.abc import Awaitable, Callable

import msgspec

type Numbers = dict[str, float]
"""By name with the unit in it: ``records_per_second``, ``seconds``, ``round_trips``."""


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What one row came to."""

    ours: Numbers
    baselines: dict[str, Numbers] = {}
    """The same job done the usual ways, by name of the way."""
    ratios: Numbers = {}
    """How many times better than a baseline, by name of what is compared."""
    meets: bool | None = None
    """Whether the target is met; None where there is none to meet."""
    note: str = ""
    """How it was measured, where the numbers do not say it."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table, and how to measure it."""

    id: str
    what: str
    target: str
    run: Callable[[bool], Awaitable[Measured]]
    """Called with True for a small size, which is over in a moment and proves only that the row works."""
