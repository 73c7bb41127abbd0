"""Actions that take back what was left behind: rules, consents, devices, roles."""

from typing import Literal

from shared.activities import folded
from shared.assess.entry import action
from shared.assess.situation import Need, Proposal, Situation, body_of, segment
from shared.assess.values import flag, ids, moment, number, same
from shared.hostile import quoted
from shared.models.dossier import Fact


def _cited(situation: Situation, kind: str, *finding_ids: str) -> list[Fact]:
    cited = set(situation.grounds.facts_of(*finding_ids))
    return [fact for fact in situation.reading.all(kind) if fact.id in cited and fact.text_of("id")]


@action(
    "Delete an inbox rule",
    rank=50,
    request="DELETE /users/{id}/mailFolders/inbox/messageRules/{id}",
    permission="MailboxSettings.ReadWrite",
    role="Exchange Administrator",
    reversible=False,
    reversal="Create the rule again from the evidence in this report, which is worth keeping before the deletion.",
    blast_radius="This rule in this mailbox.",
    does_not_fix=("Mail that was already forwarded or hidden", "Forwarding set outside inbox rules"),
)
def delete_inbox_rule(situation: Situation) -> list[Proposal]:
    """Offered for each rule that hides or forwards mail."""
    if not situation.is_attacked:
        return []
    return [
        Proposal(
            when=situation.urgent,
            why=f"The rule {quoted(fact.text_of('name'))} hides or forwards mail.",
            facts=(fact.id,),
            method="DELETE",
            url=situation.user_url(f"/mailFolders/inbox/messageRules/{segment(fact.text_of('id'))}"),
            needs=(situation.needs_account(),),
        )
        for fact in _cited(situation, "user.inbox_rule", "inbox_rule_hides_or_forwards")
    ]


@action(
    "Revoke a consent",
    rank=55,
    request="DELETE /oauth2PermissionGrants/{id}",
    permission="DelegatedPermissionGrant.ReadWrite.All",
    role="Cloud Application Administrator",
    reversible=True,
    reversal="Give the consent again.",
    blast_radius="The application loses these scopes for this user.",
    does_not_fix=("Tokens already issued to the application, for up to an hour", "What it has already read"),
)
def revoke_consent(situation: Situation) -> list[Proposal]:
    """Offered for consents of the aftermath, and in a compromise for every risky one."""
    if not situation.is_attacked:
        return []
    risky = ("risky_consent_held",) if situation.verdict == "compromised" else ()
    proposals = []
    for fact in _cited(situation, "user.consent", "consent_after_risk", "mail_consent_given", *risky):
        for_all = fact.text_of("consent_type") == "AllPrincipals"
        proposals.append(
            Proposal(
                when=situation.urgent,
                why=f"The application {quoted(fact.text_of('app'))} can act for the user, whatever the password.",
                facts=(fact.id,),
                method="DELETE",
                url=f"/oauth2PermissionGrants/{segment(fact.text_of('id'))}",
                blast_radius="The application loses these scopes for every user of the tenant." if for_all else "",
                needs=(situation.needs_account(),),
            )
        )
    return proposals


@action(
    "Disable a device",
    rank=60,
    request="PATCH /devices(deviceId='{id}')",
    permission="Device.ReadWrite.All",
    role="Cloud Device Administrator",
    reversible=True,
    reversal='PATCH the same path with {"accountEnabled":true}.',
    blast_radius="Nobody can sign in with this device's identity.",
    does_not_fix=("The session that registered it",),
)
def disable_device(situation: Situation) -> list[Proposal]:
    """Offered for each device that was registered in the aftermath."""
    if not situation.is_attacked:
        return []
    return [
        Proposal(
            when=situation.urgent,
            why=f"The device {quoted(fact.text_of('name'))} was registered after the risk began.",
            facts=(fact.id, *ids(situation.reading.risk_before(moment(fact, "registered_at")))),
            method="PATCH",
            url=f"/devices(deviceId='{segment(fact.text_of('id'))}')",
            body=body_of({"accountEnabled": False}),
        )
        for fact in _cited(situation, "user.device", "device_registered_after_risk")
    ]


@action(
    "Remove a role assignment",
    rank=65,
    request="DELETE /directoryRoles(roleTemplateId='{id}')/members/{id}/$ref",
    permission="RoleManagement.ReadWrite.Directory",
    role="Privileged Role Administrator",
    reversible=True,
    reversal="Assign the role again.",
    blast_radius="The user loses this role in the whole tenant.",
    does_not_fix=("What was done with the role while it was held",),
)
def remove_role_assignment(situation: Situation) -> list[Proposal]:
    """Offered at once for roles of the aftermath, and in a compromise next for every privileged one."""
    audits = [
        fact
        for fact in situation.reading.all("audit")
        if fact.id in situation.grounds.facts_of("role_assigned_after_risk")
    ]
    proposals = []
    for role in situation.reading.all("user.role"):
        new = any(_names_role(audit, role) for audit in audits)
        held = situation.verdict == "compromised" and flag(role, "privileged") is True
        request = None if _is_activation(role) else _removal(situation, role)
        if request is None or not (held or (new and situation.is_attacked)):
            continue
        method, url, body = request
        proposals.append(
            Proposal(
                when="now" if new else "next",
                why=f"The role {quoted(role.text_of('role'))} "
                + ("was given after the risk began." if new else "is in reach of whoever holds the account."),
                facts=(role.id, *(audit.id for audit in audits if _names_role(audit, role))),
                method=method,
                url=url,
                body=body,
                needs=(
                    situation.needs_account(),
                    situation.needs_no_break_glass(),
                    situation.needs_open_case(),
                    _needs_another_holder(situation, role),
                ),
            )
        )
    return proposals


def _needs_another_holder(situation: Situation, role: Fact) -> Need:
    """Taking a role from its last holder locks everybody out."""
    holders = situation.reading.one("tenant.role_holders")
    known = holders is not None and same(holders.text_of("template_id"), role.text_of("template_id"))
    return Need(
        text="Somebody else still holds this role, so that nobody is locked out.",
        met=bool(number(holders, "others")) if holders and known else None,
        otherwise=f"Nobody else holds the role {quoted(role.text_of('role'))}: give it to somebody first.",
    )


@action(
    "Deactivate an activated role",
    rank=15,
    request="POST /roleManagement/directory/roleAssignmentScheduleRequests",
    permission="RoleAssignmentSchedule.ReadWrite.Directory",
    role="Privileged Role Administrator",
    reversible=True,
    reversal="The user activates the role again, with the approval and MFA that its policy asks for.",
    blast_radius="The user loses this role until it is activated again.",
    does_not_fix=(
        "What was done with the role while it was active",
        "The eligibility, by which it can be activated again",
    ),
)
def deactivate_role_activation(situation: Situation) -> list[Proposal]:
    """Offered for each role that is active only because it was activated: cheap, and quickly given back."""
    if not situation.is_user or not situation.is_attacked:
        return []
    return [
        Proposal(
            when=situation.urgent,
            why=f"The role {quoted(role.text_of('role'))} was activated and is in reach of whoever holds the account.",
            facts=(role.id, *situation.evidence),
            method="POST",
            url="/roleManagement/directory/roleAssignmentScheduleRequests",
            body=_removal_request(situation.reading.identity.id, role.text_of("template_id"), role),
            needs=(situation.needs_account(), situation.needs_no_break_glass(), situation.needs_open_case()),
        )
        for role in situation.reading.all("user.role")
        if _is_activation(role)
    ]


def _is_activation(role: Fact) -> bool:
    return bool(role.text_of("activated_at") and role.text_of("template_id")) and role.text_of("assignment") == "active"


@action(
    "Take a guest out of a group",
    rank=62,
    request="DELETE /groups/{id}/members/{id}/$ref",
    permission="GroupMember.ReadWrite.All",
    role="Groups Administrator",
    reversible=True,
    reversal="POST /groups/{the group's id}/members/$ref with the guest's id.",
    blast_radius="The guest loses what this group gives in this tenant.",
    does_not_fix=("Access that was given to the guest directly", "The account in the home tenant"),
)
def remove_guest_from_group(situation: Situation) -> list[Proposal]:
    """Offered for sensitive groups of a guest under attack: what this tenant gave, it can take."""
    if not situation.is_user or not situation.is_guest or not situation.is_attacked:
        return []
    return [
        Proposal(
            when=situation.urgent,
            why=f"The group {quoted(group.text_of('name'))} gives the guest access to this tenant.",
            facts=(group.id,),
            method="DELETE",
            url=f"/groups/{segment(group.text_of('id'))}/members/{segment(situation.reading.identity.id)}/$ref",
            needs=(situation.needs_account(), situation.needs_open_case()),
        )
        for group in situation.reading.all("user.group")
        if group.text_of("id")
    ]


def _names_role(audit: Fact, role: Fact) -> bool:
    name = folded(role.text_of("role"))
    said = folded(" ".join((audit.text_of("target"), audit.text_of("detail"), audit.text)))
    return bool(name) and name in said


def _removal(situation: Situation, role: Fact) -> tuple[Literal["DELETE", "POST"], str, str] | None:
    """Return the request that takes a role away without knowing the assignment's id, or None when there is none."""
    user, template = situation.reading.identity.id, role.text_of("template_id")
    match role.text_of("assignment"):
        case "group":
            groups = [
                fact for fact in situation.reading.all("user.group") if same(fact.text_of("name"), role.text_of("via"))
            ]
            group = next((fact.text_of("id") for fact in groups if fact.text_of("id")), "")
            return ("DELETE", f"/groups/{segment(group)}/members/{segment(user)}/$ref", "") if group else None
        case "eligible" if template:
            removal = _removal_request(user, template, role)
            return ("POST", "/roleManagement/directory/roleEligibilityScheduleRequests", removal)
        case "active" if template and role.text_of("scope"):
            removal = _removal_request(user, template, role)
            return ("POST", "/roleManagement/directory/roleAssignmentScheduleRequests", removal)
        case "active" if template:
            # Without the closing $ref the request would delete the user instead of the membership.
            return ("DELETE", f"/directoryRoles(roleTemplateId='{segment(template)}')/members/{segment(user)}/$ref", "")
        case _:
            return None


def _removal_request(user: str, template: str, role: Fact) -> str:
    return body_of(
        {
            "action": "adminRemove",
            "principalId": user,
            "roleDefinitionId": template,
            "directoryScopeId": role.text_of("scope") or "/",
            "justification": "The account is compromised.",
        }
    )
