"""The same thing is reported several times as it changes, by stream and by Graph: keep its last state."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from shared.models.records import RiskDetection, RiskyUser, SignIn

_STATES = ("none", "atRisk", "confirmedCompromised", "remediated", "dismissed", "confirmedSafe")
"""Risk states in the order in which they follow each other; unknown ones are the earliest."""


def latest_sign_ins(streamed: Iterable[SignIn], read: Iterable[SignIn]) -> tuple[SignIn, ...]:
    """Return each sign-in once, oldest first.

    Records carry no time of change, so the further state wins: Graph's over the stream's, because it was read now, with
    the details that only the stream has; within the stream a judged risk over an open one, a result over an interrupt.
    """
    found: dict[str, SignIn] = {}
    for record in streamed:
        known = found.get(record.record_id)
        if known is None or _progress(record) > _progress(known):
            found[record.record_id] = record
    for record in read:
        known = found.get(record.record_id)
        found[record.record_id] = record if known is None else _updated(known, record)
    return tuple(sorted(found.values(), key=lambda r: (r.at, r.record_id)))


def latest_detections(records: Iterable[RiskDetection]) -> tuple[RiskDetection, ...]:
    """Return each detection once, in the state of its last update, oldest first."""
    found: dict[str, RiskDetection] = {}
    for record in records:
        known = found.get(record.record_id)
        if known is None or _update(record) >= _update(known):
            found[record.record_id] = record
    return tuple(sorted(found.values(), key=lambda r: (r.at, r.record_id)))


def latest_user_risk(records: Sequence[RiskyUser]) -> RiskyUser | None:
    """Return the last state of the user's risk, or None."""
    return max(records, key=lambda r: (r.at, _rank(r.risk_state), r.key), default=None)


def _updated(known: SignIn, read: SignIn) -> SignIn:
    """Return the streamed sign-in with the result and risk that Graph has now; an unsaid one changes nothing."""
    risk = {
        name: value
        for name in ("risk_level_during_sign_in", "risk_level_aggregated", "risk_state", "risk_detail")
        if (value := getattr(read, name)) is not None
    }
    return msgspec.structs.replace(
        known, error_code=read.error_code, risk_event_types=read.risk_event_types or known.risk_event_types, **risk
    )


def _progress(record: SignIn) -> tuple[int, int, int, tuple[int, bytes]]:
    return _rank(record.risk_state), int(record.succeeded), len(record.steps), _fullness(record)


def _update(record: RiskDetection) -> tuple[datetime, int, tuple[int, bytes]]:
    return record.updated_at or record.detected_at or record.at, _rank(record.risk_state), _fullness(record)


def _fullness(record: SignIn | RiskDetection) -> tuple[int, bytes]:
    """Return what decides between two forms of one state: the fuller one, and then always the same one."""
    content = msgspec.json.encode(record)
    return len(content), content


def _rank(state: str | None) -> int:
    return _STATES.index(state) if state in _STATES else -1
