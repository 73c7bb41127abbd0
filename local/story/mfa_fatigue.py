"""Someone who has Priya's password asks her phone twelve times in the night. She is a Global Administrator."""

from datetime import timedelta

from local.story.clients import AZURE_PORTAL, CHROME, TEAMS, Look
from local.story.holdings import Holdings, quiet_weeks, usual_devices, usual_methods
from local.story.moments import moment
from local.story.people import BLAKE, employee, laptop
from local.story.places import HEAD_OFFICE, LONDON, VILNIUS, home, hosted
from local.story.risks import detection, risky_user
from local.story.sign_ins import DECLINED, Risk, sign_in
from local.story.streamed import Streamed

PERSON = employee(
    "Priya Raman",
    "Principal Identity Engineer",
    "Information Technology",
    HEAD_OFFICE,
    since="2017-11-06T09:00",
    changed="2026-01-19T10:02",
    device=laptop("WB-MB-0419", moment("2025-06-09T09:31"), os="MacMDM"),
)
HOME = home(91, LONDON)
SOURCE = hosted(91, VILNIUS, asn=64509)
LOOK = Look(user_agent=CHROME, os="Linux", browser="Chrome 124.0.0")
STARTED_AT = moment("2026-09-17T01:22:10.556")
DENIALS = 11
APPROVED_AT = moment("2026-09-17T01:32:47.305")
RISK = Risk("medium", "high", "atRisk", "none", ("unfamiliarFeatures",))


def records() -> list[Streamed]:
    """Return what is streamed: a normal day, eleven denials within nine minutes, and the approval."""
    day = sign_in(PERSON, moment("2026-09-16T08:31:02.940"), HEAD_OFFICE, app=TEAMS)
    denied = [
        sign_in(
            PERSON,
            STARTED_AT + timedelta(seconds=52 * number),
            SOURCE,
            app=AZURE_PORTAL,
            look=LOOK,
            factor="denied",
            error=500121,
            details=DECLINED,
        )
        for number in range(DENIALS)
    ]
    approved = sign_in(PERSON, APPROVED_AT, SOURCE, app=AZURE_PORTAL, look=LOOK, factor="push", risk=RISK)
    found_at = APPROVED_AT + timedelta(minutes=2)
    found = detection(
        PERSON, "suspiciousAuthAppApproval", "high", APPROVED_AT, detected=found_at, network=SOURCE, sign_in=approved
    )
    return [day, *denied, approved, found, risky_user(PERSON, "high", found_at + timedelta(seconds=4))]


def holdings() -> Holdings:
    """Return what the tenant says of Priya."""
    return Holdings(
        person=PERSON,
        manager=BLAKE,
        methods=usual_methods(PERSON),
        devices=usual_devices(PERSON),
        groups=("Information Technology Department", "Identity Platform Operators"),
        roles=("Global Administrator",),
        eligible=("Privileged Role Administrator",),
        history=quiet_weeks(PERSON, HOME),
    )
