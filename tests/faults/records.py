"""A stream of records in the demo story's shapes: many identities, few of them risky, the rest noise. Seeded.

What must come of it is known by construction, not by running the app: who gets a case, which bytes are parked.
"""

import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec

from local import story
from local.story.audits import REGISTERED_INFO, By, audit, user_target
from local.story.clients import OFFICE_HOME, OUTLOOK, TEAMS, own_laptop
from local.story.delivery import Hub
from local.story.moments import guid
from local.story.people import Person
from local.story.places import home_v6, hosted
from local.story.risks import detection, risky_user
from local.story.sign_ins import WRONG_PASSWORD, sign_in
from local.story.staff import colleagues
from local.story.streamed import Streamed

DUPLICATED, MALFORMED, IGNORED = 0.03, 0.01, 0.01
RISKY_EVERY = 40
"""One identity in so many is at risk; every fourth of these is remediated in the end."""
TYPES = ("anonymizedIPAddress", "anomalousToken", "maliciousIPAddress", "leakedCredentials", "unfamiliarFeatures")
MOST_A_BODY = 40


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """Event bodies in the order of arrival, and what must come of them."""

    bodies: list[tuple[Hub, bytes]]
    elements: int
    unique: list[bytes]
    """Each readable record once, as it came first."""
    malformed: list[bytes]
    ignored: int
    duplicates: int
    risky: set[str]
    """Object ids of the identities that must have a case; nobody else may."""
    remediated: set[str]
    people: list[Person]
    """Those at risk, for the stand-in tenant."""


def stream(count: int, seed: int, *, most_a_body: int = MOST_A_BODY) -> Stream:
    """Return a stream of so many elements."""
    chance = random.Random(seed)
    duplicates, malformed, ignored = (round(count * share) for share in (DUPLICATED, MALFORMED, IGNORED))
    plain = count - duplicates - malformed
    risky: dict[str, Person] = {}
    remediated: set[str] = set()
    records: list[Streamed] = []
    everybody = _everybody(seed)
    while len(records) < plain - ignored:
        number, person = next(everybody)
        records += _noise(person, number, chance)
        if number % RISKY_EVERY == 0:
            over = number % (4 * RISKY_EVERY) == 0
            risky[person.id] = person
            remediated |= {person.id} if over else set()
            records += _risk(person, number, chance, over=over)
    records = records[: plain - ignored]
    # The last identity may have been cut off: it has a case if one of its risky records is left.
    left = {str(record.properties["userId"]) for record in records if record.category == "UserRiskEvents"}
    left |= {str(record.properties["id"]) for record in records if record.category == "RiskyUsers"}
    remediated &= {str(r.properties["id"]) for r in records if r.properties.get("riskState") == "remediated"}
    elements = [(_hub(record), _bytes(record.record)) for record in records]
    twice = [records[chance.randrange(len(records))] for _ in range(duplicates)]
    again = [(_hub(r), _bytes(r.again(timedelta(seconds=61 + n)).record)) for n, r in enumerate(twice)]
    strange = [("sign_ins", _ignored(number)) for number in range(ignored)]
    broken = [_malformed(number, chance) for number in range(malformed)]
    bodies = _bodies([*elements, *again, *strange, *broken], chance, most_a_body)  # type: ignore[list-item]
    return Stream(
        bodies=bodies,
        elements=count,
        unique=[element for _, element in elements],
        malformed=[element for _, element in broken],
        ignored=ignored,
        duplicates=duplicates,
        risky=set(risky) & left,
        remediated=remediated,
        people=[person for key, person in risky.items() if key in left],
    )


def _everybody(seed: int) -> Iterator[tuple[int, Person]]:
    known, number = colleagues(), 0
    while True:
        number += 1
        like = known[number % len(known)]
        yield (
            number,
            msgspec.structs.replace(
                like, id=guid("faults", str(seed), str(number)), upn=f"user{number}@woodgrovebank.com"
            ),
        )


def _noise(person: Person, number: int, chance: random.Random) -> list[Streamed]:
    """Return a day of somebody's: a few sign-ins from one line, now and then a wrong password or a new phone."""
    network = home_v6(number, person.office.place)
    found = [
        sign_in(
            person,
            _at(chance),
            network,
            app=chance.choice((OFFICE_HOME, OUTLOOK, TEAMS)),
            look=own_laptop(person),
            interactive=chance.random() < 0.5,
            error=WRONG_PASSWORD if chance.random() < 0.01 else 0,
        )
        for _ in range(chance.randint(2, 7))
    ]
    if chance.random() < 0.1:
        found.append(audit(REGISTERED_INFO, _at(chance), By(person, network), [user_target(person)]))
    return found


def _risk(person: Person, number: int, chance: random.Random, *, over: bool) -> list[Streamed]:
    """Return one to three detections and the user's state; ``over``: remediated afterwards."""
    network, level = hosted(1 + number % 250, person.office.place), chance.choice(("low", "medium", "high"))
    times = sorted(_at(chance) for _ in range(chance.randint(1, 3)))
    found = [
        detection(
            person,
            chance.choice(TYPES),
            level,
            at,
            detected=at + timedelta(minutes=3),
            network=msgspec.structs.replace(network, ip=f"2001:db8:ffff:{number:x}::1"),
        )
        for at in times
    ]
    found.append(risky_user(person, level, times[-1] + timedelta(minutes=4)))
    if over:
        after = times[-1] + timedelta(minutes=30)
        detail = "userPerformedSecuredPasswordReset"
        found.append(risky_user(person, "none", after, state="remediated", detail=detail))
    return found


def _at(chance: random.Random) -> datetime:
    """Return a moment of the last twelve hours but one, to the millisecond."""
    return story.NOW - timedelta(milliseconds=chance.randrange(3_600_000, 12 * 3_600_000))


def _hub(record: Streamed) -> Hub:
    return "risk" if record.category in {"UserRiskEvents", "RiskyUsers"} else "sign_ins"


def _ignored(number: int) -> bytes:
    return _bytes({"category": "NetworkAccessTrafficLogs", "tenantId": "t", "properties": {"id": f"traffic-{number}"}})


def _malformed(number: int, chance: random.Random) -> tuple[Hub, bytes]:
    """Return an element that nobody can read: no two have the same bytes."""
    head = {"category": "UserRiskEvents", "tenantId": guid("tenant"), "time": "9/16/2026 9:02:11 AM"}
    forms: tuple[Any, ...] = (
        {**head, "properties": f"text number {number}"},
        {**head, "properties": {"riskEventType": "anomalousToken", "number": number}},
        {"properties": {"number": number}},
        f"a text and no object, {number}",
        [number],
    )
    hub: Hub = "risk" if chance.random() < 0.5 else "sign_ins"
    return hub, _bytes(chance.choice(forms))


def _bodies(elements: list[tuple[Hub, bytes]], chance: random.Random, most: int) -> list[tuple[Hub, bytes]]:
    """Return the elements shuffled, and cut into bodies of any length."""
    chance.shuffle(elements)
    bodies: list[tuple[Hub, bytes]] = []
    for hub in ("risk", "sign_ins"):
        mine = [element for where, element in elements if where == hub]
        start = 0
        while start < len(mine):
            end = start + chance.randint(1, most)
            bodies.append((hub, b'{"records":[' + b",".join(mine[start:end]) + b"]}"))  # type: ignore[arg-type]
            start = end
    chance.shuffle(bodies)
    return bodies


def _bytes(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
