"""Daniel flies to Singapore with his own laptop and his security key. Entra does not know the place yet."""

from datetime import timedelta

from local.story.clients import OUTLOOK, SHAREPOINT, TEAMS, own_laptop
from local.story.holdings import Holdings, quiet_weeks, usual_devices, usual_methods
from local.story.methods import passkey
from local.story.moments import moment
from local.story.people import CASEY, employee, laptop
from local.story.places import CHICAGO, CHICAGO_OFFICE, SINGAPORE, Network, home_v6
from local.story.risks import detection, risky_user
from local.story.sign_ins import Risk, sign_in
from local.story.streamed import Streamed

PERSON = employee(
    "Daniel Okafor",
    "Director, Corporate Lending",
    "Corporate Banking",
    CHICAGO_OFFICE,
    since="2018-04-23T13:00",
    changed="2026-02-02T15:20",
    device=laptop("WB-LT-0876", moment("2025-03-17T14:40")),
)
HOME = home_v6(0x51, CHICAGO)
HOTEL = Network("198.51.100.200", 64507, SINGAPORE)
LANDED_AT = moment("2026-09-17T03:12:26.633")
RISK = Risk("low", "low", "atRisk", "none", ("unfamiliarFeatures",))


def records() -> list[Streamed]:
    """Return what is streamed: Chicago, then Singapore a day and a night later, always with key and managed laptop."""
    before = sign_in(PERSON, moment("2026-09-15T22:40:13.480"), HOME, app=OUTLOOK)
    arrived = sign_in(PERSON, LANDED_AT, HOTEL, app=OUTLOOK, look=own_laptop(PERSON), factor="passkey", risk=RISK)
    later = sign_in(
        PERSON, LANDED_AT + timedelta(minutes=41), HOTEL, app=TEAMS, look=own_laptop(PERSON), factor="passkey"
    )
    files = sign_in(
        PERSON, LANDED_AT + timedelta(hours=5), HOTEL, app=SHAREPOINT, look=own_laptop(PERSON), interactive=False
    )
    unfamiliar_at, travel_at = LANDED_AT + timedelta(minutes=1), moment("2026-09-17T06:58:09.116")
    return [
        before,
        arrived,
        detection(
            PERSON, "unfamiliarFeatures", "low", LANDED_AT, detected=unfamiliar_at, network=HOTEL, sign_in=arrived
        ),
        risky_user(PERSON, "low", unfamiliar_at),
        later,
        detection(PERSON, "unlikelyTravel", "low", LANDED_AT, detected=travel_at, network=HOTEL, sign_in=arrived),
        files,
    ]


def holdings() -> Holdings:
    """Return what the tenant says of Daniel."""
    return Holdings(
        person=PERSON,
        manager=CASEY,
        methods=[*usual_methods(PERSON), passkey(PERSON, "YubiKey 5C NFC", moment("2025-03-18T16:05"))],
        devices=usual_devices(PERSON),
        groups=("Corporate Banking Department",),
        history=quiet_weeks(PERSON, HOME),
    )
