"""Scenarios in which somebody says what a risk was: the user, an administrator, or Entra later."""

from datetime import timedelta

import msgspec

from local.story.apps import E3
from local.story.audits import RESET_PASSWORD, UPDATED_USER, Activity, By, audit, user_target
from local.story.clients import AZURE_PORTAL, OFFICE_HOME, OUTLOOK
from local.story.people import BRANDON, Person
from local.story.places import HEAD_OFFICE, LONDON, VILNIUS, Network, home, hosted
from local.story.risks import detection, risky_user
from local.story.sign_ins import Risk, sign_in
from local.story.streamed import Streamed
from local.story.tenant import tenant_of
from tests.scenarios.patterns import AT, HIGH, STRANGE, life_of, scenario, someone, usual_day
from tests.scenarios.scenario import Expect, Scenario, bodies_of
from tests.scenarios.situations import CLEARING, TAKEN, expected, taken

REVOKED = Activity("Update StsRefreshTokenValidFrom Timestamp", "UserManagement", "Core Directory")
DISABLED = Activity("Disable account", "UserManagement", "Core Directory")


def sayings() -> list[Scenario]:
    """Return the scenarios."""
    return [
        _user_reported(),
        _user_reported_in_time(),
        _safe_then_risky(),
        _confirmed_safe(),
        _late_detection(),
        _contained_already(),
        _no_licence_for_feedback(),
    ]


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
    expect = expected(
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
    expect = expected(actions=("disable_account", "reset_password_cloud", "revoke_sessions"))
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
