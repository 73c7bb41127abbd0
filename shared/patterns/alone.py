"""Sign-ins that are worth a case by themselves: a tenant without Identity Protection has nothing else to go by.

Every pattern but the lock-out is about a sign-in that was let in. What the user did the same way on an earlier day is
a habit and no pattern, and so is what comes through a trusted network.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Literal, NamedTuple

from shared.activities import folded, kind_of
from shared.models.records import AnyRecord, DirectoryAudit, SignIn, WorkloadSignIn
from shared.patterns.bursts import completes_burst
from shared.patterns.clients import (
    BROKER,
    DEVICE_REGISTRATION,
    GRAPH,
    OFFICE_HOME,
    VISUAL_STUDIO_CODE,
    is_app,
    is_legacy,
    is_tool,
    protocol_of,
)
from shared.patterns.codes import LOCKED, WRONG_PASSWORD, sign_ins_of
from shared.policy import Policy

type Pattern = Literal[
    "guessed_password",
    "device_joined_at_once",
    "device_code_to_broker",
    "code_phished_to_graph",
    "tool_signed_in",
    "password_flow",
    "legacy_client",
    "session_in_two_countries",
    "locked_out",
]

GUESS_WINDOW = timedelta(hours=1)
"""Wrong passwords from one address this shortly before the right one are guesses."""
AT_ONCE = timedelta(minutes=10)
"""From the portal by way of the broker to a registered device: a phishing kit does it in minutes."""
LOCK_OUT_WINDOW = timedelta(minutes=10)
"""As many refusals of a locked account as the policy says, inside this time: somebody outside causes them."""
MICROSOFT_NETWORK = 8075
"""Microsoft's own network, from which Exchange Online repeats what an old phone sends it."""
ELSEWHERE_AT_ONCE = timedelta(hours=2)
"""One session in two countries within this time is no journey."""


class Found(NamedTuple):
    """A sign-in and the pattern that it completes."""

    sign_in: SignIn
    pattern: Pattern


type _History = Sequence[SignIn]


def patterns_of(records: Iterable[AnyRecord], policy: Policy) -> list[Found]:
    """Return the patterns in one identity's records, oldest first, one for each sign-in: the gravest."""
    everything = policy.with_trust(records)
    sign_ins = _latest(r for r in sign_ins_of(everything) if not isinstance(r, WorkloadSignIn))
    audits = [r for r in everything if isinstance(r, DirectoryAudit) and r.succeeded is not False]
    found = []
    for record in sign_ins:
        if record.succeeded and not record.trusted_network and not policy.is_excluded_app(record.app_id, record.at):
            holding = (name for name, holds in _PATTERNS if holds(record, sign_ins, audits))
            pattern = "guessed_password" if _is_guessed(record, sign_ins, policy) else next(holding, None)
            if pattern is not None and not _is_habit(record, pattern, sign_ins):
                found.append(Found(record, pattern))
    return sorted(
        [*found, *_lock_outs(sign_ins, policy.thresholds.lock_outs)],
        key=lambda it: (it.sign_in.at, it.sign_in.record_id),
    )


def may_be_pattern(record: SignIn) -> bool:
    """Say cheaply whether a sign-in can complete a pattern; only then are the identity's other records read."""
    if record.error_code == LOCKED:
        return True
    return record.succeeded and (
        protocol_of(record) in {"devicecode", "ropc"}
        or is_legacy(record.client_app_used or "")
        or is_tool(record.user_agent or "")
        or _to(record, DEVICE_REGISTRATION)
        or is_app(record, VISUAL_STUDIO_CODE, "visualstudiocode")
    )


def _is_guessed(record: SignIn, sign_ins: _History, policy: Policy) -> bool:
    wrong = [
        other
        for other in sign_ins
        if other.error_code == WRONG_PASSWORD
        and other.ip_address
        and other.ip_address == record.ip_address
        and timedelta() <= record.at - other.at <= GUESS_WINDOW
    ]
    return len(wrong) >= policy.thresholds.guesses


def _joined_at_once(record: SignIn, sign_ins: _History, audits: Sequence[DirectoryAudit]) -> bool:
    """The registration of a device, minutes after the portal and from the same place: the chain of phishing kits."""
    if not _to(record, DEVICE_REGISTRATION):
        return False
    portal = any(
        other.succeeded
        and is_app(other, OFFICE_HOME, "officehome")
        and other.ip_address == record.ip_address
        and timedelta() <= record.at - other.at <= AT_ONCE
        for other in sign_ins
    )
    return portal and any(
        kind_of(audit.activity) == "device_added" and abs(audit.at - record.at) <= AT_ONCE for audit in audits
    )


def _device_code_to_broker(record: SignIn, _sign_ins: _History, _audits: Sequence[DirectoryAudit]) -> bool:
    return protocol_of(record) == "devicecode" and is_app(record, BROKER, "microsoftauthenticationbroker")


def _code_phished(record: SignIn, _sign_ins: _History, _audits: Sequence[DirectoryAudit]) -> bool:
    return is_app(record, VISUAL_STUDIO_CODE, "visualstudiocode") and _to(record, GRAPH)


def _tool(record: SignIn, _sign_ins: _History, _audits: Sequence[DirectoryAudit]) -> bool:
    return is_tool(record.user_agent or "")


def _password_flow(record: SignIn, _sign_ins: _History, _audits: Sequence[DirectoryAudit]) -> bool:
    return protocol_of(record) == "ropc" and _is_single(record)


def _legacy(record: SignIn, _sign_ins: _History, _audits: Sequence[DirectoryAudit]) -> bool:
    return is_legacy(record.client_app_used or "") and _is_single(record)


def _in_two_countries(record: SignIn, sign_ins: _History, _audits: Sequence[DirectoryAudit]) -> bool:
    """A stolen session is used while its owner works on: another network, another country, no time between."""
    return any(is_elsewhere(other, record) for other in sign_ins)


def is_elsewhere(earlier: SignIn, later: SignIn) -> bool:
    """Say whether two sign-ins of one session are from two countries, with no time to travel between them."""
    if not later.session_id or earlier.session_id != later.session_id or earlier.ip_address == later.ip_address:
        return False
    there, here = _country(earlier), _country(later)
    return bool(
        there
        and here
        and there != here
        and earlier.succeeded
        and not earlier.trusted_network
        and timedelta() <= later.at - earlier.at <= ELSEWHERE_AT_ONCE
    )


_PATTERNS: tuple[tuple[Pattern, Callable[[SignIn, _History, Sequence[DirectoryAudit]], bool]], ...] = (
    ("device_joined_at_once", _joined_at_once),
    ("device_code_to_broker", _device_code_to_broker),
    ("code_phished_to_graph", _code_phished),
    ("tool_signed_in", _tool),
    ("password_flow", _password_flow),
    ("legacy_client", _legacy),
    ("session_in_two_countries", _in_two_countries),
)


def _lock_outs(sign_ins: _History, enough: int) -> list[Found]:
    """Return the refusal that completes a burst from outside; where the user was let in before, it is an old phone."""
    own = {record.ip_address for record in sign_ins if record.succeeded}
    locked = [
        record
        for record in sign_ins
        if record.error_code == LOCKED
        and record.autonomous_system_number != MICROSOFT_NETWORK
        and record.ip_address not in own
        and not record.trusted_network
    ]
    full = completes_burst(locked, enough, LOCK_OUT_WINDOW)
    return [Found(full, "locked_out")] if full else []


def _is_habit(record: SignIn, pattern: Pattern, sign_ins: _History) -> bool:
    """Say whether the user was let in the same way from the same place on an earlier day."""
    alike = (other for other in sign_ins if other.succeeded and other.at.date() < record.at.date())
    return any(_same_place(other, record) and _same_way(other, record, pattern) for other in alike)


def _same_way(other: SignIn, record: SignIn, pattern: Pattern) -> bool:
    match pattern:
        case "guessed_password" | "device_joined_at_once" | "locked_out":
            return True
        case "session_in_two_countries":
            return _country(other) == _country(record)
        case _:
            return (protocol_of(other), is_legacy(other.client_app_used or ""), is_tool(other.user_agent or "")) == (
                protocol_of(record),
                is_legacy(record.client_app_used or ""),
                is_tool(record.user_agent or ""),
            ) and other.app_id == record.app_id


def _same_place(one: SignIn, other: SignIn) -> bool:
    if one.ip_address and one.ip_address == other.ip_address:
        return True
    network = one.autonomous_system_number
    return network is not None and network == other.autonomous_system_number and _country(one) == _country(other)


def _latest(sign_ins: Iterable[SignIn]) -> list[SignIn]:
    """Return each sign-in once: its last state decides whether it was let in."""
    return list({record.record_id: record for record in sorted(sign_ins, key=lambda r: (r.at, r.succeeded))}.values())


def _is_single(record: SignIn) -> bool:
    return (record.authentication_requirement or "").lower() != "multifactorauthentication"


def _to(record: SignIn, resource: str) -> bool:
    return folded(record.resource_display_name or "") == resource


def _country(record: SignIn) -> str:
    return (record.place.country or "") if record.place else ""
