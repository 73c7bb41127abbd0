"""Bursts of denied MFA prompts: one rule for what opens a case and for what it tells."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import timedelta

from shared.models.records import AnyRecord, SignIn
from shared.patterns.codes import MFA_DENIED, sign_ins_of
from shared.settings import Settings

AFTER_DENIALS = timedelta(minutes=30)
"""How long after the last denial an approval still belongs to the same attempt."""


def passed_mfa(sign_in: SignIn) -> bool:
    """Say whether a user was let in where MFA was asked for."""
    return sign_in.succeeded and sign_in.authentication_requirement == "multiFactorAuthentication"


def bursts_of_denials(records: Iterable[AnyRecord], settings: Settings) -> list[tuple[SignIn, ...]]:
    """Return each burst of denied MFA prompts of one identity that reaches the threshold inside the window."""
    denied = [r for r in sign_ins_of(records) if r.error_code == MFA_DENIED]
    denied = list({r.record_id: r for r in denied}.values())
    window = timedelta(minutes=settings.policy.thresholds.signal_window_minutes)
    bursts = []
    start = 0
    while start < len(denied):
        end = bisect_right(denied, denied[start].at + window, key=lambda r: r.at)
        if end - start < settings.policy.thresholds.mfa_denials:
            start += 1
            continue
        bursts.append(tuple(denied[start:end]))
        start = end
    return bursts
