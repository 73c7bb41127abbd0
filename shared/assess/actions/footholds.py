"""Actions that take back what was left behind: rules, consents, devices, guests in groups."""

from shared.assess.entry import action
from shared.assess.situation import Proposal, Situation, body_of, segment
from shared.assess.values import ids, moment
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
