"""Groups: what one is, who owns it, who made it, by which rule it takes members."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.ask.entries import audit_entries, maker
from shared.ask.fields import GROUP, PEOPLE
from shared.ask.found import Item, absent, called, how_many, items, names, number, one, refs, reply, rows
from shared.ask.given import thing
from shared.ask.group_reads import GROUP_FIELDS, described, group_query, owners_query
from shared.ask.look import Look
from shared.ask.skill import InputValue, Ref, Reply, skill
from shared.ask.tables import field, table
from shared.graph.answers import Answers
from shared.graph.queries import literal
from shared.hostile import quoted

CREATIONS = (
    field("activityDateTime", "At", "When the group was created, UTC"),
    field("initiatedBy.user.userPrincipalName", "By user", "Who did it; empty when an app did", name="by_user"),
    field("initiatedBy.app.displayName", "By app", "Which app did it; empty when a user did", name="by_app"),
    field("initiatedBy.user.ipAddress", "From address", "IP address that the user came from", name="ip_address"),
    field("result", "Result", "success or failure"),
)
RULE = (
    field("displayName", "Name", "Display name"),
    field("membershipRule", "Rule", "Who becomes a member by itself; empty when members are assigned"),
    field("membershipRuleProcessingState", "Processing", "On: the rule is applied; Paused: it is not"),
    field("id", "Object id", "Object id of the group"),
)
NEVER_MADE_HERE = "it is older than the audit log reaches back, or was made by a synchronisation"


@skill(
    id="group_details",
    area="groups",
    title="Details of a group",
    description="What one group is: type, membership, owners, number of members, and who created it.",
    inputs=(GROUP,),
    permissions=("Group.Read.All", "GroupMember.Read.All", "AuditLog.Read.All"),
    paths=("/groups/{id}", "/groups/{id}/owners", "/groups/{id}/members", "/auditLogs/directoryAudits"),
    examples=(
        "Tell me more about this group: {group}",
        "Tell me more about the {group} group.",
        "Give me the details of a group.",
        "Tell me about security group {group} including who created it and how many members are in it.",
        "what is the group {group}",
        "show me everything about group {group}",
        "describe the {group} group",
    ),
)
async def group_details(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the group, its owners, its number of members and its creation in one round trip."""
    group = thing(given, "group")
    answers = await look.read(
        group_query(look, group.id), owners_query(look, group.id), _members(look, group.id), _creation(look, group.id)
    )
    found = one(answers, "group")
    if found is None:
        return absent(answers, "group", group.name, "group")
    shown, owners = described(found), items(answers, "owners")
    return reply(
        answers,
        [
            f"{quoted(str(shown['displayName']))} is a {shown['type']} group with {shown['membership']} membership.",
            _has(answers, owners),
            _created(group.name, answers, found) if items(answers, "audits") is not None else "",
        ],
        tables=[
            table("Group", GROUP_FIELDS, [shown]),
            rows(answers, "owners", "Owners", PEOPLE, owners or []),
            rows(answers, "audits", "Creation", CREATIONS, items(answers, "audits") or []),
        ],
        facts=_facts(shown, answers),
        subjects=[group, *refs("user", owners or [])],
        follow_ups=_next(group, "Which users are included in", "What roles does", "Who created"),
        cut_is_wanted=("members",),
    )


@skill(
    id="group_owners",
    area="groups",
    title="Owners of a group",
    description="Who owns one group; not for its members.",
    inputs=(GROUP,),
    permissions=("GroupMember.Read.All",),
    paths=("/groups/{id}/owners",),
    examples=(
        "Who is the owner of this group: {group}",
        "Who are the owners of the {group} group?",
        "who owns {group}",
        "list the owners of group {group}",
        "does {group} have an owner",
    ),
)
async def group_owners(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the owners."""
    group = thing(given, "group")
    answers = await look.read(owners_query(look, group.id))
    owners = items(answers, "owners")
    if owners is None:
        return absent(answers, "owners", group.name, "group")
    some = f": {names(owners, 'displayName', 'userPrincipalName', 'id')}" if owners else ""
    return reply(
        answers,
        [f"{quoted(group.name)} has {how_many(answers['owners'], 'owner')}{some}."],
        tables=[rows(answers, "owners", "Owners", PEOPLE, owners)],
        facts={"count": number(answers["owners"])},
        subjects=[*refs("user", owners), group],
        follow_ups=_next(group, "Which users are included in", "Tell me more about this"),
    )


@skill(
    id="group_creator",
    area="groups",
    title="Who created a group",
    description="Who created one group and when, from the audit log of the last 30 days; not for groups of a creator.",
    inputs=(GROUP,),
    permissions=("AuditLog.Read.All", "Group.Read.All"),
    paths=("/auditLogs/directoryAudits", "/groups/{id}"),
    examples=(
        "Who created this group?",
        "Find out who created a specific group.",
        "Group creation details.",
        "who made the group {group}",
        "when was the group {group} created",
        "by whom was {group} created",
    ),
)
async def group_creator(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the entry of the creation, and the group for the time when there is none."""
    group = thing(given, "group")
    answers = await look.read(_creation(look, group.id), group_query(look, group.id))
    found, created = one(answers, "group") or {}, items(answers, "audits")
    return reply(
        answers,
        [_created(group.name, answers, found) if created is not None else ""],
        tables=[rows(answers, "audits", "Creation", CREATIONS, created or [])],
        facts={"created_date_time": found.get("createdDateTime"), "found": bool(created)},
        subjects=(group,),
        follow_ups=_next(group, "Who are the owners of the", "Tell me more about this"),
    )


@skill(
    id="group_membership_rule",
    area="groups",
    title="Membership rule of a group",
    description="By which dynamic rule one group takes its members, and whether that rule is processing or paused.",
    inputs=(GROUP,),
    permissions=("Group.Read.All",),
    paths=("/groups/{id}",),
    examples=(
        "Show me the membership rules for a group.",
        "Is the dynamic membership rule currently processing for a group?",
        "what is the dynamic rule of {group}",
        "is {group} a dynamic group",
        "show the membership rule of group {group}",
        "is the rule of {group} paused",
    ),
)
async def group_membership_rule(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the rule of a group."""
    group = thing(given, "group")
    answers = await look.read(group_query(look, group.id))
    found = one(answers, "group")
    if found is None:
        return absent(answers, "group", group.name, "group")
    rule, state = found.get("membershipRule"), found.get("membershipRuleProcessingState")
    told = f"{quoted(group.name)} has no membership rule: its members are assigned."
    if rule:
        going = {"On": "is processing", "Paused": "is paused"}.get(str(state), f"is in the state {quoted(str(state))}")
        told = f"The membership rule of {quoted(group.name)} {going}: {quoted(str(rule))}."
    return reply(
        answers,
        [told],
        tables=[table("Membership rule", RULE, [found])],
        facts={"is_dynamic": bool(rule), "membership_rule": rule, "membership_rule_processing_state": state},
        subjects=(group,),
        follow_ups=_next(group, "How many members are in this", "Tell me more about this"),
    )


def _members(look: Look, group_id: str) -> Any:
    return look.query(
        "members",
        look.api.groups.by_group_id(group_id).members,
        what="the number of members",
        permission="GroupMember.Read.All",
        absence_is_fact=True,
        is_advanced=True,
        select=["id"],
        top=1,
    )


def _creation(look: Look, group_id: str) -> Any:
    condition = f"activityDisplayName eq 'Add group' and targetResources/any(t:t/id eq {literal(group_id)})"
    return audit_entries(look, condition, "the creation of the group")


def _has(answers: Answers, owners: Sequence[Item] | None) -> str:
    """Return the sentence about members and owners; what was not answered is left out."""
    parts = []
    if answers["members"].state == "found":
        parts.append(how_many(answers["members"], "direct member"))
    if owners is not None:
        some = f" ({names(owners, 'displayName', 'userPrincipalName', 'id')})" if owners else ""
        parts.append(f"{how_many(answers['owners'], 'owner')}{some}")
    return f"It has {' and '.join(parts)}." if parts else ""


def _created(name: str, answers: Answers, group: Item) -> str:
    entries = items(answers, "audits")
    if entries:
        return f"{quoted(name)} was created at {entries[0].get('activityDateTime')} by {maker(entries[0])}."
    at = (
        f"; the directory says that it was created at {group['createdDateTime']}"
        if group.get("createdDateTime")
        else ""
    )
    return f"The audit log does not say who created {quoted(name)}: {NEVER_MADE_HERE}{at}."


def _facts(group: Item, answers: Answers) -> dict[str, Any]:
    members = answers["members"]
    return {
        "id": group.get("id"),
        "type": group["type"],
        "membership": group["membership"],
        "is_assignable_to_role": group.get("isAssignableToRole"),
        "members": number(members) if members.state == "found" else None,
        "owners": number(answers["owners"]) if answers["owners"].state == "found" else None,
    }


def _next(group: Ref, *beginnings: str) -> list[str]:
    """Return prompts about a group, complete with its name."""
    name = called(group)
    ends = {
        "What roles does": f"What roles does the group {name} have?",
        "Who created": f"Who made the group {name}",
        "Who are the owners of the": f"Who are the owners of the {name} group?",
        "Tell me more about this": f"Tell me more about this group: {name}",
        "How many members are in this": f"How many members are in this group: {name}",
        "Which users are included in": f"Which users are members of the group {name}",
    }
    return [ends[beginning] for beginning in beginnings]
