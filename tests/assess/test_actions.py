"""The catalogue: every action is exact, and each is left out exactly when it must be."""

import json
import re

import pytest

from shared.assess.choose import ENTRIES
from shared.assess.entry import OUTSIDE_GRAPH
from shared.models.assessment import Assessment
from tests.assess.facts import (
    HOSTILE,
    NOW,
    TEMPLATE,
    USER,
    account,
    action_ids,
    action_of,
    audit,
    detection,
    done,
    fact,
    gap,
    hours_ago,
    inbox_rule,
    judge,
    method,
    own_risky,
    risk_user,
    role,
    sign_in,
    stranger,
    text,
    withheld,
)

PROOF = [detection("attackerinTheMiddle", risk_level="high"), stranger(requirement="multi", mfa="satisfied")]
CONSENT = fact("user.consent", app="Mail tool", client_id="c", scopes=("Mail.Read",), risky=True, id="grant_1-x")
DEVICE = fact("user.device", name="DESKTOP-1", registered_at=text(hours_ago(5)), id="device-1")
ALL_OF_IT = [
    *PROOF,
    *account(),
    method(),
    method("Phone", id="m-2"),
    inbox_rule(),
    audit("Consent to application", target="Mail tool"),
    CONSENT,
    DEVICE,
    role(),
    role("Exchange Administrator", "eligible"),
    audit("Add member to role", target="Global Administrator"),
]


def _assessments() -> list[Assessment]:
    return [
        judge(*ALL_OF_IT),
        judge(detection("unlikelyTravel", risk_level="low"), own_risky(), *account()),
        judge(detection("leakedCredentials"), *account(on_premises=True)),
        judge(detection("leakedCredentials"), stranger(), *account(user_type="Guest")),
    ]


def test_the_catalogue_is_complete_in_every_column() -> None:
    """Each entry says what it needs, whom it touches and how to undo it."""
    for entry in ENTRIES:
        columns = (entry.title, entry.permission, entry.role, entry.reversal, entry.blast_radius)
        assert all(columns), entry.id
    assert len(ENTRIES) >= 21


def test_every_action_is_exact() -> None:
    """Method, path, body, permission and reason are filled with real ids and nothing is left open."""
    for action in (action for found in _assessments() for action in found.actions):
        if action.method == "NONE":
            assert (action.url, action.body, action.permission) == ("", "", OUTSIDE_GRAPH)
        else:
            assert re.fullmatch(r"/[A-Za-z$][!-z~]*", action.url), action.url
            assert re.search(r"\.(Read|Revoke|EnableDisable)[A-Za-z]*", action.permission), action.permission
        if action.body:
            json.loads(action.body)
        assert action.why.endswith(".")
        assert action.method in {"GET", "NONE", "DELETE"} or action.body or action.id == "revoke_sessions"


def test_every_required_action_is_in_the_catalogue_and_ids_are_unique() -> None:
    """Playbooks refer to actions by id."""
    required = (
        "revoke_sessions reset_password_cloud reset_password_on_premises disable_account confirm_compromised confirm_safe "
        "dismiss_risk remove_auth_method delete_inbox_rule revoke_consent disable_device require_mfa_reregistration "
        "issue_temporary_access_pass remove_role_assignment contact_user contact_manager contact_home_tenant "
        "hunt_same_source block_source_ip review_conditional_access keep_watching"
    )
    assert set(required.split()) <= {entry.id for entry in ENTRIES}
    for found in _assessments():
        assert len(found.actions) == len(action_ids(found))


def test_actions_cite_only_facts_of_the_dossier() -> None:
    """No action rests on a fact that nobody can look up."""
    found = judge(*ALL_OF_IT)
    known = {f"F{place}" for place in range(1, len(ALL_OF_IT) + 1)}
    assert all(set(action.facts) <= known and action.facts for action in found.actions)


def test_no_report_holds_a_password() -> None:
    """The body names a place for the new password, not a password."""
    body = json.loads(action_of(judge(*PROOF, *account()), "reset_password_cloud").body)
    assert body["passwordProfile"]["password"] == "{a new random password, never stored}"
    assert body["passwordProfile"]["forceChangePasswordNextSignIn"] is True


@pytest.mark.parametrize(
    ("name", "path", "permission"),
    [
        ("FIDO2 security key", "fido2Methods", "UserAuthMethod-Passkey.ReadWrite.All"),
        ("microsoftAuthenticator", "microsoftAuthenticatorMethods", "UserAuthMethod-MicrosoftAuthApp.ReadWrite.All"),
        ("phone", "phoneMethods", "UserAuthMethod-Phone.ReadWrite.All"),
        ("softwareOath", "softwareOathMethods", "UserAuthMethod-SoftwareOATH.ReadWrite.All"),
        ("Email", "emailMethods", "UserAuthMethod-Email.ReadWrite.All"),
        ("Windows Hello for Business", "windowsHelloForBusinessMethods", "UserAuthMethod-WindowsHello.ReadWrite.All"),
    ],
)
def test_a_method_is_removed_where_graph_keeps_it(name: str, path: str, permission: str) -> None:
    """Each kind has its own path and its own least permission."""
    action = action_of(judge(*PROOF, *account(), method(name, id="a/b")), "remove_auth_method")
    assert action.url == f"/users/{USER.id}/authentication/{path}/a%2Fb"
    assert action.permission == permission


def test_each_added_method_is_removed_under_an_id_of_its_own() -> None:
    """Two methods, two actions, two ids; the method from before the risk stays."""
    found = judge(*PROOF, *account(), method(), method("Phone", id="m-2"), method("Email", id="m-3", hours=900))
    removals = [action for action in found.actions if action.id.startswith("remove_auth_method")]
    assert [action.id for action in removals] == ["remove_auth_method", "remove_auth_method_2"]
    assert not [action for action in removals if "m-3" in action.url]


def test_registering_again_deletes_every_known_method_in_one_batch() -> None:
    """One request with a DELETE for each method; when they could not be read, the request is to read them."""
    action = action_of(judge(*PROOF, *account(), method(), method("Phone", id="m-2")), "require_mfa_reregistration")
    requests = json.loads(action.body)["requests"]
    assert [item["method"] for item in requests] == ["DELETE", "DELETE"]
    unread = judge(*PROOF, *account(), gaps=[gap("user.auth_method")])
    assert action_of(unread, "require_mfa_reregistration").method == "GET"


def test_a_role_is_removed_by_a_request_that_needs_no_assignment_id() -> None:
    """Active through the role's members, eligible through a schedule request, group through its membership."""
    group = fact("user.group", name="Tier 0", id="g-1", role_assignable=True)
    via = role("Security Administrator", "group", via="Tier 0")
    found = judge(*PROOF, *account(), role(), role("Exchange Administrator", "eligible"), via, group)
    urls = {action.url for action in found.actions if action.id.startswith("remove_role_assignment")}
    assert urls == {
        f"/directoryRoles(roleTemplateId='{TEMPLATE}')/members/{USER.id}/$ref",
        "/roleManagement/directory/roleEligibilityScheduleRequests",
        f"/groups/g-1/members/{USER.id}/$ref",
    }


def test_a_role_with_a_scope_is_removed_in_its_scope() -> None:
    """A role that is limited to an administrative unit is not a member of the tenant-wide one."""
    found = judge(*PROOF, *account(), role(scope="/administrativeUnits/au-1"))
    action = action_of(found, "remove_role_assignment")
    assert action.url == "/roleManagement/directory/roleAssignmentScheduleRequests"
    assert json.loads(action.body)["directoryScopeId"] == "/administrativeUnits/au-1"


def test_a_role_given_after_the_risk_goes_at_once() -> None:
    """The role that the audit names is removed now, others next."""
    found = judge(*ALL_OF_IT)
    whens = {action.why.split('"')[1]: action.when for action in found.actions if action.id.startswith("remove_role")}
    assert whens == {"Global Administrator": "now", "Exchange Administrator": "next"}


def test_footholds_are_taken_back_by_their_ids() -> None:
    """Rule, grant and device carry the ids that Graph gave."""
    found = judge(*ALL_OF_IT)
    urls = {name: action_of(found, name).url for name in ("delete_inbox_rule", "revoke_consent", "disable_device")}
    assert urls == {
        "delete_inbox_rule": f"/users/{USER.id}/mailFolders/inbox/messageRules/AQAAAJ5dZqA%3D",
        "revoke_consent": "/oauth2PermissionGrants/grant_1-x",
        "disable_device": "/devices(deviceId='device-1')",
    }


def test_the_source_is_hunted_and_blocked_by_its_address() -> None:
    """The query and the location name the hostile address, never the user's own."""
    found = judge(*PROOF, sign_in(), *account())
    hunt = action_of(found, "hunt_same_source")
    assert hunt.url.startswith(
        f"/auditLogs/signIns?$filter=ipAddress%20eq%20'{HOSTILE}'%20and%20createdDateTime%20ge%20"
    )
    ranges = json.loads(action_of(found, "block_source_ip").body)["ipRanges"]
    assert ranges == [{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": f"{HOSTILE}/32"}]


def test_an_address_of_version_6_is_blocked_as_one() -> None:
    """The range has the type and the length of its version."""
    found = judge(detection("attackerinTheMiddle", ip_address="2001:DB8::1"), stranger(ip_address="2001:db8::1"))
    ranges = json.loads(action_of(found, "block_source_ip").body)["ipRanges"]
    assert ranges == [{"@odata.type": "#microsoft.graph.iPv6CidrRange", "cidrAddress": "2001:db8::1/128"}]


def test_text_in_place_of_an_address_reaches_no_request() -> None:
    """An address field is hostile text until it parses."""
    found = judge(detection("attackerinTheMiddle", ip_address="x' or 1 eq 1"), method(), *account())
    assert not [action for action in found.actions if "or 1" in action.url + action.body]


def test_the_users_own_address_is_not_blocked() -> None:
    """A detection at the address that the user signs in from blocks nobody."""
    found = judge(detection("leakedCredentials", ip_address="198.51.100.10"), sign_in(), *account())
    assert "own sign-ins" in withheld(found)["block_source_ip"]


def test_break_glass_is_never_disabled_or_blocked() -> None:
    """Emergency access stays; its custodians are called at once."""
    found = judge(*PROOF, *account(), role(), fact("user.break_glass"))
    left_out = {"disable_account", "block_source_ip", "remove_role_assignment", "require_mfa_reregistration"}
    assert left_out.isdisjoint(action_ids(found))
    assert left_out - {"require_mfa_reregistration"} <= withheld(found).keys()
    assert action_of(found, "contact_user").when == "now"


def test_a_passwordless_user_gets_no_reset() -> None:
    """There is no password to reset."""
    facts = [item for item in account() if item.kind != "user.auth_methods"]
    methods = fact("user.auth_methods", count=1, has_password=False, has_phishing_resistant=True)
    found = judge(*PROOF, *facts, methods)
    assert withheld(found)["reset_password_cloud"] == "The user has no password."


def test_an_unread_sync_state_keeps_the_reset_with_an_open_precondition() -> None:
    """Unknown is shown as unknown."""
    facts = [item for item in account() if item.kind != "user.sync"]
    action = action_of(judge(*PROOF, *facts, gaps=[gap("user.sync")]), "reset_password_cloud")
    assert [item.met for item in action.preconditions if "in the cloud" in item.text] == [None]


def test_sessions_revoked_after_the_risk_are_not_revoked_again() -> None:
    """The audit of the revocation withholds it; one from before the risk does not."""
    activity = "Update StsRefreshTokenValidFrom Timestamp"
    assert "already revoked" in done(judge(*PROOF, *account(), audit(activity, hours=1)))["revoke_sessions"]
    assert "revoke_sessions" not in done(judge(*PROOF, *account(), audit(activity, hours=30)))


def test_a_password_changed_after_the_risk_is_not_reset_again() -> None:
    """Done is done."""
    facts = [item for item in account() if item.kind != "user.password"]
    found = judge(*PROOF, *facts, fact("user.password", changed_at=text(hours_ago(1))))
    assert "already changed" in done(found)["reset_password_cloud"]


def test_a_closed_case_gets_no_containment() -> None:
    """Even where evidence stands, what is closed is not contained; leftovers may still be cleaned up."""
    found = judge(*PROOF, *account(), method(), status="closed", outcome="remediated")
    contained = {"revoke_sessions", "reset_password_cloud", "disable_account", "confirm_compromised", "block_source_ip"}
    assert contained.isdisjoint(action_ids(found))
    assert contained <= withheld(found).keys()
    assert "remove_auth_method" in action_ids(found)


def test_feedback_needs_an_open_risk() -> None:
    """What is closed in Entra is not closed again."""
    found = judge(detection("unfamiliarFeatures"), risk_user("dismissed"), status="closed", outcome="dismissed")
    assert "dismiss_risk" in done(found)
    assert "confirm_safe" in withheld(found)


def test_a_manager_is_contacted_only_when_there_is_one() -> None:
    """Recorded, known to be missing, or unread."""
    facts = [item for item in account() if item.kind != "user.manager"]
    assert '"Mona Manager"' in action_of(judge(*PROOF, *account()), "contact_manager").why
    assert "No manager" in withheld(judge(*PROOF, *facts, fact("user.no_manager")))["contact_manager"]
    unread = action_of(judge(*PROOF, *facts, gaps=[gap("user.manager")]), "contact_manager")
    assert unread.preconditions[0].met is None


def test_actions_come_in_the_order_to_do_them() -> None:
    """Now before next before later, and containment before cleaning up."""
    found = judge(*ALL_OF_IT)
    whens = [action.when for action in found.actions]
    assert whens == sorted(whens, key=("now", "next", "later").index)
    order = [action.id for action in found.actions]
    assert order.index("disable_account") < order.index("reset_password_cloud") < order.index("revoke_sessions")
    assert order.index("revoke_sessions") < order.index("remove_auth_method")


def test_times_in_requests_come_from_the_evidence() -> None:
    """The hunt starts a day before the risk, not at the moment of reading."""
    hunt = action_of(judge(*PROOF, *account()), "hunt_same_source")
    assert text(hours_ago(30)) in hunt.url
    assert text(NOW) not in hunt.url


def test_a_password_that_the_intruder_changed_is_reset_all_the_same() -> None:
    """The newest password is the intruder's: neither the reset nor the revocation is done."""
    facts = [item for item in account() if item.kind not in {"user.password", "user.account"}]
    facts += [
        fact("user.password", changed_at=text(hours_ago(1))),
        fact("user.account", enabled=True, sessions_valid_from=text(hours_ago(1))),
    ]
    found = judge(*PROOF, *facts, audit("Change user password", hours=1, ip_address=HOSTILE))
    assert {"reset_password_cloud", "revoke_sessions"} <= action_ids(found)
    assert not done(found)


def test_what_is_done_says_when_by_whom_and_why() -> None:
    """A row of the list is evidence: the time, the person in the audit, the facts."""
    by_admin = audit(
        "Revoke user sign-in sessions", hours=1, initiated_by="user", initiator="Ada <b>", change="sessions_revoked"
    )
    found = judge(*PROOF, *account(), by_admin)
    row = next(item for item in found.done if item.id == "revoke_sessions")
    assert (row.at, row.by) == (hours_ago(1), 'the administrator "Ada <b>"')
    assert [fact_id for fact_id in row.facts if found.finding("attacker_in_the_middle")] == ["F10"]
    assert "revoke_sessions" not in action_ids(found)


def test_nothing_comes_before_what_it_must_come_after() -> None:
    """The order of the plan respects ``after``, and so does the catalogue's."""
    ranks = {entry.id: entry.rank for entry in ENTRIES}
    assert all(ranks[first] < entry.rank for entry in ENTRIES for first in entry.after)
    for found in _assessments():
        order = [action.id for action in found.actions]
        for action in found.actions:
            assert all(order.index(first) < order.index(action.id) for first in action.after)
