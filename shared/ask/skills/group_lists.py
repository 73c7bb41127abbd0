"""Groups by what they have in common: name, type, membership, no owner."""

from collections.abc import Mapping

from shared.ask.fields import GROUP_SELECT, GROUPS
from shared.ask.found import MOST_PAGES, PAGE, called, items, listing, number, refs, reply
from shared.ask.given import words
from shared.ask.group_reads import described
from shared.ask.look import Look
from shared.ask.skill import Column, Input, InputValue, Reply, Table, skill
from shared.enrich.statement import listed
from shared.graph.answers import Answers
from shared.graph.queries import Query, literal
from shared.hostile import quoted

UNIFIED = "groupTypes/any(t:t eq 'Unified')"
TYPES = {
    "Microsoft 365": UNIFIED,
    "security": "securityEnabled eq true and mailEnabled eq false",
    "mail-enabled security": f"securityEnabled eq true and mailEnabled eq true and not({UNIFIED})",
    "distribution": f"securityEnabled eq false and mailEnabled eq true and not({UNIFIED})",
}
"""Filters of the types, as Entra's portal counts them: each group is of one type."""
DYNAMIC = "groupTypes/any(t:t eq 'DynamicMembership')"
MEMBERSHIPS = {"dynamic": DYNAMIC, "static": f"not({DYNAMIC})"}
HOLDERS = {"assignable": "isAssignableToRole eq true", "not_assignable": "not(isAssignableToRole eq true)"}
TYPE = Input(
    name="group_type",
    kind="choice",
    description="Only groups of this type, or any.",
    required=False,
    choices=("any", *TYPES),
    words={
        "Microsoft 365": ("microsoft 365", "m365", "office 365", "o365", "unified"),
        "security": ("security",),
        "mail-enabled security": ("mail-enabled security", "mail enabled security"),
        "distribution": ("distribution",),
    },
    default="any",
)
MEMBERSHIP = Input(
    name="membership",
    kind="choice",
    description="dynamic: only groups that take members by a rule; static: only those whose members are assigned.",
    required=False,
    choices=("any", *MEMBERSHIPS),
    words={
        "dynamic": ("dynamic",),
        "static": ("not dynamic", "non-dynamic", "without dynamic membership", "without a dynamic rule"),
    },
    default="any",
)
HOLDING_ROLES = Input(
    name="assignable",
    kind="choice",
    description="Only groups to which directory roles can be assigned, only those to which they cannot, or any.",
    required=False,
    choices=("any", *HOLDERS),
    words={
        "assignable": ("role-assignable", "role assignable", "hold roles", "assigned to roles", "hold directory roles"),
        "not_assignable": ("not role-assignable", "not role assignable", "cannot hold roles", "can't hold roles"),
    },
    default="any",
)


@skill(
    id="groups_by_name",
    area="groups",
    title="Groups by name",
    description="Groups whose name begins with given letters; not for one group whose whole name is known.",
    inputs=(Input(name="name", kind="text", description="How the name of the group begins."),),
    permissions=("Group.Read.All",),
    paths=("/groups",),
    examples=(
        "Tell me about the group with the name that starts with '{name}'",
        "List all groups with names starting with '{name}'",
        "which groups begin with {name}",
        "find groups whose name starts with {name}",
        "show groups named like {name}",
    ),
)
async def groups_by_name(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read groups by the beginning of their name."""
    name = words(given, "name")
    answers = await look.read(
        _groups(look, "groups", "groups by name", f"startswith(displayName,{literal(name)})", pages=MOST_PAGES)
    )
    return _listed(answers, f"whose name begins with {quoted(name)}", title="Groups", asks=2)


@skill(
    id="groups_without_owner",
    area="groups",
    title="Groups without owner",
    description="Which groups, and how many, have no owner.",
    permissions=("Group.Read.All",),
    paths=("/groups",),
    examples=(
        "Count the total ownerless groups in my tenant.",
        "which groups have no owner",
        "how many groups are without owner",
        "list ownerless groups",
        "show orphaned groups",
    ),
)
async def groups_without_owner(look: Look, _given: Mapping[str, InputValue]) -> Reply:
    """Read groups by the number of their owners."""
    answers = await look.read(_groups(look, "groups", "groups without owner", "owners/$count eq 0", pages=MOST_PAGES))
    return _listed(answers, "without an owner", title="Groups without owner", asks=1)


@skill(
    id="groups_by_type",
    area="groups",
    title="Groups of each type",
    description="How many groups there are, in all and of each type; not for the members of a group.",
    permissions=("Group.Read.All",),
    paths=("/groups",),
    examples=(
        "Show the count of groups categorized by group type.",
        "List the number of groups under each of the group types.",
        "How many groups exist for each group type?",
        "how many groups are there",
        "count groups by type",
        "how many Microsoft 365 groups do we have",
    ),
)
async def groups_by_type(look: Look, _given: Mapping[str, InputValue]) -> Reply:
    """Count all groups and those of each type in one round trip."""
    queries = [
        _groups(look, name, f"the number of {name} groups", condition, top=1) for name, condition in TYPES.items()
    ]
    answers = await look.read(_groups(look, "all", "the number of groups", None, top=1), *queries)
    counts = {name: number(answers[name]) for name in TYPES if answers[name].state == "found"}
    parts = [f"{amount} {name}" for name, amount in counts.items()]
    told = []
    if answers["all"].state == "found":
        told = [f"The tenant has {number(answers['all'])} groups{f': {listed(parts)}' if parts else ''}."]
    return reply(
        answers,
        told,
        tables=[
            Table(
                title="Groups by type",
                columns=(
                    Column(name="type", title="Type", meaning="Type of group, as Entra's portal calls it"),
                    Column(name="groups", title="Groups", meaning="How many groups are of this type"),
                ),
                rows=tuple({"type": name, "groups": amount} for name, amount in counts.items()),
            )
        ],
        facts={"groups": number(answers["all"]) if answers["all"].state == "found" else None},
        follow_ups=("Count the total ownerless groups in my tenant.",),
        cut_is_wanted=("all", *TYPES),
    )


@skill(
    id="groups_of_type",
    area="groups",
    title="Groups of a type",
    description=(
        "Which groups the tenant has, all or only those of a type, dynamic ones, or those that can hold directory "
        "roles; not for counts of every type, nor for the members of a group."
    ),
    inputs=(TYPE, MEMBERSHIP, HOLDING_ROLES),
    permissions=("Group.Read.All",),
    paths=("/groups",),
    examples=(
        "List all groups in my tenant.",
        "show me all groups",
        "list all {group_type} groups",
        "which {membership} groups do we have",
        "list the dynamic groups",
        "which groups are {assignable}",
        "show the distribution lists",
    ),
)
async def groups_of_type(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read groups, narrowed by type, membership and whether they can hold roles."""
    kind, membership = words(given, "group_type") or "any", words(given, "membership") or "any"
    holding = words(given, "assignable") or "any"
    chosen = ((TYPES, kind), (MEMBERSHIPS, membership), (HOLDERS, holding))
    conditions = [filters[one] for filters, one in chosen if one != "any"]
    answers = await look.read(
        _groups(look, "groups", "groups of the tenant", " and ".join(conditions) or None, pages=MOST_PAGES)
    )
    thing = " ".join([*(one for one in (membership, kind) if one != "any"), "group"])
    can = {"assignable": "can", "not_assignable": "cannot"}.get(holding)
    phrase = f"to which directory roles {can} be assigned" if can else "in the tenant"
    return _listed(answers, phrase, title="Groups", asks=2, thing=thing)


def _listed(answers: Answers, phrase: str, *, title: str, asks: int, thing: str = "group") -> Reply:
    """Return the groups that were found, with the first few to ask more about."""
    found = [described(item) for item in items(answers, "groups") or []]
    return listing(
        answers,
        "groups",
        kind="group",
        thing=thing,
        phrase=phrase,
        title=title,
        fields=GROUPS,
        found=found if answers["groups"].state == "found" else None,
        follow_ups=[f"Tell me more about this group: {called(ref)}" for ref in refs("group", found)[:asks]],
    )


def _groups(look: Look, query_id: str, what: str, condition: str | None, *, pages: int = 1, top: int = PAGE) -> Query:
    return look.query(
        query_id,
        look.api.groups,
        what=what,
        permission="Group.Read.All",
        pages=pages,
        is_advanced=True,
        filter=condition,
        select=GROUP_SELECT if top > 1 else ["id"],
        top=top,
    )
