"""Scenarios that the tenant's own policy file decides, each beside the same morning without it."""

from datetime import timedelta

import msgspec

from local.story.clients import OUTLOOK
from local.story.places import SINGAPORE, Network, hosted
from local.story.risks import detection, risky_user
from local.story.sign_ins import Risk, sign_in
from tests.scenarios.patterns import AT, HOME, life_of, scenario, someone, usual_day
from tests.scenarios.scenario import Expect, Scenario
from tests.scenarios.situations import taken

EXIT = Network("198.51.100.212", 64507, SINGAPORE)
TRUSTED = '[networks]\ntrusted = [{ cidr = "198.51.100.208/28", name = "VPN exits" }]\n'
SENSITIVE = '[groups]\nsensitive = ["project lighthouse*"]\n'
GUILTY = ("disable_account", "reset_password_cloud", "revoke_sessions", "block_source_ip", "confirm_compromised")
HARMLESS = ("confirm_safe", "dismiss_risk")


def tuned() -> list[Scenario]:
    """Return the scenarios."""
    return [
        _traveller("traveller_through_own_vpn", "Noor Haddad", TRUSTED, _own_vpn()),
        _traveller("traveller_through_another_vpn", "Nour Haddad", "", _another_vpn()),
        _in_sensitive_group("member_of_group_named_sensitive", "Ragna Stein", SENSITIVE, "critical"),
        _in_sensitive_group("member_of_group_not_named", "Regina Stein", "", "high"),
    ]


def _own_vpn() -> Expect:
    return Expect(
        verdict=("benign",),
        severity=("informational",),
        findings=("trusted_network", "compliant_known_device", "unfamiliar_sign_in"),
        not_findings=("phishing_resistant_mfa",),
        actions=HARMLESS,
        not_actions=GUILTY,
    )


def _another_vpn() -> Expect:
    return Expect(
        verdict=("suspicious",),
        severity=("low", "medium"),
        findings=("unfamiliar_sign_in", "compliant_known_device"),
        not_findings=("trusted_network",),
        not_actions=HARMLESS,
    )


def _traveller(name: str, who: str, policy: str, expect: Expect) -> Scenario:
    """The own laptop, through an exit in Singapore that the policy file does or does not name."""
    person = someone(who)
    risk = Risk("low", "low", "atRisk", "none", ("unfamiliarFeatures",))
    before = [sign_in(person, AT - timedelta(days=day), HOME, app=OUTLOOK, factor="push") for day in (4, 3, 2, 1)]
    through = sign_in(person, AT, EXIT, app=OUTLOOK, factor="push", risk=risk)
    found = AT + timedelta(minutes=2)
    records = [
        *before,
        through,
        detection(person, "unfamiliarFeatures", "low", AT, detected=found, network=EXIT, sign_in=through),
        risky_user(person, "low", found),
    ]
    return msgspec.structs.replace(scenario(name, life_of(person), records, expect), policy=policy)


def _in_sensitive_group(name: str, who: str, policy: str, severity: str) -> Scenario:
    """A stolen session of somebody in a project whose name says nothing: its operators know what hangs on it."""
    person = someone(who)
    holdings = msgspec.structs.replace(
        life_of(person), groups=("Information Technology Department", "Project Lighthouse (external)")
    )
    expect = Expect(
        verdict=("compromised",),
        severity=(severity,),
        findings=("attacker_in_the_middle", *(["sensitive_group_member"] if policy else [])),
        not_findings=() if policy else ("sensitive_group_member",),
        actions=("disable_account", "revoke_sessions"),
        not_actions=HARMLESS,
    )
    records = [usual_day(person), *taken(person, hosted(64, SINGAPORE))[1:]]
    return msgspec.structs.replace(scenario(name, holdings, records, expect), policy=policy)
