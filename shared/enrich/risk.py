"""What Identity Protection says: the user's risk and each detection, in the last state we know."""

from collections.abc import Iterator

import msgspec

from shared.clock import iso
from shared.enrich.statement import fact, graph
from shared.enrich.view import View
from shared.hostile import clean, quoted
from shared.models.dossier import Fact
from shared.models.records import Place, RiskDetection, WorkloadDetection

MOST_DETECTIONS = 20


class State(msgspec.Struct, rename="camel"):
    """The part of ``riskyUser`` that says whether there is anything to look for."""

    risk_state: str | None = None


def facts(view: View) -> Iterator[Fact]:
    """Yield the user's risk and the newest detections."""
    risk = view.user_risk
    if risk is not None:
        text = f"The {view.who}'s risk is {clean(risk.risk_level)}, state {clean(risk.risk_state)}"
        text += f", {clean(risk.risk_detail)}" if risk.risk_detail and risk.risk_detail != "none" else ""
        yield fact(
            "risk.user",
            f"{text}, since {iso(risk.at)}.",
            view.source(risk),
            at=risk.at,
            risk_level=risk.risk_level,
            risk_state=risk.risk_state,
            risk_detail=risk.risk_detail,
            updated_at=risk.at,
        )
    elif (absent := _absent(view)) and not view.detections:
        text = f"Identity Protection has no risk on record for the {view.who}."
        yield fact("risk.user", text, graph(view.answers.ref(absent)), risk_level="none", risk_state="none")
    yield from (_detection(detection, view) for detection in view.detections[-MOST_DETECTIONS:])


def _absent(view: View) -> str | None:
    """Return the query that Graph answered with "never risky", or None."""
    return next((query for query in ("risky_user", "risky_workload") if view.answers.is_absent(query)), None)


def _detection(detection: RiskDetection, view: View) -> Fact:
    place = detection.place or Place()
    where = f" from {detection.ip_address}" if detection.ip_address else ""
    where += place_text(place)
    text = (
        f"Identity Protection reported {clean(detection.risk_event_type)}{where} at {iso(detection.at)}, "
        f"risk {clean(detection.risk_level)}, state {clean(detection.risk_state)}"
    )
    return fact(
        "risk.detection",
        f"{text}.",
        view.source(detection),
        at=detection.at,
        risk_event_type=detection.risk_event_type,
        risk_level=detection.risk_level,
        risk_state=detection.risk_state,
        risk_detail=detection.risk_detail,
        timing=detection.timing,
        ip_address=detection.ip_address,
        city=place.city,
        country=place.country,
        request_id=detection.request_id,
        detection_id=detection.record_id,
        detected_at=detection.detected_at,
        user_agent=detection.user_agent,
        key_ids=detection.key_ids if isinstance(detection, WorkloadDetection) else None,
    )


def place_text(place: Place) -> str:
    """Return `` in "Lagos", NG`` or nothing."""
    names = [quoted(place.city)] if place.city else []
    names += [clean(place.country)] if place.country else []
    return f" in {', '.join(names)}" if names else ""
