"""Sign-ins that tell something only beside another recent one of the same user.

Nearly every sign-in of a day is of this kind, so that two hours of its user are read for it, not the days of a case.
"""

from collections.abc import Container, Iterable, Sequence

from shared.models.records import AnyRecord, SignIn
from shared.patterns.alone import ELSEWHERE_AT_ONCE, is_elsewhere
from shared.patterns.codes import MFA_DENIED
from shared.patterns.prompts import AFTER_DENIALS, passed_mfa
from shared.state.interface import State

RECENT = max(AFTER_DENIALS, ELSEWHERE_AT_ONCE)
"""How far before a sign-in the other one may lie."""


async def telling_beside_recent(sign_ins: Iterable[SignIn], known: Container[str], state: State) -> list[SignIn]:
    """Return the sign-ins that were let in after denied prompts, or whose session is in use elsewhere.

    ``known``: keys of the identities whose records will be read anyway.
    """
    asking: dict[str, list[SignIn]] = {}
    for record in sign_ins:
        key = record.identity.key
        if key not in known and record.succeeded and (passed_mfa(record) or record.session_id):
            asking.setdefault(key, []).append(record)
    recent = await state.records_of({key: min(one.at for one in own) - RECENT for key, own in asking.items()})
    return [record for key, own in asking.items() for record in _telling(own, recent[key])]


def _telling(asking: Sequence[SignIn], recent: Sequence[AnyRecord]) -> list[SignIn]:
    sessions: dict[str | None, list[SignIn]] = {}
    denied = False
    for other in recent:
        if isinstance(other, SignIn):
            denied = denied or other.error_code == MFA_DENIED
            sessions.setdefault(other.session_id, []).append(other)
    return [
        record
        for record in asking
        if (denied and passed_mfa(record))
        or any(is_elsewhere(*_in_order(record, other)) for other in sessions.get(record.session_id, ()))
    ]


def _in_order(one: SignIn, other: SignIn) -> tuple[SignIn, SignIn]:
    return (one, other) if one.at <= other.at else (other, one)
