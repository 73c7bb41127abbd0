"""One address tries one password on 25 people of the contact centre. Chloe's is right, and nothing else is asked."""

from datetime import timedelta

from local.story.clients import AZURE_CLI, EDGE, OUTLOOK, Look
from local.story.holdings import Holdings, quiet_weeks, usual_devices
from local.story.methods import password
from local.story.moments import moment
from local.story.people import ABBI, Person, employee, laptop
from local.story.places import HANOI, LEEDS, LEEDS_OFFICE, home, hosted
from local.story.risks import detection, risky_user
from local.story.sign_ins import Risk, sign_in
from local.story.streamed import Streamed

PERSON = employee(
    "Chloe Martin",
    "Customer Adviser",
    "Customer Service",
    LEEDS_OFFICE,
    since="2024-09-02T08:00",
    changed="2025-12-01T09:15",
    device=laptop("WB-LT-3302", moment("2024-09-02T10:12")),
)
"""Hired before registration of a second method was demanded; she never registered one."""

_OTHERS = (
    "Aaron Pike,Amelia Croft,Bilal Hussain,Bridget Shaw,Callum Reid,Dipti Nair,Edward Lowe,Eilidh Munro,Faye Donnelly,"
    "George Bassett,Hannah Tindall,Imran Qureshi,Jade Ellison,Kieran Doyle,Leah Whitaker,Marcus Boateng,Naomi Frost,"
    "Owen Prosser,Poppy Hartley,Rahul Mistry,Sadie Holroyd,Tyler Beaumont,Uma Kaur,Victor Sandys"
)
OTHERS = tuple(employee(name, "Customer Adviser", "Customer Service", LEEDS_OFFICE) for name in _OTHERS.split(","))
HOME = home(77, LEEDS)
SOURCE = hosted(66, HANOI, asn=64510)
TOOL = Look(
    user_agent=EDGE.partition(" Chrome/")[0] + " Chrome/79.0.3945.88 Safari/537.36",
    os="Windows10",
    browser="Chrome 79.0.3945",
    client_app="Mobile Apps and Desktop clients",
    protocol="ropc",
)
STARTED_AT = moment("2026-09-17T02:06:03.410")
SUCCEEDED_AT = moment("2026-09-17T02:13:40.902")
RISK = Risk("high", "high", "atRisk", "none", ("passwordSpray",))


def failures() -> list[Streamed]:
    """Return a wrong password for each of the 25, eighteen seconds apart: under eight minutes in all."""
    return [_wrong(person, number) for number, person in enumerate((*OTHERS[:11], PERSON, *OTHERS[11:]))]


def records() -> list[Streamed]:
    """Return what is streamed: the failures, one success and its update, and what Entra makes of it hours later."""
    quiet = sign_in(PERSON, moment("2026-09-16T07:55:20.117"), LEEDS_OFFICE, app=OUTLOOK, factor="none")
    success = sign_in(PERSON, SUCCEEDED_AT, SOURCE, app=AZURE_CLI, look=TOOL, factor="none")
    update = sign_in(
        PERSON, SUCCEEDED_AT, SOURCE, app=AZURE_CLI, look=TOOL, factor="none", risk=RISK, lag_seconds=13000
    )
    found_at = moment("2026-09-17T05:41:32.871")
    found = detection(
        PERSON,
        "passwordSpray",
        "high",
        SUCCEEDED_AT,
        detected=found_at,
        network=SOURCE,
        sign_in=success,
        reasons=("passwordSpray",),
    )
    return [quiet, *failures(), success, update, found, risky_user(PERSON, "high", found_at + timedelta(seconds=6))]


def holdings() -> Holdings:
    """Return what the tenant says of Chloe."""
    return Holdings(
        person=PERSON,
        manager=ABBI,
        methods=[password(PERSON)],
        devices=usual_devices(PERSON),
        groups=("Customer Service Department",),
        history=quiet_weeks(PERSON, HOME),
    )


def _wrong(person: Person, number: int) -> Streamed:
    at = STARTED_AT + timedelta(seconds=18 * number)
    return sign_in(person, at, SOURCE, app=AZURE_CLI, look=TOOL, factor="none", error=50126)
