"""A campaign at a glance: how many were hit, who fell, who did not, from where and when."""

from datetime import datetime

from shared.clock import period
from shared.models.dossier import Dossier, Fact

MEMBERS = ("campaign.fell", "campaign.member")
"""Facts that name a member: the page lists them together, not among the evidence."""
MOST_NAMED = 4


def hit(facts: list[Fact]) -> str:
    """Return how many users were tried or hit, by all that is known."""
    users = facts[0].values.get("users")
    return f"{users} {'user' if users == 1 else 'users'}"


def fallen(facts: list[Fact]) -> str:
    """Return who is compromised, by name; a long list is closed with a count."""
    names = [fact.text_of("name") for fact in facts if fact.kind == "campaign.fell"]
    total = next((fact.values.get("compromised") for fact in facts if fact.kind == "campaign.result"), len(names))
    more = int(total) - len(names[:MOST_NAMED]) if isinstance(total, int) else 0
    told = ", ".join(names[:MOST_NAMED])
    return f"{told} and {more} more" if told and more > 0 else told or "nobody"


def others(facts: list[Fact]) -> str:
    """Return what became of the rest, in numbers; empty where everybody fell."""
    values = facts[0].values
    told = [f"{values[name]} {name}" for name in ("suspicious", "inconclusive", "benign") if values.get(name)]
    told += [f"{values['unjudged']} not judged yet"] if values.get("unjudged") else []
    told += [f"{values['in_vain']} tried in vain"] if values.get("in_vain") else []
    return ", ".join(told)


def source(facts: list[Fact]) -> str:
    """Return its addresses and network."""
    values = facts[0].values
    known = values.get("ip_addresses")
    known, total = known if isinstance(known, tuple) else (), values.get("addresses")
    where = ", ".join(known) if known and total == len(known) <= MOST_NAMED else f"{total} addresses"
    return f"{where} in network AS{values['asn']}" if "asn" in values else where


def client(facts: list[Fact]) -> str:
    """Return what all of it showed as their client."""
    return facts[0].text_of("user_agent")


def when(facts: list[Fact]) -> str:
    """Return from when to when."""
    first, last = (facts[0].text_of(name) for name in ("first_at", "last_at"))
    return period(datetime.fromisoformat(first), datetime.fromisoformat(last)) if first and last else ""


def told_as_members(dossier: Dossier) -> frozenset[str]:
    """Return the ids of the facts that name a member."""
    return frozenset(fact.id for fact in dossier.all(*MEMBERS))
