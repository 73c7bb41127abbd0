"""Remediation that fits the person: each kind of account gets what works for it, and is told what does not."""

import json

import pytest

from shared.assess.reasons import REASONS
from shared.models.assessment import Assessment
from shared.models.dossier import Fact
from tests.assess.facts import (
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
    judge,
    method,
    risk_user,
    role,
    stranger,
    text,
    withheld,
)

PROOF = [detection("attackerinTheMiddle", risk_level="high"), stranger(requirement="multi", mfa="satisfied")]
FEDERATED = fact("tenant.domain", domain="woodgrovebank.com", federated=True)
CONTAIN = {"disable_account", "reset_password_cloud", "revoke_sessions"}


def but(kind: str, *more: Fact, **values: bool | str) -> list[Fact]:
    """Return an ordinary account with another fact, or none, in place of one kind."""
    return [*(item for item in account(**values) if item.kind != kind), *more]


def test_break_glass_is_never_blocked_reset_or_revoked() -> None:
    """The custodians rotate it in person; feedback on the risk is still given; a risky use wakes people up."""
    found = judge(*PROOF, *account(), method(), fact("user.break_glass"))
    never = {*CONTAIN, "require_mfa_reregistration", "issue_temporary_access_pass", "enable_account"}
    assert never.isdisjoint(action_ids(found))
    assert withheld(found).keys() >= CONTAIN
    assert {"rotate_emergency_credentials", "confirm_compromised", "contact_user"} <= action_ids(found)
    assert found.severity == "critical"
    used = judge(detection("unfamiliarFeatures"), stranger(risk_level="low"), *account(), fact("user.break_glass"))
    assert (used.verdict, used.severity) == ("suspicious", "critical")


@pytest.mark.parametrize(
    ("writeback", "reset", "reason"),
    [
        (True, "reset_password_cloud", ""),
        (False, "reset_password_on_premises", "writeback is off"),
        (None, "reset_password_on_premises", "nothing shows"),
    ],
)
def test_a_synchronised_password_is_reset_where_it_is_kept(writeback: bool | None, reset: str, reason: str) -> None:
    """In the cloud only when writeback is known to carry it home."""
    known = [] if writeback is None else [fact("tenant.writeback", enabled=writeback)]
    found = judge(*PROOF, *account(on_premises=True), *known)
    both = {"reset_password_cloud", "reset_password_on_premises"}
    assert both & action_ids(found) == {reset}
    assert reason in withheld(found).get("reset_password_cloud", "")
    assert "disable_account_on_premises" in action_ids(found)
    assert any("next sync" in limit for limit in action_of(found, "disable_account").does_not_fix)


def test_a_federated_password_is_reset_at_its_provider() -> None:
    """Entra's reset is withheld with the reason, and the revocation says what it cannot reach."""
    found = judge(*PROOF, *account(), FEDERATED)
    assert "federated" in withheld(found)["reset_password_cloud"]
    assert "reset_password_at_provider" in action_ids(found)
    assert any("identity provider" in limit for limit in action_of(found, "revoke_sessions").does_not_fix)
    both = judge(*PROOF, *account(on_premises=True), FEDERATED)
    assert {"reset_password_on_premises"} == {item for item in action_ids(both) if item.startswith("reset_")}


def test_unread_domains_leave_the_question_open_and_unasked_ones_are_silent() -> None:
    """A gap is shown as something to check; what nobody asked about is not."""
    unread = action_of(judge(*PROOF, *account(), gaps=[gap("tenant.domain")]), "reset_password_cloud")
    assert [need.met for need in unread.preconditions if "federated" in need.text] == [None]
    silent = action_of(judge(*PROOF, *account()), "reset_password_cloud")
    assert not [need for need in silent.preconditions if "federated" in need.text]


def test_a_passwordless_user_has_the_methods_reviewed() -> None:
    """No reset; sessions and methods are what can be taken away."""
    methods = fact("user.auth_methods", count=1, has_password=False, has_phishing_resistant=True)
    found = judge(*PROOF, *but("user.auth_methods", methods), method("fido2"))
    assert {"review_auth_methods", "revoke_sessions", "remove_auth_method"} <= action_ids(found)
    assert "no password" in withheld(found)["reset_password_cloud"]
    assert "review_auth_methods" not in action_ids(judge(*PROOF, *account()))


def test_programs_are_not_asked_to_do_mfa() -> None:
    """A service account: its owner is asked, no pass, no registration, and a reset that no program has to answer."""
    found = judge(*PROOF, *account(), fact("user.service_account", by="name"))
    assert {"require_mfa_reregistration", "issue_temporary_access_pass"} <= withheld(found).keys()
    body = json.loads(action_of(found, "reset_password_cloud").body)
    assert body["passwordProfile"]["forceChangePasswordNextSignIn"] is False
    assert "program" in action_of(found, "reset_password_cloud").blast_radius
    assert "its owner" in action_of(found, "contact_user").why


def test_an_activated_role_is_deactivated_before_anything_is_removed() -> None:
    """PIM gives it back as quickly as it goes; the standing role beside it is removed."""
    active = role(activated_at=text(hours_ago(7)))
    found = judge(*PROOF, *account(), active)
    action = action_of(found, "deactivate_role_activation")
    assert (action.when, action.phase) == ("now", "contain")
    assert json.loads(action.body)["action"] == "adminRemove"
    assert "remove_role_assignment" not in action_ids(found)
    assert "deactivate_role_activation" not in action_ids(judge(*PROOF, *account(), role()))


@pytest.mark.parametrize(("others", "met"), [(0, False), (2, True), (None, None)])
def test_the_last_holder_keeps_the_role(others: int | None, met: bool | None) -> None:
    """Nobody removes the last Global Administrator; whether there is another one may be unknown."""
    known = [] if others is None else [fact("tenant.role_holders", template_id=TEMPLATE, others=others)]
    found = judge(*PROOF, *account(), role(), *known)
    if met is False:
        assert "Nobody else holds" in withheld(found)["remove_role_assignment"]
        warned = action_of(found, "disable_account").preconditions
        assert [need.met for need in warned if "last one" in need.text] == [None]
        return
    needs = action_of(found, "remove_role_assignment").preconditions
    assert [need.met for need in needs if "Somebody else" in need.text] == [met]


def test_a_guest_loses_what_this_tenant_gave() -> None:
    """Block of the guest object, its groups, the home tenant; nothing that only the home tenant can do."""
    group = fact("user.group", name="Payments", id="g/1", role_assignable=False)
    found = judge(*PROOF, *account(user_type="Guest"), group)
    assert {"disable_account", "remove_guest_from_group", "contact_home_tenant"} <= action_ids(found)
    assert action_of(found, "remove_guest_from_group").url == f"/groups/g%2F1/members/{USER.id}/$ref"
    at_home = {"reset_password_cloud", "revoke_sessions", "confirm_compromised", "issue_temporary_access_pass"}
    assert at_home <= withheld(found).keys()
    assert "remove_guest_from_group" not in action_ids(judge(*PROOF, *account(), group))


def test_a_deleted_account_is_looked_for_where_deleted_ones_are() -> None:
    """It can be restored, by an attacker too; all else is withheld."""
    found = judge(*PROOF, fact("user.deleted"))
    assert action_of(found, "check_deleted_account").url == f"/directory/deletedItems/{USER.id}"
    assert withheld(found).keys() >= CONTAIN


def test_a_disabled_account_says_what_remains() -> None:
    """The block is done, with its fact; sessions, password and footholds remain, and the way back comes last."""
    found = judge(*PROOF, *account(enabled=False), method())
    assert done(found)["disable_account"] == "The account is already disabled."
    assert {"revoke_sessions", "reset_password_cloud", "remove_auth_method", "enable_account"} <= action_ids(found)
    assert "disable_account" not in action_of(found, "reset_password_cloud").after
    order = [action.id for action in found.actions]
    assert order.index("enable_account") > order.index("remove_auth_method")


def test_a_removed_method_and_a_confirmed_compromise_are_done() -> None:
    """Each with when and by whom."""
    removed = audit("Admin deleted security info", hours=1, initiated_by="user", initiator="Ada")
    assert "already removed" in done(judge(*PROOF, *account(), removed))["remove_auth_method"]
    assert "remove_auth_method" not in done(judge(*PROOF, *account(), removed, method()))
    confirmed = judge(*PROOF, *account(), risk_user("confirmedCompromised", risk_level="high"))
    row = next(item for item in confirmed.done if item.id == "confirm_compromised")
    assert (row.by, bool(row.at), bool(row.facts)) == ("an administrator", True, True)
    assert "confirm_compromised" not in action_ids(confirmed)


def test_an_inconclusive_case_says_what_must_be_known_before_feedback() -> None:
    """None of the three is offered; each says why not."""
    found = judge(detection("syntheticVoiceCallback"), *account())
    assert found.verdict == "inconclusive"
    feedback = {"confirm_compromised", "confirm_safe", "dismiss_risk"}
    assert feedback.isdisjoint(action_ids(found))
    assert all("find out whether it was the user" in withheld(found)[name] for name in feedback)


def _verdicts() -> list[Assessment]:
    own = detection("unlikelyTravel", risk_level="low")
    return [judge(*PROOF, *account()), judge(detection("leakedCredentials"), *account()), judge(own, *account())]


def test_opposite_feedback_is_never_offered_together() -> None:
    """Confirming and clearing exclude each other, whatever the verdict."""
    for found in _verdicts():
        confirms = {item for item in action_ids(found) if item.endswith("_compromised")}
        clears = {"confirm_safe", "dismiss_risk", "confirm_sign_in_safe"} & action_ids(found)
        assert not (confirms and clears), found.verdict


@pytest.mark.parametrize("licensed", [True, False, None])
def test_feedback_needs_the_licence(licensed: bool | None) -> None:
    """Known to be there, known to be missing, or unknown because the level is hidden."""
    known = [] if licensed is None else [fact("tenant.licence", p2=licensed)]
    found = judge(stranger(request_id="r"), detection("adminConfirmedUserCompromised", risk_level="hidden"), *known)
    sign_ins = "confirm_sign_in_compromised"
    if licensed is False:
        assert "P2" in withheld(found)[sign_ins]
        return
    assert [n.met for n in action_of(found, sign_ins).preconditions if "P2" in n.text] == [licensed]


def test_why_says_what_the_attacker_holds() -> None:
    """Somebody in the middle, a leak and a device code are not the same; neither is how urgent the reset is."""
    in_the_middle = judge(*PROOF, *account())
    assert "may hold the password" in action_of(in_the_middle, "reset_password_cloud").why
    leaked = judge(detection("leakedCredentials"), stranger(), *account())
    assert "leaked" in action_of(leaked, "reset_password_cloud").why
    code = judge(detection("unfamiliarFeatures"), stranger(protocol="deviceCode", mfa="satisfied"), *account())
    reset = action_of(code, "reset_password_cloud")
    assert "without the password" in reset.why
    assert reset.when == "next"
    assert action_of(code, "revoke_sessions").after == ()


def test_an_attacker_in_the_middle_is_locked_out_before_the_reset() -> None:
    """Disable, then reset, then revoke; the rogue method goes before a pass is issued; the way back comes last."""
    found = judge(*PROOF, *account(), method())
    order = [action.id for action in found.actions]
    steps = ["disable_account", "reset_password_cloud", "revoke_sessions", "remove_auth_method"]
    steps += ["require_mfa_reregistration", "issue_temporary_access_pass", "enable_account"]
    assert [item for item in order if item in steps] == steps
    assert action_of(found, "reset_password_cloud").after == ("disable_account",)
    assert "remove_auth_method" in action_of(found, "issue_temporary_access_pass").after


def test_blast_radius_counts_what_is_known() -> None:
    """Devices and applications by number, and no number where none is known."""
    facts = but("sign_in.baseline", fact("sign_in.baseline", apps=("a", "b"), days=30), fact("user.devices", count=3))
    radius = action_of(judge(*PROOF, *facts), "revoke_sessions").blast_radius
    assert "3 registered devices and in 2 applications" in radius
    bare = action_of(judge(*PROOF, *account()), "revoke_sessions").blast_radius
    assert not any(letter.isdigit() for letter in bare)


def test_every_reason_is_a_sentence_and_names_no_opposite() -> None:
    """The table is short enough to read, and each sentence stands alone."""
    assert len(REASONS) >= 10
    for reason in REASONS.values():
        assert reason.reset.endswith(".")
        assert reason.revoke.endswith(".")
        assert not (reason.comes_back and reason.password == "unneeded")


def test_methods_that_graph_cannot_delete_are_not_asked_to_go() -> None:
    """A password alone leaves nothing to register anew; a list that could not be read leaves the question open."""
    phished = [detection("authenticatorPhishing", risk_level="high"), stranger(), *account()]
    only = judge(*phished, method("Password", strength="password"))
    assert "No method that Graph can delete" in withheld(only)["require_mfa_reregistration"]
    assert "require_mfa_reregistration" not in action_ids(only)
    assert "require_mfa_reregistration" in action_ids(judge(*phished, method(hours=900)))
