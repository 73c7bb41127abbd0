"""Actions that are conversations: the user, the manager, the guest's own tenant."""

from shared.assess.entry import OUTSIDE_GRAPH, action
from shared.assess.situation import Need, Proposal, Situation, segment
from shared.assess.values import ids
from shared.hostile import quoted


@action(
    "Contact the user",
    rank=75,
    permission=OUTSIDE_GRAPH,
    role="none",
    reversible=True,
    reversal="Nothing to undo.",
    blast_radius="The user, by telephone or in person: mail and chat may be in the attacker's hands.",
    does_not_fix=("Anything by itself",),
)
def contact_user(situation: Situation) -> list[Proposal]:
    """Offered while the verdict leaves something to ask; custodians are asked for emergency accounts."""
    if not situation.is_user or situation.verdict == "benign":
        return []
    glass, programs = situation.reading.one("user.break_glass"), situation.reading.one("user.service_account")
    why = "The user knows best whether time, place, device and application were theirs."
    if glass:
        why = "The account is listed for emergency access: its custodians know whether it was used on purpose."
    elif programs:
        why = "The account is used by programs: its owner knows where they run and what they sign in to."
    elif situation.verdict == "inconclusive":
        why = "Only the user can say whether it was them; ask, and only then confirm or close the risk."
    return [
        Proposal(
            when="next" if situation.verdict == "compromised" and not glass else "now",
            why=why,
            facts=(*situation.evidence, *ids(glass, programs)),
            needs=(situation.needs_account(),),
        )
    ]


@action(
    "Contact the manager",
    rank=76,
    permission=OUTSIDE_GRAPH,
    role="none",
    reversible=True,
    reversal="Nothing to undo.",
    blast_radius="The manager learns that the account is under investigation.",
    does_not_fix=("Anything by itself",),
)
def contact_manager(situation: Situation) -> list[Proposal]:
    """Offered when the account is taken from its user, or is likely to be."""
    grave = situation.verdict == "compromised" or (situation.verdict == "suspicious" and situation.severity == "high")
    if not situation.is_user or not grave or situation.is_guest:
        return []
    manager = situation.reading.one("user.manager")
    known = True if manager else False if situation.reading.one("user.no_manager") else None
    name = manager.text_of("display_name") if manager else ""
    who = f"The manager, {quoted(name)}," if name else "The manager"
    return [
        Proposal(
            when="later" if situation.verdict == "suspicious" else "next",
            why=f"{who} can vouch for travel, devices and unusual work.",
            facts=ids(manager),
            needs=(Need(text="A manager is recorded.", met=known, otherwise="No manager is recorded for the user."),),
        )
    ]


@action(
    "Contact the home tenant",
    rank=77,
    permission=OUTSIDE_GRAPH,
    role="none",
    reversible=True,
    reversal="Nothing to undo.",
    blast_radius="The security contact of the guest's organisation.",
    does_not_fix=("Access to this tenant, until it is taken away here",),
)
def contact_home_tenant(situation: Situation) -> list[Proposal]:
    """Offered for guests at risk: password, methods, sessions and risk are theirs to mend."""
    if not situation.is_user or not situation.is_guest or situation.verdict == "benign":
        return []
    home = situation.reading.one("user.home_tenant")
    tenant = home.text_of("tenant_id") if home else ""
    where = f" ({quoted(tenant)[1:-1]})" if tenant else ""
    return [
        Proposal(
            when="now",
            why=f"The guest's password, methods and risk can only be mended in the home tenant{where}.",
            facts=situation.grounds.facts_of("guest_account"),
        )
    ]


@action(
    "Look for the deleted account",
    rank=78,
    request="GET /directory/deletedItems/{id}",
    permission="User.Read.All",
    role="User Administrator",
    reversible=True,
    reversal="Nothing to undo: it only reads.",
    blast_radius="None. An account can be restored for 30 days, with its password, methods, roles and consents.",
    does_not_fix=(
        "Access tokens already issued, for up to an hour",
        "Consents, mail that was forwarded, and what the account created elsewhere",
    ),
)
def check_deleted_account(situation: Situation) -> list[Proposal]:
    """Offered for accounts that the directory does not know: deleted can be undone, and by an attacker too."""
    deleted = situation.reading.one("user.deleted")
    if not situation.is_user or deleted is None or situation.verdict == "benign":
        return []
    return [
        Proposal(
            when="next",
            why="The account is not in the directory; where it was deleted, it can be restored for a while.",
            facts=ids(deleted),
            method="GET",
            url=f"/directory/deletedItems/{segment(situation.reading.identity.id)}",
        )
    ]
