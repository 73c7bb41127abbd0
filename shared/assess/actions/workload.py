"""Actions on service principals, which have neither sessions to revoke nor a person to call."""

from shared.assess.entry import action
from shared.assess.situation import Proposal, Situation, body_of, segment


@action(
    "Disable the service principal",
    rank=11,
    permission="Application.ReadWrite.All",
    role="Cloud Application Administrator",
    reversible=True,
    reversal='PATCH the same path with {"accountEnabled":true}.',
    blast_radius="The application stops for everybody who uses it in this tenant.",
    does_not_fix=("Access tokens already issued", "The leaked credential itself"),
)
def disable_service_principal(situation: Situation) -> list[Proposal]:
    """Offered when the compromise of a service principal is proven."""
    if situation.reading.identity.kind != "servicePrincipal" or situation.verdict != "compromised":
        return []
    return [
        Proposal(
            when="now",
            why="Somebody else signs in as this application.",
            facts=situation.evidence,
            method="PATCH",
            url=f"/servicePrincipals/{segment(situation.reading.identity.id)}",
            body=body_of({"accountEnabled": False}),
            needs=(situation.needs_open_case(),),
        )
    ]


@action(
    "Confirm the service principal as compromised",
    rank=74,
    permission="IdentityRiskyServicePrincipal.ReadWrite.All",
    role="Security Operator",
    reversible=True,
    reversal="POST /identityProtection/riskyServicePrincipals/dismiss with the same body.",
    blast_radius="Its risk becomes high, and Conditional Access for workload identities acts on it.",
    does_not_fix=("The leaked credential itself",),
)
def confirm_service_principal_compromised(situation: Situation) -> list[Proposal]:
    """Offered when the compromise is proven and not yet confirmed."""
    if situation.reading.identity.kind != "servicePrincipal" or situation.verdict != "compromised":
        return []
    if situation.grounds.has("admin_confirmed_compromised"):
        return []
    return [
        Proposal(
            when="now",
            why="The verdict is compromised; telling Entra lets policies act.",
            facts=situation.evidence,
            method="POST",
            url="/identityProtection/riskyServicePrincipals/confirmCompromised",
            body=body_of({"servicePrincipalIds": [situation.reading.identity.id]}),
            needs=(situation.needs_open_case(),),
        )
    ]
