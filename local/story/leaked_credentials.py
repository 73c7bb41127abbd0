"""Tomas's password is found for sale. His account is mastered on premises, and nobody has used it yet."""

from datetime import timedelta

from local.story.clients import OUTLOOK, SHAREPOINT
from local.story.holdings import Holdings, quiet_weeks, usual_devices, usual_methods
from local.story.moments import moment
from local.story.people import OLDRICH, employee, laptop
from local.story.places import PRAGUE, PRAGUE_OFFICE, home
from local.story.risks import detection, risky_user
from local.story.sign_ins import sign_in
from local.story.streamed import Streamed

PERSON = employee(
    "Tomas Novak",
    "Payments Operations Analyst",
    "Payments",
    PRAGUE_OFFICE,
    since="2020-02-17T08:00",
    changed="2025-06-02T07:41",
    device=laptop("WB-LT-1187", moment("2024-03-11T09:20"), trust_type="ServerAd"),
    synced=True,
)
HOME = home(62, PRAGUE)
FOUND_AT = moment("2026-09-16T13:20:11.446")


def records() -> list[Streamed]:
    """Return what is streamed about it: two ordinary sign-ins, and the leak, which names no address and no sign-in."""
    return [
        sign_in(PERSON, moment("2026-09-16T06:58:14.700"), PRAGUE_OFFICE, app=OUTLOOK),
        detection(PERSON, "leakedCredentials", "high", FOUND_AT, detected=FOUND_AT),
        risky_user(PERSON, "high", FOUND_AT + timedelta(seconds=5)),
        sign_in(PERSON, moment("2026-09-17T07:03:51.218"), PRAGUE_OFFICE, app=SHAREPOINT),
    ]


def holdings() -> Holdings:
    """Return what the tenant says of Tomas."""
    return Holdings(
        person=PERSON,
        manager=OLDRICH,
        methods=usual_methods(PERSON),
        devices=usual_devices(PERSON),
        groups=("Payments Department",),
        history=quiet_weeks(PERSON, HOME),
    )
