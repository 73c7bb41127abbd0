"""Actions that take back a change which is grave by itself: roles, policies, accounts, passes, device secrets."""

from shared.access_policies import conditions_of
from shared.activities import folded
from shared.assess.entry import OUTSIDE_GRAPH, action
from shared.assess.situation import Proposal, Situation, body_of, query, segment
from shared.assess.undo import grave_facts, is_target, undo
from shared.assess.values import items
from shared.hostile import quoted
from shared.models.dossier import Fact


@action(
    "Delete the Temporary Access Pass",
    rank=29,
    request="DELETE /users/{id}/authentication/temporaryAccessPassMethods/{id}",
    permission="UserAuthMethod-TAP.ReadWrite.All",
    role="Privileged Authentication Administrator",
    reversible=False,
    reversal="Issue a new pass, to the user in person.",
    blast_radius="The pass no longer signs in.",
    does_not_fix=("Sessions and methods that the pass was used for: revoke and compare them",),
)
def delete_access_pass(situation: Situation) -> list[Proposal]:
    """A user has at most one pass; its id comes from the list of methods, or from a look at them."""
    path = situation.user_url("/authentication/temporaryAccessPassMethods")
    known = [
        fact.text_of("id")
        for fact in situation.reading.all("user.auth_method")
        if "temporaryaccesspass" in folded(fact.text_of("method")) and fact.text_of("id")
    ]
    why = "A pass replaces password and MFA for whoever holds it."
    return [
        undo(situation, fact, why, method="DELETE", url=f"{path}/{segment(known[0])}")
        if known
        else undo(situation, fact, why, method="GET", url=path)
        for fact in list(grave_facts(situation, "access_pass_out_of_hours"))[-1:]
    ]


@action(
    "Take an assigned role away again",
    rank=28,
    request="DELETE /directoryRoles(roleTemplateId='{id}')/members/{id}/$ref",
    permission="RoleManagement.ReadWrite.Directory",
    role="Privileged Role Administrator",
    reversible=True,
    reversal="Assign the role again, through PIM.",
    blast_radius="Whoever was given the role loses it in the whole tenant.",
    does_not_fix=("What was done with the role while it was held", "Other assignments of the same role"),
)
def remove_assigned_role(situation: Situation) -> list[Proposal]:
    """Offered for each most powerful role that was handed out. The closing $ref keeps the holder's account."""
    return [
        undo(
            situation,
            fact,
            f"The role {quoted(fact.text_of('role'))} can take over the tenant.",
            method="DELETE",
            url=f"/directoryRoles(roleTemplateId='{segment(fact.text_of('role_template'))}')"
            f"/members/{segment(fact.text_of('target_id'))}/$ref",
        )
        for fact in grave_facts(situation, "top_role_assigned", "top_role_assigned_in_pim")
        if fact.text_of("role_template") and fact.text_of("target_id") and not is_target(fact, "role", "directoryrole")
    ]


@action(
    "Take elevated access to Azure away again",
    rank=31,
    permission=OUTSIDE_GRAPH,
    role="User Access Administrator at the root scope",
    reversible=True,
    reversal="A Global Administrator elevates again in the properties of the tenant.",
    blast_radius="The user loses the access to all subscriptions that the elevation gave.",
    does_not_fix=("Role assignments in Azure that were made in the meantime",),
)
def remove_elevated_access(situation: Situation) -> list[Proposal]:
    """Outside Graph: the assignment of User Access Administrator at the scope ``/`` is deleted in Azure."""
    return [
        undo(situation, fact, "User Access Administrator at the root scope reaches every subscription.")
        for fact in grave_facts(situation, "access_elevated")
    ]


@action(
    "Restore the policy",
    rank=36,
    request="PATCH /identity/conditionalAccess/policies/{id}",
    permission="Policy.ReadWrite.ConditionalAccess",
    role="Conditional Access Administrator",
    reversible=True,
    reversal="Change the policy again.",
    blast_radius="Everybody whom the policy covers is asked again what it asked before.",
    does_not_fix=("Sign-ins that were let in meanwhile",),
)
def restore_policy(situation: Situation) -> list[Proposal]:
    """Exact where the log holds what the policy asked of whom; a deleted one comes back from the tenant's backup."""
    proposals = []
    for fact in grave_facts(situation, "mfa_policy_weakened", "policy_exclusion_added"):
        if not fact.text_of("target_id") or fact.text_of("change") != "policy_changed":
            continue
        narrowed = fact.text_of("protection") == "narrowed"
        body = _covered_before(fact) if narrowed else _asked_before(fact)
        what = "leaves out what it covered" if narrowed else "no longer asks what it asked"
        proposals.append(
            undo(
                situation,
                fact,
                f"The policy {quoted(fact.text_of('target'))} {what}.",
                method="PATCH" if body else "GET",
                url=f"/identity/conditionalAccess/policies/{segment(fact.text_of('target_id'))}",
                body=body,
            )
        )
    for fact in grave_facts(situation, "policy_deleted"):
        why = f"The policy {quoted(fact.text_of('target'))} is gone; compare what is left with the tenant's backup."
        proposals.append(undo(situation, fact, why, method="GET", url="/identity/conditionalAccess/policies"))
    return proposals


def _asked_before(fact: Fact) -> str:
    """Return the request's body with the controls of before; empty when they are not on record, or were others too."""
    if not items(fact, "asked_before"):
        return ""
    controls = {"operator": fact.text_of("asked_operator"), "builtInControls": items(fact, "asked_before")}
    return body_of({"state": "enabled", "grantControls": controls})


def _covered_before(fact: Fact) -> str:
    """Return the request's body with the conditions of before, the unchanged ones left out."""
    before = items(fact, "covered_before")
    return body_of({"conditions": conditions_of(before)}) if before else ""


@action(
    "Check and restore how users sign in",
    rank=37,
    request="GET /domains/{id}/federationConfiguration",
    permission="Policy.Read.All",
    role="Security Reader",
    reversible=True,
    reversal="Nothing to undo: it only reads.",
    blast_radius="None until something is changed back.",
    does_not_fix=("Sign-ins that were let in meanwhile",),
)
def review_sign_in_trust(situation: Situation) -> list[Proposal]:
    """Domains and their identity providers, or the policies that say how users sign in."""
    domains = [
        undo(
            situation,
            fact,
            "Whoever controls the identity provider of a domain signs in as any of its users.",
            method="GET",
            url=f"/domains/{segment(fact.text_of('target'))}/federationConfiguration"
            if "." in fact.text_of("target")
            else "/domains",
            permission="Domain.Read.All",
        )
        for fact in grave_facts(situation, "federation_changed")
    ]
    policies = [
        undo(
            situation,
            fact,
            "What this policy lets in, no other policy of the tenant may stop.",
            method="GET",
            url="/policies/identitySecurityDefaultsEnforcementPolicy"
            if "securitydefaults" in fact.text_of("activity").lower().replace(" ", "")
            else "/policies/authenticationMethodsPolicy",
        )
        for fact in grave_facts(situation, "sign_in_policy_redirected")
    ]
    return [*domains, *policies]


@action(
    "Disable the account that was changed",
    rank=38,
    request="PATCH /users/{id}",
    permission="User.EnableDisableAccount.All",
    role="User Administrator",
    reversible=True,
    reversal='PATCH the same path with {"accountEnabled":true}.',
    blast_radius="Nobody can sign in with this account.",
    does_not_fix=("Access tokens already issued, for up to an hour",),
)
def disable_changed_account(situation: Situation) -> list[Proposal]:
    """Offered for an account that was switched on and reset, for a guest made member, and for one just invited."""
    why = {
        "account_enabled_and_reset": "The account was switched on and given a new password by the same hands.",
        "guest_invited": "The guest comes from another organisation.",
        "guest_made_member": "The guest passes policies that hold guests back.",
    }
    return [
        undo(
            situation,
            fact,
            why[fact.text_of("grave")],
            method="PATCH",
            url=f"/users/{segment(fact.text_of('target_id'))}",
            body=body_of({"accountEnabled": False}),
        )
        for fact in grave_facts(situation, *why)
        if fact.text_of("target_id")
    ]


@action(
    "Make the account a guest again",
    rank=39,
    request="PATCH /users/{id}",
    permission="User.ReadWrite.All",
    role="User Administrator",
    reversible=True,
    reversal='PATCH the same path with {"userType":"Member"}.',
    blast_radius="The account loses what members may see and do.",
    does_not_fix=("Roles and memberships that it was given as a member",),
)
def make_guest_again(situation: Situation) -> list[Proposal]:
    """Offered for each guest who was made a member."""
    return [
        undo(
            situation,
            fact,
            "A member reads the directory and passes policies that hold guests back.",
            method="PATCH",
            url=f"/users/{segment(fact.text_of('target_id'))}",
            body=body_of({"userType": "Guest"}),
        )
        for fact in grave_facts(situation, "guest_made_member")
        if fact.text_of("target_id")
    ]


@action(
    "Find the device and rotate its secrets",
    rank=42,
    request="GET /deviceManagement/managedDevices",
    permission="DeviceManagementManagedDevices.Read.All",
    role="Intune Administrator",
    reversible=True,
    reversal="Nothing to undo: a new secret takes the place of the old one.",
    blast_radius="The secret that was read no longer opens the device once it is rotated.",
    does_not_fix=("What was read from the device with the old secret",),
)
def rotate_device_secret(situation: Situation) -> list[Proposal]:
    """Intune rotates by the id of the managed device, which the name leads to."""
    return [
        undo(
            situation,
            fact,
            f"The secret of {quoted(fact.text_of('target'))} is known to whoever read it.",
            method="GET",
            url="/deviceManagement/managedDevices?"
            + query(f"$filter=azureADDeviceId eq '{segment(fact.text_of('target_id'))}'"),
        )
        for fact in grave_facts(situation, "device_secret_read")
        if fact.text_of("target_id")
    ]
