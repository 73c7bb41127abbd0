"""Event bodies for the rows: ordinary sign-ins, and risk detections of people whom the stand-in tenant knows."""

from collections.abc import Sequence
from datetime import timedelta

from local import story
from local.story.clients import EDGE, OFFICE_HOME, OUTLOOK, SHAREPOINT, TEAMS, Look, own_laptop
from local.story.delivery import body_of
from local.story.people import Person
from local.story.places import home
from local.story.risks import detection
from local.story.sign_ins import sign_in
from local.story.staff import colleagues

_APPS = (OFFICE_HOME, OUTLOOK, TEAMS, SHAREPOINT)
_POLICIES = tuple((f"CA{number:03} Require what this policy requires", "notApplied") for number in range(12))
"""A tenant of some age has a dozen policies, and every sign-in lists them all."""


def sign_in_bodies(count: int, *, a_body: int = 100, managed: bool = True) -> list[bytes]:
    """Return bodies of so many ordinary sign-ins, two a second.

    ``managed``: from compliant laptops with MFA satisfied; else with one factor from a device nobody manages, which
    is the most that correlation has to look at.
    """
    people = colleagues()
    records = [_sign_in(people[(number * 37) % len(people)], number, managed=managed) for number in range(count)]
    return [body_of(records[start : start + a_body]) for start in range(0, count, a_body)]


def _sign_in(person: Person, number: int, *, managed: bool) -> dict[str, object]:
    return sign_in(
        person,
        story.NOW - timedelta(hours=3) + timedelta(seconds=number / 2),
        person.office if number % 3 else home(1 + number % 19, person.office.place),
        app=_APPS[number % len(_APPS)],
        look=own_laptop(person) if managed else Look(user_agent=EDGE),
        factor="claim" if managed else "none",
        policies=_POLICIES,
    ).record


def risk_bodies(people: Sequence[Person], *, minutes_ago: float = 20) -> list[bytes]:
    """Return one body with one risk detection for each person."""
    at = story.NOW - timedelta(minutes=minutes_ago)
    return [
        body_of(
            [
                detection(
                    person, "anonymizedIPAddress", "medium", at, detected=at, network=home(7, person.office.place)
                ).record
            ]
        )
        for person in people
    ]
