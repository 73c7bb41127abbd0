"""The kept profile as a case may use it: whole, rebuilt when Graph tells more, and less what hostile addresses left."""

from collections.abc import Iterator
from datetime import datetime

from shared.enrich.habits import marks, unfolded
from shared.enrich.view import View
from shared.models.habits import Dimension, Habits
from shared.models.records import Place

OPEN_STATES = frozenset({"atRisk", "confirmedCompromised", "remediated"})
"""States in which a detection still speaks against its address: a new password does not make the address the user's."""
TRACES: frozenset[Dimension] = frozenset({"country", "city", "asn", "device"})
"""What an intruder leaves in a profile besides the address."""


def is_usable(habits: Habits | None, began: datetime) -> bool:
    """Say whether a kept profile ends before the risk began. One that reaches further cannot be cut back."""
    return habits is not None and habits.until < began


def kept(view: View) -> Habits | None:
    """Return the kept profile; None when there is none to use, or when Graph tells for the first time what came before.

    A profile made from the stream alone begins when the stream did: it is made anew from both.
    """
    habits = view.habits
    if habits is None or not is_usable(habits, view.risk_began):
        return None
    is_first_answer = not habits.asked_graph and view.answers.is_complete("sign_ins")
    return None if is_first_answer and any(r.at < habits.since for r in view.sign_ins) else habits


def kept_and_clean(view: View) -> Habits | None:
    """Return the kept profile less the sign-ins from addresses that detections of this case name.

    Only this case reads it so: the profile that is kept stays whole, and counts again once the risk is dismissed.
    """
    habits = kept(view)
    if habits is None:
        return None
    return unfolded(habits, {address: frozenset(_traces(view, address)) for address in hostile_addresses(view)})


def hostile_addresses(view: View) -> frozenset[str]:
    """Return addresses of detections that nobody found harmless: earlier visits from there shall not become usual."""
    return frozenset(d.ip_address for d in view.detections if d.ip_address and d.risk_state in OPEN_STATES)


def _traces(view: View, address: str) -> Iterator[tuple[Dimension, str]]:
    """Yield what detections and sign-ins show of an address."""
    for detection in view.detections:
        place = detection.place or Place()
        if detection.ip_address == address:
            yield from (("country", place.country),) if place.country else ()
            yield from (("city", place.city),) if place.city else ()
    for record in view.sign_ins:
        if record.ip_address == address:
            yield from (mark for mark in marks(record) if mark[0] in TRACES)
