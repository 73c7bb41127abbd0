"""Scenarios of attack patterns and honest look-alikes that the demo does not tell."""

from datetime import datetime, timedelta

from local.story.audits import REGISTERED_DEVICE, By, audit, target, user_target
from local.story.clients import BROKER, CHROME, OFFICE_HOME, OUTLOOK, SAFARI, Look
from local.story.directory import device
from local.story.holdings import Holdings, quiet_weeks, usual_devices, usual_methods
from local.story.moments import moment
from local.story.people import BLAKE, Laptop, Person, employee, laptop
from local.story.places import BUCHAREST, HANOI, HEAD_OFFICE, LONDON, ROUEN, SAO_PAULO, VILNIUS, home, hosted
from local.story.risks import detection, risky_user
from local.story.sign_ins import WRONG_PASSWORD, Risk, sign_in
from local.story.streamed import Streamed
from local.story.tenant import tenant_of
from tests.scenarios.scenario import Expect, Scenario, bodies_of

HOME = home(33, LONDON)
AT = moment("2026-09-16T10:24:31.207")
STRANGE = Look(user_agent=CHROME, os="Linux", browser="Chrome 124.0.0")
TOR = Look(user_agent=SAFARI, os="MacOs", browser="Safari 18.5")
HIGH = ("high", "critical")
NEVER_ON_PREMISES = ("reset_password_on_premises", "contact_home_tenant")


def patterns() -> list[Scenario]:
    """Return the scenarios."""
    return [
        _risky_then_dismissed(),
        _confirmed_compromised_by_admin(),
        _single_high_risk_sign_in(),
        _tor_then_malicious_ip(),
        _device_code_phish(),
        _brute_force_success(),
    ]


def someone(name: str) -> Person:
    """Return an ordinary employee in London with a managed laptop."""
    machine = laptop(f"WB-{name.replace(' ', '-').upper()}", moment("2025-02-03T09:10"))
    return employee(name, "Platform Engineer", "Information Technology", HEAD_OFFICE, device=machine)


def life_of(person: Person, *, devices: tuple[Laptop, ...] = ()) -> Holdings:
    """Return the ordinary holdings of a person, with unmanaged devices besides the own one."""
    return Holdings(
        person=person,
        manager=BLAKE,
        methods=usual_methods(person),
        devices=[*usual_devices(person), *(device(machine, managed=False) for machine in devices)],
        groups=("Information Technology Department",),
        history=quiet_weeks(person, HOME),
    )


def scenario(name: str, holdings: Holdings, records: list[Streamed], expect: Expect) -> Scenario:
    """Return the scenario of one person."""
    return Scenario(
        name=name,
        tenant=tenant_of([holdings], records),
        bodies=bodies_of(records),
        cases={holdings.person.id: expect},
    )


def usual_day(person: Person) -> Streamed:
    """Return an ordinary sign-in of the same day, from the office, on the own laptop."""
    return sign_in(person, AT - timedelta(hours=3), HEAD_OFFICE, app=OUTLOOK)


def _risky_then_dismissed() -> Scenario:
    """An administrator who ran a test dismisses the risk: the case closes."""
    person, source = someone("Mateo Santos"), hosted(21, VILNIUS)
    risk = Risk("medium", "medium", "atRisk", "none", ("unfamiliarFeatures",))
    over = Risk("medium", "none", "dismissed", "adminDismissedAllRiskForUser", ("unfamiliarFeatures",))
    found, ended = AT + timedelta(minutes=2), AT + timedelta(hours=4)
    first = sign_in(person, AT, source, app=OFFICE_HOME, look=STRANGE, factor="push", risk=risk)
    words = "adminDismissedAllRiskForUser"
    records = [
        usual_day(person),
        first,
        detection(person, "unfamiliarFeatures", "medium", AT, detected=found, network=source, sign_in=first),
        risky_user(person, "medium", found),
        detection(
            person,
            "unfamiliarFeatures",
            "medium",
            AT,
            detected=found,
            network=source,
            sign_in=first,
            state="dismissed",
            detail=words,
            updated=ended,
        ),
        risky_user(person, "none", ended, state="dismissed", detail=words),
        sign_in(person, AT, source, app=OFFICE_HOME, look=STRANGE, factor="push", risk=over, lag_seconds=14_700),
    ]
    expect = Expect(
        verdict=("benign",),
        severity=("informational", "low"),
        status="closed",
        findings=("risk_dismissed",),
        not_findings=("risk_remediated", "admin_confirmed_compromised"),
        not_actions=("disable_account", "reset_password_cloud", "confirm_compromised", "dismiss_risk"),
    )
    return scenario("risky_then_dismissed", life_of(person), records, expect)


def _confirmed_compromised_by_admin() -> Scenario:
    """Leaked credentials, a stolen token, and an administrator who says so."""
    person, source = someone("Aino Salonen"), hosted(22, BUCHAREST)
    found, said = AT + timedelta(hours=1), AT + timedelta(hours=3)
    state = "confirmedCompromised"
    confirmed = Risk("high", "high", state, "adminConfirmedUserCompromised", ("anomalousToken",))
    taken = sign_in(person, AT, source, app=OUTLOOK, look=STRANGE, risk=confirmed, lag_seconds=11_400)
    records = [
        usual_day(person),
        sign_in(person, AT, source, app=OUTLOOK, look=STRANGE),
        detection(person, "leakedCredentials", "high", AT - timedelta(hours=9), detected=AT - timedelta(hours=8)),
        detection(person, "anomalousToken", "high", AT, detected=found, network=source, sign_in=taken),
        risky_user(person, "high", found),
        detection(
            person,
            "adminConfirmedUserCompromised",
            "high",
            said,
            detected=said,
            state=state,
            detail="adminConfirmedUserCompromised",
        ),
        risky_user(person, "high", said, state=state, detail="adminConfirmedUserCompromised"),
        taken,
    ]
    expect = Expect(
        verdict=("compromised",),
        severity=HIGH,
        findings=("admin_confirmed_compromised", "leaked_credentials", "token_theft_pattern"),
        actions=("revoke_sessions", "reset_password_cloud"),
        not_actions=("confirm_compromised", "confirm_safe", "dismiss_risk", *NEVER_ON_PREMISES),
    )
    return scenario("confirmed_compromised_by_admin", life_of(person), records, expect)


def _single_high_risk_sign_in() -> Scenario:
    """One risky sign-in with a password alone, known only from the sign-in log."""
    person, source = someone("Carys Gallagher"), hosted(23, ROUEN, asn=64506)
    risk = Risk("high", "high", "atRisk", "none", ("unfamiliarFeatures", "anonymizedIPAddress"))
    records = [usual_day(person), sign_in(person, AT, source, app=OFFICE_HOME, look=TOR, factor="none", risk=risk)]
    expect = Expect(
        verdict=("compromised", "suspicious"),
        severity=HIGH,
        findings=("risky_sign_in_succeeded", "single_factor_risky_sign_in"),
        not_findings=("risky_sign_in_blocked", "phishing_resistant_mfa", "compliant_known_device"),
        actions=("revoke_sessions",),
        not_actions=("confirm_safe", "dismiss_risk", *NEVER_ON_PREMISES),
    )
    return scenario("single_high_risk_sign_in", life_of(person), records, expect)


def _tor_then_malicious_ip() -> Scenario:
    """An anonymous address lets itself in; a day later Entra knows the next one as malicious."""
    person, exit_node, known_bad = someone("Farid Haddad"), hosted(24, ROUEN, asn=64506), hosted(25, HANOI, asn=64510)
    first_risk = Risk("high", "high", "atRisk", "none", ("anonymizedIPAddress",))
    next_at = AT + timedelta(hours=20)
    first = sign_in(person, AT, exit_node, app=OFFICE_HOME, look=TOR, factor="none", risk=first_risk)
    second = sign_in(person, next_at, known_bad, app=OUTLOOK, look=TOR, factor="none")
    noticed, found = AT + timedelta(minutes=2), next_at + timedelta(hours=6)
    records = [
        usual_day(person),
        first,
        detection(person, "anonymizedIPAddress", "high", AT, detected=noticed, network=exit_node, sign_in=first),
        risky_user(person, "high", noticed),
        second,
        detection(person, "maliciousIPAddress", "high", next_at, detected=found, network=known_bad, sign_in=second),
    ]
    expect = Expect(
        verdict=("compromised",),
        severity=HIGH,
        findings=("anonymous_ip_sign_in", "malicious_ip_sign_in", "single_factor_risky_sign_in"),
        actions=("revoke_sessions", "reset_password_cloud"),
        not_actions=("confirm_safe", "dismiss_risk", *NEVER_ON_PREMISES),
    )
    return scenario("tor_then_malicious_ip", life_of(person), records, expect)


def _device_code_phish() -> Scenario:
    """The user types somebody else's device code; somebody else registers a device with the token."""
    person, source = someone("Rosa Pires"), hosted(26, SAO_PAULO)
    risk = Risk("medium", "medium", "atRisk", "none", ("unfamiliarFeatures",))
    look = Look(
        user_agent="Dalvik/2.1.0 (Linux; U; Android 13)",
        os="Android",
        browser="",
        client_app="Mobile Apps and Desktop clients",
        protocol="deviceCode",
        transfer="deviceCodeFlow",
    )
    phished = sign_in(person, AT, source, app=BROKER, look=look, factor="push", risk=risk)
    registered_at, found = AT + timedelta(minutes=6), AT + timedelta(minutes=3)
    machine = _foreign_device(person, registered_at)
    records = [
        usual_day(person),
        phished,
        detection(person, "unfamiliarFeatures", "medium", AT, detected=found, network=source, sign_in=phished),
        risky_user(person, "medium", found),
        audit(
            REGISTERED_DEVICE,
            registered_at,
            By(person, source),
            [target("Device", machine.id, machine.name), user_target(person)],
            details={"Device OS": "Windows", "Device Trust Type": "Azure AD registered"},
        ),
    ]
    expect = Expect(
        verdict=("compromised",),
        severity=HIGH,
        findings=("device_code_sign_in", "device_registered_after_risk", "unfamiliar_sign_in"),
        not_findings=("compliant_known_device", "phishing_resistant_mfa"),
        actions=("revoke_sessions", "disable_device"),
        not_actions=("confirm_safe", "dismiss_risk", *NEVER_ON_PREMISES),
    )
    return scenario("device_code_phish", life_of(person, devices=(machine,)), records, expect)


def _foreign_device(person: Person, registered_at: datetime) -> Laptop:
    machine = laptop(f"DESKTOP-{person.id[:7].upper()}", registered_at, trust_type="Workplace")
    return Laptop(
        machine.id, machine.device_id, machine.name, machine.os, machine.os_version, "Workplace", False, registered_at
    )


def _brute_force_success() -> Scenario:
    """Twenty-four wrong passwords for one person from one address, then the right one."""
    person, source = someone("Otto Brandt"), hosted(27, HANOI, asn=64510)
    risk = Risk("medium", "medium", "atRisk", "none", ("unfamiliarFeatures",))
    wrong = [
        sign_in(
            person,
            AT + timedelta(seconds=21 * number),
            source,
            app=OUTLOOK,
            look=STRANGE,
            factor="none",
            error=WRONG_PASSWORD,
        )
        for number in range(24)
    ]
    right_at = AT + timedelta(minutes=9)
    right = sign_in(person, right_at, source, app=OUTLOOK, look=STRANGE, factor="none", risk=risk)
    found = right_at + timedelta(minutes=1)
    records = [
        usual_day(person),
        *wrong,
        right,
        detection(person, "unfamiliarFeatures", "medium", right_at, detected=found, network=source, sign_in=right),
        risky_user(person, "medium", found),
    ]
    expect = Expect(
        verdict=("compromised",),
        severity=HIGH,
        findings=("brute_force_success", "single_factor_risky_sign_in", "unfamiliar_sign_in"),
        not_findings=("password_spray_success",),
        actions=("revoke_sessions", "reset_password_cloud"),
        not_actions=("confirm_safe", "dismiss_risk", *NEVER_ON_PREMISES),
    )
    return scenario("brute_force_success", life_of(person), records, expect)
