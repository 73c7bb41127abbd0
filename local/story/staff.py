"""Everyone else at Woodgrove Bank: about 160 people to whom nothing happens."""

from local.story import password_spray
from local.story.groups import department_group
from local.story.holdings import Holdings, quiet_weeks, usual_devices, usual_methods
from local.story.methods import password
from local.story.moments import ago, graph_time, moment, spread
from local.story.people import (
    ABBI,
    ASHA,
    BLAKE,
    BRANDON,
    BREAK_GLASS,
    CASEY,
    HELEN,
    INES,
    MANAGERS,
    OLDRICH,
    Person,
    employee,
    laptop,
)
from local.story.places import (
    CHICAGO_OFFICE,
    HEAD_OFFICE,
    HELSINKI_OFFICE,
    LEEDS_OFFICE,
    LISBON_OFFICE,
    PRAGUE_OFFICE,
    Network,
)
from local.story.sign_ins import WRONG_PASSWORD, sign_in
from local.story.streamed import Streamed

_FIRST = (
    "Adaeze,Aino,Alejandra,Amit,Anneli,Beatriz,Benedikt,Camille,Carys,Dagmar,Declan,Elif,Emeka,Eva,Farid,Fiona,Giorgio,"
    "Greta,Hamza,Hana,Ilona,Isak,Jakub,Joana,Kaisa,Kofi,Lars,Lucia,Magda,Mateo,Mei,Nikhil,Noor,Olga,Otto,Pavel,Rosa,"
    "Ruben,Sana,Tariq"
)
_LAST = (
    "Abara,Andersson,Bianchi,Brandt,Castro,Chandra,Cerny,Dlamini,Duarte,Eriksen,Fashola,Ferreira,Fischer,Gallagher,"
    "Haddad,Hakala,Horvath,Iyer,Jansen,Kaya,Kowalski,Laine,Lopez,Mbeki,Mendes,Moreau,Nair,Nguyen,Nieminen,Okoro,Petrov,"
    "Pires,Rossi,Salonen,Santos,Svoboda,Tanaka,Varga,Weber,Zhang"
)

_TEAMS: tuple[tuple[str, Person, Network, int, tuple[str, ...]], ...] = (
    ("Finance", ASHA, HELSINKI_OFFICE, 16, ("Treasury Analyst", "Financial Controller", "Payments Manager")),
    ("Payments", OLDRICH, PRAGUE_OFFICE, 18, ("Payments Operations Analyst", "Reconciliation Specialist")),
    ("Customer Service", ABBI, LEEDS_OFFICE, 16, ("Customer Adviser", "Team Leader")),
    ("Corporate Banking", CASEY, CHICAGO_OFFICE, 16, ("Relationship Manager", "Credit Analyst")),
    ("Compliance", INES, LISBON_OFFICE, 12, ("Compliance Officer", "Financial Crime Investigator")),
    (
        "Information Technology",
        BLAKE,
        HEAD_OFFICE,
        22,
        ("Platform Engineer", "Service Desk Analyst", "Network Engineer"),
    ),
    ("Information Security", BRANDON, HEAD_OFFICE, 8, ("Security Analyst", "Detection Engineer")),
    ("Human Resources", HELEN, HEAD_OFFICE, 10, ("HR Business Partner", "Recruiter")),
    ("Marketing", HELEN, HEAD_OFFICE, 10, ("Brand Manager", "Content Designer")),
    ("Retail Banking", HELEN, LEEDS_OFFICE, 30, ("Branch Manager", "Mortgage Adviser", "Personal Banker")),
)
"""Department, its head, its office, how many more work there, and their titles."""


def everyone_else() -> list[Holdings]:
    """Return the heads of department, the emergency account, the sprayed advisers and the rest of the staff."""
    heads = [_head(person) for person in MANAGERS]
    advisers = [
        Holdings(person=p, manager=ABBI, methods=usual_methods(p), groups=(department_group(p.department),))
        for p in password_spray.OTHERS
    ]
    emergency = Holdings(
        person=BREAK_GLASS,
        methods=[password(BREAK_GLASS)],
        groups=("Break-glass accounts",),
        roles=("Global Administrator",),
    )
    return [*heads, emergency, *advisers, *(_holdings(person, head) for person, head in _staff())]


def colleagues() -> list[Person]:
    """Return the staff whose ordinary sign-ins fill the stream."""
    return [person for person, _ in _staff()]


def _staff() -> list[tuple[Person, Person]]:
    first, last = _FIRST.split(","), _LAST.split(",")
    found: list[tuple[Person, Person]] = []
    for department, head, office, size, titles in _TEAMS:
        for number in range(size):
            index = len(found)
            # 40 x 40 names, walked on a diagonal, meet each pair once: no two people share a UPN.
            name = f"{first[index % 40]} {last[(index * 7 + index // 40) % 40]}"
            found.append((_person(name, titles[number % len(titles)], department, office, index), head))
    return found


def _person(name: str, title: str, department: str, office: Network, index: int) -> Person:
    joined = moment(f"{2016 + spread(10, 'year', name)}-{1 + spread(12, 'month', name):02d}-04T09:00")
    changed = moment(
        f"2026-{1 + spread(8, 'changed', name):02d}-{1 + spread(28, 'day', name):02d}T09:{spread(60, 'm', name):02d}"
    )
    return employee(
        name,
        title,
        department,
        office,
        since=graph_time(joined).rstrip("Z"),
        changed=graph_time(changed).rstrip("Z"),
        device=laptop(f"WB-LT-{4000 + index}", joined),
        synced=department == "Payments",
    )


def _holdings(person: Person, head: Person) -> Holdings:
    desk = person.title == "Service Desk Analyst"
    return Holdings(
        person=person,
        manager=head,
        methods=usual_methods(person),
        devices=usual_devices(person),
        groups=(department_group(person.department),),
        roles=("Helpdesk Administrator",) if desk else (),
    )


def _head(person: Person) -> Holdings:
    groups = [department_group(person.department)]
    if person is BLAKE:
        groups.append("Identity Platform Operators")
    if person is ASHA:
        groups.append("Treasury Payment Approvers")
    return Holdings(
        person=person,
        manager=None if person is HELEN else HELEN,
        methods=usual_methods(person),
        devices=usual_devices(person),
        groups=tuple(groups),
        roles=("Global Reader",) if person is BRANDON else (),
        eligible={BLAKE.id: ("Global Administrator",), BRANDON.id: ("Security Administrator",)}.get(person.id, ()),
        history=_sign_ins_of_casey() if person is CASEY else [],
    )


def _sign_ins_of_casey() -> list[Streamed]:
    """Return two quiet weeks, and a password mistyped once."""
    quiet = quiet_weeks(CASEY, CHICAGO_OFFICE, days=14)
    return [*quiet, sign_in(CASEY, ago(days=5, hours=1), CHICAGO_OFFICE, factor="none", error=WRONG_PASSWORD)]
