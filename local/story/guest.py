"""Nadia, a consultant from Tailspin Toys, opens shared files through an anonymising network."""

from datetime import timedelta

from local.story.clients import SAFARI, SHAREPOINT, Look
from local.story.holdings import NO_MAILBOX, Holdings
from local.story.moments import moment
from local.story.people import INES
from local.story.people import guest as guest_account
from local.story.places import HEAD_OFFICE, ROUEN, Network, hosted
from local.story.risks import detection, risky_user
from local.story.sign_ins import Risk, sign_in
from local.story.streamed import Streamed

PERSON = guest_account("Nadia Rahmani", "nadia.rahmani@tailspintoys.com", "Tailspin Toys")
USUAL = Network("198.51.100.143", 64508, HEAD_OFFICE.place)
EXIT = hosted(143, ROUEN, asn=64506)
LOOK = Look(user_agent=SAFARI, os="MacOs", browser="Safari 18.5")
HIDDEN = Look(user_agent=SAFARI.replace("18.5", "17.0"), os="MacOs", browser="Safari 17.0")
SIGNED_IN_AT = moment("2026-09-16T19:36:55.470")
RISK = Risk("high", "high", "atRisk", "none", ("anonymizedIPAddress",))


def records() -> list[Streamed]:
    """Return what is streamed about it."""
    risky = sign_in(PERSON, SIGNED_IN_AT, EXIT, app=SHAREPOINT, look=HIDDEN, risk=RISK)
    noticed_at = SIGNED_IN_AT + timedelta(minutes=2)
    return [
        sign_in(PERSON, moment("2026-09-16T13:02:17.250"), USUAL, app=SHAREPOINT, look=LOOK),
        risky,
        detection(
            PERSON, "anonymizedIPAddress", "high", SIGNED_IN_AT, detected=noticed_at, network=EXIT, sign_in=risky
        ),
        risky_user(PERSON, "high", noticed_at + timedelta(seconds=7)),
    ]


def holdings() -> Holdings:
    """Return what the tenant says of Nadia: a guest has no mailbox, device or method here."""
    earlier = [
        sign_in(PERSON, moment(f"2026-09-{day:02d}T1{day % 5}:20:31.004"), USUAL, app=SHAREPOINT, look=LOOK)
        for day in (1, 2, 4, 8, 9, 10, 14, 15)
    ]
    return Holdings(
        person=PERSON, manager=INES, rules=NO_MAILBOX, groups=("Project Lighthouse (external)",), history=earlier
    )
