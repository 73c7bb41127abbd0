"""Password sprays from many addresses, one or two tries from each: told by what the tries have in common.

Any one address shows next to nothing. Together the tries share a client and an application, or a network and an
application. Honest people share those too, so that what belongs to them is taken out first: whoever got the password
right from the same address, addresses that somebody was let in from on an earlier day, and addresses of many.
"""

import ipaddress
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import TypeIs

from shared.models.records import AnyRecord, SignIn, WorkloadSignIn
from shared.patterns.clients import protocol_of
from shared.patterns.codes import PASSWORD_WAS_RIGHT, WRONG_PASSWORD, sign_ins_of
from shared.patterns.sprays import SPRAY_PAUSE, Spray, latest_run, most_users
from shared.settings import Settings

SPREAD_WINDOW = timedelta(hours=1)
"""As many users as the policy says fail inside this time: spread over addresses, a spray has no need to hurry."""
FEW = 2
"""Users that one address tries. More of them make it an office, or a spray of its own."""
NEAR = {4: 24, 6: 48}
"""Prefix of the network, by IP version, in which another address is most likely the same hands'."""


def signatures(record: SignIn) -> tuple[str, ...]:
    """Return what the tries of one tool share, as short ids: application and client, application and network."""
    app = (record.app_id or record.app_display_name or "").lower()
    shared = [("client", record.user_agent), ("network", record.autonomous_system_number)]
    return tuple(_digest(app, what, value) for what, value in shared if app and value)


def is_try(record: AnyRecord) -> bool:
    """Say whether a sign-in may be one try of such a spray: a wrong password from somewhere."""
    return _is_by_person(record) and record.error_code == WRONG_PASSWORD


def is_hit(record: AnyRecord) -> bool:
    """Say whether a sign-in may be the one whose password was right: let in by it alone, or stopped right after it.

    None from a compliant device, which a password does not bring along.
    """
    if not _is_by_person(record) or record.error_code not in PASSWORD_WAS_RIGHT:
        return False
    if record.device is not None and record.device.is_compliant:
        return False
    single = (record.authentication_requirement or "").lower() != "multifactorauthentication"
    sent_a_password = record.is_interactive is not False or protocol_of(record) == "ropc"
    return sent_a_password and (single or not record.succeeded)


def spread_spray(records: Iterable[AnyRecord], signature: str, settings: Settings) -> Spray | None:
    """Return the latest spray of a signature; None when too few users were tried in any hour.

    ``records``: tries and hits of the signature, everybody's sign-ins from the addresses of the tries, and those of
    the users who were hit, each as far back as a habit takes to show.
    """
    sign_ins = list({record.record_id: record for record in sign_ins_of(records)}.values())
    known = [r for r in sign_ins if not settings.policy.is_trusted(r.ip_address)]
    tries = [r for r in known if is_try(r) and signature in signatures(r)]
    run = latest_run(_by_strangers(tries, sign_ins))
    if most_users(run, SPREAD_WINDOW) < settings.policy.thresholds.spread_spray_users:
        return None
    first, last = run[0].at, run[-1].at
    is_its, is_usual = by_the_same(run), _usual(sign_ins)
    accepted = (r for r in known if is_hit(r) and first <= r.at <= last + SPRAY_PAUSE and is_its(r) and not is_usual(r))
    return Spray(failures=tuple(run), accepted=tuple(accepted))


def _is_by_person(record: AnyRecord) -> TypeIs[SignIn]:
    return (
        isinstance(record, SignIn)
        and not isinstance(record, WorkloadSignIn)
        and bool(record.ip_address)
        and not record.trusted_network
    )


def _by_strangers(tries: Sequence[SignIn], sign_ins: Sequence[SignIn]) -> list[SignIn]:
    """Return the tries that no honest explanation takes out."""
    tried: dict[str | None, set[str]] = defaultdict(set)
    let_in: dict[str | None, list[tuple[str, datetime]]] = defaultdict(list)
    for record in tries:
        tried[record.ip_address].add(record.user_id)
    for record in sign_ins:
        if record.error_code in PASSWORD_WAS_RIGHT:
            let_in[record.ip_address].append((record.user_id, record.at))
    return [
        record
        for record in tries
        if len(tried[record.ip_address]) <= FEW
        and not any(user == record.user_id or at.date() < record.at.date() for user, at in let_in[record.ip_address])
    ]


def by_the_same(run: Iterable[SignIn]) -> Callable[[SignIn], bool]:
    """Return what says whether a right password is a spray's: from beside its addresses, or its client and network."""
    networks, tools = set(), set()
    for record in run:
        networks.add(_network(record.ip_address))
        tools.add((record.user_agent, record.app_id, record.autonomous_system_number))

    def says(hit: SignIn) -> bool:
        near, asn = _network(hit.ip_address), hit.autonomous_system_number
        return (near != "" and near in networks) or (bool(asn) and (hit.user_agent, hit.app_id, asn) in tools)

    return says


def _usual(sign_ins: Iterable[SignIn]) -> Callable[[SignIn], bool]:
    """Return what says whether a user was let in from the same address or network on an earlier day."""
    let_in: dict[str, list[SignIn]] = defaultdict(list)
    for record in sign_ins:
        if record.succeeded:
            let_in[record.user_id].append(record)

    def says(hit: SignIn) -> bool:
        asn = hit.autonomous_system_number
        return any(
            other.at.date() < hit.at.date()
            and (other.ip_address == hit.ip_address or (asn is not None and other.autonomous_system_number == asn))
            for other in let_in[hit.user_id]
        )

    return says


@lru_cache(maxsize=4096)
def _network(address: str | None) -> str:
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return address or ""
    return str(ipaddress.ip_network(f"{parsed}/{NEAR[parsed.version]}", strict=False))


@lru_cache(maxsize=4096)
def _digest(*parts: object) -> str:
    return sha256("|".join(map(str, parts)).encode()).hexdigest()[:16]
