"""Records of one identity to signals: the table of named reasons. Pure, and blind to order and repetition.

A case is recomputed from all the evidence of its window whenever something new arrives, so that late,
repeated and shuffled records end in the same signals.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from shared.activities import updates_a_case
from shared.grave import affects_target, grave_changes, may_be_grave
from shared.models.cases import CLOSING, Signal, SignalReason
from shared.models.identity import Identity
from shared.models.records import INVALID_SECRET, AnyRecord, DirectoryAudit, RiskDetection, RiskyUser, SignIn
from shared.patterns.alone import may_be_pattern, patterns_of
from shared.patterns.codes import MFA_DENIED, sign_ins_of
from shared.patterns.prompts import AFTER_DENIALS, bursts_of_denials, passed_mfa
from shared.patterns.workloads import wrong_secrets
from shared.policy import Policy
from shared.settings import Settings

AT_RISK = "atRisk"
CONFIRMED = "confirmedCompromised"
CLOSED_STATES: dict[str, SignalReason] = {
    "remediated": "risk_remediated",
    "dismissed": "risk_dismissed",
    "confirmedSafe": "risk_confirmed_safe",
}
PATTERNS = {"mfa_fatigue", "grave_change", "sign_in_pattern", "invalid_secrets", "canary_touched"}
"""Signals of our own, which Identity Protection knows nothing of and so cannot close."""
RISKY_LEVELS = {"medium", "high", "hidden"}
"""Levels during sign-in that make a risky sign-in a signal of its own; ``hidden`` is unknown, not none."""


AROUND_DETECTION = timedelta(hours=1)
"""How far from a detection a sign-in from its address still belongs to it."""


def signals_of(records: Sequence[AnyRecord], identity: Identity, settings: Settings) -> tuple[Signal, ...]:
    """Return every signal in one identity's records, oldest first (ties by key)."""
    opening = [
        *_detections(records),
        *_risky_user(records),
        *_risky_sign_ins(records),
        *_mfa_fatigue(records, settings),
        *_grave_changes(records, identity, settings.policy),
        *(
            signal(found.sign_in, "sign_in_pattern", found.sign_in.at)
            for found in patterns_of(records, settings.policy)
        ),
        *(signal(record, "invalid_secrets", record.at) for record in wrong_secrets(records, settings.policy)),
        *(_canary(records) if settings.policy.is_canary(identity) else ()),
    ]
    closing = [*_closed_by_user_state(records), *_closed_by_detections(records, opening)]
    return in_order([*opening, *closing, *_supporting(records, opening, closing)])


def in_order(signals: Iterable[Signal]) -> tuple[Signal, ...]:
    """Return signals without repeats, oldest first (ties by key)."""
    return tuple(sorted({signal.key: signal for signal in signals}.values(), key=lambda s: (s.at, s.key)))


def is_candidate(record: AnyRecord, policy: Policy) -> bool:
    """Say whether a record can open, close or change a case by itself.

    Other sign-ins can only add to a case that is open, or tell something beside a recent one (``recent.py``).
    """
    match record:
        case RiskDetection() | RiskyUser():
            return True
        case SignIn():
            telling = record.error_code in {MFA_DENIED, INVALID_SECRET}
            return telling or _is_risky(record) or may_be_pattern(record)
        case DirectoryAudit():
            return is_sensitive(record) or may_be_grave(record, policy)
        case _:
            return False


def is_sensitive(audit: DirectoryAudit) -> bool:
    """Say whether an audit record is a change that helps an intruder to stay."""
    return audit.succeeded is not False and updates_a_case(audit.activity)


def signal(record: AnyRecord, reason: SignalReason, at: datetime, *, suffix: str = "") -> Signal:
    """Return the signal that a record raises."""
    return Signal(
        key=f"{reason}|{record.record_id}{suffix}",
        reason=reason,
        at=at,
        record_id=record.record_id,
        category=record.category,
    )


def _detections(records: Sequence[AnyRecord]) -> Iterable[Signal]:
    for record in records:
        if isinstance(record, RiskDetection):
            at = max(record.at, record.detected_at or record.at)
            if record.risk_state == AT_RISK:
                yield signal(record, "risky_detection", at)
            elif record.risk_state == CONFIRMED:
                yield signal(record, "confirmed_compromised", record.updated_at or at)


def _risky_user(records: Sequence[AnyRecord]) -> Iterable[Signal]:
    for record in records:
        if isinstance(record, RiskyUser):
            if record.risk_state == AT_RISK:
                yield signal(record, "user_risk_raised", record.at, suffix=f"|{record.at.isoformat()}")
            elif record.risk_state == CONFIRMED:
                yield signal(record, "confirmed_compromised", record.at, suffix=f"|{record.at.isoformat()}")


def _risky_sign_ins(records: Sequence[AnyRecord]) -> Iterable[Signal]:
    return (
        signal(record, "risky_sign_in", record.at)
        for record in records
        if isinstance(record, SignIn) and _is_risky(record)
    )


def _is_risky(sign_in: SignIn) -> bool:
    if sign_in.risk_state == CONFIRMED:
        return True
    return sign_in.risk_state == AT_RISK and sign_in.risk_level_during_sign_in in RISKY_LEVELS


def _mfa_fatigue(records: Sequence[AnyRecord], settings: Settings) -> Iterable[Signal]:
    """Yield one signal for each burst of denied prompts, and another when one prompt was approved after all."""
    for burst in bursts_of_denials(records, settings):
        first, last = burst[0], burst[-1]
        yield signal(first, "mfa_fatigue", burst[settings.policy.thresholds.mfa_denials - 1].at)
        for approved in sign_ins_of(records):
            if passed_mfa(approved) and first.at < approved.at <= last.at + AFTER_DENIALS:
                yield signal(approved, "mfa_fatigue", approved.at, suffix="|approved")
                break


def _grave_changes(records: Sequence[AnyRecord], identity: Identity, policy: Policy) -> Iterable[Signal]:
    """Yield one signal for each grave change that this identity made, or that was made to its own way of signing in."""
    for audit, grave in grave_changes(records, policy):
        is_target = any(target.id == identity.id for target in audit.targets)
        if is_target if affects_target(grave) else audit.initiator_id == identity.id:
            yield signal(audit, "grave_change", audit.at)


def _canary(records: Sequence[AnyRecord]) -> Iterable[Signal]:
    """Yield a signal for everything that was done with an account that nobody uses, tries without success included."""
    for record in records:
        if isinstance(record, SignIn | RiskDetection):
            yield signal(record, "canary_touched", record.at)


def _closed_by_user_state(records: Sequence[AnyRecord]) -> Iterable[Signal]:
    for record in records:
        if isinstance(record, RiskyUser) and record.risk_state in CLOSED_STATES:
            yield signal(record, CLOSED_STATES[record.risk_state], record.at, suffix=f"|{record.at.isoformat()}")


def _closed_by_detections(records: Sequence[AnyRecord], opening: Sequence[Signal]) -> Iterable[Signal]:
    """Yield a closing signal when every detection has ended in a closed state and nothing else speaks against it.

    Tenants that stream UserRiskEvents but not RiskyUsers learn of the end only this way.
    """
    latest: dict[str, RiskDetection] = {}
    for record in records:
        if isinstance(record, RiskDetection):
            known = latest.get(record.record_id)
            if known is None or _changed_at(record) >= _changed_at(known):
                latest[record.record_id] = record
    if not latest or any(record.risk_state not in CLOSED_STATES for record in latest.values()):
        return
    last = max(latest.values(), key=lambda r: (_changed_at(r), r.record_id))
    at = _changed_at(last)
    patterns = any(s.reason in PATTERNS for s in opening)
    raised_since = any(s.reason in {"user_risk_raised", "confirmed_compromised"} and s.at > at for s in opening)
    if not patterns and not raised_since:
        yield signal(last, CLOSED_STATES[last.risk_state], at)


def _changed_at(detection: RiskDetection) -> datetime:
    return detection.updated_at or detection.detected_at or detection.at


def _supporting(records: Sequence[AnyRecord], opening: Sequence[Signal], closing: Sequence[Signal]) -> list[Signal]:
    """Return what adds to an open risk: the sign-ins that detections are about, and changes that help to stay.

    What follows the closing of the risk is the repair, and the user at work again.
    """
    if not opening:
        return []
    detections = [r for r in records if isinstance(r, RiskDetection)]
    began = min([*(s.at for s in opening), *(r.at for r in detections)])
    closed_at = max((s.at for s in closing), default=None)
    if closed_at is not None and any(s.at > closed_at for s in opening):
        closed_at = None
    found = []
    for record in records:
        if closed_at is not None and record.at > closed_at:
            continue
        if isinstance(record, DirectoryAudit) and record.at >= began and is_sensitive(record):
            found.append(signal(record, "sensitive_change_after_risk", record.at))
        elif isinstance(record, SignIn) and any(_is_about(detection, record) for detection in detections):
            found.append(signal(record, "detected_sign_in", record.at))
    return found


def _is_about(detection: RiskDetection, sign_in: SignIn) -> bool:
    """Say whether a detection names this sign-in, or one from the same address at about the same time."""
    if detection.request_id == sign_in.record_id:
        return True
    if detection.correlation_id is not None and detection.correlation_id == sign_in.correlation_id:
        return True
    same_address = detection.ip_address is not None and detection.ip_address == sign_in.ip_address
    return same_address and abs(sign_in.at - detection.at) <= AROUND_DETECTION


def is_closing(candidate: Signal) -> bool:
    """Say whether a signal ends a case rather than opens one."""
    return candidate.reason in CLOSING
