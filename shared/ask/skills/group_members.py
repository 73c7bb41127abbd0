"""Who is in a group, and how many of each kind."""

from collections.abc import Mapping
from typing import Any

from shared.ask.fields import GROUP, MEMBERS
from shared.ask.found import MOST_PAGES, PAGE, absent, called, how_many, items, names, number, refs, reply, rows
from shared.ask.given import thing, words
from shared.ask.look import Look
from shared.ask.skill import Column, Input, InputValue, Ref, Reply, Table, skill
from shared.enrich.statement import counted, listed
from shared.graph.answers import Answers
from shared.graph.queries import Query
from shared.hostile import quoted

KINDS = {"user": "user", "group": "group", "device": "device", "servicePrincipal": "service principal"}
KIND = Input(
    name="member_kind",
    kind="choice",
    description="Only members of this kind, or any.",
    required=False,
    choices=("any", *KINDS),
    words={
        "user": ("user", "users", "people"),
        "group": ("nested groups", "member groups"),
        "device": ("device", "devices"),
        "servicePrincipal": ("service principals", "apps"),
    },
    default="any",
)
MEMBER_SELECT = ["id", "displayName", "userPrincipalName"]


@skill(
    id="group_members",
    area="groups",
    title="Members of a group",
    description="Who the direct members of one group are, all or of one kind; not for how many there are of each kind.",
    inputs=(GROUP, KIND),
    permissions=("GroupMember.Read.All",),
    paths=("/groups/{id}/members",),
    examples=(
        "Show me all user members of a group.",
        "Which users are included in a group?",
        "Which users are members of the group {group}",
        "who is in the group {group}",
        "list the members of {group}",
        "show me which devices are in group {group}",
    ),
)
async def group_members(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the direct members."""
    group, kind = thing(given, "group"), words(given, "member_kind") or "any"
    answers = await look.read(_members(look, "members", group.id, kind, pages=MOST_PAGES))
    found = items(answers, "members")
    if found is None:
        return absent(answers, "members", group.name, "group")
    found = [{**item, "kind": _kind(item, kind)} for item in found]
    what = "direct member" if kind == "any" else f"direct {KINDS[kind]} member"
    some = f": {names(found, 'displayName', 'userPrincipalName', 'id')}" if found else ""
    return reply(
        answers,
        [f"{quoted(group.name)} has {how_many(answers['members'], what)}{some}."],
        tables=[rows(answers, "members", "Members", MEMBERS, found)],
        facts={"count": number(answers["members"])},
        subjects=[*refs("user", [item for item in found if item["kind"] == "user"]), group],
        follow_ups=(f"How many members are in this group: {called(group)}", f"Who owns {called(group)}"),
    )


@skill(
    id="group_member_count",
    area="groups",
    title="Number of members of a group",
    description="How many members one group has, in all and of each kind; not for their names.",
    inputs=(GROUP,),
    permissions=("GroupMember.Read.All",),
    paths=("/groups/{id}/members", "/groups/{id}/transitiveMembers"),
    examples=(
        "How many members are in this group: {group}",
        "Count the total user memberships for a group.",
        "Provide separate counts for users, groups, devices, and service principals in a group.",
        "How many different object types does a group have in total?",
        "how many users are in the group {group}",
        "size of the group {group}",
        "number of members of {group}",
    ),
)
async def group_member_count(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Count members in all, of each kind, and with those of nested groups: six counts in one round trip."""
    group = thing(given, "group")
    queries = [_members(look, kind, group.id, kind, top=1) for kind in ("any", *KINDS)]
    answers = await look.read(*queries, _nested(look, group.id))
    if answers["any"].state == "absent":
        return absent(answers, "any", group.name, "group")
    counts = {kind: number(answers[kind]) for kind in KINDS if answers[kind].state == "found"}
    return reply(
        answers,
        _counted(group, answers, counts),
        tables=[
            Table(
                title="Direct members by kind",
                columns=(
                    Column(name="kind", title="Kind", meaning="User, group, device or service principal"),
                    Column(name="members", title="Members", meaning="How many direct members are of this kind"),
                ),
                rows=tuple({"kind": KINDS[kind], "members": amount} for kind, amount in counts.items()),
            )
        ],
        facts={
            "members": number(answers["any"]) if answers["any"].state == "found" else None,
            "transitive_members": number(answers["nested"]) if answers["nested"].state == "found" else None,
            "kinds": sum(amount > 0 for amount in counts.values()),
            **{f"{'service_principal' if kind == 'servicePrincipal' else kind}s": n for kind, n in counts.items()},
        },
        subjects=(group,),
        follow_ups=(f"Which users are members of the group {called(group)}", f"Who owns {called(group)}"),
        cut_is_wanted=(*KINDS, "any", "nested"),
    )


def _members(look: Look, query_id: str, group_id: str, kind: str, *, pages: int = 1, top: int = PAGE) -> Query:
    """Return the query for direct members of a kind, with how many there are."""
    members = look.api.groups.by_group_id(group_id).members
    builders: dict[str, Any] = {
        "any": members,
        "user": members.graph_user,
        "group": members.graph_group,
        "device": members.graph_device,
        "servicePrincipal": members.graph_service_principal,
    }
    select = MEMBER_SELECT if kind in {"any", "user"} else ["id", "displayName"]
    return look.query(
        query_id,
        builders[kind],
        what="members of the group" if kind == "any" else f"{KINDS[kind]} members of the group",
        permission="GroupMember.Read.All",
        pages=pages,
        absence_is_fact=True,
        is_advanced=True,
        select=select,
        top=top,
    )


def _nested(look: Look, group_id: str) -> Query:
    return look.query(
        "nested",
        look.api.groups.by_group_id(group_id).transitive_members,
        what="members through nested groups",
        permission="GroupMember.Read.All",
        absence_is_fact=True,
        is_advanced=True,
        select=["id"],
        top=1,
    )


def _kind(item: Mapping[str, Any], kind: str) -> str:
    """Return of which kind a member is, in words."""
    name = str(item.get("@odata.type") or "").rpartition(".")[2] or ("" if kind == "any" else kind)
    return KINDS.get(name, name or "unknown")


def _counted(group: Ref, answers: Answers, counts: Mapping[str, int]) -> list[str]:
    if answers["any"].state != "found":
        return []
    parts = [counted(amount, KINDS[kind]) for kind, amount in counts.items() if amount]
    told = [
        f"{quoted(group.name)} has {how_many(answers['any'], 'direct member')}{f': {listed(parts)}' if parts else ''}."
    ]
    if answers["nested"].state == "found" and number(answers["nested"]) > number(answers["any"]):
        told.append(f"With the members of nested groups it has {number(answers['nested'])}.")
    return told
