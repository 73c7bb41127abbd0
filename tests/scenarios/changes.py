"""Directory changes that are grave by themselves, each beside the day's work that looks like it."""

from datetime import timedelta

from local.story.audits import target, user_target
from local.story.clients import OFFICE_HOME
from local.story.moments import guid
from local.story.people import BREAK_GLASS, DOMAIN
from local.story.places import HANOI, hosted
from local.story.risks import detection, risky_user
from local.story.sign_ins import Risk, sign_in
from tests.scenarios.acts import (
    act,
    admin,
    daily_work,
    high,
    judged,
    milder,
    policy,
    policy_change,
    role_change,
)
from tests.scenarios.patterns import AT, STRANGE, someone, usual_day
from tests.scenarios.scenario import Expect, Scenario

MINUTE = timedelta(minutes=1)
UPDATED = "Update conditional access policy"
AWAY = hosted(82, HANOI)


def changes() -> list[Scenario]:
    """Return the scenarios."""
    return [
        _global_admin_assigned(),
        _global_admin_assigned_by_a_stranger(),
        _global_admin_in_pim(),
        _roles_of_every_day(),
        _access_elevated(),
        _mfa_taken_out(),
        _exception_made(),
        _exception_for_its_maker(),
        _exception_for_emergency_account(),
        _policy_deleted(),
        _policies_of_every_day(),
        _federation_set(),
        _discovery_redirected(),
        _sign_in_policy_of_every_day(),
    ]


def _global_admin_assigned() -> Scenario:
    """Row 30: the whole tenant handed out beside PIM. Nobody is at risk in Entra, and it is a ticket all the same."""
    person, whom = someone("Viktor Hald"), someone("Nora Quist")
    records = [usual_day(person), role_change("Add member to role", person, whom, "Global Administrator")]
    expect = high("top_role_assigned", actions=("remove_assigned_role",), not_findings=("role_assigned_after_risk",))
    return judged("global_admin_assigned", admin(person, "Privileged Role Administrator"), records, expect, whom)


def _global_admin_assigned_by_a_stranger() -> Scenario:
    """Row 30 after a takeover: a stranger's risky sign-in with the password alone, then the tenant handed out."""
    person, whom = someone("Mila Jansen"), someone("Kai Lund")
    risk = Risk("high", "high", "atRisk", "none", ("unfamiliarFeatures",))
    found = AT + 2 * MINUTE
    taken = sign_in(person, AT, AWAY, app=OFFICE_HOME, look=STRANGE, factor="none", risk=risk)
    given = role_change("Add member to role", person, whom, "Global Administrator", at=AT + 9 * MINUTE, network=AWAY)
    records = [
        usual_day(person),
        taken,
        detection(person, "unfamiliarFeatures", "high", AT, detected=found, network=AWAY, sign_in=taken),
        risky_user(person, "high", found),
        given,
    ]
    expect = Expect(
        verdict=("compromised",),
        severity=("critical",),
        findings=("top_role_assigned", "role_assigned_after_risk", "single_factor_risky_sign_in"),
        actions=("revoke_sessions", "disable_account", "remove_assigned_role"),
        not_actions=("confirm_safe", "dismiss_risk"),
    )
    holdings = admin(person, "Privileged Role Administrator")
    return judged("global_admin_assigned_after_takeover", holdings, records, expect, whom)


def _global_admin_in_pim() -> Scenario:
    """Row 30: planned and on record in PIM, and it stands for good: a quiet ticket."""
    person, whom = someone("Edda Falk"), someone("Jonas Ritter")
    done = "Add member to role in PIM completed (permanent)"
    records = [usual_day(person), role_change(done, person, whom, "Global Administrator", service="PIM")]
    expect = milder("low", "top_role_assigned_in_pim")
    return judged("global_admin_in_pim", admin(person, "Privileged Role Administrator"), records, expect, whom)


def _roles_of_every_day() -> Scenario:
    """Rows 30 and 31, benign: requested, activated, a plain role, a failed try, an assignment deleted."""
    asks, activates, plain, fails, deletes = (
        someone(name) for name in ("Ines Roth", "Ole Dahl", "Tara Quinn", "Leo Stark", "Mona Weiss")
    )
    top = "Global Administrator"
    named = target("Role", guid("role", top), top)
    records = [
        role_change("Add member to role in PIM requested (timebound)", asks, asks, top, service="PIM"),
        role_change("Add member to role completed (PIM activation)", activates, activates, top, service="PIM"),
        act("Add member to role", "MS-PIM", [user_target(activates, {"Role.DisplayName": (None, top)}), named]),
        role_change("Add member to role", plain, asks, "Message Center Reader"),
        role_change("Add member to role", fails, asks, top, succeeded=False, reason="Insufficient privileges"),
        act("Delete role assignment", deletes, [named], service="Azure RBAC (Elevated Access)"),
    ]
    return daily_work("roles_of_every_day", records, asks, activates, plain, fails, deletes)


def _access_elevated() -> Scenario:
    """Row 31: from the root scope every subscription can be taken."""
    person = someone("Rolf Steiner")
    done = "User has elevated their access to User Access Administrator for their Azure Resources"
    records = [usual_day(person), act(done, person, [user_target(person)], service="Azure RBAC (Elevated Access)")]
    expect = high("access_elevated", actions=("remove_elevated_access",))
    return judged("access_elevated", admin(person, "Global Administrator"), records, expect)


def _mfa_taken_out() -> Scenario:
    """Row 32: the policy is still there and asks nobody for MFA any more."""
    person = someone("Clara Winter")
    records = [usual_day(person), policy_change(UPDATED, person, policy("mfa"), policy("compliantApplication"))]
    expect = high("mfa_policy_weakened", actions=("restore_policy",), not_findings=("policy_deleted",))
    return judged("policy_without_mfa", admin(person, "Security Administrator"), records, expect)


def _exception_made() -> Scenario:
    """Row 32: the policy still asks for MFA, and a group need not answer any more."""
    person = someone("Emil Sandberg")
    before = policy("mfa", excludeUsers=[BREAK_GLASS.id])
    after = policy("mfa", excludeUsers=[BREAK_GLASS.id], excludeGroups=[guid("group", "Scanners")])
    expect = milder("medium", "policy_exclusion_added", actions=("restore_policy",))
    records = [usual_day(person), policy_change(UPDATED, person, before, after)]
    return judged("policy_exception_made", admin(person, "Security Administrator"), records, expect)


def _exception_for_its_maker() -> Scenario:
    """Row 32: whoever changed the policy let themselves off."""
    person = someone("Selma Wirth")
    records = [
        usual_day(person),
        policy_change(UPDATED, person, policy("mfa"), policy("mfa", excludeUsers=[person.id])),
    ]
    expect = high(
        "mfa_policy_weakened", actions=("restore_policy",), not_findings=("policy_exclusion_added", "policy_deleted")
    )
    return judged("policy_exception_for_its_maker", admin(person, "Security Administrator"), records, expect)


def _exception_for_emergency_account() -> Scenario:
    """Row 32, benign: the emergency account that the policy file lists is left out, as it should be."""
    person = someone("Torben Lykke")
    records = [policy_change(UPDATED, person, policy("mfa"), policy("mfa", excludeUsers=[BREAK_GLASS.id]))]
    listed = f'[identities]\nbreak_glass = ["{BREAK_GLASS.id}"]\n'
    return daily_work("policy_exception_for_emergency_account", records, person, policy_file=listed)


def _policy_deleted() -> Scenario:
    """Row 32: what the policy stopped before, comes in now."""
    person = someone("Anton Beck")
    records = [usual_day(person), policy_change("Delete conditional access policy", person, policy("mfa"), None)]
    expect = high("policy_deleted", actions=("restore_policy",), not_findings=("mfa_policy_weakened",))
    return judged("policy_deleted", admin(person, "Security Administrator"), records, expect)


def _policies_of_every_day() -> Scenario:
    """Row 32, benign: MFA added, a policy renamed, a new policy, a named location kept up to date."""
    adds, renames, makes, moves = (someone(name) for name in ("Iris Holm", "Max Adler", "Lucy Hart", "Finn Moe"))
    office = target("Policy", guid("location", "Leeds"), "Leeds", {"ipRanges": (["192.0.2.0/26"], ["192.0.2.0/25"])})
    records = [
        policy_change(UPDATED, adds, policy("compliantApplication"), policy("mfa")),
        policy_change(UPDATED, renames, policy("mfa"), policy("mfa", name="MFA for all")),
        policy_change("Add conditional access policy", makes, None, policy("mfa")),
        act("Update named location", moves, [office], service="Conditional Access", category="Policy"),
    ]
    return daily_work("policies_of_every_day", records, adds, renames, makes, moves)


def _federation_set() -> Scenario:
    """Row 33: another identity provider says from now on who the users of the domain are."""
    person = someone("Gustav Ek")
    domain = target("Other", DOMAIN, DOMAIN, {"IssuerUri": (None, "http://any.sts/7A1C")})
    records = [
        usual_day(person),
        act("Set federation settings on domain", person, [domain], category="DirectoryManagement", network=AWAY),
    ]
    expect = high("federation_changed", actions=("review_sign_in_trust",))
    return judged("federation_set_on_domain", admin(person, "Global Administrator"), records, expect)


def _discovery_redirected() -> Scenario:
    """Row 33: the tenant's OpenID Connect provider is looked up at another address."""
    person = someone("Hedda Vik")
    old, new = ({"discoveryUrl": f"https://{host}/.well-known/openid-configuration"} for host in _HOSTS)
    method = target(
        "Policy", guid("policy", "methods"), "AuthenticationMethodsPolicy", {"AuthenticationMethodsPolicy": (old, new)}
    )
    records = [usual_day(person), act("Authentication Methods Policy Update", person, [method], category="Policy")]
    expect = high("sign_in_policy_redirected", actions=("review_sign_in_trust",))
    return judged("sign_in_provider_redirected", admin(person, "Global Administrator"), records, expect)


_HOSTS = ("login.woodgrovebank.com", "login.woodgr0ve.example")


def _sign_in_policy_of_every_day() -> Scenario:
    """Row 33, benign: passkeys switched on, a domain added that trusts nobody yet."""
    person, other = someone("Stina Rask"), someone("Per Nygard")
    passkeys = {"AuthenticationMethodsPolicy": ({"fido2": {"state": "disabled"}}, {"fido2": {"state": "enabled"}})}
    method = target("Policy", guid("policy", "methods"), "AuthenticationMethodsPolicy", passkeys)
    domain = target("Other", "new.woodgrovebank.com", "new.woodgrovebank.com")
    records = [
        act("Authentication Methods Policy Update", person, [method], category="Policy"),
        act("Add unverified domain", other, [domain], category="DirectoryManagement"),
    ]
    return daily_work("sign_in_policies_of_every_day", records, person, other)
