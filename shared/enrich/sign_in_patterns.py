"""What several sign-ins show together: MFA fatigue, a password spray, travel too fast, one session in two places."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt

from shared.clock import iso
from shared.countries import country_in_prose
from shared.enrich.results import approved_prompt
from shared.enrich.statement import counted, fact, listed
from shared.enrich.view import View
from shared.hostile import clean, quoted
from shared.models.dossier import Fact, Source
from shared.models.records import Place, SignIn
from shared.patterns.codes import PASSWORD_WAS_RIGHT
from shared.patterns.prompts import AFTER_DENIALS, bursts_of_denials
from shared.patterns.sprays import latest_spray

BEFORE_RISK = timedelta(days=1)
FASTEST_KMH = 900.0
"""Cruising speed of an airliner."""
SHORTEST_KM = 500.0
"""Below this, two positions of one phone network can look like travel."""
MOST_TRIPS = 3
EARTH_RADIUS_KM = 6371.0


def facts(view: View) -> Iterator[Fact]:
    """Yield each pattern that the case's records show."""
    recent = [r for r in view.sign_ins if r.at >= view.risk_began - BEFORE_RISK]
    yield from _mfa_denials(view)
    yield from _sprays(view)
    yield from _travel(recent, view)
    yield from _shared_sessions(recent, view)


def _mfa_denials(view: View) -> Iterator[Fact]:
    """Yield each burst of denied prompts that reaches the threshold, with the approval that ended it."""
    for burst in bursts_of_denials(view.sign_ins, view.settings):
        first, last = burst[0], burst[-1]
        approved = next(
            (r for r in view.sign_ins if first.at < r.at <= last.at + AFTER_DENIALS and approved_prompt(r)), None
        )
        yield _burst_fact(burst, approved, view.source(first))


def _burst_fact(burst: Sequence[SignIn], approved: SignIn | None, source: Source) -> Fact:
    first, last = burst[0].at, burst[-1].at
    addresses = {r.ip_address for r in burst}
    address = burst[0].ip_address if len(addresses) == 1 else None
    text = f"{len(burst)} MFA prompts were denied or not answered between {iso(first)} and {iso(last)}"
    text += f" from {address}" if address else ""
    text += f", and one was approved at {iso(approved.at)}" if approved else ", and none was approved afterwards"
    return fact(
        "sign_in.mfa_denials",
        f"{text}.",
        source,
        at=first,
        denied=len(burst),
        minutes=_minutes(first, last),
        first_at=first,
        last_at=last,
        approved_at=approved.at if approved else None,
        ip_address=address,
    )


def _sprays(view: View) -> Iterator[Fact]:
    """Yield the latest spray from each address that tried this user's password."""
    by_address: dict[str, list[SignIn]] = defaultdict(list)
    for record in view.from_addresses:
        if record.ip_address:
            by_address[record.ip_address].append(record)
    for address in sorted(by_address):
        spray = latest_spray(by_address[address], view.settings)
        if spray is None or not spray.targeted & {view.user_id, view.case.identity.id}:
            continue
        first, users, failures = spray.first_at, len(spray.targeted), len(spray.failures)
        minutes = _minutes(first, spray.last_at)
        text = (
            f"{failures} sign-ins from {address} tried {counted(users, 'user')} with a wrong password within "
            f"{counted(minutes, 'minute')} from {iso(first)} on; for {counted(len(spray.fell), 'user')} it was right."
        )
        yield fact(
            "sign_in.spray",
            text,
            Source(kind="state", ref=f"sign-ins from {address}"),
            at=first,
            ip_address=address,
            users=users,
            failures=failures,
            minutes=minutes,
            succeeded=len(spray.fell),
        )


def _travel(recent: Sequence[SignIn], view: View) -> Iterator[Fact]:
    """Yield the fastest impossible trips between successes; a trusted proxy's place is not the person's."""
    located = [
        r
        for r in recent
        if r.error_code in PASSWORD_WAS_RIGHT
        and not r.trusted_network
        and r.place
        and r.place.latitude is not None
        and r.place.longitude is not None
    ]
    trips: list[tuple[float, Fact]] = []
    for one, other in pairwise(located):
        kilometres = _kilometres(one.place or Place(), other.place or Place())
        hours = (other.at - one.at).total_seconds() / 3600
        if kilometres < SHORTEST_KM or kilometres <= FASTEST_KMH * hours:
            continue
        trips.append((kilometres / max(hours, 1 / 3600), _trip(one, other, round(kilometres), view)))
    trips.sort(key=lambda trip: (-trip[0], trip[1].text))
    yield from (trip for _, trip in trips[:MOST_TRIPS])


def _trip(one: SignIn, other: SignIn, kilometres: int, view: View) -> Fact:
    start, end = one.place or Place(), other.place or Place()
    minutes = _minutes(one.at, other.at)
    text = (
        f"Sign-ins came from {_name(start)} and {counted(minutes, 'minute')} later, at {iso(other.at)}, "
        f"from {_name(end)}, {kilometres} kilometres away."
    )
    return fact(
        "sign_in.travel",
        text,
        view.source(other),
        at=other.at,
        from_country=start.country,
        to_country=end.country,
        from_city=start.city,
        to_city=end.city,
        minutes=minutes,
        kilometres=kilometres,
        from_ip_address=one.ip_address,
        to_ip_address=other.ip_address,
    )


def _shared_sessions(recent: Sequence[SignIn], view: View) -> Iterator[Fact]:
    """Yield sessions that were used from two networks: with one network, changing addresses are everyday."""
    sessions: dict[str, list[SignIn]] = defaultdict(list)
    for record in recent:
        if record.session_id and record.ip_address and record.succeeded and not record.trusted_network:
            sessions[record.session_id].append(record)
    for session, records in sorted(sessions.items()):
        addresses = list(dict.fromkeys(r.ip_address for r in records if r.ip_address))
        networks = {str(r.autonomous_system_number or r.ip_address) for r in records}
        countries = sorted({r.place.country for r in records if r.place and r.place.country})
        if len(addresses) < 2 or (len(networks) < 2 and len(countries) < 2):
            continue
        second = next(r for r in records if r.ip_address != records[0].ip_address)
        text = f"One session was used from {listed(addresses)}"
        text += f", in {listed(country_in_prose(clean(code)) for code in countries)}" if countries else ""
        yield fact(
            "sign_in.shared_session",
            f"{text}.",
            view.source(second),
            at=second.at,
            session_id=session,
            ip_addresses=addresses,
            countries=countries,
        )


def _kilometres(one: Place, other: Place) -> float:
    """Return the great-circle distance (haversine)."""
    lat1, lat2 = radians(one.latitude or 0.0), radians(other.latitude or 0.0)
    half_lat, half_lon = (lat2 - lat1) / 2, radians((other.longitude or 0.0) - (one.longitude or 0.0)) / 2
    chord = sin(half_lat) ** 2 + cos(lat1) * cos(lat2) * sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(chord)))


def _minutes(first: datetime, last: datetime) -> int:
    """Return whole minutes, rounded up: something that took seconds did not take none."""
    return -int(-(last - first).total_seconds() // 60)


def _name(place: Place) -> str:
    names = [quoted(place.city)] if place.city else []
    names += [clean(place.country)] if place.country else []
    return ", ".join(names) or "an unknown place"
