"""Who a storm hits, and its events: a phishing kit that tries most of them, and many others for reasons of their own.

Everybody has signed in from home on the days before, as the stream of a real tenant would have told. One in a hundred
holds a privileged role. Of those whom the kit tries, one in fifty lets it in.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from local.story.clients import Look
from local.story.delivery import body_of
from local.story.directory import role_assignment, role_definition, user
from local.story.methods import authenticator, password
from local.story.moments import spread
from local.story.people import Person, employee, laptop
from local.story.places import (
    BUCHAREST,
    CHICAGO,
    HEAD_OFFICE,
    HELSINKI,
    HOME_ASNS,
    LISBON,
    LONDON,
    PRAGUE,
    Network,
    Place,
    hosted,
)
from local.story.risks import detection
from local.story.sign_ins import Risk, sign_in
from local.tenant import Tenant

START = datetime(2026, 9, 16, 9, 0, tzinfo=UTC)
KIT = Look(user_agent="Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/131.0.0.0", os="Linux", browser="Chrome 131.0.0")
KIT_ADDRESSES = 4
KIT_OF_TEN = 6
"""Of ten identities, so many are tried by the kit; each of the others has a cause of its own."""
PRIVILEGED_ONE_IN, FELL_ONE_IN = 100, 50
BLOCKED = 53003
AWAY = (HELSINKI, PRAGUE, LISBON, CHICAGO)
ROLE = "User Administrator"
STREAM_DELAY = timedelta(minutes=6)
"""How old a detection is when it arrives."""


class Victim(msgspec.Struct, frozen=True, kw_only=True):
    """One identity of a storm."""

    number: int
    person: Person

    @property
    def is_tried_by_kit(self) -> bool:
        """Say whether the storm's one common cause is this one's."""
        return self.number % 10 < KIT_OF_TEN

    @property
    def fell(self) -> bool:
        """Say whether the kit got in."""
        return self.is_tried_by_kit and (self.number // 10 * KIT_OF_TEN + self.number % 10) % FELL_ONE_IN == 7

    @property
    def is_privileged(self) -> bool:
        """Say whether the account holds a privileged role."""
        return self.number % PRIVILEGED_ONE_IN == 3


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """A message, and when the event hub has it."""

    seconds: float
    """After the beginning of the storm."""
    victim: Victim
    body: bytes


def victims(count: int) -> list[Victim]:
    """Return so many, the same each time."""
    return [Victim(number=number, person=_person(number)) for number in range(count)]


def tenant_of(everyone: Sequence[Victim]) -> Tenant:
    """Return the tenant in which they live."""
    document: dict[str, Any] = {"users": [user(one.person) for one in everyone]}
    for one in everyone:
        methods = [password(one.person), authenticator(one.person, "Pixel 8", one.person.created_at)]
        document[f"users/{one.person.id}/authentication/methods"] = methods
    privileged = [one.person.id for one in everyone if one.is_privileged]
    document["roleManagement/directory/roleAssignments"] = [role_assignment(who, ROLE) for who in privileged]
    document["roleManagement/directory/roleDefinitions"] = [role_definition(ROLE)]
    return Tenant.load(document)


def history(everyone: Sequence[Victim]) -> Iterator[bytes]:
    """Yield messages with everybody's ordinary sign-ins of the days before, a hundred records each."""
    records: list[dict[str, Any]] = []
    for one in everyone:
        for days in (2, 5):
            at = START - timedelta(days=days, minutes=one.number % 480)
            records.append(sign_in(one.person, at, _line(one.number, LONDON)).record)
        if len(records) >= 100:
            yield body_of(records)
            records = []
    if records:
        yield body_of(records)


def arrivals(everyone: Sequence[Victim], minutes: float) -> list[Arrival]:
    """Return the storm's messages in the order of their arrival, spread evenly over the time."""
    step = minutes * 60 / max(1, len(everyone))
    order = sorted(everyone, key=lambda one: spread(1_000_000, "order", one.person.id))
    return [_arrival(one, place * step) for place, one in enumerate(order)]


def _arrival(one: Victim, seconds: float) -> Arrival:
    at = START + timedelta(seconds=seconds) - STREAM_DELAY
    if not one.is_tried_by_kit:
        found = detection(
            one.person,
            "unfamiliarFeatures",
            "medium",
            at,
            detected=at,
            network=_line(one.number, AWAY[one.number % len(AWAY)], 1),
        )
        return Arrival(seconds=seconds, victim=one, body=body_of([found.record]))
    network = hosted(11 + one.number % KIT_ADDRESSES, BUCHAREST)
    kind, level = ("attackerinTheMiddle", "high") if one.fell else ("unfamiliarFeatures", "medium")
    risk = Risk(during=level, aggregated=level, state="atRisk", types=(kind,))
    tried = sign_in(
        one.person, at, network, look=KIT, factor="claim" if one.fell else "none", error=0 if one.fell else BLOCKED,
        risk=risk,
    )  # fmt: skip
    found = detection(one.person, kind, level, at, detected=at, network=network, sign_in=tried)
    return Arrival(seconds=seconds, victim=one, body=body_of([tried.record, found.record]))


def _line(number: int, place: Place, of: int = 0) -> Network:
    """Return a private line that is nobody else's."""
    return Network(f"2001:db8:{of:x}{number >> 16:x}:{number & 0xFFFF:x}::15", HOME_ASNS[place.country], place)


def _person(number: int) -> Person:
    return employee(
        f"Pat{number:06} Example", "Adviser", "Customer Service", HEAD_OFFICE, device=laptop(f"WB-{number:06}", START)
    )
