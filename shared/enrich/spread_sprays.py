"""The password spray from many addresses that the user fell to: no one address shows it."""

from collections.abc import Iterator

from shared.clock import iso
from shared.enrich.statement import counted, fact
from shared.enrich.view import View
from shared.models.dossier import Fact, Source
from shared.patterns.sprays import Spray
from shared.patterns.spread import signatures, spread_spray


def spread_hits(view: View) -> dict[str, Spray]:
    """Return, by record id, the user's sign-ins that a spray from many addresses got the password right with."""
    fell = {signal.record_id for signal in view.case.signals if signal.reason == "password_spray_success"}
    found: dict[str, Spray] = {}
    for record in view.sign_ins:
        for signature in signatures(record) if record.record_id in fell else ():
            spray = spread_spray(view.from_addresses, signature, view.settings)
            if spray is not None and any(hit.record_id == record.record_id for hit in spray.accepted):
                found.setdefault(record.record_id, spray)
    return found


def facts(view: View) -> Iterator[Fact]:
    """Yield the latest spray from many addresses that this user fell to."""
    hits = spread_hits(view)
    if not hits:
        return
    spray = list(hits.values())[-1]
    users, failures, addresses = len(spray.targeted), len(spray.failures), len(spray.addresses)
    minutes = -int(-(spray.last_at - spray.first_at).total_seconds() // 60)
    text = (
        f"{failures} sign-ins from {addresses} addresses tried {counted(users, 'user')} with a wrong password within "
        f"{counted(minutes, 'minute')} from {iso(spray.first_at)} on, alike in client or network; for "
        f"{counted(len(spray.fell), 'user')} it was right."
    )
    yield fact(
        "sign_in.spray",
        text,
        Source(kind="state", ref="sign-ins that share a client or a network"),
        at=spray.first_at,
        addresses=addresses,
        users=users,
        failures=failures,
        minutes=minutes,
        succeeded=len(spray.fell),
        request_ids=sorted(hits),
    )
