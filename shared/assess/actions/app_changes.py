"""Actions that take back what an application was given: credentials, permissions, consents."""

from shared.assess.entry import action
from shared.assess.situation import Proposal, Situation, body_of, query, segment
from shared.assess.undo import grave_facts, is_target, undo
from shared.assess.values import items
from shared.hostile import quoted
from shared.models.dossier import Fact


@action(
    "Remove the credential again",
    rank=32,
    request="POST /applications/{id}/removePassword",
    permission="Application.ReadWrite.All",
    role="Cloud Application Administrator",
    reversible=False,
    reversal="Make a new credential; the removed one cannot come back.",
    blast_radius="Whatever signs in with this credential stops.",
    does_not_fix=("Tokens already issued with it", "Other credentials of the application"),
)
def remove_app_credential(situation: Situation) -> list[Proposal]:
    """Exact for secrets whose id is on record; else the list to find it in. A certificate needs a proof to remove."""
    proposals = []
    for fact in grave_facts(situation, "service_principal_credential_added", "application_credential_added"):
        holder = f"/{_holder(fact)}/{segment(fact.text_of('target_id'))}"
        why = f"The credential signs in as {quoted(fact.text_of('target'))}, whatever becomes of whoever put it there."
        keys = items(fact, "credential_ids")
        if not fact.text_of("target_id"):
            continue
        if not keys or fact.text_of("credential_type").lower() != "password":
            url = f"{holder}?{query('$select=id,appId,displayName,passwordCredentials,keyCredentials')}"
            proposals.append(undo(situation, fact, why, method="GET", url=url))
        proposals += [
            undo(situation, fact, why, method="POST", url=f"{holder}/removePassword", body=body_of({"keyId": key}))
            for key in keys
            if fact.text_of("credential_type").lower() == "password"
        ]
    return proposals


@action(
    "Find and delete the federated credential",
    rank=33,
    request="GET /applications/{id}/federatedIdentityCredentials",
    permission="Application.ReadWrite.All",
    role="Cloud Application Administrator",
    reversible=True,
    reversal="Create it again from the evidence in this report.",
    blast_radius="Tokens of that issuer no longer sign in as the application.",
    does_not_fix=("Tokens already issued",),
)
def delete_federated_credential(situation: Situation) -> list[Proposal]:
    """The log does not name its id, so the list comes first; each entry is deleted under its id below that path."""
    return [
        undo(
            situation,
            fact,
            f"The issuer {quoted(fact.text_of('issuer'))} is none that pipelines use.",
            method="GET",
            url=f"/applications/{segment(fact.text_of('target_id'))}/federatedIdentityCredentials",
        )
        for fact in grave_facts(situation, "foreign_federated_credential")
        if fact.text_of("target_id")
    ]


@action(
    "Find and revoke the application permission",
    rank=34,
    request="GET /servicePrincipals/{id}/appRoleAssignments",
    permission="AppRoleAssignment.ReadWrite.All",
    role="Privileged Role Administrator",
    reversible=True,
    reversal="Grant the permission again.",
    blast_radius="The application loses this permission in the whole tenant.",
    does_not_fix=("Tokens already issued, for up to an hour", "What was read or changed with it"),
)
def revoke_app_role(situation: Situation) -> list[Proposal]:
    """The log does not name the assignment's id, so the list comes first; each is deleted under its id below it."""
    return [
        undo(
            situation,
            fact,
            f"The permission {quoted(fact.text_of('app_role'))} needs no user and outlives every password.",
            method="GET",
            url=f"/servicePrincipals/{segment(fact.text_of('grantee_id'))}/appRoleAssignments",
        )
        for fact in grave_facts(situation, "app_role_granted")
        if fact.text_of("grantee_id")
    ]


@action(
    "Find and revoke the consent",
    rank=35,
    request="GET /servicePrincipals/{id}/oauth2PermissionGrants",
    permission="DelegatedPermissionGrant.ReadWrite.All",
    role="Cloud Application Administrator",
    reversible=True,
    reversal="Give the consent again.",
    blast_radius="The application loses what the consent gave it.",
    does_not_fix=("Tokens already issued to the application, for up to an hour", "What it has already read"),
)
def revoke_wide_consent(situation: Situation) -> list[Proposal]:
    """Offered for consents that the user's own grants do not show; each grant is deleted under its id."""
    own = {fact.text_of("app").lower() for fact in situation.reading.all("user.consent")}
    return [
        undo(
            situation,
            fact,
            f"The application {quoted(fact.text_of('target'))} keeps its access for as long as the grant stands.",
            method="GET",
            url=f"/servicePrincipals/{segment(fact.text_of('target_id'))}/oauth2PermissionGrants",
        )
        for fact in grave_facts(situation, "wide_consent_given", "mail_consent_given")
        if fact.text_of("target_id") and fact.text_of("target").lower() not in own
    ]


def _holder(fact: Fact) -> str:
    return "servicePrincipals" if is_target(fact, "serviceprincipal") else "applications"
