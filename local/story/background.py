"""The noise in which the story hides: ordinary sign-ins, workloads, groups being managed, and Graph's own log."""

from datetime import datetime, timedelta
from typing import Any

from local.story.audits import ADDED_TO_GROUP, MANAGED_SECRETS, UPDATED_USER, By, audit, target, user_target
from local.story.clients import EDGE, OFFICE_HOME, OUTLOOK, SHAREPOINT, TEAMS, Look, own_laptop
from local.story.moments import guid, moment, spread
from local.story.people import BLAKE, Person
from local.story.places import HEAD_OFFICE, home
from local.story.sign_ins import sign_in
from local.story.staff import colleagues
from local.story.streamed import Streamed
from local.story.workloads import WORKLOADS, graph_activity, workload_sign_in

SIGN_INS = 200
FIRST_DAY = moment("2026-09-16T06:00")
_APPS = (OFFICE_HOME, OUTLOOK, TEAMS, SHAREPOINT)
_DAY_MINUTES = 600


def noise() -> list[Streamed]:
    """Return everything that must lead to nothing."""
    return [*_ordinary(), *_workloads(), *_administration(), *_graph_log()]


def _ordinary() -> list[Streamed]:
    people = colleagues()
    return [_one(people[(number * 37) % len(people)], number) for number in range(SIGN_INS)]


def _one(person: Person, number: int) -> Streamed:
    """Return one ordinary sign-in; now and then it is an interrupt, a mistyped password or a token refresh."""
    key = (person.id, str(number))
    at = FIRST_DAY + timedelta(days=number % 2, minutes=_starts(person) + spread(_DAY_MINUTES - 180, "when", *key))
    at = min(at, moment("2026-09-17T14:20") - timedelta(seconds=number)) + timedelta(
        microseconds=spread(999_000, "us", *key)
    )
    at_home = spread(3, "home", *key) == 0
    network = home(1 + spread(19, "line", person.id), person.office.place) if at_home else person.office
    app = _APPS[spread(len(_APPS), "app", *key)]
    match spread(20, "kind", *key):
        case 0:
            return sign_in(person, at, network, app=app, error=50140)
        case 1:
            look = Look(user_agent=EDGE, device=person.laptop)
            return sign_in(person, at, network, app=app, look=look, factor="none", error=50126)
        case 2:
            return _placeless(sign_in(person, at, network, app=app))
        case 3 | 4 | 5:
            return sign_in(person, at, network, app=app, interactive=False)
        case _:
            return sign_in(person, at, network, app=app, look=own_laptop(person), factor="push" if at_home else "claim")


def _starts(person: Person) -> int:
    return {"US": 400, "GB": 60, "PT": 60}.get(person.office.place.country, 0)


def _placeless(streamed: Streamed) -> Streamed:
    """Return the sign-in as it looks when Entra could not place the address: empty texts, coordinates 0/0.

    It also says that it is not interactive although it is in the interactive log; both happen.
    """
    nowhere: dict[str, Any] = {
        "city": "",
        "state": "",
        "countryOrRegion": "",
        "geoCoordinates": {"latitude": 0.0, "longitude": 0.0},
    }
    properties = {**streamed.properties, "location": nowhere, "isInteractive": False}
    record = {**streamed.record, "properties": properties}
    record.pop("location")
    return Streamed(record, streamed.arrives)


def _workloads() -> list[Streamed]:
    found = []
    for number in range(30):
        workload = WORKLOADS[number % len(WORKLOADS)]
        at = FIRST_DAY + timedelta(minutes=61 * number, seconds=spread(60, "workload", str(number)))
        expired = workload.name == "Woodgrove HR Provisioning" and number == 15
        found.append(workload_sign_in(workload, at, HEAD_OFFICE, error=7000222 if expired else 0))
    return found


def _administration() -> list[Streamed]:
    """Return ordinary administration, with the oddities of audit records in it."""
    newcomer, by = colleagues()[5], By(BLAKE, HEAD_OFFICE)
    archive = guid("application", "Woodgrove Statement Archive")
    key = "[KeyIdentifier=2f8c,KeyType=Password,KeyUsage=Verify,DisplayName=rotated by pipeline]"
    return [
        audit(
            ADDED_TO_GROUP,
            moment("2026-09-16T09:41:12.204"),
            by,
            [
                target("Group", guid("group", "Project Lighthouse (external)"), None),
                user_target(newcomer, {"Group.DisplayName": (None, "Project Lighthouse (external)")}),
            ],
        ),
        audit(
            MANAGED_SECRETS,
            moment("2026-09-16T10:02:40.518"),
            By(app="Woodgrove Build Agent"),
            [target("Application", archive, "Woodgrove Statement Archive", {"KeyDescription": ([], [key])})],
        ),
        audit(
            UPDATED_USER,
            moment("2026-09-16T11:15:09.377"),
            By(app="Microsoft Azure AD Internal - Jit Provisioning"),
            [
                user_target(
                    newcomer,
                    {"Included Updated Properties": (None, "MobilePhone"), "TargetId.UserType": (None, "Member")},
                )
            ],
            details={"UserType": "Member"},
        ),
        audit(
            UPDATED_USER,
            moment("2026-09-16T11:15:11.020"),
            By(app="Azure MFA StrongAuthenticationService"),
            [target("User", None, None), target("Policy", guid("policy-object", "mfa"), None)],
        ),
    ]


def _graph_log() -> list[Streamed]:
    times: list[datetime] = [FIRST_DAY + timedelta(hours=3 * number, minutes=7) for number in range(8)]
    return [graph_activity(WORKLOADS[number % 3], at, HEAD_OFFICE) for number, at in enumerate(times)]
