"""Grave changes of accounts: guests, passes, methods, recovery keys, each beside the day's work that looks like it."""

from datetime import timedelta

from local.story.audits import target, user_target
from local.story.clients import OFFICE_HOME
from local.story.directory import device
from local.story.holdings import Holdings
from local.story.methods import authenticator, phone
from local.story.people import DOMAIN, Person, employee, guest
from local.story.places import HANOI, HEAD_OFFICE, hosted
from local.story.risks import detection, risky_user
from local.story.sign_ins import Risk, sign_in
from local.story.streamed import Streamed
from tests.scenarios.acts import (
    NIGHT,
    act,
    admin,
    daily_work,
    harmless,
    high,
    judged,
    milder,
)
from tests.scenarios.patterns import AT, HOME, STRANGE, life_of, someone, usual_day
from tests.scenarios.scenario import Expect, Scenario

MINUTE = timedelta(minutes=1)
PASS = "Admin registered temporary access pass method for user"
AWAY = hosted(82, HANOI)


def changes_accounts() -> list[Scenario]:
    """Return the scenarios."""
    return [
        _guest_from_outside(),
        _guest_made_member(),
        _guests_of_every_day(),
        _access_pass_at_night(),
        _access_pass_for_a_colleague(),
        _methods_after_takeover(),
        _methods_of_a_first_day(),
        _enabled_and_reset(),
        _made_and_deleted(),
        _accounts_of_every_day(),
        _recovery_key_read(),
        _recovery_key_read_by_helpdesk(),
    ]


def _invited(by: Person, mail: str, **more: object) -> Streamed:
    visitor = guest("Visitor", mail, "Elsewhere")
    return act(
        "Invite external user",
        by,
        [user_target(visitor)],
        service="Invited Users",
        category="UserManagement",
        details={"InvitedUserEmailAddress": mail},
        succeeded=bool(more.get("succeeded", True)),
    )


def _guest_from_outside() -> Scenario:
    """Row 34: the first invitation that is seen of this person: a quiet ticket, because most are honest."""
    person = someone("Bea Lang")
    records = [usual_day(person), _invited(person, "k.murray@fabrikam.example")]
    return judged("guest_from_another_organisation", admin(person), records, milder("low", "guest_invited"))


def _guest_made_member() -> Scenario:
    """Row 34: a guest becomes a member, and policies that hold guests back no longer do."""
    person, visitor = someone("Timo Arvo"), guest("Kim Murray", "kim@fabrikam.example", "Fabrikam")
    changed = user_target(visitor, {"UserType": ("Guest", "Member")})
    records = [usual_day(person), act("Update user", person, [changed], category="UserManagement")]
    expect = milder("medium", "guest_made_member", actions=("make_guest_again",))
    return judged("guest_made_member", admin(person, "User Administrator"), records, expect, visitor)


def _guests_of_every_day() -> Scenario:
    """Row 34, benign: somebody of the own organisation, a failed invitation, an internal user, a change of title."""
    own, fails, inside, title = (someone(name) for name in ("Ulf Brandt", "Yara Sol", "Nia Cole", "Ben Lowe"))
    internal = "Invite internal user to B2B collaboration"
    records = [
        _invited(own, f"second.account@{DOMAIN}"),
        _invited(fails, "k.murray@fabrikam.example", succeeded=False),
        act(internal, inside, [user_target(own)], service="Invited Users", category="UserManagement"),
        act("Update user", title, [user_target(own, {"JobTitle": ("Clerk", "Lead")})], category="UserManagement"),
    ]
    return daily_work("guests_of_every_day", records, own, fails, inside, title)


def _pass_for(whom: Person, by: Person) -> Streamed:
    return act(
        "Admin registered security info",
        by,
        [user_target(whom)],
        at=NIGHT,
        service="Authentication Methods",
        category="UserManagement",
        network=AWAY,
        reason=PASS,
    )


def _access_pass_at_night() -> Scenario:
    """Row 35: a pass that replaces password and MFA of an administrator, made at two in the night."""
    whom, by = someone("Astrid Voll"), someone("Emil Krag")
    expect = high("access_pass_out_of_hours", actions=("delete_access_pass",))
    records = [usual_day(whom), _pass_for(whom, by)]
    return judged("access_pass_for_admin_at_night", admin(whom, "Global Administrator"), records, expect, by)


def _access_pass_for_a_colleague() -> Scenario:
    """Row 35, benign: the same pass at the same hour for somebody without any role."""
    whom, by = someone("Lars Tofte"), someone("Berit Sand")
    expect = harmless(not_findings=("access_pass_out_of_hours",))
    return judged(
        "access_pass_for_colleague_at_night", life_of(whom), [usual_day(whom), _pass_for(whom, by)], expect, by
    )


def _burst(person: Person, network: object) -> list[Streamed]:
    """Return e-mail, code generator, phone, app password and a new password within five minutes."""
    done = ("Email", "Authenticator App with Code", "Mobile Phone SMS")
    info = "User registered security info"
    at = AT + 4 * MINUTE
    common = {"service": "Authentication Methods", "category": "UserManagement", "network": network}
    records = [
        act(info, person, [user_target(person)], at=at + n * MINUTE, reason=f"User registered {what}", **common)  # type: ignore[arg-type]
        for n, what in enumerate(done)
    ]
    records.append(
        act("Create application password for user", person, [user_target(person)], at=at + 3 * MINUTE, **common)
    )  # type: ignore[arg-type]
    changed = act("Change user password", person, [user_target(person)], at=at + 4 * MINUTE, network=network)  # type: ignore[arg-type]
    return [*records, changed]


def _methods_after_takeover() -> Scenario:
    """Row 36: the account is five years old, a stranger signed in at risk, and every method is new from that address."""
    person = someone("Wanda Kos")
    risk = Risk("medium", "medium", "atRisk", "none", ("unfamiliarFeatures",))
    found = AT + 2 * MINUTE
    taken = sign_in(person, AT, AWAY, app=OFFICE_HOME, look=STRANGE, factor="none", risk=risk)
    records = [
        usual_day(person),
        taken,
        detection(person, "unfamiliarFeatures", "medium", AT, detected=found, network=AWAY, sign_in=taken),
        risky_user(person, "medium", found),
        *_burst(person, AWAY),
    ]
    life = life_of(person)
    methods = [*life.methods, phone(person, "+84 90 000 00 01", AT + 6 * MINUTE)]
    holdings = Holdings(
        person=person, manager=life.manager, methods=methods, devices=life.devices, history=life.history
    )
    expect = Expect(
        verdict=("compromised",),
        severity=("high",),
        findings=("auth_method_added_after_risk", "password_changed_from_risky_address"),
        actions=("revoke_sessions", "remove_auth_method"),
        not_actions=("confirm_safe", "dismiss_risk"),
    )
    return judged("methods_after_takeover", holdings, records, expect)


def _methods_of_a_first_day() -> Scenario:
    """Row 36, the other reading: the account was made the day before, and the little risk is that nobody knows it yet."""
    person = employee(
        "Zoe Marsh",
        "Platform Engineer",
        "Information Technology",
        HEAD_OFFICE,
        since="2026-09-15T08:00",
        changed="2026-09-15T08:00",
    )
    risk = Risk("low", "low", "atRisk", "none", ("unfamiliarFeatures",))
    found = AT + 2 * MINUTE
    first = sign_in(person, AT, HOME, app=OFFICE_HOME, factor="push", risk=risk)
    records = [
        first,
        detection(person, "unfamiliarFeatures", "low", AT, detected=found, network=HOME, sign_in=first),
        risky_user(person, "low", found),
        *_burst(person, HOME),
    ]
    holdings = Holdings(person=person, methods=[authenticator(person, "iPhone 15", AT + 5 * MINUTE)])
    expect = Expect(
        verdict=("suspicious", "benign"),
        severity=("informational", "low", "medium"),
        findings=("unfamiliar_sign_in",),
        not_findings=("auth_method_added_after_risk",),
        not_actions=("disable_account", "confirm_compromised", "remove_auth_method"),
    )
    return judged("methods_of_a_first_day", holdings, records, expect)


def _enabled_and_reset() -> Scenario:
    """Row 37: a sleeping account is switched on and given a new password within a minute."""
    person, sleeper = someone("Ragna Dahl"), someone("Former Contractor")
    users = {"category": "UserManagement"}
    records = [
        usual_day(person),
        act("Enable account", person, [user_target(sleeper)], **users),  # type: ignore[arg-type]
        act("Reset password (by admin)", person, [user_target(sleeper)], at=AT + MINUTE, **users),  # type: ignore[arg-type]
    ]
    expect = milder("medium", "account_enabled_and_reset", actions=("disable_changed_account",))
    return judged("account_enabled_and_reset", admin(person, "User Administrator"), records, expect, sleeper)


def _made_and_deleted() -> Scenario:
    """Row 37: an account that lived for twenty minutes."""
    person, short = someone("Troy Nash"), someone("Svc Temp")
    records = [
        usual_day(person),
        act("Add user", person, [user_target(short)], category="UserManagement"),
        act("Delete user", person, [user_target(short)], at=AT + 20 * MINUTE, category="UserManagement"),
    ]
    expect = milder("medium", "account_made_and_deleted")
    return judged("account_made_and_deleted", admin(person, "User Administrator"), records, expect, short)


def _accounts_of_every_day() -> Scenario:
    """Row 37, benign: back from leave and reset in the afternoon; a leaver deleted; two people, two operators."""
    operator, second, back, leaver = (someone(name) for name in ("Olga Rein", "Sven Holt", "Back Again", "Gone Away"))
    records = [
        act("Enable account", operator, [user_target(back)], category="UserManagement"),
        act("Reset password (by admin)", second, [user_target(back)], at=AT + MINUTE, category="UserManagement"),
        act(
            "Reset password (by admin)", operator, [user_target(back)], at=AT + 200 * MINUTE, category="UserManagement"
        ),
        act("Delete user", operator, [user_target(leaver)], category="UserManagement"),
    ]
    return daily_work("accounts_of_every_day", records, operator, second, back, leaver)


def _key_read(by: Person) -> Streamed:
    machine = someone("Dora Finch").laptop
    assert machine is not None
    named = target("Device", str(device(machine)["deviceId"]), machine.name)
    return act(
        "Recover device local administrator password",
        by,
        [named],
        service="Device Registration Service",
        category="Device",
    )


def _recovery_key_read() -> Scenario:
    """Row 38: an engineer reads the local administrator's password of somebody else's laptop."""
    person = someone("Kurt Moller")
    expect = milder("medium", "device_secret_read", actions=("rotate_device_secret",))
    return judged("device_secret_read", admin(person), [usual_day(person), _key_read(person)], expect)


def _recovery_key_read_by_helpdesk() -> Scenario:
    """Row 38, benign: the help desk at work, by its role."""
    person = someone("Hilda Berg")
    expect = harmless(not_findings=("device_secret_read",))
    holdings = admin(person, "Helpdesk Administrator")
    return judged("device_secret_read_by_helpdesk", holdings, [usual_day(person), _key_read(person)], expect)
