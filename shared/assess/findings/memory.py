"""Findings from memory: what earlier cases of the same identity were, and what analysts called them.

They move the score and never the verdict. A harmless case excuses only the same kind of risk from the same source, and
less as it grows old; a real one adds when the kind or the source is the same. New evidence is judged on its own.
"""

from datetime import timedelta

from shared.activities import folded
from shared.assess.reading import Reading
from shared.assess.rule import Match, finding
from shared.assess.values import address_in, address_of, items, moment
from shared.models.dossier import Fact

FORGOTTEN_AFTER = timedelta(days=180)
HARMLESS_OUTCOMES = {"dismissed", "confirmed_safe"}
HARMLESS_CLASSES = {"benignPositive", "falsePositive"}


@finding("Confirmed in an earlier case", "T1078.004")
def earlier_case_confirmed(reading: Reading) -> Match | None:
    """The same identity was really attacked before, in the same way or from the same source."""
    facts = [
        fact
        for fact in reading.all("case.previous")
        if fact.text_of("classification") == "truePositive"
        and _is_within(reading, fact, FORGOTTEN_AFTER)
        and _is_resembled(reading, fact)
    ]
    if not facts:
        return None
    return Match(
        statement="An analyst called an earlier case with the same kind or source of risk a true positive.",
        facts=tuple(facts),
    )


def harmless_before(reading: Reading) -> list[Fact]:
    """Return earlier cases that were judged harmless and are alike in the kind and the source of every detection."""
    limit = timedelta(days=reading.policy.thresholds.harmless_half_days)
    return [
        fact
        for fact in reading.all("case.previous")
        if _is_within(reading, fact, limit) and _is_harmless(fact) and _is_alike(reading, fact)
    ]


def excuse(reading: Reading, harmless: list[Fact]) -> float:
    """Return how much of the weight is left: the whole while one of the cases is young, then half."""
    limit = timedelta(days=reading.policy.thresholds.harmless_full_days)
    return 1.0 if any(_is_within(reading, fact, limit) for fact in harmless) else 0.5


def _is_within(reading: Reading, fact: Fact, limit: timedelta) -> bool:
    at = moment(fact, "opened_at")
    return at is not None and reading.now - at <= limit


def _is_harmless(fact: Fact) -> bool:
    said = fact.text_of("classification")
    return said in HARMLESS_CLASSES or (not said and fact.text_of("outcome") in HARMLESS_OUTCOMES)


def _is_alike(reading: Reading, past: Fact) -> bool:
    return bool(reading.detections) and all(
        _is_same_kind(past, fact) and _is_same_source(reading, past, fact) for fact in reading.detections
    )


def _is_resembled(reading: Reading, past: Fact) -> bool:
    known = any(_is_same_kind(past, fact) or _is_same_source(reading, past, fact) for fact in reading.detections)
    return known or not _addresses(past).isdisjoint(reading.risky_addresses)


def _is_same_kind(past: Fact, detection: Fact) -> bool:
    return folded(detection.text_of("risk_event_type")) in {folded(kind) for kind in items(past, "risk_event_types")}


def _is_same_source(reading: Reading, past: Fact, detection: Fact) -> bool:
    """Say whether a detection is from an earlier case's address, or from its country and, where known, its network."""
    address = address_of(detection)
    if address and address in _addresses(past):
        return True
    if detection.text_of("country") not in items(past, "countries"):
        return False
    now, then = _networks(reading, address), set(items(past, "asns"))
    return not now or not then or not now.isdisjoint(then)


def _addresses(past: Fact) -> set[str]:
    return {address for text in items(past, "ip_addresses") if (address := address_in(text))}


def _networks(reading: Reading, address: str) -> set[str]:
    sign_ins = [fact for fact in reading.all("sign_in") if address and address_of(fact) == address]
    return {asn for fact in sign_ins if (asn := fact.text_of("asn"))}
