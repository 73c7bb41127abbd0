"""Read from the facts how the risk was closed, and when."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from shared.assess.values import known_at, utc
from shared.models.dossier import Fact

type ClosingState = Literal["remediated", "dismissed", "confirmed_safe"]

OPEN_STATES = {"atrisk", "confirmedcompromised"}
CLOSED_STATES: dict[str, ClosingState] = {
    "remediated": "remediated",
    "dismissed": "dismissed",
    "confirmedsafe": "confirmed_safe",
}


class Closing(msgspec.Struct, frozen=True, kw_only=True):
    """How and when the risk was closed. ``at`` is None when only the fact of closing is known."""

    state: ClosingState
    detail: str
    at: datetime | None
    facts: tuple[Fact, ...]


def closing_of(facts: Sequence[Fact], status: str, outcome: str | None) -> Closing | None:
    """Return how the risk was closed by the user's state, else by every detection's, else by the case; else None.

    ``facts`` are in order of time: the user's latest state counts.
    """
    states = [fact for fact in facts if fact.kind == "risk.user"]
    latest = states[-1] if states else None
    if latest is not None:
        state = latest.text_of("risk_state").lower()
        if state in CLOSED_STATES:
            return Closing(
                state=CLOSED_STATES[state], detail=latest.text_of("risk_detail"), at=utc(latest.at), facts=(latest,)
            )
        if state in OPEN_STATES:
            return None
    return _closing_by_detections(facts) or _closing_by_case(status, outcome)


def _closing_by_detections(facts: Sequence[Fact]) -> Closing | None:
    """Every detection was closed one by one: that closes what is not newer than the newest of them."""
    detections = [fact for fact in facts if fact.kind == "risk.detection"]
    states = [CLOSED_STATES.get(fact.text_of("risk_state").lower()) for fact in detections]
    first = states[0] if states else None
    if first is None or None in states:
        return None
    return Closing(
        state=first, detail=detections[0].text_of("risk_detail"), at=_newest(detections), facts=tuple(detections)
    )


def _closing_by_case(status: str, outcome: str | None) -> Closing | None:
    outcomes: tuple[ClosingState, ...] = ("remediated", "dismissed", "confirmed_safe")
    for state in outcomes:
        if status == "closed" and outcome == state:
            return Closing(state=state, detail="", at=None, facts=())
    return None


def _newest(facts: Iterable[Fact]) -> datetime | None:
    return max((at for fact in facts if (at := known_at(fact))), default=None)
