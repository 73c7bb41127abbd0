"""Actions on the account itself: switching it off, and on again."""

from shared.assess.entry import OUTSIDE_GRAPH, action
from shared.assess.evidence import FOOTHOLDS
from shared.assess.reasons import comes_back
from shared.assess.situation import Need, Proposal, Situation, body_of
from shared.assess.values import ids, number

COMES_BACK = (
    "Access tokens already issued, for up to an hour where the application does not evaluate access continuously"
)
FOOTHOLDS_STAY = "Inbox rules, consents and added methods"


def can_come_back(situation: Situation) -> bool:
    """Say whether the attacker has a way in besides the password."""
    return comes_back(situation.grounds) or situation.grounds.has(*FOOTHOLDS)


def _why(situation: Situation) -> str:
    if comes_back(situation.grounds):
        return "The attacker got past MFA, so a new password alone does not keep them out."
    if can_come_back(situation):
        return "The attacker got in and holds more than the password."
    if situation.is_guest:
        return "The attacker got in, and a guest's password and sessions can only be reset in the home tenant."
    return "The attacker got in."


def _needs_another_administrator(situation: Situation) -> tuple[Need, ...]:
    """Nobody locks out the last Global Administrator unwarned."""
    holders = situation.reading.one("tenant.role_holders")
    if holders is None or number(holders, "others"):
        return ()
    text = "Another Global Administrator was made first: the user is the last one."
    return (Need(text=text, met=None),)


@action(
    "Disable the account",
    rank=10,
    request="PATCH /users/{id}",
    permission="User.EnableDisableAccount.All",
    role="User Administrator",
    reversible=True,
    reversal='PATCH the same path with {"accountEnabled":true}.',
    blast_radius="The user cannot sign in anywhere until it is enabled again.",
    does_not_fix=(COMES_BACK, FOOTHOLDS_STAY),
)
def disable_account(situation: Situation) -> list[Proposal]:
    """Offered when a compromise is proven; at once when the attacker could pass MFA again, and for guests.

    Nothing else that this tenant can do ends a guest's session.
    """
    if not situation.is_user or situation.verdict != "compromised":
        return []
    programs = situation.reading.one("user.service_account")
    radius = (
        "Every program that signs in as this user stops." if programs else situation.reach("The user is locked out")
    )
    if situation.is_guest:
        radius = "The guest object in this tenant only; the home account works on."
    return [
        Proposal(
            when="now" if can_come_back(situation) or situation.is_guest else "next",
            why=_why(situation),
            facts=situation.evidence,
            method="PATCH",
            url=situation.user_url(),
            body=body_of({"accountEnabled": False}),
            role=situation.operator("User Administrator"),
            needs=(
                situation.needs_account(),
                situation.needs_no_break_glass(),
                situation.needs_open_case(),
                situation.needs_enabled(),
                *_needs_another_administrator(situation),
                *situation.needs_operator(),
            ),
            blast_radius=radius,
            does_not_fix=("The account on premises, from which the next sync may enable this one again",)
            if situation.is_synchronised
            else (),
        )
    ]


@action(
    "Disable the account on premises",
    rank=11,
    permission=OUTSIDE_GRAPH,
    role="The right to disable accounts in Active Directory",
    reversible=True,
    reversal="Enable the account in Active Directory again.",
    blast_radius="The user cannot sign in on premises, and after the next sync not in the cloud.",
    does_not_fix=(COMES_BACK, FOOTHOLDS_STAY),
)
def disable_account_on_premises(situation: Situation) -> list[Proposal]:
    """Offered beside the block in the cloud for synchronised users, because the sync decides in the end."""
    if not situation.is_user or situation.verdict != "compromised" or not situation.is_synchronised:
        return []
    return [
        Proposal(
            when="now" if can_come_back(situation) else "next",
            why="The account is synchronised, so what is set on premises wins at the next sync.",
            facts=ids(situation.reading.one("user.sync")),
            needs=(situation.needs_account(), situation.needs_no_break_glass(), situation.needs_open_case()),
        )
    ]


@action(
    "Enable the account again",
    rank=69,
    request="PATCH /users/{id}",
    permission="User.EnableDisableAccount.All",
    role="User Administrator",
    reversible=True,
    reversal='PATCH the same path with {"accountEnabled":false}.',
    blast_radius="The user, and whoever still holds a way in, can sign in again.",
    after=(
        "disable_account",
        "reset_password_cloud",
        "reset_password_on_premises",
        "revoke_sessions",
        "remove_auth_method",
        "require_mfa_reregistration",
        "delete_inbox_rule",
        "revoke_consent",
        "disable_device",
    ),
)
def enable_account(situation: Situation) -> list[Proposal]:
    """Offered as the way back from the block, once the person has new credentials and nothing is left behind."""
    if not situation.is_user or situation.verdict != "compromised" or situation.is_guest:
        return []
    if not (can_come_back(situation) or situation.grounds.has("account_disabled")):
        return []
    return [
        Proposal(
            when="later",
            why="The user needs the account back when every foothold is gone.",
            facts=situation.evidence,
            method="PATCH",
            url=situation.user_url(),
            body=body_of({"accountEnabled": True}),
            role=situation.operator("User Administrator"),
            needs=(
                situation.needs_account(),
                situation.needs_no_break_glass(),
                Need(text="Password, methods, rules, consents and devices were gone through with the user.", met=None),
                *situation.needs_operator(),
            ),
        )
    ]
