"""Scenarios in which who the person is decides what can be done: the same attack, another remedy."""

from datetime import timedelta

import msgspec

from local.story.clients import OFFICE_HOME, OUTLOOK, Look
from local.story.directory import Resource, role_assignment
from local.story.holdings import Holdings
from local.story.methods import passkey, password, windows_hello
from local.story.moments import graph_time
from local.story.people import BLAKE, BREAK_GLASS, DOMAIN, Person, employee, guest
from local.story.places import BUCHAREST, HEAD_OFFICE, VILNIUS, Network, hosted
from local.story.risks import detection, risky_user
from local.story.sign_ins import Risk, sign_in
from local.story.streamed import Streamed
from local.story.tenant import tenant_of
from tests.scenarios.patterns import AT, HIGH, STRANGE, life_of, scenario, someone, usual_day
from tests.scenarios.scenario import Expect, Scenario, bodies_of

CLEARING = ("confirm_safe", "dismiss_risk", "confirm_sign_in_safe")
FOUND = AT + timedelta(minutes=6)
TAKEN = Risk("high", "high", "atRisk", "none", ("unfamiliarFeatures",))


def situations() -> list[Scenario]:
    """Return the scenarios."""
    return [
        _near_identical_names(),
        _break_glass_used("break_glass_used", BREAK_GLASS.id),
        _break_glass_used("break_glass_listed_by_name", BREAK_GLASS.upn.upper()),
        _hybrid(writeback=True),
        _hybrid(writeback=False),
        _passwordless(),
        _federated(),
        _guest_taken(),
        _admin_through_pim(),
        _service_account(),
    ]


def taken(person: Person, source: Network) -> list[Streamed]:
    """Return the attack that most of these share: a session relayed by an attacker in the middle."""
    risky = sign_in(person, AT, source, app=OFFICE_HOME, look=STRANGE, factor="push", risk=TAKEN)
    return [
        usual_day(person),
        risky,
        detection(person, "attackerinTheMiddle", "high", AT, detected=FOUND, network=source, sign_in=risky),
        risky_user(person, "high", FOUND),
    ]


def expected(**more: object) -> Expect:
    """Return what the shared attack comes to, with what differs."""
    given: dict[str, object] = {
        "verdict": ("compromised",),
        "severity": HIGH,
        "findings": ("attacker_in_the_middle",),
        "not_actions": CLEARING,
    }
    return Expect(**{**given, **more})  # type: ignore[arg-type]


def _near_identical_names() -> Scenario:
    """One letter apart, and one of the two is attacked: the other appears in no word and no request."""
    person, other, source = someone("Anna Lindqvist"), someone("Anna Lindquist"), hosted(61, VILNIUS)
    records = [*taken(person, source), usual_day(other)]
    expect = expected(
        actions=("disable_account", "reset_password_cloud", "revoke_sessions"),
        must_not_appear=(other.name, other.upn, other.id),
    )
    return Scenario(
        name="near_identical_names",
        tenant=tenant_of([life_of(person), life_of(other)], records),
        bodies=bodies_of(records),
        cases={person.id: expect},
        no_case=(other.id,),
    )


def _break_glass_used(name: str, listed: str) -> Scenario:
    """The emergency account signs in from a rented machine: never lock it, wake the custodians, rotate in person.

    ``listed``: how the policy file names it.
    """
    source = hosted(62, BUCHAREST)
    records = taken(BREAK_GLASS, source)[1:]
    holdings = Holdings(person=BREAK_GLASS, roles=("Global Administrator",))
    expect = expected(
        severity=("critical",),
        findings=("attacker_in_the_middle", "emergency_access_account", "privileged_role_held"),
        actions=("rotate_emergency_credentials", "contact_user", "confirm_compromised"),
        not_actions=(
            "disable_account",
            "reset_password_cloud",
            "revoke_sessions",
            "require_mfa_reregistration",
            "remove_role_assignment",
            "block_source_ip",
            *CLEARING,
        ),
        withheld=("disable_account", "reset_password_cloud", "revoke_sessions"),
    )
    found = scenario(name, holdings, records, expect)
    policy = f'[identities]\nbreak_glass = ["{listed}"]\n'
    return msgspec.structs.replace(found, policy=policy)


def _hybrid(*, writeback: bool) -> Scenario:
    """A synchronised user: the cloud reset works only where it is written back; the sync may undo the block."""
    name = "Pavel Dvorak" if writeback else "Petra Dvorakova"
    person = msgspec.structs.replace(someone(name), synced=True)
    records = taken(person, hosted(63 if writeback else 64, VILNIUS))
    resets = ("reset_password_cloud", "reset_password_on_premises")
    works, withheld = resets if writeback else resets[::-1]
    expect = expected(
        actions=("disable_account", "disable_account_on_premises", "revoke_sessions", works),
        not_actions=(withheld, *CLEARING),
        withheld=(withheld,),
    )
    found = scenario(
        "hybrid_with_writeback" if writeback else "hybrid_without_writeback", life_of(person), records, expect
    )
    sync = [{"id": "8d0f2c61-4b7a-4e0d-9c35-5a1b7e3f9d20", "features": {"passwordWritebackEnabled": writeback}}]
    tenant = found.tenant | {"directory/onPremisesSynchronization": sync}
    return msgspec.structs.replace(found, tenant=tenant)


def _passwordless() -> Scenario:
    """A user without a password: nothing to reset, so sessions and methods are what to look at."""
    person, source = someone("Sofia Marques"), hosted(65, VILNIUS)
    methods: list[Resource] = [
        passkey(person, "YubiKey 5C", person.created_at + timedelta(days=1)),
        windows_hello(person, person.created_at + timedelta(days=2)),
    ]
    holdings = msgspec.structs.replace(life_of(person), methods=methods)
    expect = expected(
        actions=("revoke_sessions", "review_auth_methods", "disable_account"),
        not_actions=("reset_password_cloud", "reset_password_on_premises", *CLEARING),
        withheld=("reset_password_cloud",),
        must_not_appear=("holds the password",),
    )
    return scenario("passwordless_user", holdings, taken(person, source), expect)


def _federated() -> Scenario:
    """A user of a federated domain: the reset belongs to the identity provider, the revocation to Entra."""
    person = someone("Ingrid Solheim")
    records = taken(person, hosted(66, VILNIUS))
    expect = expected(
        actions=("reset_password_at_provider", "revoke_sessions", "disable_account"),
        not_actions=("reset_password_cloud", "reset_password_on_premises", *CLEARING),
        withheld=("reset_password_cloud",),
    )
    found = scenario("federated_user", life_of(person), records, expect)
    domain = {"id": DOMAIN, "authenticationType": "Federated", "isDefault": True, "isVerified": True}
    return msgspec.structs.replace(found, tenant=found.tenant | {"domains": [domain]})


def _guest_taken() -> Scenario:
    """A guest's session is stolen: block the guest object and call the home tenant; the rest is theirs to mend."""
    person = guest("Omar Benali", "omar.benali@tailspintoys.com", "Tailspin Toys")
    source = hosted(67, VILNIUS)
    found = AT + timedelta(minutes=6)
    risky = sign_in(person, AT, source, app=OFFICE_HOME, look=STRANGE, factor="push", risk=TAKEN)
    records = [
        risky,
        detection(person, "attackerinTheMiddle", "high", AT, detected=found, network=source, sign_in=risky),
        risky_user(person, "high", found),
    ]
    expect = expected(
        findings=("attacker_in_the_middle", "guest_account"),
        actions=("disable_account", "contact_home_tenant"),
        not_actions=(
            "reset_password_cloud",
            "revoke_sessions",
            "confirm_compromised",
            "issue_temporary_access_pass",
            "require_mfa_reregistration",
            *CLEARING,
        ),
        withheld=("reset_password_cloud", "revoke_sessions", "confirm_compromised"),
    )
    holdings = Holdings(person=person, manager=BLAKE)
    return scenario("guest_taken", holdings, records, expect)


def _admin_through_pim() -> Scenario:
    """The attacker rides on a role that was activated an hour before: deactivate it first."""
    person, source, role = someone("Jonas Keller"), hosted(68, VILNIUS), "Exchange Administrator"
    records = taken(person, source)
    active = role_assignment(person.id, role)
    holdings = msgspec.structs.replace(life_of(person), roles=(role,), eligible=(role,))
    activation = {
        **active,
        "assignmentType": "Activated",
        "memberType": "Direct",
        "startDateTime": graph_time(AT - timedelta(hours=1)),
        "endDateTime": graph_time(AT + timedelta(hours=7)),
    }
    expect = expected(
        severity=("critical",),
        findings=("attacker_in_the_middle", "privileged_role_held", "privileged_role_eligible"),
        actions=("deactivate_role_activation", "disable_account", "revoke_sessions"),
    )
    found = scenario("admin_through_pim", holdings, records, expect)
    return msgspec.structs.replace(
        found, tenant=found.tenant | {"roleManagement/directory/roleAssignmentScheduleInstances": [activation]}
    )


def _service_account() -> Scenario:
    """Programs sign in with the password alone, and so did somebody else: no MFA to ask for, an owner to call."""
    upn = f"svc-scanner@{DOMAIN}"
    person = employee("Scanner Service", "", "Information Technology", HEAD_OFFICE, upn=upn)
    program = Look(user_agent="python-requests/2.32", os="", browser="", client_app="Authenticated SMTP")
    source = hosted(69, BUCHAREST)
    history = [
        sign_in(person, AT - timedelta(days=day), HEAD_OFFICE, app=OUTLOOK, look=program, factor="none")
        for day in range(2, 16)
    ]
    risky = sign_in(person, AT, source, app=OUTLOOK, look=STRANGE, factor="none", risk=TAKEN)
    records = [
        risky,
        detection(person, "leakedCredentials", "high", AT - timedelta(hours=2), detected=AT - timedelta(hours=1)),
        detection(person, "unfamiliarFeatures", "high", AT, detected=FOUND, network=source, sign_in=risky),
        risky_user(person, "high", FOUND),
    ]
    expect = expected(
        findings=("leaked_credentials", "single_factor_risky_sign_in"),
        actions=("reset_password_cloud", "revoke_sessions", "contact_user"),
        not_actions=("require_mfa_reregistration", "issue_temporary_access_pass", *CLEARING),
    )
    holdings = Holdings(person=person, manager=BLAKE, methods=[password(person)], history=history)
    return scenario("service_account", holdings, records, expect)
