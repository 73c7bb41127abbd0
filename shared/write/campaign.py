"""What the template says of a campaign: its pattern, the outcome, who fell."""

from collections.abc import Iterator

from shared import risk_types
from shared.models.dossier import Fact
from shared.write.moments import parse_iso
from shared.write.subject import Subject
from shared.write.timeline import Draft, span_of
from shared.write.wording import capital, count, listed, named

MOST_NAMED = 10
MOST_ADDRESSES = 3


def campaign_headline(subject: Subject) -> Draft:
    """Return the one line: how many were hit, and how many fell."""
    source, result = subject.dossier.one("campaign.source"), subject.dossier.one("campaign.result")
    if source is None or result is None:
        return Draft(("This campaign has no report yet.",), ())
    users, fell = source.values.get("users"), result.values.get("compromised")
    fallen = f"{fell or 'none'} {'is' if fell in (0, 1) else 'are'} compromised"
    hit = f"A password spray tried {users} users" if _is_spray(source) else f"{users} users were hit alike"
    closed = "; every case is closed" if subject.status == "closed" else ""
    return Draft((f"{hit}; {fallen}{closed}.", f"{hit}; {fallen}.", f"{hit}."), (source.id, result.id))


def campaign_story(subject: Subject) -> list[Draft]:
    """Return the pattern and the outcome, then the compromised members by name."""
    dossier = subject.dossier
    drafts = [Draft(texts, (fact.id,)) for fact in dossier.all("campaign.source") for texts in _pattern(fact)]
    drafts += [Draft((fact.text,), (fact.id,)) for fact in dossier.all("campaign.result")]
    fell = dossier.all("campaign.fell")
    drafts += [Draft(tuple(_fallen(fact)), (fact.id,)) for fact in fell[:MOST_NAMED]]
    if left := fell[MOST_NAMED:]:
        drafts.append(Draft(("More compromised members are in the evidence list.",), tuple(fact.id for fact in left)))
    drafts += [Draft((fact.text,), (fact.id,)) for fact in dossier.all("campaign.omitted")]
    return drafts


def _is_spray(source: Fact) -> bool:
    """Say whether it is a password spray: only of one is told how many passwords were right."""
    return "succeeded" in source.values


def _pattern(fact: Fact) -> Iterator[tuple[str, ...]]:
    """Yield what was done to how many, with what, and what Entra calls it: wordings, the fullest first."""
    users = fact.values.get("users")
    first, last = parse_iso(fact.text_of("first_at")), parse_iso(fact.text_of("last_at"))
    when = f"{span_of(first, last)}, " if first and last else ""
    if _is_spray(fact):
        fell = fact.values.get("succeeded")
        right = f"; for {count(fell, 'user')} it was right" if isinstance(fell, int) and fell else ""
        tried = f"sign-ins from {_addresses(fact)} tried {users} users with a wrong password{right}."
        yield capital(f"{when}{tried}"), f"A password spray tried {users} users."
        return
    asn = fact.values.get("asn")
    where = f"from {_addresses(fact)}{f' in network AS{asn}' if asn else ''}"
    yield capital(f"{when}{users} users were hit alike, {where}."), f"{users} users were hit alike."
    # It may hold anything: the check refuses what reads as more than a client's name.
    if (client := fact.text_of("user_agent")) and not {"“", "”"} & set(client):
        yield f"All showed the client “{client}”.", "All showed the same client."
    if reported := _reported(fact):
        yield (f"Identity Protection reported {reported}.",)


def _addresses(fact: Fact) -> str:
    known, total = fact.values.get("ip_addresses"), fact.values.get("addresses")
    known = known if isinstance(known, tuple) else ()
    return listed(known) if total == len(known) <= MOST_ADDRESSES else f"{total} addresses"


def _reported(fact: Fact) -> str:
    """Return what Entra calls it, in plain words."""
    types = fact.values.get("risk_event_types")
    rows = [risk_types.named(kind) for kind in types] if isinstance(types, tuple) else []
    return listed([row.phrase for row in rows if row])


def _fallen(fact: Fact) -> Iterator[str]:
    """Yield who fell and which case has the steps; failing that without a name."""
    case, severity = fact.text_of("case_id"), fact.text_of("severity")
    if name := named(fact.text_of("name")):
        yield f"{name} is compromised ({severity} severity): {case}."
        yield f"{name} is compromised."
    yield f"One member is compromised ({severity} severity): {case}."
    yield "One member is compromised."
