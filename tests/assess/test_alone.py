"""What each finding comes to by itself, as it was signed: one line a finding and level in ``alone.txt``.

``python -m tests.assess.test_alone`` writes the table anew; read the difference before you commit.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from shared.assess.grounds import WEIGHTS
from shared.models.assessment import Assessment
from shared.models.dossier import Fact, Gap
from shared.risk_types import TYPES, Kind
from tests.assess.facts import USER, account, audit, detection, finding_ids, judge, risk_user, stranger
from tests.assess.test_workloads import APP, STAYS, used
from tests.assess.twins import CASES

TABLE = Path(__file__).with_name("alone.txt")
KEY_OF_ITS_OWN = audit("Add service principal credentials", initiated_by="self", initiator="sync")
LEVELS = ("low", "medium", "high", "hidden", "newLevel")
"""The last is one that Entra may give some day: it weighs as unknown and never as zero."""


def line(name: str, judged: Assessment) -> str:
    """Return a judgement in one line."""
    terms = " ".join(f"{term.points:+d} {term.source}" for term in judged.terms)
    zero = " ".join(f"0 {found.id}" for found in judged.findings if found.weight == 0)
    verdict = f"{judged.verdict}, {judged.severity}, {judged.confidence} confidence"
    return f"{name}: {verdict} = {' '.join(part for part in (terms, zero) if part)}"


def lines() -> Iterator[str]:
    """Yield the table: each type of detection at each level, alone and with a sign-in; then each finding's own case."""
    for row in TYPES:
        for kind in row.applies_to:
            yield from _detected(kind, row.id)
    yield from _detected("user", "quantumTokenDrift")
    for level in LEVELS:
        yield line(f"user at {level} risk", judge(risk_user("atRisk", risk_level=level), *account()))
    for name, (facts, _) in sorted(CASES.items()):
        yield line(name, _judged(facts))
    yield line("credential_added_by_itself", judge(STAYS, used(), KEY_OF_ITS_OWN, identity=APP))


def _detected(kind: Kind, risk_event_type: str) -> Iterator[str]:
    identity = msgspec.structs.replace(USER, kind=kind)
    known = account() if kind == "user" else []
    for level in LEVELS:
        found = detection(risk_event_type, risk_level=level)
        yield line(f"{kind} {risk_event_type} at {level} risk", judge(found, *known, identity=identity))
    both = judge(detection(risk_event_type), stranger(), *known, identity=identity)
    yield line(f"{kind} {risk_event_type} and a stranger", both)


def _judged(evidence: Sequence[Fact | Gap]) -> Assessment:
    return judge(
        *(one for one in evidence if isinstance(one, Fact)), gaps=[one for one in evidence if isinstance(one, Gap)]
    )


def test_each_finding_alone_comes_to_what_was_signed() -> None:
    """Points, verdict, severity and confidence."""
    assert list(lines()) == TABLE.read_text(encoding="utf-8").splitlines()


def test_every_weight_is_in_the_table() -> None:
    """A finding whose points no line shows could weigh anything."""
    text = TABLE.read_text(encoding="utf-8")
    assert not [name for name in WEIGHTS if f" {name}" not in text]


def test_cases_of_the_table_are_the_findings() -> None:
    """Each case is one of the finding that it is named after."""
    assert not [name for name, (facts, _) in CASES.items() if name not in finding_ids(_judged(facts))]


if __name__ == "__main__":
    sys.exit(TABLE.write_text("".join(f"{one}\n" for one in lines()), encoding="utf-8") and 0)
