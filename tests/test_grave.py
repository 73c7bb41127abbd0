"""Directory changes that are grave by themselves, each beside the one that looks like it and is not."""

import json
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest

from shared.access_policies import conditions_of
from shared.activities import TABLE, kind_of
from shared.changes import detail_of
from shared.grave import grave_changes
from shared.grave_rules import grave_of
from shared.models.records import Change, DirectoryAudit, Target
from shared.policy import default_policy, policy_of

AT = datetime(2026, 5, 12, 9, 0, tzinfo=UTC)
POLICY_FILE = default_policy()
NIGHT = AT.replace(hour=2)
GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
POLICY = {"state": "enabled", "grantControls": {"builtInControls": ["mfa"]}}


def change(
    activity: str,
    *changes: Change,
    at: datetime = AT,
    target: str = "t1",
    kind: str = "User",
    by: str | None = "admin",
    name: str = "admin@woodgrovebank.com",
    reason: str | None = None,
    succeeded: bool | None = True,
    by_kind: Literal["user", "app"] = "user",
    upn: str | None = None,
    invited: str | None = None,
) -> DirectoryAudit:
    """Return an audit record of one change to one target."""
    return DirectoryAudit(
        category="AuditLogs",
        tenant_id="tenant",
        record_id=f"{activity}|{at}|{target}",
        at=at,
        activity=activity,
        succeeded=succeeded,
        result_reason=reason,
        initiator_id=by,
        initiator_kind=by_kind,
        initiator_name=name,
        targets=(Target(id=target, type=kind, display_name=target, user_principal_name=upn, changes=changes),),
        invited=invited,
    )


def role(name: str, template: str = "") -> tuple[Change, ...]:
    """Return the changed properties of a role assignment."""
    named = Change(name="Role.DisplayName", new=name)
    return (named, Change(name="Role.TemplateId", new=template)) if template else (named,)


def scopes(text: str, admin: str) -> tuple[Change, ...]:
    """Return the changed properties of a consent, as Entra writes them."""
    listed = f"[] => [[Id: a, ClientId: b, PrincipalId: c, ResourceId: d, ConsentType: Principal, Scope: {text}]]"
    return Change(name="ConsentContext.IsAdminConsent", new=admin), Change(name="ConsentAction.Permissions", new=listed)


def policy(old: object, new: object) -> Change:
    """Return a policy's old and new text."""
    return Change(name="ConditionalAccessPolicy", old=json.dumps(old), new=json.dumps(new))


EMERGENCY = "00000000-1111-4222-8333-000000000001"


def covering(
    users: dict[str, object] | None = None, controls: tuple[str, ...] = ("mfa",), **more: object
) -> dict[str, object]:
    """Return a policy for everybody and everything, but for what is said."""
    conditions = {
        "users": {"includeUsers": ["All"], "excludeUsers": [EMERGENCY], **(users or {})},
        "applications": {"includeApplications": ["All"], "excludeApplications": []},
        "locations": None,
        "clientAppTypes": ["all"],
        **more,
    }
    return {"state": "enabled", "conditions": conditions, "grantControls": {"builtInControls": list(controls)}}


ALL_BUT = {"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]}
NARROWED: list[tuple[dict[str, object], dict[str, object], str | None]] = [
    (covering(), covering({"excludeUsers": [EMERGENCY, "u-2"]}), "policy_exclusion_added"),
    (covering(), covering({"excludeUsers": [EMERGENCY, "admin"]}), "mfa_policy_weakened"),
    (covering(), covering({"excludeGroups": ["g-1"]}), "policy_exclusion_added"),
    (covering(), covering({"excludeRoles": ["r-1"]}), "policy_exclusion_added"),
    (
        covering(),
        covering({"excludeGuestsOrExternalUsers": {"guestOrExternalUserTypes": "b2b"}}),
        "policy_exclusion_added",
    ),
    (
        covering(),
        covering(applications={"includeApplications": ["All"], "excludeApplications": ["a"]}),
        "policy_exclusion_added",
    ),
    (covering(), covering(locations=ALL_BUT), "policy_exclusion_added"),
    (
        covering(),
        covering(platforms={"includePlatforms": ["all"], "excludePlatforms": ["linux"]}),
        "policy_exclusion_added",
    ),
    (covering(), covering(devices={"deviceFilter": {"mode": "exclude", "rule": "x"}}), "policy_exclusion_added"),
    (covering(), covering({"includeUsers": ["u-2"]}), "mfa_policy_weakened"),
    (covering(), covering({"includeUsers": [], "includeGroups": ["g-1"]}), "mfa_policy_weakened"),
    (covering(), covering(applications={"includeApplications": ["Office365"]}), "mfa_policy_weakened"),
    (covering(), covering(locations={"includeLocations": ["l-1"]}), "mfa_policy_weakened"),
    (covering(), covering(clientAppTypes=["browser"]), "mfa_policy_weakened"),
    (covering(), covering(signInRiskLevels=["high"]), "mfa_policy_weakened"),
    (
        covering(controls=("block",)),
        covering({"excludeGroups": ["g-1"]}, controls=("block",)),
        "policy_exclusion_added",
    ),
    (covering({"excludeGroups": ["g-1"]}), covering(), None),
    (covering({"includeUsers": ["u-2"]}), covering(), None),
    (covering(signInRiskLevels=["high"]), covering(signInRiskLevels=[]), None),
    (covering(locations=ALL_BUT), covering(), None),
    (covering({"includeUsers": ["None"]}), covering({"includeUsers": ["u-2"]}), None),
    (covering(controls=()), covering({"excludeGroups": ["g-1"]}, controls=()), None),
    ({**covering(), "state": "disabled"}, {**covering({"excludeGroups": ["g-1"]}), "state": "disabled"}, None),
    (covering(), covering({"excludeUsers": 7, "excludeGroups": [7]}, platforms="x"), None),
]


@pytest.mark.parametrize(("old", "new", "expected"), NARROWED, ids=[str(number) for number in range(len(NARROWED))])
def test_a_policy_that_covers_less_is_weakened(
    old: dict[str, object], new: dict[str, object], expected: str | None
) -> None:
    """An exception is rare and handy, one for its maker is grave, and so is a policy that names less than before."""
    assert (
        grave_of(change("Update conditional access policy", policy(old, new), kind="Policy"), POLICY_FILE) == expected
    )


def test_emergency_accounts_may_be_left_out() -> None:
    """Those that the policy file lists by object id, and no other beside them."""
    listed = policy_of({"identities": {"break_glass": ["u-2"]}})
    alone, both = ({"excludeUsers": [EMERGENCY, *more]} for more in (("u-2",), ("u-2", "u-3")))
    for users, file, expected in (
        (alone, listed, None),
        (both, listed, "policy_exclusion_added"),
        (alone, POLICY_FILE, "policy_exclusion_added"),
    ):
        audit = change("Update conditional access policy", policy(covering(), covering(users)), kind="Policy")
        assert grave_of(audit, file) == expected


def test_what_a_policy_covered_is_kept_for_its_repair() -> None:
    """The changed conditions whole, or nothing where a request could not hold them."""
    lists = detail_of(
        change("Update conditional access policy", policy(covering(), covering({"excludeGroups": ["g"]})))
    )
    assert conditions_of(lists.covered_before) == {"users": {"includeUsers": ["All"], "excludeUsers": [EMERGENCY]}}
    assert (lists.left_out, lists.left_out_kinds, lists.protection) == (("g",), ("groups",), "narrowed")
    places = detail_of(change("Update conditional access policy", policy(covering(), covering(locations=ALL_BUT))))
    assert conditions_of(places.covered_before) == {"locations": None}
    guests = covering({"includeGuestsOrExternalUsers": {"guestOrExternalUserTypes": "b2b"}})
    held = detail_of(change("Update conditional access policy", policy(guests, covering({"excludeGroups": ["g"]}))))
    assert held.covered_before == ()
    odd = covering({"excludeUsers": ["../users?x"]})
    assert (
        detail_of(
            change("Update conditional access policy", policy(odd, covering({"excludeUsers": ["a"]})))
        ).covered_before
        == ()
    )


def test_a_line_too_long_for_a_fact_makes_no_request() -> None:
    """A shortened id would be another one."""
    long = {"includeApplications": [], "includeAuthenticationContextClassReferences": ["c" * 40]}
    changed = policy(covering(applications=long), covering(applications={**long, "excludeApplications": ["a"]}))
    held = detail_of(change("Update conditional access policy", changed))
    assert (held.protection, held.covered_before) == ("narrowed", ())


def test_working_hours_are_the_tenants() -> None:
    """A pass made at two in the night is nothing where people work then."""
    made = change("Admin registered security info", at=NIGHT, reason=PASS)
    assert grave_of(made, POLICY_FILE) == "access_pass_out_of_hours"
    assert grave_of(made, policy_of({"working_hours": {"start": 22, "end": 6, "days": [1]}})) is None


OFF = {**POLICY, "state": "disabled"}
NO_MFA = {"state": "enabled", "grantControls": {"builtInControls": []}}
GRANT = Change(name="AppRole.Value", new="RoleManagement.ReadWrite.Directory")
SECRETS = "Update application \N{EN DASH} Certificates and secrets management "
KEY_ADDED = Change(name="KeyDescription", new="k-1 Password")
KEY_REMOVED = Change(name="KeyDescription", old="k-1 Password, k-2 Password", new="k-2 Password")
GUEST = "nina_tailspintoys.com#ext#@woodgrovebank.com"
PASS = "Admin registered temporary access pass method for user"
FOREIGN = Change(name="FederatedIdentityCredentials", old="[]", new='[{"Issuer":"https://idp.fabrikam.example"}]')
GITHUB = Change(
    name="FederatedIdentityCredentials", old="[]", new='[{"Issuer":"https://token.actions.githubusercontent.com"}]'
)
DISCOVERY = Change(
    name="Policy", old='{"discoveryUrl":"https://a.example/x"}', new='{"discoveryUrl":"https://b.example/x"}'
)
CASES = [
    (change("Add member to role", *role("Global Administrator", GLOBAL_ADMINISTRATOR)), "top_role_assigned"),
    (change("Add member to role", *role("Global Administrator")), "top_role_assigned"),
    (change("Add eligible member to role", *role("Global Administrator")), "top_role_assigned"),
    (change("Add member to role", *role("Global Administrator"), name="MS-PIM"), None),
    (
        change("Add member to role in PIM completed (permanent)", *role("Global Administrator")),
        "top_role_assigned_in_pim",
    ),
    (
        change("Add eligible member to role in PIM completed (timebound)", *role("Global Administrator")),
        "top_role_assigned_in_pim",
    ),
    (change("Add member to role in PIM completed (permanent)", *role("Reports Reader")), None),
    (change("Add member to role in PIM requested (permanent)", *role("Global Administrator")), None),
    (change("Add member to role", *role("Message Center Reader")), None),
    (change("Add member to role", *role("Global Administrator"), succeeded=False), None),
    (change("Add member to role requested (PIM activation)", *role("Global Administrator")), None),
    (change("Add member to role completed (PIM activation)", *role("Global Administrator")), None),
    (
        change("User has elevated their access to User Access Administrator for their Azure Resources"),
        "access_elevated",
    ),
    (change("Delete role assignment"), None),
    (change("Set federation settings on domain", kind="Other"), "federation_changed"),
    (change("Set domain authentication", kind="Other"), "federation_changed"),
    (change("Add unverified domain", kind="Other"), None),
    (change("Update conditional access policy", policy(POLICY, NO_MFA), kind="Policy"), "mfa_policy_weakened"),
    (change("Update conditional access policy", policy(POLICY, OFF), kind="Policy"), "mfa_policy_weakened"),
    (change("Update conditional access policy", policy(NO_MFA, POLICY), kind="Policy"), None),
    (change("Update conditional access policy", policy(POLICY, POLICY), kind="Policy"), None),
    (change("Update conditional access policy", kind="Policy"), None),
    (change("Disable Strong Authentication"), "mfa_policy_weakened"),
    (change("Delete conditional access policy", kind="Policy"), "policy_deleted"),
    (change("Add conditional access policy", kind="Policy"), None),
    (change("Delete named location", kind="Policy"), None),
    (change("Authentication Methods Policy Update", DISCOVERY), "sign_in_policy_redirected"),
    (change("Authentication Methods Policy Update", Change(name="x", old="1", new="2")), None),
    (change("Add app role assignment to service principal", GRANT), "app_role_granted"),
    (
        change(
            "Add app role assignment to service principal", Change(name="AppRole.Value", new="TeamSettings.Read.All")
        ),
        None,
    ),
    (change("Consent to application", *scopes("Mail.Read offline_access", "False")), "mail_consent_given"),
    (change("Consent to application", *scopes("Mail.Read", "False")), None),
    (change("Consent to application", *scopes("User.Read offline_access", "False")), None),
    (change("Consent to application", *scopes("Directory.ReadWrite.All", "True")), "wide_consent_given"),
    (change("Consent to application", *scopes("User.Read", "True")), None),
    (change("Consent to application", *scopes("Mail.Read offline_access", "False"), succeeded=False), None),
    (change("Update application", FOREIGN, kind="Application"), "foreign_federated_credential"),
    (change("Update application", GITHUB, kind="Application"), None),
    (change("Update application", Change(name="DisplayName", old="a", new="b"), kind="Application"), None),
    (change("Add service principal credentials", kind="ServicePrincipal"), "service_principal_credential_added"),
    (change("Add service principal credentials", name="Managed Service Identity"), None),
    (change(SECRETS), "application_credential_added"),
    (change(SECRETS, KEY_ADDED), "application_credential_added"),
    (change(SECRETS, KEY_REMOVED), None),
    (change("Add service principal credentials", KEY_REMOVED, kind="ServicePrincipal"), None),
    (change(SECRETS, by_kind="app"), None),
    (change("Add service principal", kind="ServicePrincipal"), None),
    (change("Update user", Change(name="UserType", old="Guest", new="Member")), "guest_made_member"),
    (change("Update user", Change(name="UserType", old="Member", new="Guest")), None),
    (change("Update user", Change(name="JobTitle", new="Member")), None),
    (change("Admin registered security info", at=NIGHT, reason=PASS), "access_pass_out_of_hours"),
    (change("Admin registered security info", reason=PASS), None),
    (change("Admin registered security info", at=NIGHT, reason="Admin registered phone"), None),
    (change("Recover device local administrator password", kind="Device"), "device_secret_read"),
    (change("Invite external user", upn=GUEST), "guest_invited"),
    (change("Invite external user", invited="nina@tailspintoys.com"), "guest_invited"),
    (change("Invite external user", invited="nina@woodgrovebank.com"), None),
    (change("Invite external user", invited="nina@uk.woodgrovebank.com"), None),
    (change("Invite external user", upn=GUEST, succeeded=False), None),
    (change("Invite external user", upn=GUEST, by_kind="app"), None),
    (change("Invite external user"), None),
    (change("Invite internal user to B2B collaboration", upn=GUEST), None),
    (change("An activity nobody has heard of"), None),
]


@pytest.mark.parametrize(("audit", "expected"), CASES, ids=[f"{n}-{a.activity}" for n, (a, _) in enumerate(CASES)])
def test_a_change_is_grave_for_its_reason(audit: DirectoryAudit, expected: str | None) -> None:
    """The change, and nothing that only looks like it."""
    assert grave_of(audit, POLICY_FILE) == expected


def test_enabled_and_reset_by_the_same_hands_at_once() -> None:
    """Two minutes and one operator make the pattern; an hour, another account or another operator do not."""
    enabled = change("Enable account")
    for reset, expected in (
        (change("Reset password (by admin)", at=AT + timedelta(minutes=1)), ["account_enabled_and_reset"]),
        (change("Reset password (by admin)", at=AT + timedelta(hours=1)), []),
        (change("Reset password (by admin)", at=AT + timedelta(minutes=1), target="t2"), []),
        (change("Reset password (by admin)", at=AT + timedelta(minutes=1), by="other"), []),
    ):
        assert [grave for _, grave in grave_changes([reset, enabled], POLICY_FILE)] == expected


def test_made_and_deleted_at_once() -> None:
    """An account for one job lives for minutes; one that a leaver loses lived for years."""
    made = change("Add user")
    soon, later = AT + timedelta(minutes=20), AT + timedelta(days=2)
    assert [g for _, g in grave_changes([made, change("Delete user", at=soon)], POLICY_FILE)] == [
        "account_made_and_deleted"
    ]
    assert grave_changes([made, change("Delete user", at=later)], POLICY_FILE) == []


@pytest.mark.parametrize("activity", ["Read BitLocker key", SECRETS, "Invite external user"])
def test_what_was_done_on_an_earlier_day_is_daily_work(activity: str) -> None:
    """The help desk reads recovery keys, developers renew secrets, project leads invite."""
    today, yesterday = change(activity, upn=GUEST), change(activity, upn=GUEST, at=AT - timedelta(days=1))
    assert [a.at for a, _ in grave_changes([today, yesterday], POLICY_FILE)] == [yesterday.at]
    assert len(grave_changes([today], POLICY_FILE)) == 1
    others = change(activity, upn=GUEST, at=AT - timedelta(days=1), by="other")
    assert len(grave_changes([today, others], POLICY_FILE)) == 2


def test_broken_json_inside_strings_says_nothing() -> None:
    """A policy that cannot be read is neither weakened nor kept."""
    broken = change("Update conditional access policy", Change(name="ConditionalAccessPolicy", old="{", new="[1"))
    assert detail_of(broken).protection == ""
    assert grave_of(broken, POLICY_FILE) is None


def test_every_kind_has_names_of_its_own() -> None:
    """A longer name is more telling than the shorter one that it begins with."""
    assert kind_of("Add member to role completed (PIM activation)") == "role_activated"
    assert kind_of("Add member to role") == "role_assigned"
    assert all(kind_of(name.removesuffix("$")) == kind for kind, row in TABLE.items() for name in row.names)
