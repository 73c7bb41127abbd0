"""Findings from memory: what earlier cases of the same identity were, and what analysts called them.

They move the score and never the verdict, and only for the same kind of risk from the same source: new evidence is
judged on its own.
"""

from datetime import timedelta

from shared.assess.reading import Reading
from shared.assess.rule import Match, finding
from shared.assess.values import address_of, items, moment, plain
from shared.models.dossier import Fact

FORGOTTEN_AFTER = timedelta(days=180)
HARMLESS_OUTCOMES = {"dismissed", "confirmed_safe"}
HARMLESS_CLASSES = {"benignPositive", "falsePositive"}


@finding("Confirmed in an earlier case", "T1078.004")
def earlier_case_confirmed(reading: Reading) -> Match | None:
    """The same identity was really attacked before: it is on somebody's list."""
    facts = [fact for fact in _recent(reading) if fact.text_of("classification") == "truePositive"]
    if not facts:
        return None
    return Match(statement="An analyst called an earlier case of this identity a true positive.", facts=tuple(facts))


def harmless_before(reading: Reading) -> list[Fact]:
    """Return earlier cases that were judged harmless and are alike in the kind and the source of every detection."""
    return [fact for fact in _recent(reading) if _is_harmless(fact) and _is_alike(reading, fact)]


def _recent(reading: Reading) -> list[Fact]:
    return [
        fact
        for fact in reading.all("case.previous")
        if (at := moment(fact, "opened_at")) is not None and reading.now - at <= FORGOTTEN_AFTER
    ]


def _is_harmless(fact: Fact) -> bool:
    said = fact.text_of("classification")
    return said in HARMLESS_CLASSES or (not said and fact.text_of("outcome") in HARMLESS_OUTCOMES)


def _is_alike(reading: Reading, past: Fact) -> bool:
    kinds = {plain(kind) for kind in items(past, "risk_event_types")}
    addresses, countries = set(items(past, "ip_addresses")), set(items(past, "countries"))
    return bool(reading.detections) and all(
        plain(fact.text_of("risk_event_type")) in kinds
        and (address_of(fact) in addresses or fact.text_of("country") in countries)
        for fact in reading.detections
    )
