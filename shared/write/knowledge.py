"""What is known of a type of detection whatever the case: sentences that a detection carries word for word."""

from collections.abc import Iterable
from functools import partial

from shared import risk_types
from shared.clock import stamp
from shared.models.dossier import Fact
from shared.risk_types import RiskType
from shared.write.evidence import addresses_in
from shared.write.subject import Subject

_SETTLED = frozenset({"remediated", "dismissed", "confirmedsafe"})


def explanation(fact: Fact, subject: Subject) -> str:
    """Return what the type of a detection means; empty when the type is not in the table."""
    row = _row(fact, subject)
    return row.explanation if row else ""


def everyday_cause(fact: Fact, subject: Subject) -> str:
    """Return the everyday cause of a type; empty when there is none to hope for."""
    row = _row(fact, subject)
    return row.benign if row else ""


def runbook(fact: Fact, subject: Subject) -> tuple[str, ...]:
    """Return the checks for a detection, with its own time and address; for an unknown type those of ``generic``."""
    row = _row(fact, subject) or risk_types.find(subject.identity.kind, "generic")
    return tuple(_filled(check, fact) for check in row.checks) if row else ()


def known(cites: Iterable[str], subject: Subject) -> set[str]:
    """Return the sentences of the table about the cited detections."""
    facts = [fact for cite in cites if (fact := subject.dossier.fact(cite)) and fact.kind == "risk.detection"]
    return {text for fact in facts for text in subject.once(f"known {fact.id}", partial(_texts, fact, subject))}


def _texts(fact: Fact, subject: Subject) -> tuple[str, ...]:
    """Return all that the table says about a detection."""
    several = (explanation(fact, subject), everyday_cause(fact, subject), *runbook(fact, subject))
    return tuple(text for text in several if text)


def open_detections(subject: Subject) -> list[Fact]:
    """Return one open detection of each type, the heaviest finding's first, then the highest and newest."""
    weights: dict[str, int] = {}
    for finding in subject.assessment.findings:
        for fact_id in finding.facts:
            weights[fact_id] = max(weights.get(fact_id, 0), finding.weight)

    def gravity(fact: Fact) -> tuple[int, int, float, str]:
        level = {"low": 1, "medium": 2, "high": 3}.get(fact.text_of("risk_level").casefold(), 0)
        return weights.get(fact.id, 0), level, fact.at.timestamp() if fact.at else 0.0, fact.id

    detections = [
        fact for fact in subject.dossier.all("risk.detection") if fact.text_of("risk_state").casefold() not in _SETTLED
    ]
    graded = sorted(detections, key=gravity, reverse=True)
    by_type: dict[str, Fact] = {}
    for fact in graded:
        by_type.setdefault(risk_types.folded(fact.text_of("risk_event_type")), fact)
    return list(by_type.values())


def _row(fact: Fact, subject: Subject) -> RiskType | None:
    return risk_types.find(subject.identity.kind, fact.text_of("risk_event_type"))


def _filled(check: str, fact: Fact) -> str:
    stated = fact.text_of("ip_address")
    known = addresses_in(stated)[0] == {stated}
    return check.format(
        moment=stamp(fact.at) if fact.at else "the detection",
        address=stated if known else "the detection's address",
    )
