"""In which groups a user is, and whether in one of them."""

from collections.abc import Mapping

from shared.ask.fields import GROUP, GROUP_SELECT, GROUPS, USER
from shared.ask.found import MOST_PAGES, PAGE, absent, called, how_many, items, names, number, refs, reply, rows
from shared.ask.given import thing
from shared.ask.group_reads import described
from shared.ask.look import Look
from shared.ask.skill import InputValue, Ref, Reply, skill
from shared.graph.answers import Answers
from shared.graph.queries import Query, literal
from shared.hostile import quoted


@skill(
    id="group_membership_of_user",
    area="groups",
    title="Whether a user is in a group",
    description="Whether one user is a member of one group, directly or through other groups.",
    inputs=(USER, GROUP),
    permissions=("GroupMember.Read.All",),
    paths=("/users/{id}/transitiveMemberOf", "/groups/{id}/members"),
    examples=(
        "Is {user} a member of this group?",
        "is {user} in {group}",
        "does {user} belong to the group {group}",
        "check whether {user} is a member of {group}",
        "is user {user} part of {group}",
    ),
)
async def group_membership_of_user(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Ask the group for the user among its members, and the user for all its groups."""
    user, group = thing(given, "user"), thing(given, "group")
    direct = look.query(
        "direct",
        look.api.groups.by_group_id(group.id).members,
        what="direct members of the group",
        permission="GroupMember.Read.All",
        absence_is_fact=True,
        is_advanced=True,
        filter=f"id eq {literal(user.id)}",
        select=["id"],
    )
    answers = await look.read(direct, _groups_of(look, user.id))
    held, groups = items(answers, "direct"), items(answers, "groups")
    is_direct = bool(held)
    is_member = is_direct or any(item.get("id") == group.id for item in groups or [])
    told, known = _membership(user, group, answers, is_member=is_member, is_direct=is_direct)
    return reply(
        answers,
        [told],
        facts={"is_member": known, "is_direct_member": None if held is None else is_direct},
        subjects=(user, group),
        follow_ups=(f"List the groups {user.name} is part of", f"Tell me more about this group: {called(group)}"),
    )


@skill(
    id="groups_of_user",
    area="groups",
    title="Groups of a user",
    description="In which groups one user is, directly or through other groups; not for directory roles.",
    inputs=(USER,),
    permissions=("GroupMember.Read.All", "Group.Read.All"),
    paths=("/users/{id}/transitiveMemberOf/microsoft.graph.group",),
    examples=(
        "Get the Microsoft Entra user groups that {user} is a member of. Put information in table format.",
        "List the groups {user} is part of",
        "which groups is {user} in",
        "group memberships of {user}",
        "what groups does this user belong to",
    ),
)
async def groups_of_user(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the groups of one user, nested ones too."""
    user = thing(given, "user")
    answers = await look.read(_groups_of(look, user.id))
    found = items(answers, "groups")
    if found is None:
        return absent(answers, "groups", user.name, "user")
    found = [described(item) for item in found]
    powerful = [item for item in found if item.get("isAssignableToRole")]
    some = f": {names(found, 'displayName', 'id')}" if found else ""
    return reply(
        answers,
        [
            f"{quoted(user.name)} is in {how_many(answers['groups'], 'group')}, directly or through others{some}.",
            f"Directory roles can be assigned to {names(powerful, 'displayName', 'id')}." if powerful else "",
        ],
        tables=[rows(answers, "groups", "Groups", GROUPS, found)],
        facts={"count": number(answers["groups"]), "groups": tuple(str(item.get("displayName")) for item in found)},
        subjects=[*refs("group", found), user],
        follow_ups=(f"What role does {user.name} have?", f"Give me all user details for {user.name}"),
    )


def _groups_of(look: Look, user_id: str) -> Query:
    return look.query(
        "groups",
        look.api.users.by_user_id(user_id).transitive_member_of.graph_group,
        what="groups of the user",
        permission="GroupMember.Read.All",
        pages=MOST_PAGES,
        absence_is_fact=True,
        is_advanced=True,
        select=GROUP_SELECT,
        top=PAGE,
    )


def _membership(
    user: Ref, group: Ref, answers: Answers, *, is_member: bool, is_direct: bool
) -> tuple[str, bool | None]:
    """Return what to say, and whether the user is a member as far as that is known."""
    pair = f"{quoted(user.name)} is {{}}a member of {quoted(group.name)}{{}}."
    if is_direct:
        return pair.format("", ", directly"), True
    if is_member:
        return pair.format("", " through another group"), True
    if answers.is_absent("direct"):
        return f"There is no group {quoted(group.name)} in the directory.", None
    if answers.is_absent("groups"):
        return f"There is no user {quoted(user.name)} in the directory.", None
    if answers.is_complete("direct") and answers.is_complete("groups"):
        return pair.format("not ", ""), False
    return f"Whether {quoted(user.name)} is a member of {quoted(group.name)} is not known.", None
