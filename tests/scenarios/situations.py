"""Scenarios in which who the person is decides what can be done: the same attack, another remedy."""

from datetime import timedelta

import msgspec

from local.story.apps import E3
from local.story.audits import RESET_PASSWORD, UPDATED_USER, Activity, By, audit, user_target
from local.story.clients import AZURE_PORTAL, OFFICE_HOME, OUTLOOK, Look
from local.story.directory import Resource, role_assignment
from local.story.holdings import Holdings
from local.story.methods import passkey, password, windows_hello
from local.story.moments import graph_time
from local.story.people import BLAKE, BRANDON, BREAK_GLASS, DOMAIN, Person, employee, guest
from local.story.places import BUCHAREST, HEAD_OFFICE, LONDON, VILNIUS, Network, home, hosted
from local.story.risks import detection, risky_user
from local.story.sign_ins import Risk, sign_in
from local.story.streamed import Streamed
from local.story.tenant import tenant_of
from tests.scenarios.patterns import AT, HIGH, STRANGE, life_of, scenario, someone, usual_day
from tests.scenarios.scenario import Expect, Scenario, bodies_of

REVOKED = Activity("Update StsRefreshTokenValidFrom Timestamp", "UserManagement", "Core Directory")
DISABLED = Activity("Disable account", "UserManagement", "Core Directory")
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
        _user_reported(),
        _user_reported_in_time(),
        _safe_then_risky(),
        _confirmed_safe(),
        _late_detection(),
        _contained_already(),
        _no_licence_for_feedback(),
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


def _expect(**more: object) -> Expect:
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
    expect = _expect(
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
    expect = _expect(
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
    expect = _expect(
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
    expect = _expect(
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
    expect = _expect(
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
    expect = _expect(
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
    expect = _expect(
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
    expect = _expect(
        findings=("leaked_credentials", "single_factor_risky_sign_in"),
        actions=("reset_password_cloud", "revoke_sessions", "contact_user"),
        not_actions=("require_mfa_reregistration", "issue_temporary_access_pass", *CLEARING),
    )
    holdings = Holdings(person=person, manager=BLAKE, methods=[password(person)], history=history)
    return scenario("service_account", holdings, records, expect)


def _reported(person: Person, source: Network, *, let_in: bool) -> list[Streamed]:
    """Return a prompt that the user reports, after an earlier one that may have been approved."""
    first = sign_in(
        person,
        AT,
        source,
        app=AZURE_PORTAL,
        look=STRANGE,
        factor="push" if let_in else "denied",
        error=0 if let_in else 500121,
        risk=TAKEN,
    )
    found = AT + timedelta(hours=1)
    return [
        usual_day(person),
        first,
        detection(person, "userReportedSuspiciousActivity", "high", found, detected=found, network=source),
        risky_user(person, "high", found),
    ]


def _user_reported() -> Scenario:
    """The user reports a prompt, and another one from the same place had been approved: somebody is in."""
    person = someone("Lena Fischer")
    expect = _expect(
        findings=("user_reported_suspicious_activity", "risky_sign_in_succeeded"),
        actions=("reset_password_cloud", "revoke_sessions"),
    )
    return scenario("user_reported", life_of(person), _reported(person, hosted(70, VILNIUS), let_in=True), expect)


def _user_reported_in_time() -> Scenario:
    """The twin: the prompt was denied and reported, so the password is known and nobody got in."""
    person = someone("Lars Fischer")
    expect = Expect(
        verdict=("suspicious",),
        severity=("medium", "high"),
        findings=("user_reported_suspicious_activity",),
        not_findings=("risky_sign_in_succeeded",),
        actions=("reset_password_cloud",),
        not_actions=("disable_account", "confirm_compromised", *CLEARING),
    )
    records = _reported(person, hosted(71, VILNIUS), let_in=False)
    return scenario("user_reported_in_time", life_of(person), records, expect)


def _said_safe(person: Person, source: Network) -> list[Streamed]:
    """Return a risk that an administrator confirmed as safe two hours later."""
    risk = Risk("medium", "medium", "atRisk", "none", ("unfamiliarFeatures",))
    start, said = AT - timedelta(hours=30), AT - timedelta(hours=28)
    first = sign_in(person, start, source, app=OFFICE_HOME, look=STRANGE, factor="push", risk=risk)
    found, words = start + timedelta(minutes=3), "adminConfirmedAccountSafe"
    noticed = {"detected": found, "network": source, "sign_in": first}
    return [
        usual_day(person),
        first,
        detection(person, "unfamiliarFeatures", "medium", start, **noticed),  # type: ignore[arg-type]
        risky_user(person, "medium", found),
        detection(
            person,
            "unfamiliarFeatures",
            "medium",
            start,
            **noticed,  # type: ignore[arg-type]
            state="confirmedSafe",
            detail=words,
            updated=said,
        ),
        risky_user(person, "none", said, state="confirmedSafe", detail=words),
    ]


def _safe_then_risky() -> Scenario:
    """Confirmed as safe, and a day later an attacker in the middle: the earlier word does not cover it."""
    person = someone("Mirela Ionescu")
    records = [*_said_safe(person, home(72, LONDON)), *taken(person, hosted(72, VILNIUS))[1:]]
    expect = _expect(actions=("disable_account", "reset_password_cloud", "revoke_sessions"))
    return scenario("confirmed_safe_then_risky", life_of(person), records, expect)


def _confirmed_safe() -> Scenario:
    """The twin: confirmed as safe and quiet since; there is nothing left to do."""
    person = someone("Marius Ionescu")
    expect = Expect(
        verdict=("benign",),
        severity=("informational", "low"),
        status="closed",
        findings=("risk_confirmed_safe",),
        not_actions=("disable_account", "reset_password_cloud", "revoke_sessions", "confirm_compromised", *CLEARING),
        done=("confirm_safe",),
    )
    return scenario("confirmed_safe", life_of(person), _said_safe(person, home(73, LONDON)), expect)


def _late_detection() -> Scenario:
    """The detection comes 28 hours after the sign-in: what the account did in between is part of the case."""
    person, source = someone("Yusuf Demir"), hosted(74, VILNIUS)
    taken = sign_in(person, AT, source, app=OUTLOOK, look=STRANGE)
    late = AT + timedelta(hours=28)
    records = [
        usual_day(person),
        taken,
        detection(person, "anomalousToken", "high", AT, detected=late, network=source, sign_in=taken),
        risky_user(person, "high", late),
    ]
    expect = Expect(
        verdict=("compromised", "suspicious"),
        severity=("medium", "high", "critical"),
        findings=("token_theft_pattern", "risky_sign_in_succeeded"),
        actions=("revoke_sessions",),
        not_actions=CLEARING,
    )
    return scenario("detected_28_hours_late", life_of(person), records, expect)


def _contained_already() -> Scenario:
    """An administrator blocked the account, reset the password and revoked the sessions: say so, and what is left."""
    changed, source = AT + timedelta(hours=2), hosted(75, VILNIUS)
    person = msgspec.structs.replace(someone("Clara Jansen"), enabled=False, password_changed_at=changed)
    by = By(BRANDON, HEAD_OFFICE)
    changes = [
        audit(DISABLED, changed, by, [user_target(person)]),
        audit(RESET_PASSWORD, changed, by, [user_target(person)]),
        audit(REVOKED, changed + timedelta(minutes=1), by, [user_target(person)]),
        audit(UPDATED_USER, changed, by, [user_target(person, {"AccountEnabled": ([True], [False])})]),
    ]
    expect = Expect(
        verdict=("compromised",),
        severity=("medium", "high"),
        findings=("attacker_in_the_middle", "account_disabled"),
        actions=("enable_account", "confirm_compromised"),
        not_actions=("disable_account", "reset_password_cloud", "revoke_sessions", *CLEARING),
        done=("disable_account", "reset_password_cloud", "revoke_sessions"),
    )
    return scenario("contained_already", life_of(person), [*taken(person, source), *changes], expect)


def _no_licence_for_feedback() -> Scenario:
    """Without Entra ID P2 an attack known from the sign-ins is the same attack, but Entra takes no feedback."""
    person, source = someone("Nils Berg"), hosted(76, VILNIUS, asn=64506)
    risk = Risk("hidden", "hidden", "atRisk", "hidden")
    records = [
        usual_day(person),
        *(
            sign_in(
                person,
                AT + timedelta(seconds=40 * number),
                source,
                app=AZURE_PORTAL,
                look=STRANGE,
                factor="denied",
                error=500121,
            )
            for number in range(9)
        ),
        sign_in(person, AT + timedelta(minutes=8), source, app=AZURE_PORTAL, look=STRANGE, factor="push", risk=risk),
    ]
    expect = Expect(
        verdict=("compromised",),
        severity=HIGH,
        findings=("mfa_fatigue_approved",),
        actions=("reset_password_cloud", "revoke_sessions"),
        not_actions=("confirm_compromised", "confirm_sign_in_compromised", *CLEARING),
        withheld=("confirm_compromised",),
    )
    return Scenario(
        name="no_licence_for_feedback",
        tenant=tenant_of([life_of(person)], records, licences=(E3,)),
        bodies=bodies_of(records),
        cases={person.id: expect},
    )
