"""Audit logs: what was changed in the directory, by whom, to what."""

from collections.abc import Mapping
from typing import Any

from shared.ask.audits import AUDITS, PATH, PERMISSION, audits, events, newest_first, people, row
from shared.ask.fields import USER, count, time_range
from shared.ask.found import items, reply
from shared.ask.given import number, span, thing, words
from shared.ask.look import Look
from shared.ask.skill import Input, InputValue, Reply, TimeRange, skill
from shared.ask.tables import table
from shared.ask.telling import are, by_count, is_cut, is_missing, within
from shared.enrich.statement import counted
from shared.graph.answers import Answers
from shared.graph.queries import literal
from shared.hostile import quoted

CATEGORIES = (
    *("AdministrativeUnit", "ApplicationManagement", "Authentication", "Authorization", "AuthorizationPolicy"),
    *("Contact", "CrossTenantAccessSettings", "Device", "DeviceConfiguration", "DirectoryManagement"),
    *("EntitlementManagement", "ExternalUserProfile", "GroupManagement", "IdentityProtection", "KerberosDomain"),
    *("Label", "Other", "Policy", "ProvisioningManagement", "ResourceManagement", "RoleManagement"),
    *("UserManagement", "WorkflowManagement"),
)
_SPOKEN = {
    "ApplicationManagement": ("application management",),
    "DirectoryManagement": ("directory management",),
    "EntitlementManagement": ("entitlement management",),
    "GroupManagement": ("group management",),
    "ProvisioningManagement": ("provisioning management",),
    "RoleManagement": ("role management",),
    "UserManagement": ("user management",),
}
RESULT = Input(
    name="result",
    kind="choice",
    description="Only what succeeded, or only what failed.",
    required=False,
    choices=("success", "failure", "timeout"),
    words={
        "success": ("successful", "succeeded", "success"),
        "failure": ("failed", "failure", "failures", "unsuccessful"),
    },
)


@skill(
    id="user_audit_logs",
    area="audit_logs",
    title="Audit logs of a user",
    description="What one user changed in the directory, and what was changed of that user, in a span.",
    inputs=(USER, time_range()),
    permissions=(PERMISSION,),
    paths=(PATH,),
    examples=(
        "Get Microsoft Entra audit logs for {user} for {time_range}. Put information in table format.",
        "Show me the audit logs for {user}?",
        "What did {user} change in the directory?",
        "Which changes were made to {user} in {time_range}?",
        "audit log entries about {user}",
        "what has this user done as an administrator",
    ),
)
async def user_audit_logs(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the log twice in one round trip: what the user did, and what was done to the user."""
    user, when = thing(given, "user"), span(given, "time_range")
    answers = await look.read(
        audits(look, when, f"initiatedBy/user/id eq {literal(user.id)}", what="what the user changed", query_id="by"),
        audits(
            look,
            when,
            f"targetResources/any(t:t/id eq {literal(user.id)})",
            what="what was changed of the user",
            query_id="about",
        ),
    )
    by, about = items(answers, "by"), items(answers, "about")
    every = newest_first([*(by or []), *(about or [])])
    said = [
        _made(by, user.name, when, by=True),
        _made(about, user.name, when, by=False),
        f"The commonest: {events(every)}." if every else "",
    ]
    return _listed(
        answers,
        every,
        said,
        ("by", "about"),
        facts={"by_user": _amount(by), "about_user": _amount(about)},
        subjects=(user,),
        follow_ups=(f"Is {user.name} risky?", f"Show me the last 10 sign-ins for {user.name}"),
    )


@skill(
    id="audit_logs",
    area="audit_logs",
    title="Audit logs of the tenant",
    description="Changes in the directory in a span, by category or result; not of one user or one event type.",
    inputs=(
        time_range("the past 24 hours"),
        Input(
            name="category",
            kind="choice",
            description="Only this category of resources.",
            required=False,
            choices=CATEGORIES,
            words={name: (name.lower(), *_SPOKEN.get(name, ())) for name in CATEGORIES if name != "Other"},
        ),
        RESULT,
        count(100),
    ),
    permissions=(PERMISSION,),
    paths=(PATH,),
    examples=(
        "Show me audit logs for {time_range}",
        "Show me audit logs for {time_range} for {category} category",
        "Show me audit logs for {category} category",
        "Show me audit logs for successful activities",
        "Show me audit logs for failed activities",
        "Show me audit logs for {time_range} for {result} activities",
        "What changed in the directory in {time_range}?",
        "list the {category} changes of {time_range}",
        "which directory changes failed",
    ),
)
async def audit_logs(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the log of a span; category and result are picked here, because Graph has no filter for them."""
    when, category, result = span(given, "time_range"), words(given, "category"), words(given, "result")
    answers = await look.read(audits(look, when))
    read = items(answers, "audits")
    every = [
        record
        for record in newest_first(read or [])
        if (not category or str(record.get("category", "")).lower() == category.lower())
        and (not result or record.get("result") == result)
    ]
    if read is None:
        return reply(answers, ())
    narrowed = f"{f' of category {category}' if category else ''}{f' with the result {result}' if result else ''}"
    text = f"{are(len(every), 'change')} in the audit log{narrowed} {within(when)}"
    text += f" ({by_count(record.get('result') for record in every)})" if every and not result else ""
    text += f": {events(every)}" if every else " among those read" if is_cut(answers, "audits") else ""
    most = number(given, "count") if "count" in given else 100
    return _listed(answers, every, (f"{text}.",), ("audits",), most=most, facts={"changes": len(every)})


@skill(
    id="audit_logs_of_event",
    area="audit_logs",
    title="Audit logs of an event type",
    description="Records of one event type (activity) of the audit log, such as Reset user password, in a span.",
    inputs=(
        Input(name="event_type", kind="text", description="Name of the activity, or how it begins."),
        time_range(),
        RESULT,
    ),
    permissions=(PERMISSION,),
    paths=(PATH,),
    examples=(
        "Show me audit logs for this event type.",
        'Show me audit logs for event type "{event_type}"',
        'Who did "{event_type}" in {time_range}?',
        'List all "{event_type}" events in the audit log',
        'how often did "{event_type}" happen in {time_range}',
        'audit records of the activity "{event_type}"',
    ),
)
async def audit_logs_of_event(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the records whose activity begins with the words, as typed or with a capital: the log minds the case."""
    event, when, result = words(given, "event_type").strip(), span(given, "time_range"), words(given, "result")
    spellings = dict.fromkeys((event, event[:1].upper() + event[1:], event.capitalize()))
    condition = " or ".join(f"startswith(activityDisplayName,{literal(text)})" for text in spellings)
    answers = await look.read(audits(look, when, f"({condition})", what=f"records of {event}"))
    read = items(answers, "audits")
    if read is None:
        return reply(answers, ())
    every = [record for record in newest_first(read) if not result or record.get("result") == result]
    made = people(every)
    text = f"{counted(len(every), 'record') if every else 'No record'} of {quoted(event)} {within(when)}"
    text += f" ({by_count(record.get('result') for record in every)}), by {counted(len(made), 'user')}" if every else ""
    hint = "Events are written in English as the audit log names them." if not every else ""
    return _listed(answers, every, (f"{text}.", hint), ("audits",), facts={"records": len(every)}, subjects=made)


@skill(
    id="password_resets",
    area="audit_logs",
    title="Password resets and changes",
    description="Whose password was reset or changed in a span, by whom and with which result; of one user or of all.",
    inputs=(
        Input(name="user", kind="user", description="Only of this user: name, object id.", required=False),
        time_range("the past 30 days"),
    ),
    permissions=(PERMISSION,),
    paths=(PATH,),
    examples=(
        "Which passwords were reset in {time_range}?",
        "Show me the password resets of {user}",
        "Show me password resets",
        "List password changes in {time_range}",
        "did anybody reset this user's password",
        "self-service password resets in {time_range}",
    ),
)
async def password_resets(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the activities that begin as those about passwords do, and keep those that are."""
    user = thing(given, "user") if "user" in given else None
    when = span(given, "time_range")
    starts = ("Reset", "Change", "Set force change")
    condition = "(" + " or ".join(f"startswith(activityDisplayName,{literal(text)})" for text in starts) + ")"
    condition += f" and targetResources/any(t:t/id eq {literal(user.id)})" if user else ""
    answers = await look.read(audits(look, when, condition, what="password resets"))
    read = items(answers, "audits")
    if read is None:
        return reply(answers, (), subjects=(user,) if user else ())
    every = [one for one in newest_first(read) if "password" in str(one.get("activityDisplayName")).lower()]
    of = f" of {quoted(user.name)}" if user else ""
    text = f"{are(len(every), 'password reset or change')}{of} in the audit log {within(when)}"
    text += f": {events(every)}" if every else ""
    latest = row(every[0]) if every else None
    said = (
        f"The latest, at {latest['activityDateTime']}, was by {quoted(latest['by'] or 'nobody named')}."
        if latest
        else ""
    )
    return _listed(
        answers,
        every,
        (f"{text}.", said),
        ("audits",),
        facts={"resets": len(every), "latest_at": latest["activityDateTime"] if latest else None,
               "latest_by": latest["by"] if latest else None},
        subjects=(*((user,) if user else ()), *people(every)),
    )  # fmt: skip


def _listed(
    answers: Answers,
    every: list[dict[str, Any]],
    said: Any,
    query_ids: tuple[str, ...],
    *,
    most: int = 500,
    **more: Any,
) -> Reply:
    """Return records as a table that is only complete when all of the log was read."""
    cut = is_cut(answers, *query_ids) or is_missing(answers, *query_ids)
    rows = [row(record) for record in every]
    shown = table("Audit log", AUDITS, rows[:most], total=None if cut else len(rows), complete=not cut)
    more.setdefault("subjects", people(every))
    if every and "follow_ups" not in more:
        more["follow_ups"] = (f'Show me audit logs for event type "{_plain(every[0])}"',)
    return reply(answers, said, tables=(shown,), **more)


def _plain(record: Mapping[str, Any]) -> str:
    return str(record.get("activityDisplayName", "")).replace('"', "'")


def _made(found: list[dict[str, Any]] | None, name: str, when: TimeRange, *, by: bool) -> str:
    if found is None:
        return ""
    if by:
        return f"{quoted(name)} made {counted(len(found), 'change') if found else 'no change'} {within(when)}."
    made = "No change was" if not found else f"{counted(len(found), 'change')} {'was' if len(found) == 1 else 'were'}"
    return f"{made} made to {quoted(name)}."


def _amount(found: list[dict[str, Any]] | None) -> int | None:
    return None if found is None else len(found)
