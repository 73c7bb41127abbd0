"""The incident of the tour: Karita's stolen session in the order in which it reached the hub, and how it ended."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from local import story
from local.story.audits import Activity, By, audit, user_target
from local.story.delivery import body_of
from local.story.moments import moment
from local.story.people import ASHA
from local.story.risks import risky_user
from local.story.session_theft import PERSON, records
from local.story.streamed import Streamed

RESET = Activity("Reset user password", "UserManagement", "Core Directory")
RESET_AT, ENDED_AT = moment("2026-09-16T10:58:30"), moment("2026-09-16T11:06:12")
_TIMES = {
    "auditLogs/signIns": "createdDateTime",
    "auditLogs/directoryAudits": "activityDateTime",
    "identityProtection/riskDetections": "detectedDateTime",
    "identityProtection/riskyUsers": "riskLastUpdatedDateTime",
}


class Part(msgspec.Struct, frozen=True):
    """What arrives until a moment, and what Graph answers then."""

    name: str
    at: datetime
    bodies: tuple[bytes, ...]
    tenant: dict[str, Any]


def parts() -> list[Part]:
    """Return the incident: the first detection, what Entra noticed hours later, and the end."""
    streamed = sorted([*records(), *_mended()], key=lambda one: one.arrives)
    bank = story.tenant()
    found, since = [], datetime.min.replace(tzinfo=RESET_AT.tzinfo)
    for name, text in (("first", "2026-09-16T08:30"), ("worse", "2026-09-16T10:30"), ("ended", "2026-09-16T11:30")):
        at = moment(text)
        mine = [one for one in streamed if since < one.arrives <= at]
        found.append(Part(name, at, tuple(body_of([one.record]) for one in mine), _as_of(bank, at)))
        since = at
    return found


def _mended() -> Sequence[Streamed]:
    """Return what an administrator did after reading the ticket, and what Entra made of it."""
    return [
        audit(RESET, RESET_AT, By(ASHA), [user_target(PERSON)]),
        risky_user(PERSON, "none", ENDED_AT, state="remediated", detail="adminGeneratedTemporaryPassword"),
    ]


def _as_of(bank: dict[str, Any], at: datetime) -> dict[str, Any]:
    """Return the tenant without what its logs say of later."""
    seen = dict(bank)
    for path, name in _TIMES.items():
        seen[path] = [one for one in bank[path] if datetime.fromisoformat(one[name]) <= at]
    return seen
