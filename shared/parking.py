"""Failed triage requests as parked messages."""

from datetime import datetime
from hashlib import sha256

from shared.models.cases import Parked


def parked_request(body: bytes, at: datetime) -> Parked:
    """Return a request that the queue gave up on, as it was, with an id from its content."""
    return Parked(
        id="triage-" + sha256(body).hexdigest()[:16],
        kind="triage",
        reason="the queue gave up after its last try",
        hint="Read the failures of triage_case in the log, mend the cause, then replay this message.",
        body=body,
        at=at,
    )
