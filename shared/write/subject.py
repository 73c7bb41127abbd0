"""What a summary is written about: one identity's case, its evidence and its assessment."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, Literal, Self

import msgspec

from shared.models.assessment import Assessment
from shared.models.cases import Outcome, Signal
from shared.models.dossier import Dossier
from shared.models.identity import Identity
from shared.models.reports import Report


class Subject(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """Everything the writer may say something about, and nothing else."""

    identity: Identity
    status: Literal["open", "closed"]
    outcome: Outcome | None
    signals: tuple[Signal, ...]
    dossier: Dossier
    assessment: Assessment

    @classmethod
    def of(cls, report: Report) -> Self:
        """Return what a report was written about."""
        return cls(
            identity=report.identity,
            status=report.status,
            outcome=report.outcome,
            signals=report.signals,
            dossier=report.dossier,
            assessment=report.assessment,
        )

    @property
    def who(self) -> str:
        """Return what the identity is, in a word or two."""
        return self.identity.noun

    @cached_property
    def _made(self) -> dict[str, Any]:
        return {}

    def once[T](self, name: str, make: Callable[[], T]) -> T:
        """Return what ``make`` returns, made at the first call for a name: each sentence asks the same of its evidence.

        It lives as long as the subject, which is one report.
        """
        if name not in self._made:
            self._made[name] = make()
        made: T = self._made[name]
        return made

    def known(self, cite: str) -> bool:
        """Say whether an id names a fact, a gap, a finding or (``S1``, ``S2`` …) a signal of this case."""
        return (
            self.dossier.fact(cite) is not None
            or any(gap.id == cite for gap in self.dossier.gaps)
            or self.assessment.finding(cite) is not None
            or self.signal(cite) is not None
        )

    def signal(self, cite: str) -> Signal | None:
        """Return the signal behind ``S1``, ``S2`` …, or None.

        Signals are cited only where there is neither fact, gap nor finding to cite.
        """
        number = cite[1:]
        if not (cite.startswith("S") and number.isascii() and number.isdigit()):
            return None
        index = int(number) - 1
        return self.signals[index] if 0 <= index < len(self.signals) else None
