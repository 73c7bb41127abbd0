"""Add up the score, every term shown: weights, closed and old evidence discounted, held inside the verdict's band."""

from datetime import datetime, timedelta

from shared.assess.grounds import Grounds, Weighed
from shared.assess.reading import Reading
from shared.models.assessment import ScoreTerm, Verdict

CLOSED_SHARE = {"remediated": 0.75, "dismissed": 0.9, "confirmed_safe": 0.9}
"""How much of a finding's weight goes when all of its evidence is closed."""
AGEING = ("detections", "sign_ins", "credentials", "patterns")
LASTING = {"admin_confirmed_compromised"}

BANDS: dict[Verdict, tuple[int, int]] = {
    "benign": (0, 24),
    "inconclusive": (10, 49),
    "suspicious": (25, 74),
    "compromised": (75, 100),
}
"""Lowest and highest score of each verdict, so that score and verdict never contradict each other."""


def add_up(grounds: Grounds, verdict: Verdict) -> tuple[ScoreTerm, ...]:
    """Return the terms of the score; their sum is the score."""
    terms: list[ScoreTerm] = []
    for item in grounds.weighed:
        if item.finding.weight:
            tuned = " (weight of the policy file)" if grounds.reading.policy.weight(item.finding.id) else ""
            label = f"{item.finding.title}{tuned}"
            terms.append(ScoreTerm(source=item.finding.id, label=label, points=item.finding.weight))
        terms.extend(_discounts(grounds, item))
    total = sum(term.points for term in terms)
    low, high = BANDS[verdict]
    if total < low:
        terms.append(
            ScoreTerm(source="floor", label=f"A verdict of {verdict} scores at least {low}", points=low - total)
        )
    if total > high:
        terms.append(
            ScoreTerm(source="cap", label=f"A verdict of {verdict} scores at most {high}", points=high - total)
        )
    return tuple(terms)


def _discounts(grounds: Grounds, item: Weighed) -> list[ScoreTerm]:
    """Return the discount of closed evidence, else of old evidence, else none."""
    weight = item.finding.weight
    if weight <= 0:
        return []
    if item.closed:
        state = _state(grounds)
        points = -round(weight * CLOSED_SHARE[state])
        return _term("closed", item, f"{item.finding.title}: {state.replace('_', ' ')}", points)
    if item.finding.family in AGEING and item.finding.id not in LASTING and item.at:
        return _term("age", item, f"{item.finding.title}: old evidence", -_aged(weight, item.at, grounds.reading))
    return []


def _term(name: str, item: Weighed, label: str, points: int) -> list[ScoreTerm]:
    return [ScoreTerm(source=f"{name}:{item.finding.id}", label=label, points=points)] if points else []


def _state(grounds: Grounds) -> str:
    """Return how the risk was closed; evidence closed alone, while the user stays at risk, counts as dismissed."""
    closing = grounds.reading.closing
    return closing.state if closing else "dismissed"


def _aged(weight: int, at: datetime, reading: Reading) -> int:
    """Return what age takes off: nothing while fresh, then half in each half-life."""
    limits = reading.policy.thresholds
    beyond = max(reading.now - at - timedelta(days=limits.fresh_days), timedelta())
    left: float = 0.5 ** (beyond / timedelta(days=limits.half_life_days))
    return round(weight * (1 - left))
