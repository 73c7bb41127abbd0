"""One change to one file, and the tests that should notice it."""

import hashlib
from pathlib import Path

import msgspec

ROOT = Path(__file__).parent.parent.parent
SCENARIOS = ("tests/test_scenarios.py",)
AGAIN = ("tests/mutation/judge_again.py", "tests/assess/test_alone.py")
CHECK = tuple(f"tests/write/test_{name}.py" for name in ("pieces", "words", "turned", "prose", "check"))
"""Not the scenarios after these: with no model at the end of the line, a check that objects less changes nothing there."""
STAGES: dict[str, tuple[tuple[str, ...], ...]] = {
    "weight": (AGAIN, ("tests/assess", "tests/test_policy.py"), SCENARIOS),
    "need": (AGAIN, ("tests/assess/test_preconditions.py",), ("tests/assess",), SCENARIOS),
    "verdict": (
        AGAIN,
        ("tests/assess/test_reasons.py", "tests/assess/test_verdicts.py", "tests/assess/test_workloads.py"),
        ("tests/assess",),
        SCENARIOS,
    ),
    "predicate": (
        AGAIN,
        ("tests/assess/test_verdicts.py", "tests/assess/test_findings.py"),
        ("tests/assess",),
        SCENARIOS,
    ),
    "finding": (
        AGAIN,
        ("tests/assess/test_findings.py", "tests/assess/test_workloads.py"),
        ("tests/assess",),
        SCENARIOS,
    ),
    "check": (CHECK, ("tests/write",)),
    "word": (CHECK, ("tests/write",)),
    "member": (AGAIN, ("tests/assess",), SCENARIOS),
    "row": (("tests/test_risk_types.py", "tests/test_grave.py"), SCENARIOS, ("tests/assess", "tests/enrich")),
}
"""By kind: groups of tests, the quickest first; the next group runs only where none of the earlier ones failed."""


class Mutant(msgspec.Struct, frozen=True, kw_only=True):
    """A file with one change."""

    kind: str
    path: str
    """From the root of the repository."""
    place: str
    """Which thing was changed, as a reader of the file would name it."""
    change: str
    text: str
    """The whole file, changed."""

    @property
    def name(self) -> str:
        """Return what ``--only`` is matched against."""
        return f"{self.kind} {self.path} {self.place} {self.change}"

    @property
    def digest(self) -> str:
        """Return what tells this change from every other, and from the same change to another version of the file."""
        return hashlib.sha256(f"{self.kind}\0{self.path}\0{self.text}".encode()).hexdigest()


def splice(text: str, start: int, end: int, instead: str) -> str:
    """Return a text with a piece replaced."""
    return text[:start] + instead + text[end:]
