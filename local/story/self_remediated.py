"""Sofia meets a risky sign-in of someone else's making; policy makes her change her password, and that ends it."""

from datetime import timedelta

from local.story.audits import CHANGED_PASSWORD, RESET_PASSWORD, By, audit, user_target
from local.story.clients import CHROME, OFFICE_HOME, OUTLOOK, Look
from local.story.holdings import Holdings, quiet_weeks, usual_devices, usual_methods
from local.story.moments import moment
from local.story.people import INES, employee, laptop
from local.story.places import LISBON, LISBON_OFFICE, SAO_PAULO, home, hosted
from local.story.risks import detection, risky_user
from local.story.sign_ins import Risk, sign_in
from local.story.streamed import Streamed

CHANGED_AT = moment("2026-09-16T11:47:33.390")
PERSON = employee(
    "Sofia Almeida",
    "Compliance Officer",
    "Compliance",
    LISBON_OFFICE,
    since="2022-05-16T08:30",
    changed="2026-09-16T11:47:33",
    device=laptop("WB-LT-2790", moment("2025-09-01T08:50")),
)
HOME = home(118, LISBON)
SOURCE = hosted(118, SAO_PAULO)
LOOK = Look(user_agent=CHROME, os="Linux", browser="Chrome 124.0.0")
TRIED_AT = moment("2026-09-16T09:14:05.882")
POLICY = "Risky users must change their password"
RISK = Risk("medium", "medium", "atRisk", "none", ("unfamiliarFeatures",))
MENDED = "userPerformedSecuredPasswordReset"
MENDED_RISK = Risk("medium", "none", "remediated", MENDED, ("unfamiliarFeatures",))


def records() -> list[Streamed]:
    """Return what is streamed: the stopped sign-in, the risk, the change, and the risk again as remediated."""
    stopped = _stopped(RISK, None)
    noticed_at = TRIED_AT + timedelta(minutes=3)
    ended_at = CHANGED_AT + timedelta(seconds=21)
    by = By(PERSON, LISBON_OFFICE)
    return [
        stopped,
        detection(
            PERSON, "unfamiliarFeatures", "medium", TRIED_AT, detected=noticed_at, network=SOURCE, sign_in=stopped
        ),
        risky_user(PERSON, "medium", noticed_at + timedelta(seconds=5)),
        audit(RESET_PASSWORD, CHANGED_AT, by, [user_target(PERSON)], reason="Successfully completed reset."),
        audit(CHANGED_PASSWORD, CHANGED_AT + timedelta(seconds=1), By(app="fpo"), [user_target(PERSON)]),
        detection(
            PERSON,
            "unfamiliarFeatures",
            "medium",
            TRIED_AT,
            detected=noticed_at,
            network=SOURCE,
            sign_in=stopped,
            state="remediated",
            detail=MENDED,
            updated=ended_at,
        ),
        risky_user(PERSON, "none", ended_at, state="remediated", detail=MENDED),
        _stopped(MENDED_RISK, 9600),
        sign_in(PERSON, CHANGED_AT + timedelta(minutes=2), LISBON_OFFICE, app=OUTLOOK, factor="push"),
    ]


def holdings() -> Holdings:
    """Return what the tenant says of Sofia."""
    return Holdings(
        person=PERSON,
        manager=INES,
        methods=usual_methods(PERSON),
        devices=usual_devices(PERSON),
        groups=("Compliance Department",),
        history=quiet_weeks(PERSON, HOME),
    )


def _stopped(risk: Risk, lag_seconds: int | None) -> Streamed:
    return sign_in(
        PERSON,
        TRIED_AT,
        SOURCE,
        app=OFFICE_HOME,
        look=LOOK,
        factor="none",
        error=50142,
        risk=risk,
        policies=((POLICY, "failure"),),
        lag_seconds=lag_seconds,
    )
