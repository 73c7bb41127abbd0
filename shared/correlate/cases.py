"""Signals to cases: one case per identity, opened by its first signal, closed by remediation. Pure."""

from datetime import timedelta
from hashlib import sha256
from typing import Literal

import msgspec

from shared.correlate.signals import in_order, is_closing
from shared.models.cases import CLOSING, NOT_IN_RECORDS, Case, Outcome, Signal
from shared.models.identity import Identity
from shared.settings import Settings


def case_after(
    case: Case | None,
    identity: Identity,
    signals: tuple[Signal, ...],
    settings: Settings,
    *,
    forgotten: str | None = None,
) -> Case | None:
    """Return the identity's case after these signals; None when nothing opens one, the same case when unchanged.

    ``signals`` are all signals in the evidence at hand. Those of the case that are older than the evidence stay.
    ``forgotten`` is the identity's last case where all of its cases are gone: a new one follows that.
    """
    if case is not None and (later := _beyond(case, signals, settings)):
        return _opened(identity, later, (*case.previous_case_ids, case.id))
    if case is None:
        previous = (forgotten,) if forgotten else ()
        return _opened(identity, signals, previous) if any(not is_closing(s) for s in signals) else None
    return _updated(case, identity, signals)


def change_of(case: Case, before: Case | None) -> Literal["opened", "updated", "closed"]:
    """Return what became of a case that changed."""
    if before is None or before.id != case.id:
        return "opened"
    return "closed" if (before.status, case.status) == ("open", "closed") else "updated"


def _beyond(case: Case, signals: tuple[Signal, ...], settings: Settings) -> tuple[Signal, ...]:
    """Return the signals that belong to a new case: those after a silence longer than the window."""
    end = case.last_signal_at + timedelta(hours=settings.policy.thresholds.case_window_hours)
    later = tuple(s for s in signals if s.at > end)
    return later if any(not is_closing(s) for s in later) else ()


def _opened(identity: Identity, signals: tuple[Signal, ...], previous: tuple[str, ...]) -> Case:
    first = min((s for s in signals if not is_closing(s)), key=lambda s: (s.at, s.key))
    # From the case before, not from their number: numbers begin anew when all are forgotten, and tickets outlive that.
    digest = sha256(f"{identity.key}|{previous[-1] if previous else 0}".encode()).hexdigest()[:12]
    relevant = tuple(s for s in signals if not is_closing(s) or s.at >= first.at)
    status, outcome = _status(relevant)
    return Case(
        id=f"case-{digest}",
        identity=identity,
        opened_at=first.at,
        last_signal_at=relevant[-1].at,
        status=status,
        outcome=outcome,
        signals=relevant,
        revision=1,
        previous_case_ids=previous,
    )


def _updated(case: Case, identity: Identity, signals: tuple[Signal, ...]) -> Case:
    oldest = min((s.at for s in signals), default=None)
    kept = [s for s in case.signals if oldest is None or s.at < oldest or s.reason in NOT_IN_RECORDS]
    merged = in_order([*kept, *(s for s in signals if s.at >= case.opened_at or not is_closing(s))])
    if merged == case.signals:
        return case
    status, outcome = _status(merged)
    return Case(
        id=case.id,
        identity=identity if identity.name else case.identity,
        opened_at=min(s.at for s in merged if not is_closing(s)),
        last_signal_at=merged[-1].at,
        status=status,
        outcome=outcome,
        signals=merged,
        revision=case.revision + 1,
        triaged_revision=case.triaged_revision,
        asked_revision=case.asked_revision,
        update_due_at=case.update_due_at,
        report_version=case.report_version,
        previous_case_ids=case.previous_case_ids,
        severity=case.severity,
        arrivals=case.arrivals,
        verdict=case.verdict,
        campaign_id=case.campaign_id,
        is_folded=case.is_folded,
    )


def in_campaign(case: Case, campaign_id: str, *, is_folded: bool) -> Case:
    """Return the case as part of a campaign, which is news to its ticket; it stays with the first that it joins."""
    if not campaign_id or case.campaign_id:
        return case
    return msgspec.structs.replace(case, campaign_id=campaign_id, is_folded=is_folded, revision=case.revision + 1)


def _status(signals: tuple[Signal, ...]) -> tuple[Literal["open", "closed"], Outcome | None]:
    """Return closed with its outcome when nothing opened the case again after the last closing signal."""
    closings = [s for s in signals if is_closing(s)]
    if not closings or any(_opens(s) and s.at > closings[-1].at for s in signals):
        return "open", None
    return "closed", CLOSING[closings[-1].reason]


def _opens(candidate: Signal) -> bool:
    """Say whether a signal opens a closed case again; being asked about is no news."""
    return not is_closing(candidate) and candidate.reason != "asked_by_hand"
