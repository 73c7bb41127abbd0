"""One row of a verdict table."""

from collections.abc import Callable
from typing import NamedTuple

from shared.assess.grounds import Grounds
from shared.models.assessment import Verdict


class VerdictRule(NamedTuple):
    """One row: the verdict, the reason as a sentence, and when it holds."""

    verdict: Verdict
    reason: str
    holds: Callable[[Grounds], bool]
