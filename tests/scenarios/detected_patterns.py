"""Scenarios of patterns in which one detection says little: what lies around it decides."""

from datetime import timedelta

from local.story.audits import CHANGED_PASSWORD, By, audit, user_target
from local.story.clients import OUTLOOK, SAFARI, Look
from local.story.places import (
    AMSTERDAM,
    BUCHAREST,
    CHICAGO,
    HANOI,
    HEAD_OFFICE,
    LISBON,
    SAO_PAULO,
    SINGAPORE,
    VILNIUS,
    Network,
    hosted,
)
from local.story.risks import detection, risky_user
from local.story.sign_ins import Risk, sign_in
from local.story.streamed import Streamed
from tests.scenarios.patterns import AT, HOME, STRANGE, life_of, scenario, someone, usual_day
from tests.scenarios.scenario import Expect, Scenario

MINUTE = timedelta(minutes=1)
OLD_CLIENT = Look(user_agent="BAV2ROPC", os="", browser="", client_app="Other clients", protocol="ropc")
SCRIPT = Look(user_agent="python-requests/2.32.3", os="", browser="Python Requests 2.32")
PHONE = Look(user_agent=SAFARI, os="Ios 18", browser="Mobile Safari 18.5")
NEVER_BENIGN = ("confirm_safe", "dismiss_risk")
NEVER_GUILTY = ("disable_account", "reset_password_cloud", "confirm_compromised")


def detected_patterns() -> list[Scenario]:
    """Return the scenarios."""
    return [
        _impossible_travel(),
        _impossible_travel_by_proxy(),
        _new_phone_found_safe(),
        _scripts_in_six_countries(),
        _token_from_a_foreign_city(),
    ]


def _impossible_travel() -> Scenario:
    """London with MFA and, forty minutes later, Hanoi with the password alone: two people, one account."""
    person, source = someone("Bettina Aldous"), hosted(101, HANOI, asn=64510)
    risk = Risk("medium", "medium", "atRisk", "none", ("impossibleTravel",))
    at, found = AT + 40 * MINUTE, AT + timedelta(hours=4)
    there = sign_in(person, at, source, app=OUTLOOK, look=STRANGE, factor="none", risk=risk)
    records = [
        usual_day(person),
        sign_in(person, AT, HOME, app=OUTLOOK, factor="push"),
        there,
        detection(person, "impossibleTravel", "medium", at, detected=found, network=source, sign_in=there),
        risky_user(person, "medium", found),
    ]
    expect = Expect(
        verdict=("compromised", "suspicious"),
        severity=("medium", "high"),
        findings=("impossible_travel", "single_factor_risky_sign_in"),
        not_findings=("compliant_known_device", "phishing_resistant_mfa"),
        actions=("revoke_sessions",),
        not_actions=NEVER_BENIGN,
    )
    return scenario("impossible_travel", life_of(person), records, expect)


def _impossible_travel_by_proxy() -> Scenario:
    """The company's web proxy leaves the net in Chicago while the own laptop stands in London."""
    person = someone("Corin Haldane")
    proxy = Network("192.0.2.220", 64496, CHICAGO, "Woodgrove web proxy")
    before = [sign_in(person, AT - timedelta(days=day), proxy, app=OUTLOOK) for day in (3, 2, 1)]
    through = sign_in(person, AT + 20 * MINUTE, proxy, app=OUTLOOK)
    found = AT + timedelta(hours=4)
    records = [
        *before,
        sign_in(person, AT, HOME, app=OUTLOOK),
        through,
        detection(person, "impossibleTravel", "low", AT + 20 * MINUTE, detected=found, network=proxy, sign_in=through),
    ]
    expect = Expect(
        verdict=("benign",),
        severity=("informational", "low"),
        findings=("trusted_network", "compliant_known_device"),
        not_findings=("single_factor_risky_sign_in", "session_in_two_places"),
        not_actions=NEVER_GUILTY,
    )
    return scenario("impossible_travel_by_proxy", life_of(person), records, expect)


def _new_phone_found_safe() -> Scenario:
    """A new phone at home is unfamiliar for an hour, until Entra itself finds it safe."""
    person = someone("Delphine Okoro")
    risk = Risk("low", "low", "atRisk", "none", ("unfamiliarFeatures",))
    found, ended, words = AT + 3 * MINUTE, AT + timedelta(hours=1), "aiConfirmedSigninSafe"
    first = sign_in(person, AT, HOME, app=OUTLOOK, look=PHONE, factor="push", risk=risk)

    def seen(**more: object) -> Streamed:
        return detection(
            person,
            "unfamiliarFeatures",
            "low",
            AT,
            detected=found,
            network=HOME,
            sign_in=first,
            **more,  # type: ignore[arg-type]
        )

    records = [usual_day(person), first, seen(), seen(state="confirmedSafe", detail=words, updated=ended)]
    expect = Expect(
        verdict=("benign",),
        severity=("informational", "low"),
        status="closed",
        findings=("risk_confirmed_safe",),
        not_findings=("risk_remediated", "risk_dismissed"),
        not_actions=NEVER_GUILTY,
    )
    return scenario("new_phone_found_safe", life_of(person), records, expect)


def _scripts_in_six_countries() -> Scenario:
    """Scripts with the right password from six countries, low risk each; the user's new password ends it."""
    person = someone("Ewan Strickland")
    places = (AMSTERDAM, BUCHAREST, HANOI, SAO_PAULO, SINGAPORE, VILNIUS)
    risk = Risk("low", "low", "atRisk", "none", ("unfamiliarFeatures",))
    ended, words = AT + timedelta(hours=9), "userPerformedSecuredPasswordChange"
    records = [usual_day(person)]
    for number, place in enumerate(places):
        source, at = hosted(110 + number, place, asn=64505 + number), AT + number * 25 * MINUTE
        look = SCRIPT if number % 2 else OLD_CLIENT
        taken = sign_in(person, at, source, app=OUTLOOK, look=look, factor="none", risk=risk)
        found = at + 2 * MINUTE
        for state, detail, updated in (("atRisk", "none", None), ("remediated", words, ended)):
            records.append(
                detection(
                    person,
                    "unfamiliarFeatures",
                    "low",
                    at,
                    detected=found,
                    network=source,
                    sign_in=taken,
                    state=state,
                    detail=detail,
                    updated=updated,
                )
            )
        records.append(taken)
    by = By(person, HEAD_OFFICE)
    records += [
        risky_user(person, "low", AT + 5 * MINUTE),
        audit(CHANGED_PASSWORD, ended, by, [user_target(person)]),
        risky_user(person, "none", ended + MINUTE, state="remediated", detail=words),
    ]
    expect = Expect(
        verdict=("suspicious",),
        severity=("low", "medium"),
        status="closed",
        findings=("attack_tool_user_agent", "single_factor_risky_sign_in", "risk_remediated"),
        not_findings=("risk_dismissed",),
        not_actions=NEVER_BENIGN,
    )
    return scenario("scripts_in_six_countries", life_of(person), records, expect)


def _token_from_a_foreign_city() -> Scenario:
    """Entra notices hours later that a token was used from a city where its owner never was."""
    person, source = someone("Frida Lagerkvist"), hosted(121, LISBON)
    used = sign_in(person, AT, source, app=OUTLOOK, look=STRANGE, interactive=False)
    found = AT + timedelta(hours=5)
    records = [
        usual_day(person),
        used,
        detection(person, "anomalousToken", "medium", AT, detected=found, network=source, sign_in=used),
        risky_user(person, "medium", found),
    ]
    expect = Expect(
        verdict=("suspicious", "compromised"),
        severity=("medium", "high"),
        findings=("token_theft_pattern",),
        not_findings=("single_factor_risky_sign_in", "leaked_credentials"),
        actions=("revoke_sessions",),
        not_actions=NEVER_BENIGN,
    )
    return scenario("token_from_a_foreign_city", life_of(person), records, expect)
