"""Sign-ins counted: by reason of failure and by address, with who, what and where is involved."""

from collections.abc import Iterable

from shared.ask.found import Item
from shared.ask.sign_in_reads import Found, place_of
from shared.ask.skill import Cell, Column, Table
from shared.ask.telling import names
from shared.enrich.statement import counted, listed
from shared.hostile import clean

REASONS = (
    Column(name="error_code", title="Error code", meaning="Entra's result code"),
    Column(name="reason", title="Reason", meaning="What the code means"),
    Column(name="sign_ins", title="Sign-ins", meaning="How many of the sign-ins that were read ended so"),
    Column(name="latest", title="Latest", meaning="When it last happened, UTC"),
)
ADDRESSES = (
    Column(name="ip_address", title="IP address", meaning="Where the sign-ins came from"),
    Column(name="place", title="Place", meaning="City and country, as Entra locates the address"),
    Column(name="sign_ins", title="Sign-ins", meaning="How many of the sign-ins that were read came from it"),
    Column(name="failed", title="Failed", meaning="How many of these failed"),
)


def reasons(sign_ins: Iterable[Item]) -> Table:
    """Return how often each reason occurs, most frequent first."""
    by_code: dict[Cell, list[Item]] = {}
    for item in sign_ins:
        by_code.setdefault((item.get("status") or {}).get("errorCode"), []).append(item)
    ranked = sorted(by_code.items(), key=lambda pair: -len(pair[1]))
    return Table(
        title="Reasons",
        columns=REASONS,
        rows=tuple(
            {
                "error_code": code,
                "reason": many[0]["reason"],
                "sign_ins": len(many),
                "latest": many[0].get("createdDateTime"),
            }
            for code, many in ranked
        ),
    )


def addresses(sign_ins: Iterable[Item]) -> Table:
    """Return the addresses with how many sign-ins came from each, most frequent first."""
    by_address: dict[str, list[Item]] = {}
    for item in sign_ins:
        by_address.setdefault(str(item.get("ipAddress") or ""), []).append(item)
    ranked = sorted(by_address.items(), key=lambda pair: -len(pair[1]))
    return Table(
        title="Addresses",
        columns=ADDRESSES,
        rows=tuple(
            {
                "ip_address": address,
                "place": place_of(many[0]),
                "sign_ins": len(many),
                "failed": sum(item["result"] == "failure" for item in many),
            }
            for address, many in ranked
        ),
    )


def involved(found: Found) -> str:
    """Return the sentence with the users and addresses of sign-ins of many; empty when there are none."""
    if not found.all:
        return ""
    users = list(dict.fromkeys(str(item.get("userPrincipalName") or "") for item in found.all))
    places = addresses(found.all).rows
    came = listed((clean(str(row["ip_address"])) for row in places), longest=3)
    who = counted(len(users), "user")
    return f"They are of {who} ({names(users)}) from {_addresses(len(places))} ({came})."


def _addresses(amount: int) -> str:
    return "1 address" if amount == 1 else f"{amount} addresses"
