"""What the tenant knows of one person, and the quiet weeks of sign-ins before the story starts."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from local.story.clients import OFFICE_HOME, OUTLOOK, SHAREPOINT, TEAMS, Factor, own_laptop
from local.story.directory import Resource, device
from local.story.methods import authenticator, password, windows_hello
from local.story.moments import ago, spread
from local.story.people import Person
from local.story.places import Network
from local.story.sign_ins import sign_in
from local.story.streamed import Streamed

NO_MAILBOX: Resource = {"$error": {"status": 404, "code": "MailboxNotEnabledForRESTAPI"}}
_WEEKDAYS = 5
_MORNING_UTC = {"US": 13, "GB": 7, "PT": 7}
"""Hour at which a working day starts, by country; six elsewhere."""


class Holdings(msgspec.Struct, frozen=True, kw_only=True):
    """One person's place in the tenant: everything Graph answers about them."""

    person: Person
    manager: Person | None = None
    methods: list[Resource] = []
    devices: list[Resource] = []
    rules: list[Resource] | dict[str, Any] = []
    """Inbox rules, or the error that Graph answers where there is no mailbox."""
    groups: tuple[str, ...] = ()
    """Names of groups; see ``local.story.groups``."""
    roles: tuple[str, ...] = ()
    """Names of roles that are active."""
    eligible: tuple[str, ...] = ()
    """Names of roles that PIM would let them activate."""
    grants: list[tuple[Resource, str]] = []
    """Applications they consented to, and the scopes."""
    history: list[Streamed] = []
    """Sign-ins of the weeks before, which the stream no longer holds but Graph does."""


def usual_methods(person: Person) -> list[Resource]:
    """Return password, a phone with Authenticator, and Windows Hello where there is a laptop."""
    registered = person.created_at + timedelta(days=1, hours=2)
    methods = [password(person), authenticator(person, "iPhone 15", registered)]
    return [*methods, windows_hello(person, person.laptop.registered_at)] if person.laptop else methods


def usual_devices(person: Person) -> list[Resource]:
    """Return the person's own laptop, if any."""
    return [device(person.laptop)] if person.laptop else []


def quiet_weeks(person: Person, home: Network, *, days: int = 25, until: datetime | None = None) -> list[Streamed]:
    """Return a person's usual interactive sign-ins: one each working day, from home or the office, own laptop."""
    until = until or ago(days=2)
    apps = (OFFICE_HOME, OUTLOOK, TEAMS, SHAREPOINT)
    found = []
    for day in range(days, 0, -1):
        morning = until.replace(hour=_MORNING_UTC.get(person.office.place.country, 6), minute=40, second=0) - timedelta(
            days=day
        )
        if morning.weekday() >= _WEEKDAYS:
            continue
        key = (person.id, morning.date().isoformat())
        at = morning + timedelta(minutes=spread(110, "morning", *key), seconds=spread(60, "second", *key))
        network = home if spread(5, "where", *key) < 2 else person.office
        factor: Factor = "push" if spread(4, "factor", *key) == 0 else "claim"
        app = apps[spread(len(apps), "app", *key)]
        found.append(sign_in(person, at, network, app=app, look=own_laptop(person), factor=factor))
    return found
