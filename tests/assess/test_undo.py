"""Every grave change has a way back: the exact request, and none when the change was not held against anybody."""

import json

import pytest

from shared.models.dossier import Fact, Value
from tests.assess.facts import TEMPLATE, USER, account, audit, fact, judge, role

ADMIN = role("Global Administrator", privileged=True)
POLICY = '{"state":"enabled","grantControls":{"operator":"OR","builtInControls":["mfa"]}}'


def grave(name: str, target_type: str = "User", **values: Value) -> Fact:
    """Return a change by the user that is grave by itself, to somebody or something else."""
    return audit("Some change", grave=name, target="Ben", target_id="t-1", target_type=target_type, **values)


CASES: list[tuple[Fact, str, str, str]] = [
    (
        grave("top_role_assigned", role="Global Administrator", role_template=TEMPLATE),
        "remove_assigned_role",
        f"DELETE /directoryRoles(roleTemplateId='{TEMPLATE}')/members/t-1/$ref",
        "",
    ),
    (
        grave("top_role_assigned_in_pim", role="Global Administrator", role_template=TEMPLATE),
        "remove_assigned_role",
        f"DELETE /directoryRoles(roleTemplateId='{TEMPLATE}')/members/t-1/$ref",
        "",
    ),
    (grave("access_elevated"), "remove_elevated_access", "NONE ", ""),
    (
        grave(
            "service_principal_credential_added",
            "ServicePrincipal",
            credential_ids=("k-1",),
            credential_type="Password",
        ),
        "remove_app_credential",
        "POST /servicePrincipals/t-1/removePassword",
        '{"keyId":"k-1"}',
    ),
    (
        grave("application_credential_added", "Application", credential_ids=("k-1",), credential_type="Password"),
        "remove_app_credential",
        "POST /applications/t-1/removePassword",
        '{"keyId":"k-1"}',
    ),
    (
        grave("application_credential_added", "Application", credential_ids=("k-1",), credential_type="X509Cert"),
        "remove_app_credential",
        "GET /applications/t-1?$select=id,appId,displayName,passwordCredentials,keyCredentials",
        "",
    ),
    (
        grave("foreign_federated_credential", "Application", issuer="https://idp.fabrikam.example"),
        "delete_federated_credential",
        "GET /applications/t-1/federatedIdentityCredentials",
        "",
    ),
    (
        grave("app_role_granted", "ServicePrincipal", app_role="Mail.ReadWrite", grantee="Sync", grantee_id="sp-9"),
        "revoke_app_role",
        "GET /servicePrincipals/sp-9/appRoleAssignments",
        "",
    ),
    (
        grave("wide_consent_given", "ServicePrincipal", scopes=("Mail.Read",)),
        "revoke_wide_consent",
        "GET /servicePrincipals/t-1/oauth2PermissionGrants",
        "",
    ),
    (
        grave("mfa_policy_weakened", "Policy", asked_before=("mfa",), asked_operator="OR", change="policy_changed"),
        "restore_policy",
        "PATCH /identity/conditionalAccess/policies/t-1",
        POLICY,
    ),
    (
        grave(
            "policy_exclusion_added",
            "Policy",
            protection="narrowed",
            left_out_kinds=("users",),
            covered_before=(
                *("locations null", "clientAppTypes all", "users.excludeGroups"),
                *("users.excludeUsers u-1", "users.includeUsers All"),
            ),
            change="policy_changed",
        ),
        "restore_policy",
        "PATCH /identity/conditionalAccess/policies/t-1",
        (
            '{"conditions":{"locations":null,"clientAppTypes":["all"],'
            '"users":{"excludeGroups":[],"excludeUsers":["u-1"],"includeUsers":["All"]}}}'
        ),
    ),
    (
        grave("mfa_policy_weakened", "Policy", protection="narrowed", covers_less=True, change="policy_changed"),
        "restore_policy",
        "GET /identity/conditionalAccess/policies/t-1",
        "",
    ),
    (grave("policy_deleted", "Policy"), "restore_policy", "GET /identity/conditionalAccess/policies", ""),
    (grave("federation_changed", "Other"), "review_sign_in_trust", "GET /domains", ""),
    (grave("sign_in_policy_redirected"), "review_sign_in_trust", "GET /policies/authenticationMethodsPolicy", ""),
    (
        grave("account_enabled_and_reset"),
        "disable_changed_account",
        "PATCH /users/t-1",
        '{"accountEnabled":false}',
    ),
    (grave("guest_invited"), "disable_changed_account", "PATCH /users/t-1", '{"accountEnabled":false}'),
    (grave("guest_made_member"), "make_guest_again", "PATCH /users/t-1", '{"userType":"Guest"}'),
    (
        grave("device_secret_read", "Device"),
        "rotate_device_secret",
        "GET /deviceManagement/managedDevices?$filter=azureADDeviceId%20eq%20't-1'",
        "",
    ),
    (
        grave("access_pass_out_of_hours"),
        "delete_access_pass",
        f"GET /users/{USER.id}/authentication/temporaryAccessPassMethods",
        "",
    ),
]


@pytest.mark.parametrize(("change", "action_id", "request_line", "body"), CASES)
def test_a_grave_change_is_taken_back_by_its_exact_request(
    change: Fact, action_id: str, request_line: str, body: str
) -> None:
    """Real ids, the least permission, and the question to its maker first."""
    found = judge(change, ADMIN, *account())
    action = next(action for action in found.actions if action.id == action_id)
    assert f"{action.method} {action.url}" == request_line
    assert action.body == body
    assert any(need.met is None and "not planned" in need.text for need in action.preconditions)


def test_a_change_without_ids_proposes_no_broken_request() -> None:
    """A sparse record names no target: then there is nothing to send."""
    for change, action_id, request_line, _ in CASES:
        if "t-1" in request_line:
            values = {name: value for name, value in change.values.items() if name not in {"target_id", "grantee_id"}}
            sparse = fact("audit", change.at, **values)
            assert action_id not in {action.id for action in judge(sparse, ADMIN, *account()).actions}


def test_the_holder_of_a_role_is_not_the_role() -> None:
    """Where a record names the role alone, nobody can be taken out of it."""
    change = grave("top_role_assigned", "Role", role="Global Administrator", role_template=TEMPLATE)
    assert "remove_assigned_role" not in {action.id for action in judge(change, ADMIN, *account()).actions}


def test_a_pass_that_graph_lists_is_deleted_by_its_id() -> None:
    """The list of methods names it."""
    listed = fact("user.auth_method", None, method="temporaryAccessPassAuthenticationMethod", id="p/1")
    found = judge(grave("access_pass_out_of_hours"), listed, ADMIN, *account())
    action = next(action for action in found.actions if action.id == "delete_access_pass")
    assert action.url == f"/users/{USER.id}/authentication/temporaryAccessPassMethods/p%2F1"


def test_security_defaults_and_domains_are_looked_up_where_they_are_kept() -> None:
    """A domain has its federation, a tenant its security defaults."""
    domain = audit("Set domain authentication", grave="federation_changed", target="a.example", target_type="Other")
    defaults = audit("Disable security defaults", grave="sign_in_policy_redirected")
    urls = {action.url for action in judge(domain, defaults, *account()).actions if "sign_in_trust" in action.id}
    assert urls == {
        "/domains/a.example/federationConfiguration",
        "/policies/identitySecurityDefaultsEnforcementPolicy",
    }


def test_severity_of_changes_follows_what_they_hand_out() -> None:
    """The tenant handed out is high; a rare change is medium, a planned one low, whatever role its maker holds."""
    assert judge(grave("top_role_assigned"), ADMIN, *account()).severity == "high"
    assert judge(grave("account_enabled_and_reset"), ADMIN, *account()).severity == "medium"
    assert judge(grave("guest_invited"), ADMIN, *account()).severity == "low"
    assert judge(grave("guest_invited"), grave("guest_made_member"), ADMIN, *account()).severity == "medium"


def test_bodies_are_json() -> None:
    """What is sent can be read."""
    assert all(json.loads(body) for *_, body in CASES if body)
