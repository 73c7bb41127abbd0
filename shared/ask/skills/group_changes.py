"""Changes of groups that the audit log tells: which were deleted, which a user created."""

from collections.abc import Mapping
from typing import Any

from shared.ask.audits import (
    KEPT,
    PATH,
    PERMISSION,
    WHEN,
    any_of,
    audits,
    change_table,
    done,
    newest_first,
    people,
    target_name,
)
from shared.ask.fields import time_range
from shared.ask.found import items, reply
from shared.ask.given import span, things
from shared.ask.look import Look
from shared.ask.skill import Input, InputValue, Ref, Reply, skill
from shared.ask.tables import field
from shared.ask.telling import are, is_cut, names, within
from shared.enrich.statement import counted
from shared.hostile import quoted

GROUP_PERMISSION = "Group.Read.All"
DELETED = (
    field("group", "Group", "Name of the group"),
    field("group_id", "Group id", "Object id of the group"),
    *WHEN,
    field("restorable", "Restorable", "Whether it is still among the deleted items; empty when that could not be read"),
)
CREATED = (
    field("group", "Group", "Name of the group"),
    field("group_id", "Group id", "Object id of the group"),
    *WHEN,
)


@skill(
    id="deleted_groups",
    area="audit_logs",
    title="Deleted groups",
    description="Groups that were deleted lately, by whom and when, and which of them can still be restored.",
    inputs=(time_range("the past 30 days"),),
    permissions=(PERMISSION, GROUP_PERMISSION),
    paths=(PATH, "/directory/deletedItems/microsoft.graph.group"),
    examples=(
        "Show me recently deleted groups.",
        "What groups were deleted recently?",
        "Last deleted groups in my directory?",
        "Who deleted groups in {time_range}?",
        "Which deleted groups can be restored?",
        "groups deleted in {time_range}",
    ),
)
async def deleted_groups(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the log for who deleted what, and the deleted items for what can come back."""
    when = span(given, "time_range")
    answers = await look.read(
        audits(look, when, any_of("Delete group"), what="deletions of groups"),
        look.query(
            "deleted",
            look.api.directory.deleted_items.graph_group,
            what="groups that can be restored",
            permission=GROUP_PERMISSION,
            is_advanced=True,
            select=["id", "displayName", "deletedDateTime"],
            pages=2,
        ),
    )
    log, kept = items(answers, "audits"), items(answers, "deleted")
    rows = _deleted(log or [], kept, when.since)
    restorable = sum(row["restorable"] is True for row in rows)
    if log is None and kept is None:
        return reply(answers, ())
    text = f"{are(len(rows), 'group')} deleted {within(when)}" if rows else f"No group was deleted {within(when)}"
    text = text.replace(" is deleted", " was deleted").replace(" are deleted", " were deleted")
    text += f": {names(row['group'] for row in rows)}" if rows else " by what could be read" if answers.gaps() else ""
    return reply(
        answers,
        (f"{text}.", f"{counted(restorable, 'group')} can still be restored." if restorable else ""),
        tables=(change_table(answers, "Deleted groups", DELETED, rows),),
        facts={"deleted_groups": len(rows), "restorable": None if kept is None else restorable},
        subjects=people(log or []),
        follow_ups=(f"Show me the audit logs for {people(log or [])[0].name}",) if people(log or []) else (),
    )


@skill(
    id="groups_created_by",
    area="audit_logs",
    title="Groups that users created",
    description="Which groups one or several users created, from the audit log; not who created one group.",
    inputs=(
        Input(name="users", kind="user", description="The users: name or object id of each.", many=True),
        time_range("the past 30 days"),
    ),
    permissions=(PERMISSION,),
    paths=(PATH,),
    examples=(
        "What groups were created by these users?",
        "Show groups created by specific users.",
        "List all groups created by the user {users}.",
        "Which groups did {users} create in {time_range}?",
        "groups made by {users}",
        "did {users} create any group",
    ),
)
async def groups_created_by(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read who made which group in a span, once for all users."""
    users, when = things(given, "users"), span(given, "time_range")
    answers = await look.read(audits(look, when, any_of("Add group"), what="who created groups"))
    log = items(answers, "audits")
    if log is None:
        return reply(answers, (), subjects=users)
    ids = {user.id.lower() for user in users}
    mine = [one for one in newest_first(log) if _user_id(one) in ids]
    rows = [found for one in mine for found in _groups(one)]
    who = quoted(users[0].name) if len(users) == 1 else f"The {len(users)} users"
    text = f"{who} created {counted(len(rows), 'group')} {within(when)}: {names(row['group'] for row in rows)}"
    none = f"{who} created no group {within(when)}"
    none += ", as far as the log was read" if is_cut(answers, "audits") else ""
    return reply(
        answers,
        (f"{text if rows else none}.", KEPT),
        tables=(change_table(answers, "Created groups", CREATED, rows),),
        facts={"created_groups": len(rows), "creators": len({row["by"] for row in rows})},
        subjects=(
            *users,
            *(Ref(kind="group", id=row["group_id"], name=row["group"]) for row in rows if row["group_id"]),
        ),
        follow_ups=(f"Tell me more about this group: {rows[0]['group_id']}",) if rows and rows[0]["group_id"] else (),
    )


def _deleted(log: list[dict[str, Any]], kept: list[dict[str, Any]] | None, since: str) -> list[dict[str, Any]]:
    """Return deletions of the log, then deleted items that the log does not tell, both since a time."""
    ids = {str(one.get("id", "")).lower() for one in kept or []}
    rows = [found for one in newest_first(log) for found in _groups(one)]
    for row in rows:
        row["restorable"] = None if kept is None else str(row["group_id"]).lower() in ids
    told = {str(row["group_id"]).lower() for row in rows}
    rows += [
        {"group": one.get("displayName"), "group_id": one.get("id"), "at": one.get("deletedDateTime"), "by": None,
         "result": None, "restorable": True}
        for one in kept or []
        if str(one.get("id", "")).lower() not in told and str(one.get("deletedDateTime") or "") >= since
    ]  # fmt: skip
    return sorted(rows, key=lambda row: str(row["at"]), reverse=True)


def _groups(record: dict[str, Any]) -> list[dict[str, Any]]:
    targets = [one for one in record.get("targetResources") or [] if str(one.get("type", "Group")).lower() == "group"]
    return [
        {"group": target_name(target), "group_id": target.get("id"), **done(record)} for target in targets
    ]  # fmt: skip


def _user_id(record: dict[str, Any]) -> str:
    return str(((record.get("initiatedBy") or {}).get("user") or {}).get("id", "")).lower()
