"""What a group is, in Graph's properties and in words."""

from shared.ask.fields import GROUP_SELECT, GROUPS, PERSON_SELECT
from shared.ask.found import Item
from shared.ask.look import Look
from shared.ask.tables import field
from shared.graph.queries import Query

GROUP_FIELDS = (
    *GROUPS[:-1],
    field("mail", "E-mail", "E-mail address of the group, if it has one"),
    field("visibility", "Visibility", "Public, Private or HiddenMembership; empty for most security groups"),
    field("onPremisesSyncEnabled", "Synchronised", "Whether the group comes from on-premises Active Directory"),
    field("createdDateTime", "Created at", "When the group was created, UTC"),
    GROUPS[-1],
)


def group_query(look: Look, group_id: str) -> Query:
    """Return the query ``group`` for one group."""
    return look.query(
        "group",
        look.api.groups.by_group_id(group_id),
        what="the group",
        permission="Group.Read.All",
        absence_is_fact=True,
        select=GROUP_SELECT,
    )


def owners_query(look: Look, group_id: str) -> Query:
    """Return the query ``owners``: up to 100, none for groups of Exchange and of on premises."""
    return look.query(
        "owners",
        look.api.groups.by_group_id(group_id).owners,
        what="the owners of the group",
        permission="GroupMember.Read.All",
        absence_is_fact=True,
        select=PERSON_SELECT,
    )


def described(group: Item) -> Item:
    """Return a group with its ``type`` and ``membership`` in words."""
    return {**group, "type": type_of(group), "membership": membership_of(group)}


def type_of(group: Item) -> str:
    """Return the type of a group as Entra's portal calls it."""
    if "Unified" in (group.get("groupTypes") or ()):
        return "Microsoft 365"
    if group.get("mailEnabled"):
        return "mail-enabled security" if group.get("securityEnabled") else "distribution"
    return "security"


def membership_of(group: Item) -> str:
    """Return whether members are assigned or taken by a rule."""
    return "dynamic" if "DynamicMembership" in (group.get("groupTypes") or ()) else "assigned"
