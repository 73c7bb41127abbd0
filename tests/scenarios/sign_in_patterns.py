"""Attacks that only the sign-in log shows, each with the honest morning that looks like it."""

from datetime import timedelta
from typing import Any

import msgspec

from local.story.audits import REGISTERED_DEVICE, By, audit, target, user_target
from local.story.clients import AZURE_CLI, BROKER, EDGE, GRAPH_ID, OFFICE_HOME, OUTLOOK, App, Look, own_laptop
from local.story.holdings import Holdings
from local.story.moments import moment
from local.story.people import Person
from local.story.places import AMSTERDAM, BUCHAREST, HANOI, HEAD_OFFICE, LONDON, VILNIUS, Network, home, hosted
from local.story.sign_ins import WRONG_PASSWORD, sign_in
from local.story.streamed import Streamed
from local.story.tenant import tenant_of
from tests.scenarios.patterns import AT, HOME, STRANGE, life_of, scenario, someone, usual_day
from tests.scenarios.scenario import Expect, ExpectCampaign, Scenario, bodies_of

AWAY = hosted(61, AMSTERDAM)
OTHER = hosted(62, BUCHAREST, asn=64507)
MINUTE = timedelta(minutes=1)
VSCODE = App("Visual Studio Code", "aebc6443-996d-45c2-90f0-388ff96faa56", "Microsoft Graph", GRAPH_ID)
VSCODE_TO_DEVOPS = App(
    "Visual Studio Code", "aebc6443-996d-45c2-90f0-388ff96faa56", "Azure DevOps", "499b84ac-1321-427f-aa17-267ca6975798"
)
POWERSHELL = App(
    "Azure Active Directory PowerShell",
    "1b730954-1685-4b74-9bfd-dac224a7b894",
    "Windows Azure Active Directory",
    "00000002-0000-0000-c000-000000000000",
)
CODE = Look(user_agent=EDGE, os="Windows10", browser="Edge 139.0.0", protocol="deviceCode", transfer="deviceCodeFlow")
ROPC = Look(user_agent="", os="", browser="", client_app="Mobile Apps and Desktop clients", protocol="ropc")
SMTP = Look(user_agent="", os="", browser="", client_app="Authenticated SMTP")
SCRIPT = Look(user_agent="python-requests/2.32.3", os="", browser="Python Requests 2.32")
NEVER = ("confirm_safe", "dismiss_risk")


def sign_in_patterns() -> list[Scenario]:
    """Return the scenarios."""
    return [
        _ordinary_day(),
        _forgot_password(),
        _locked_out_from_outside(),
        _locked_out_by_an_old_phone(),
        _bad_morning_with_prompts(),
        _device_code_broker(),
        _device_code_other_client(),
        _aitm_device_chain(),
        _new_laptop_from_the_office(),
        _session_in_two_countries(),
        _session_on_the_train(),
        _vscode_code_phished(),
        _vscode_to_devops(),
        _ropc_single_factor(),
        _ropc_failed(),
        _legacy_mail_from_outside(),
        _legacy_mail_as_ever(),
        _script_signed_in(),
        _disabled_account_beside(),
        _leaver_tries_from_the_office(),
        _distributed_spray_by_ropc(),
        _distributed_spray_by_browser(),
        _passwords_expired(),
        _directory_tool(),
        _interrupts(),
    ]


def quiet(name: str, person: Person, records: list[Streamed], *more: Holdings) -> Scenario:
    """Return a scenario in which nobody gets a case."""
    people = [life_of(person), *more]
    return Scenario(
        name=name,
        tenant=tenant_of(people, records),
        bodies=bodies_of(records),
        cases={},
        no_case=tuple(holding.person.id for holding in people),
    )


def suspicious(*findings: str, severity: tuple[str, ...] = ("medium", "high"), **more: Any) -> Expect:
    """Return what is expected of a pattern that proves nothing by itself."""
    given: dict[str, Any] = {"verdict": ("suspicious", "compromised"), "severity": severity, "not_actions": NEVER}
    return Expect(findings=findings, **{**given, **more})


def days_before(record: Streamed, person: Person, network: Network, days: int, **more: Any) -> list[Streamed]:
    """Return the same kind of sign-in on earlier days: a habit."""
    at = moment(record.properties["createdDateTime"][:19])
    return [sign_in(person, at - timedelta(days=day), network, **more) for day in range(days, 0, -1)]


def _ordinary_day() -> Scenario:
    """MFA, the own laptop, the office: no risk, no case."""
    person = someone("Alma Whitfield")
    return quiet("ordinary_day", person, [usual_day(person), sign_in(person, AT, HEAD_OFFICE, app=OUTLOOK)])


def _forgot_password() -> Scenario:
    """A dozen wrong passwords and the right one, at home, where the user has signed in for weeks."""
    person = someone("Bruno Castellan")
    wrong = [sign_in(person, AT + n * MINUTE, HOME, error=WRONG_PASSWORD, factor="none") for n in range(12)]
    before = sign_in(person, AT - timedelta(days=2), HOME, app=OUTLOOK, factor="push")
    return quiet("forgot_password", person, [before, *wrong, sign_in(person, AT + 15 * MINUTE, HOME, factor="push")])


def _locked_out_from_outside() -> Scenario:
    """The locked account is tried on and on from a rented machine: a nuisance, and nobody got in."""
    person = someone("Celia Norrington")
    tried = [sign_in(person, AT + n * MINUTE / 2, AWAY, error=50053, factor="none", look=STRANGE) for n in range(14)]
    expect = Expect(
        verdict=("suspicious",),
        severity=("low",),
        findings=("account_locked_out",),
        not_findings=("brute_force_success", "risky_sign_in_succeeded"),
        not_actions=("disable_account", "confirm_compromised"),
    )
    return scenario("locked_out_from_outside", life_of(person), [usual_day(person), *tried], expect)


def _locked_out_by_an_old_phone() -> Scenario:
    """Exchange Online repeats what a forgotten phone sends it: Microsoft's own network, and no case."""
    person = someone("Dario Velasco")
    exchange = msgspec.structs.replace(AWAY, ip="203.0.113.200", asn=8075)
    tried = [sign_in(person, AT + n * MINUTE / 2, exchange, error=50053, factor="none") for n in range(14)]
    return quiet("locked_out_by_an_old_phone", person, tried)


def _bad_morning_with_prompts() -> Scenario:
    """Four prompts missed and then one approved, on the own laptop at home."""
    person = someone("Edda Lindholm")
    missed = [sign_in(person, AT + n * MINUTE, HOME, error=500121, factor="denied") for n in range(4)]
    return quiet("bad_morning_with_prompts", person, [*missed, sign_in(person, AT + 6 * MINUTE, HOME, factor="push")])


def _device_code_broker() -> Scenario:
    """A code typed at the user's desk opens the broker's session on a machine elsewhere."""
    person = someone("Farid Mansouri")
    code = sign_in(person, AT, AWAY, app=BROKER, look=CODE, factor="push")
    expect = suspicious("device_code_sign_in", actions=("contact_user",))
    return scenario("device_code_broker", life_of(person), [usual_day(person), code], expect)


def _device_code_other_client() -> Scenario:
    """The Azure CLI on a server without a browser."""
    person = someone("Greta Hallam")
    code = sign_in(person, AT, HEAD_OFFICE, app=AZURE_CLI, look=CODE, factor="push")
    return quiet("device_code_other_client", person, [usual_day(person), code])


def _joined(person: Person, network: Network, look: Look) -> list[Streamed]:
    device = target("Device", "7b6f0d2e-2f0b-4c5a-9a55-0d6f5a4f9e11", "DESKTOP-9QX2")
    return [
        sign_in(person, AT, network, app=OFFICE_HOME, look=look, factor="push"),
        sign_in(person, AT + 2 * MINUTE, network, app=BROKER, look=look),
        audit(REGISTERED_DEVICE, AT + 3 * MINUTE, By(person, network), [device, user_target(person)]),
        sign_in(
            person,
            AT + 5 * MINUTE,
            network,
            app=OUTLOOK,
            look=msgspec.structs.replace(look, incoming="primaryRefreshToken"),
        ),
    ]


def _aitm_device_chain() -> Scenario:
    """Portal, broker, a registered device and its token within five minutes from a rented machine."""
    person = someone("Hugo Baptiste")
    expect = Expect(
        verdict=("compromised",),
        severity=("high", "critical"),
        findings=("device_joined_after_portal", "device_registered_after_risk"),
        actions=("revoke_sessions", "disable_account"),
        not_actions=NEVER,
    )
    return scenario("aitm_device_chain", life_of(person), [usual_day(person), *_joined(person, AWAY, STRANGE)], expect)


def _new_laptop_from_the_office() -> Scenario:
    """The same chain in the office, where the user signs in every day: a new laptop."""
    person = someone("Ines Caldwell")
    before = [usual_day(person), sign_in(person, AT - timedelta(days=1), HEAD_OFFICE, app=OUTLOOK)]
    return quiet("new_laptop_from_the_office", person, [*before, *_joined(person, HEAD_OFFICE, own_laptop(person))])


def _session_in_two_countries() -> Scenario:
    """One session in London and, twenty minutes later, in Bucharest: a stolen cookie beside its owner."""
    person = someone("Jonas Marchetti")
    records = [
        sign_in(person, AT, HOME, app=OUTLOOK, session="s-1", factor="push"),
        sign_in(person, AT + 20 * MINUTE, OTHER, app=OUTLOOK, session="s-1", look=STRANGE),
        sign_in(person, AT + 40 * MINUTE, HOME, app=OUTLOOK, session="s-1"),
    ]
    expect = suspicious("session_in_two_places", actions=("revoke_sessions",))
    return scenario("session_in_two_countries", life_of(person), records, expect)


def _session_on_the_train() -> Scenario:
    """One session from the line at home and the telephone network of the same country."""
    person = someone("Kaia Brandvold")
    mobile = Network("198.51.100.201", 64510, LONDON)
    records = [
        sign_in(person, AT, HOME, app=OUTLOOK, session="s-2", factor="push"),
        sign_in(person, AT + 20 * MINUTE, mobile, app=OUTLOOK, session="s-2"),
    ]
    return quiet("session_on_the_train", person, records)


def _vscode_code_phished() -> Scenario:
    """A link asked for the code of Visual Studio Code, and its sender reads Graph as the user."""
    person = someone("Lorenzo Vidal")
    taken = sign_in(person, AT, AWAY, app=VSCODE, look=STRANGE, factor="push")
    expect = suspicious("code_phished_to_graph")
    return scenario("vscode_code_phished", life_of(person), [usual_day(person), taken], expect)


def _vscode_to_devops() -> Scenario:
    """A developer at work."""
    person = someone("Mette Aagaard")
    return quiet("vscode_to_devops", person, [sign_in(person, AT, HEAD_OFFICE, app=VSCODE_TO_DEVOPS)])


def _ropc_single_factor() -> Scenario:
    """A program sends the password from a rented machine, and gets in with it alone."""
    person = someone("Nora Fitzwilliam")
    taken = sign_in(person, AT, AWAY, app=OUTLOOK, look=ROPC, factor="none", interactive=False)
    expect = suspicious("ropc_sign_in", severity=("low", "medium", "high"))
    return scenario("ropc_single_factor", life_of(person), [usual_day(person), taken], expect)


def _ropc_failed() -> Scenario:
    """The same with a wrong password: one of thousands a day."""
    person = someone("Osman Dalgaard")
    return quiet("ropc_failed", person, [sign_in(person, AT, AWAY, look=ROPC, factor="none", error=WRONG_PASSWORD)])


def _legacy_mail_from_outside() -> Scenario:
    """Authenticated SMTP from a place where the user never was: it cannot ask for MFA."""
    person = someone("Pilar Ochoa")
    taken = sign_in(person, AT, OTHER, app=OUTLOOK, look=SMTP, factor="none", interactive=False)
    expect = suspicious("legacy_authentication_success", severity=("low", "medium", "high"))
    return scenario("legacy_mail_from_outside", life_of(person), [usual_day(person), taken], expect)


def _legacy_mail_as_ever() -> Scenario:
    """The scanner that has mailed from the same line for a week."""
    person = someone("Quirin Adler")
    line = home(77, LONDON)
    mailed = sign_in(person, AT, HEAD_OFFICE, app=OUTLOOK, look=SMTP, factor="none", interactive=False)
    before = days_before(mailed, person, HEAD_OFFICE, 6, app=OUTLOOK, look=SMTP, factor="none", interactive=False)
    return quiet(
        "legacy_mail_as_ever", person, [*before, mailed, sign_in(person, AT, line, app=OUTLOOK, factor="push")]
    )


def _script_signed_in() -> Scenario:
    """An HTTP library got past the password with no second factor."""
    person = someone("Rhea Kaplan")
    taken = sign_in(person, AT, AWAY, app=OUTLOOK, look=SCRIPT, factor="none")
    expect = suspicious("attack_tool_user_agent", "single_factor_risky_sign_in")
    return scenario("script_signed_in", life_of(person), [usual_day(person), taken], expect)


def _disabled_account_beside() -> Scenario:
    """An address tries an account that was disabled, and an hour later gets into another one."""
    person, leaver = someone("Selma Abadi"), someone("Tomasz Wrona")
    tried = [sign_in(leaver, AT + n * MINUTE, AWAY, error=50057, factor="none", look=STRANGE) for n in range(3)]
    taken = sign_in(person, AT + 60 * MINUTE, AWAY, app=OUTLOOK, look=STRANGE, factor="none")
    records = [usual_day(person), *tried, taken]
    return Scenario(
        name="disabled_account_beside",
        tenant=tenant_of([life_of(person), life_of(leaver)], records),
        bodies=bodies_of(records),
        cases={person.id: suspicious("address_tried_disabled_account")},
        no_case=(leaver.id,),
    )


def _leaver_tries_from_the_office() -> Scenario:
    """A leaver's phone still tries from the office, where everybody else signs in."""
    person, leaver = someone("Una Pritchard"), someone("Viggo Hartmann")
    colleagues = [someone(name) for name in ("Wanda Sokol", "Xenia Roth", "Yann Morel", "Zoltan Pataki")]
    tried = [sign_in(leaver, AT + n * MINUTE, HEAD_OFFICE, error=50057, factor="none") for n in range(3)]
    worked = [sign_in(one, AT + 9 * MINUTE, HEAD_OFFICE, app=OUTLOOK) for one in (person, *colleagues)]
    return quiet(
        "leaver_tries_from_the_office", person, [*tried, *worked], *(life_of(one) for one in (leaver, *colleagues))
    )


def _distributed_spray_by_ropc() -> Scenario:
    """Many addresses, many users, one password a time; one program got in with a single factor."""
    victims = [someone(f"Victim {letter}") for letter in "Alpha Bravo Charlie Delta Echo Foxtrot".split()]
    fallen = someone("Yara Lindgren")
    tried = [
        sign_in(
            one,
            AT + n * MINUTE,
            hosted(70 + n, VILNIUS),
            look=ROPC,
            factor="none",
            interactive=False,
            error=WRONG_PASSWORD,
        )
        for n, one in enumerate(victims)
    ]
    taken = sign_in(
        fallen, AT + 9 * MINUTE, hosted(90, HANOI), app=OUTLOOK, look=ROPC, factor="none", interactive=False
    )
    records = [usual_day(fallen), *tried, taken]
    return Scenario(
        name="distributed_spray_by_ropc",
        tenant=tenant_of([life_of(one) for one in (*victims, fallen)], records),
        bodies=bodies_of(records),
        cases={fallen.id: suspicious("ropc_sign_in", severity=("low", "medium", "high"))},
        no_case=tuple(one.id for one in victims),
    )


def _colleagues(kind: str, many: int) -> list[Person]:
    return [someone(f"{kind} {chr(65 + n // 26)}{chr(97 + n % 26)}") for n in range(many)]


def _distributed_spray_by_browser() -> Scenario:
    """Twenty-four rented addresses of one network, one password for one user from each, and for one it is right."""
    victims, fallen = _colleagues("Target", 24), someone("Wilma Dahlgren")
    tried = [
        sign_in(one, AT + 2 * n * MINUTE, hosted(100 + n, VILNIUS), look=STRANGE, factor="none", error=WRONG_PASSWORD)
        for n, one in enumerate(victims)
    ]
    taken = sign_in(fallen, AT + 49 * MINUTE, hosted(140, VILNIUS), app=OFFICE_HOME, look=STRANGE, factor="none")
    records = [usual_day(fallen), *tried, taken]
    expect = Expect(
        verdict=("compromised",),
        severity=("high",),
        findings=("password_spray_success", "single_factor_risky_sign_in"),
        not_findings=("brute_force_success",),
        actions=("reset_password_cloud", "revoke_sessions", "hunt_same_source"),
        not_actions=NEVER,
    )
    return Scenario(
        name="distributed_spray_by_browser",
        tenant=tenant_of([life_of(one) for one in (*victims, fallen)], records),
        bodies=bodies_of(records),
        cases={fallen.id: expect},
        no_case=tuple(one.id for one in victims),
        campaigns=(
            ExpectCampaign(
                kind="password_spray",
                targeted=25,
                succeeded=1,
                verdict="compromised",
                severity=("high",),
                headline="A password spray tried 25 users; 1 is compromised.",
            ),
        ),
    )


def _passwords_expired() -> Scenario:
    """Its twin: on the day after all passwords expired, two dozen colleagues type the old one first, at home.

    The same browser, the same provider and the same application; twelve more do so in a shared office, and one signs
    in for the first time from that provider.
    """
    homes, office, moved = _colleagues("Colleague", 24), _colleagues("Clerk", 12), someone("Yrsa Blom")
    browser = Look(user_agent=EDGE, os="Windows10", browser="Edge 139.0.0")
    egress = Network("198.51.100.240", 64500, LONDON)
    lines = [home(100 + n, LONDON) for n in range(24)]
    places = [*zip(homes, lines, strict=True), *((one, egress) for one in office)]
    records = [
        record
        for n, (one, line) in enumerate(places)
        for record in (
            sign_in(one, AT + 2 * n * MINUTE, line, look=browser, factor="none", error=WRONG_PASSWORD),
            sign_in(one, AT + (2 * n + 1) * MINUTE, line, look=browser, factor="none"),
        )
    ]
    records.append(sign_in(moved, AT + 30 * MINUTE, home(99, LONDON), look=browser, factor="none"))
    return quiet("passwords_expired", moved, records, *(life_of(one) for one in (*homes, *office)))


def _directory_tool() -> Scenario:
    """The old directory module, used by somebody without a role: worth a word, and no case by itself."""
    person = someone("Zuzana Kral")
    return quiet("directory_tool", person, [sign_in(person, AT, HEAD_OFFICE, app=POWERSHELL, factor="push")])


def _interrupts() -> Scenario:
    """Stay signed in, choose an account, an external challenge: steps on the way and no failures to count."""
    person = someone("Aurel Dumitru")
    codes = (50140, 16000, 50058, 50158, 90072, 50074) * 3
    stops = [sign_in(person, AT + n * MINUTE, HOME, error=code, factor="claim") for n, code in enumerate(codes)]
    return quiet("interrupts_are_no_failures", person, stops)
