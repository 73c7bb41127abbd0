"""Findings from the sign-in log: who was let in, from where, with what."""

from shared.assess.findings.detections import detections, reported_match
from shared.assess.reading import Reading, newness, succeeded
from shared.assess.rule import Match, finding
from shared.assess.values import address_in, flag, items, number
from shared.assess.wording import listed, origin, place, to_app
from shared.countries import country_in_prose
from shared.hostile import clean, quoted
from shared.models.dossier import Fact
from shared.patterns.clients import is_tool


@finding("Risky sign-in succeeded", "T1078.004")
def risky_sign_in_succeeded(reading: Reading) -> Match | None:
    """A sign-in with risk was let in."""
    facts = reading.open_or_all([fact for fact in reading.risky_sign_ins if succeeded(fact)])
    if not facts:
        return None
    lead = _strangest(facts)
    statement = f"A risky sign-in{to_app(lead)}{origin(lead)} succeeded."
    return Match(statement=statement, facts=facts, level=lead.text_of("risk_level"))


@finding("Risky sign-in did not succeed", "T1110")
def risky_sign_in_blocked(reading: Reading) -> Match | None:
    """A sign-in with risk was stopped, by a wrong password, MFA or Conditional Access."""
    facts = reading.open_or_all([fact for fact in reading.risky_sign_ins if fact.text_of("outcome") == "failure"])
    if not facts:
        return None
    statement = f"A risky sign-in{to_app(facts[-1])}{origin(facts[-1])} failed."
    return Match(statement=statement, facts=facts)


@finding("One session in two places", "T1539", "T1550.004")
def session_in_two_places(reading: Reading) -> Match | None:
    """One session id was used from several countries, or from an address that risk evidence names."""
    shared = [fact for fact in reading.all("sign_in.shared_session") if _is_suspicious_session(reading, fact)]
    if not shared:
        return None
    facts = reading.open_or_all(shared)
    countries = [country_in_prose(clean(code)) for code in items(facts[-1], "countries")]
    where = f" in {listed(countries)}" if len(countries) > 1 else ""
    statement = f"One session was used from {listed([clean(ip) for ip in items(facts[-1], 'ip_addresses')])}{where}."
    return Match(statement=statement, facts=facts)


@finding("Sign-in from a new country", "T1078.004")
def new_country_sign_in(reading: Reading) -> Match | None:
    """A success from a country that the user's baseline does not hold, or Entra says so."""
    seen = [fact for fact in reading.all("sign_in") if succeeded(fact) and flag(fact, "new_country") is True]
    if seen:
        facts = reading.open_or_all(seen)
        lead = _strangest(facts)
        baseline = reading.one("sign_in.baseline")
        never = f": none of {number(baseline, 'sign_ins')} sign-ins came from there" if baseline else ""
        return Match(
            statement=f"A sign-in{to_app(lead)}{origin(lead)} succeeded from a country that is new to the "
            f"{reading.identity.noun}{never}.",
            facts=(*facts, *([baseline] if baseline else [])),
        )
    return reported_match(reading, detections(reading, "new_country_sign_in"))


@finding("Sign-in at an unusual hour", "T1078.004")
def odd_hour_sign_in(reading: Reading) -> Match | None:
    """A risky success at an hour at which the user was never seen, nor in the hours beside it."""
    facts = [fact for fact in reading.risky_successes if flag(fact, "odd_hour") is True]
    if not facts:
        return None
    return Match(
        statement=f"A risky sign-in{origin(facts[-1])} came at an hour unusual for the {reading.identity.noun}.",
        facts=tuple(facts),
    )


@finding("Travel that is not possible", "T1078.004")
def impossible_travel(reading: Reading) -> Match | None:
    """Two places in less time than the way between them takes."""
    facts = detections(reading, "impossible_travel")
    if facts:
        return reported_match(reading, facts)
    seen = reading.all("sign_in.travel")
    if not seen:
        return None
    trip = reading.open_or_all(seen)
    lead = trip[-1]
    way = f"from {_end(lead, 'from')} to {_end(lead, 'to')}"
    pace = f"{lead.text_of('kilometres')} km in {lead.text_of('minutes')} minutes"
    statement = f"Sign-ins moved {way}, {pace}."
    return Match(statement=statement, facts=trip, level="medium")


@finding("User agent of an attack tool", "T1078.004", "T1087.004")
def attack_tool_user_agent(reading: Reading) -> Match | None:
    """A tool or a bare HTTP library got past the password, or Entra saw it in a detection."""
    past_password = [fact for fact in reading.all("sign_in") if fact.text_of("outcome") in {"success", "interrupted"}]
    seen = [fact for fact in [*past_password, *reading.all("risk.detection")] if _tool(fact)]
    if not seen:
        return None
    facts = reading.open_or_all(seen)
    agent = quoted(facts[0].text_of("user_agent"))
    statement = f"The user agent {agent}{origin(facts[0])} belongs to a tool and not to a browser."
    return Match(statement=statement, facts=facts)


def _strangest(facts: tuple[Fact, ...]) -> Fact:
    levels = {"medium": 1, "high": 2}
    return max(facts, key=lambda fact: (levels.get(fact.text_of("risk_level").lower(), 0), newness(fact)))


def _is_suspicious_session(reading: Reading, session: Fact) -> bool:
    """A traveller's session changes places too, but the user proves to be at the new one."""
    sign_ins = [fact for fact in reading.all("sign_in") if fact.text_of("session_id") == session.text_of("session_id")]
    if sign_ins and all(reading.is_own(fact) for fact in sign_ins):
        return False
    addresses = items(session, "ip_addresses")
    named = any(address_in(ip) in reading.risky_addresses for ip in addresses)
    return len(items(session, "countries")) > 1 or (named and len(addresses) > 1)


def _tool(fact: Fact) -> bool:
    return is_tool(fact.text_of("user_agent"))


def _end(travel: Fact, end: str) -> str:
    return place(travel, f"{end}_city", f"{end}_country") or "an unknown place"
