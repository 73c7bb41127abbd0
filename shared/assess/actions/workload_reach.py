"""Actions on what a service principal reaches, what Identity Protection is told, and whom to ask."""

from collections.abc import Iterator
from typing import Literal

from shared.assess.entry import OUTSIDE_GRAPH, action
from shared.assess.situation import Need, Proposal, Situation, body_of, segment
from shared.assess.values import ids, moment
from shared.hostile import quoted

WRITE_RISK = "IdentityRiskyServicePrincipal.ReadWrite.All"


@action(
    "Take away an application permission",
    rank=56,
    request="DELETE /servicePrincipals/{id}/appRoleAssignedTo/{id}",
    permission="AppRoleAssignment.ReadWrite.All",
    role="Privileged Role Administrator",
    reversible=True,
    reversal="Assign the permission again.",
    blast_radius="The application loses this permission in the whole tenant.",
    does_not_fix=("Access tokens already issued", "What was read or changed with it"),
)
def remove_app_role_assignment(situation: Situation) -> list[Proposal]:
    """Offered in a compromise for far-reaching permissions; at once for those given after the risk."""
    if situation.is_user or situation.verdict != "compromised":
        return []
    return list(_app_roles(situation))


@action(
    "Revoke delegated permissions of an application",
    rank=57,
    request="DELETE /oauth2PermissionGrants/{id}",
    permission="DelegatedPermissionGrant.ReadWrite.All",
    role="Cloud Application Administrator",
    reversible=True,
    reversal="Give the consent again.",
    blast_radius="The application loses these scopes for the users whom the grant names.",
    does_not_fix=("Access tokens already issued", "What it has already read"),
)
def revoke_workload_grant(situation: Situation) -> list[Proposal]:
    """Offered in a compromise for grants that reach data."""
    if situation.is_user or situation.verdict != "compromised":
        return []
    return [
        Proposal(
            when="next",
            why="The application may act for users with these permissions.",
            facts=(fact.id,),
            method="DELETE",
            url=f"/oauth2PermissionGrants/{segment(fact.text_of('id'))}",
        )
        for fact in situation.reading.all("workload.grant")
        if fact.values.get("tier") in {0, 1} and fact.text_of("id")
    ]


@action(
    "Rotate what the application could read in Key Vault",
    rank=66,
    permission=OUTSIDE_GRAPH,
    role="The right to set secrets in the vaults that it can read",
    reversible=False,
    reversal="A secret that was read must be held for known.",
    blast_radius="Every service that uses the rotated secrets.",
)
def rotate_vault_secrets(situation: Situation) -> list[Proposal]:
    """Offered when a compromised workload was seen to sign in to a vault."""
    if situation.is_user or situation.verdict != "compromised":
        return []
    seen = [fact for fact in situation.reading.all("sign_in") if "vault" in fact.text_of("app").lower()]
    if not seen:
        return []
    why = "The application signs in to a vault: what it can read there, an attacker can have read."
    return [Proposal(when="next", why=why, facts=ids(*seen[:3]))]


@action(
    "Confirm the service principal as compromised",
    rank=74,
    request="POST /identityProtection/riskyServicePrincipals/confirmCompromised",
    permission=WRITE_RISK,
    role="Security Operator",
    reversible=True,
    reversal="POST /identityProtection/riskyServicePrincipals/dismiss with the same body.",
    blast_radius="Its risk becomes high, and Conditional Access for workload identities acts on it.",
    does_not_fix=("The leaked credential itself",),
)
def confirm_service_principal_compromised(situation: Situation) -> list[Proposal]:
    """Offered when the compromise is proven and not yet confirmed."""
    if situation.is_user or situation.verdict != "compromised":
        return []
    if situation.grounds.has("admin_confirmed_compromised"):
        return []
    return [
        _feedback(
            situation, "confirmCompromised", "The verdict is compromised; telling Entra lets policies act.", "now"
        )
    ]


@action(
    "Dismiss the risk of the service principal",
    rank=75,
    request="POST /identityProtection/riskyServicePrincipals/dismiss",
    permission=WRITE_RISK,
    role="Security Operator",
    reversible=True,
    reversal="The risk comes back with the next detection, or by confirmCompromised with the same body.",
    blast_radius="Its risk is closed (adminDismissedAllRiskForServicePrincipal).",
    does_not_fix=("Its credentials stay as they are",),
)
def dismiss_service_principal_risk(situation: Situation) -> list[Proposal]:
    """Benign true positive: what was detected did happen, and is no harm."""
    if situation.is_user or situation.verdict != "benign" or not situation.grounds.open_risk:
        return []
    return [
        _feedback(
            situation, "dismiss", "What was detected does no harm: close it, so that the next one stands out.", "next"
        )
    ]


@action(
    "Ask the owner",
    rank=76,
    permission=OUTSIDE_GRAPH,
    role="none",
    reversible=True,
    reversal="Nothing to undo.",
    blast_radius="The owners of the application.",
    does_not_fix=("Anything by itself",),
)
def contact_owner(situation: Situation) -> list[Proposal]:
    """Offered unless there is nothing to ask: the owner knows deployments, pipelines and where the secret is kept."""
    if situation.is_user or situation.verdict == "benign":
        return []
    owners = situation.reading.all("workload.owner")
    known = True if owners else False if situation.reading.one("workload.no_owner") else None
    names = ", ".join(quoted(fact.text_of("display_name")) for fact in owners[:3] if fact.text_of("display_name"))
    who = f"The owner ({names})" if names else "The owner"
    return [
        Proposal(
            when="next" if situation.verdict == "compromised" else "now",
            why=f"{who} knows which deployment uses the credential and from where.",
            facts=ids(*owners[:3]),
            needs=(
                Need(text="An owner is recorded.", met=known, otherwise="No owner is recorded for the application."),
            ),
        )
    ]


def _app_roles(situation: Situation) -> Iterator[Proposal]:
    for fact in situation.reading.all("workload.app_role"):
        if fact.values.get("tier") not in {0, 1} or not fact.text_of("id") or not fact.text_of("resource_id"):
            continue
        new = situation.reading.is_after_risk(moment(fact, "created_at"))
        yield Proposal(
            when="now" if new else "next",
            why=f"The permission {quoted(fact.text_of('permission'))} {fact.text_of('reach') or 'reaches far'}.",
            facts=(fact.id,),
            method="DELETE",
            url=f"/servicePrincipals/{segment(fact.text_of('resource_id'))}/appRoleAssignedTo/{segment(fact.text_of('id'))}",
        )


def _feedback(situation: Situation, verb: str, why: str, when: Literal["now", "next"]) -> Proposal:
    return Proposal(
        when=when,
        why=why,
        facts=situation.evidence,
        method="POST",
        url=f"/identityProtection/riskyServicePrincipals/{verb}",
        body=body_of({"servicePrincipalIds": [situation.reading.identity.id]}),
        needs=((situation.needs_open_case(),) if verb == "confirmCompromised" else (situation.needs_risk_state(),)),
    )
