"""Triage that a person asks for: the identity's case is opened, or brought up to date, without any new record."""

from datetime import datetime

from shared.correlate.affected import Affected
from shared.correlate.correlate import bring_up_to_date
from shared.models.cases import Case, Signal
from shared.models.identity import Identity
from shared.settings import Settings
from shared.state.interface import State


async def ask_by_hand(identity: Identity, state: State, settings: Settings, now: datetime) -> Case:
    """Return the identity's case with a signal that somebody asked for it; its triage is in the queue.

    The signal opens a case where there is none, and adds to one that is there without changing its status.
    """
    minute = now.replace(second=0, microsecond=0)  # asking again within it is asking once
    asked = Signal(
        key=f"asked_by_hand|{minute.isoformat()}",
        reason="asked_by_hand",
        at=minute,
        record_id=minute.isoformat(),
        category="ByHand",
    )
    # A signal that opens always makes a case.
    (case,) = await bring_up_to_date([Affected(identity, minute, [asked])], state, settings, now)
    return case
