"""Failed triage requests and bodies that trip a fault of our own, as parked messages."""

import traceback
from datetime import datetime
from hashlib import sha256
from pathlib import PurePath

import msgspec

from shared.errors import AccessDeniedError, ConfigurationError, TriageError
from shared.models.cases import Parked, TriageRequest


def parked_request(body: bytes, at: datetime) -> Parked:
    """Return a request that the queue gave up on, with an id from its content.

    Without its trace: two requests for one case are the same, and a replay is traced by itself. A body that is no
    request stays as it was.
    """
    try:
        request = msgspec.json.decode(body, type=TriageRequest)
        body = msgspec.json.encode(msgspec.structs.replace(request, traceparent=""))
    except msgspec.DecodeError:
        pass
    return Parked(
        id="triage-" + sha256(body).hexdigest()[:16],
        kind="triage",
        reason="the queue gave up after its last try",
        hint="Read the failures of triage_case in the log, mend the cause, then replay this message.",
        body=body,
        at=at,
    )


def parked_body(body: bytes, fault: Exception, at: datetime) -> Parked:
    """Return an event body that could not be taken in although it can be read, as it came."""
    return Parked(
        id="record-" + sha256(b"record\0" + body).hexdigest()[:32],
        kind="record",
        reason=f"{type(fault).__name__} at {_place_of(fault)} while it was taken in",
        hint="This is a fault of the app, or a row of state that it cannot read: report the place that the reason "
        "names, and replay after an update.",
        body=body,
        at=at,
    )


def parked_strangers(tenant_id: str, body: bytes, count: int, at: datetime) -> Parked:
    """Return records of a tenant that is not in the file of tenants, as they came."""
    return Parked(
        id="record-" + sha256(b"record\0" + body).hexdigest()[:32],
        kind="record",
        reason=f"tenant `{tenant_id}` is not in the file of tenants",
        hint="Put the tenant into the file that TRIAGE_TENANTS_PATH names and replay this; or end what it streams.",
        body=body,
        at=at,
        count=count,
    )


def may_pass(fault: Exception) -> bool:
    """Say whether the same bodies may be taken in later: something is down, or somebody must grant or set something."""
    return isinstance(fault, AccessDeniedError | ConfigurationError) or (
        isinstance(fault, TriageError) and fault.is_transient
    )


def _place_of(fault: Exception) -> str:
    """Return file and line of what raised; the fault's own message may hold what stood in the record."""
    frames = traceback.extract_tb(fault.__traceback__)
    ours = [frame for frame in frames if "shared" in PurePath(frame.filename).parts] or frames
    return f"{PurePath(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "an unknown place"
