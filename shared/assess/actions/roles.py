"""Actions that take roles away: those of the aftermath, those that were activated, those that a grave change gave."""

from typing import Literal

from shared.activities import folded
from shared.assess.entry import OUTSIDE_GRAPH, action
from shared.assess.situation import Need, Proposal, Situation, body_of, segment
from shared.assess.undo import grave_facts, is_target, undo
from shared.assess.values import flag, number, same
from shared.hostile import quoted
from shared.models.dossier import Fact


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


def _is_activation(role: Fact) -> bool:
    return bool(role.text_of("activated_at") and role.text_of("template_id")) and role.text_of("assignment") == "active"


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
