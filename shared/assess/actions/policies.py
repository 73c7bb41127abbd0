"""Actions that take back a grave change of a policy: Conditional Access, and how users of the tenant sign in."""

from shared.access_policies import conditions_of
from shared.assess.entry import action
from shared.assess.situation import Proposal, Situation, body_of, segment
from shared.assess.undo import grave_facts, undo
from shared.assess.values import items
from shared.hostile import quoted
from shared.models.dossier import Fact


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
