"""Who was put into a group or taken out of it, as the audit log tells it."""

from collections.abc import Mapping
from typing import Any

from shared.ask.audits import KEPT, PATH, PERMISSION, WHEN, any_of, audits, change_table, done, newest_first, people
from shared.ask.fields import GROUP, time_range
from shared.ask.found import called, items, reply
from shared.ask.given import span, thing, words
from shared.ask.look import Look
from shared.ask.skill import Input, InputValue, Ref, Reply, skill
from shared.ask.tables import field
from shared.ask.telling import is_cut, named, within
from shared.enrich.statement import counted
from shared.graph.answers import Answers
from shared.graph.queries import literal
from shared.hostile import quoted

MEMBERS = (
    field("who", "Who", "Who was put into the group or taken out of it"),
    field("kind", "Kind", "User, Group, Device or ServicePrincipal"),
    field("change", "Change", "added or taken out"),
    field("standing", "As", "member or owner"),
    *WHEN,
    field("ip_address", "Address", "Where the user who did it came from"),
    field("who_id", "Object id", "Object id of who was put in or taken out"),
)
ACTIVITIES = {
    "Add member to group": ("added", "member"),
    "Add owner to group": ("added", "owner"),
    "Remove member from group": ("taken_out", "member"),
    "Remove owner from group": ("taken_out", "owner"),
}

WORDS = {"added": "added", "taken_out": "taken out"}


@skill(
    id="group_membership_changes",
    area="audit_logs",
    title="Who was added to a group or taken out of it, and by whom",
    description=(
        "Members and owners that one group got or lost, when and by whom, from the audit log; not who is in it now."
    ),
    inputs=(
        GROUP,
        Input(name="user", kind="user", description="Only what was done to this user.", required=False),
        Input(
            name="change",
            kind="choice",
            description="added: only who was put in; taken_out: only who was taken out.",
            required=False,
            choices=("added", "taken_out"),
            words={
                "added": ("add", "put", "joined", "join"),
                "taken_out": ("taken out of", "took out of", "left", "leave", "leaving", "quit"),
            },
        ),
        time_range("the past 30 days"),
    ),
    permissions=(PERMISSION,),
    paths=(PATH,),
    examples=(
        "Who added {user} to the group {group}?",
        "Who added members to the group {group}?",
        "Who was added to the group {group} in {time_range}?",
        "when was {user} added to the group {group}",
        "membership changes of the group {group}",
        "who made {user} an owner of the group {group}",
    ),
)
async def group_membership_changes(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the four activities on members and owners of one group."""
    group, when, only = thing(given, "group"), span(given, "time_range"), words(given, "change")
    user = thing(given, "user") if "user" in given else None
    asked = any_of(*(name for name, (change, _) in ACTIVITIES.items() if only in {"", change}))
    condition = f"{asked} and targetResources/any(t:t/id eq {literal(group.id)})"
    answers = await look.read(audits(look, when, condition, what=f"changes of the members of {group.name}"))
    log = items(answers, "audits")
    if log is None:
        return reply(answers, (), subjects=(group,))
    rows = [_membership(one, group) for one in newest_first(log)]
    if user is not None:
        rows = [row for row in rows if str(row["who_id"]).lower() == user.id.lower()]
    return reply(
        answers,
        (*_told(rows, group, user, f"{WORDS.get(only, 'added or taken out')} {within(when)}", answers), KEPT),
        tables=(change_table(answers, "Changes of members and owners", MEMBERS, rows),),
        facts={
            "changes": len(rows),
            "added": sum(row["change"] == "added" for row in rows),
            "taken_out": sum(row["change"] == "taken_out" for row in rows),
            "latest_by": rows[0]["by"] if rows else None,
        },
        subjects=(group, *([user] if user else []), *people(log)),
        follow_ups=(
            f"Who are the owners of the {called(group)} group?",
            *(f"Show me the audit logs for {by.name}" for by in people(log)[:1]),
        ),
    )


def _told(rows: list[dict[str, Any]], group: Ref, user: Ref | None, phrase: str, answers: Answers) -> tuple[str, ...]:
    """Return a sentence for each of the latest changes, or that there is none."""
    if not rows:
        cut = ", as far as the log was read" if is_cut(answers, "audits") else ""
        if user is None:
            return (f"No member or owner of {quoted(group.name)} was {phrase}{cut}.",)
        return (f"{quoted(user.name)} was not {phrase} as a member or owner of {quoted(group.name)}{cut}.",)
    said = []
    for row in rows[:2]:
        how = "added to" if row["change"] == "added" else "taken out of"
        failed = "" if row["result"] in {"success", None} else f", which ended with {row['result']}"
        who, by = quoted(str(row["who"] or "somebody that the log does not name")), row["by"]
        doer = quoted(by) if by else "somebody that the log does not name"
        what = f"{who} was {how} {quoted(group.name)} as {row['standing']}"
        said.append(f"{what} at {row['at']} by {doer}{failed}.")
    more = len(rows) - len(said)
    return (*said, f"{counted(more, 'earlier change')} {'is' if more == 1 else 'are'} in the table." if more else "")


def _membership(record: dict[str, Any], group: Ref) -> dict[str, Any]:
    """Return who became or ceased to be what in a group: the record's target that is not the group itself."""
    targets = [one for one in record.get("targetResources") or [] if str(one.get("id", "")).lower() != group.id.lower()]
    who = targets[0] if targets else {}
    change, standing = ACTIVITIES.get(str(record.get("activityDisplayName")), (None, None))
    return {
        "who": named(who, "userPrincipalName", "displayName", "id"),
        "kind": who.get("type"),
        "who_id": who.get("id"),
        "change": change,
        "standing": standing,
        **done(record),
        "ip_address": ((record.get("initiatedBy") or {}).get("user") or {}).get("ipAddress"),
    }
