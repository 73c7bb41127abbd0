"""Provisioning: what the service created, changed and removed in apps and directories, and how its jobs do."""

from collections.abc import Mapping
from typing import Any

from shared.ask.fields import USER, count, time_range
from shared.ask.found import Item, items, reply
from shared.ask.given import number, span, thing, words
from shared.ask.look import Look
from shared.ask.skill import Input, InputValue, Reply, TimeRange, skill
from shared.ask.tables import field, inside, table
from shared.ask.telling import by_count, is_cut, is_missing, named, names, some, within
from shared.enrich.statement import counted
from shared.graph.answers import Answers
from shared.graph.queries import Query, literal
from shared.hostile import quoted

LOG = "AuditLog.Read.All"
JOBS = "Synchronization.Read.All"
PATH = "/auditLogs/provisioning"
EVENTS = (
    field("activityDateTime", "At", "When, UTC", "at"),
    field("provisioningAction", "Action", "create, update, delete, stageddelete, disable, other", "action"),
    field("provisioningStatusInfo.status", "Status", "success, warning, failure, skipped", "status"),
    field("what", "Object", "Name of the object that was provisioned"),
    field("kind", "Kind", "Kind of the object, as the source names it"),
    field("sourceSystem.displayName", "From", "System that the object comes from", "source"),
    field("targetSystem.displayName", "To", "System that it was provisioned into", "target"),
    field("error", "Error", "Error code and reason where it failed"),
    field("servicePrincipal.displayName", "App", "App whose job it was", "app"),
    field("jobId", "Job", "Id of the job"),
    field("id", "Id", "Id of the record"),
)
STATES = (
    field("templateId", "Template", "What the job synchronises"),
    field("status.code", "Status", "Active, Paused, Quarantine, NotRun, NotConfigured", "status"),
    field("status.lastExecution.state", "Last run", "Succeeded, Failed, EntryLevelErrors", "last_state"),
    field("status.lastExecution.timeEnded", "Ended", "When the last run ended, UTC", "last_ended"),
    field("status.lastSuccessfulExecution.timeEnded", "Last success", "When a run last succeeded, UTC", "last_success"),
    field("status.quarantine.reason", "Quarantine", "Why it is in quarantine", "quarantine"),
    field("schedule.state", "Schedule", "Active, Paused, Disabled", "schedule"),
    field("id", "Id", "Id of the job"),
)
STATUS = Input(
    name="status",
    kind="choice",
    description="Only events that ended so.",
    required=False,
    choices=("success", "warning", "failure", "skipped"),
    words={
        "success": ("successful", "successfully", "succeeded"),
        "failure": ("failures", "failed", "error", "errors", "failure"),
        "skipped": ("skipped",),
    },
)
ACTION = Input(
    name="action",
    kind="choice",
    description="Only this action of the provisioning service.",
    required=False,
    choices=("create", "update", "delete", "disable", "other"),
    words={
        "create": ("creates", "creations", "created"),
        "update": ("updates", "updated"),
        "delete": ("deletions", "deletes", "deleted"),
        "disable": ("disables", "disabled"),
    },
)


@skill(
    id="provisioning_logs",
    area="provisioning",
    title="Provisioning logs",
    description="What the provisioning service did in a span, by action and by how it ended; not of one user.",
    inputs=(STATUS, ACTION, time_range(), count(100)),
    permissions=(LOG,),
    paths=(PATH,),
    examples=(
        "Show provisioning failures.",
        "List all failed provisioning attempts.",
        "Show the provisioning error logs.",
        "Show the successful provisioning deletions.",
        "Were any users successfully deleted by the provisioning service?",
        "Show successful provisioning disables.",
        "Were any users successfully disabled by the provisioning service?",
        "Show successful provisioning creates.",
        "List successful object creations.",
        "Show provisioning logs for {time_range}",
        "what did the provisioning service do in {time_range}",
    ),
)
async def provisioning_logs(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read ``/auditLogs/provisioning`` of a span, narrowed by action and status."""
    when, status, action = span(given, "time_range"), words(given, "status"), words(given, "action")
    condition = f" and provisioningAction eq {literal(action)}" if action else ""
    condition += f" and provisioningStatusInfo/status eq {literal(status)}" if status else ""
    answers = await look.read(_log(look, "events", when, condition, "provisioning logs"))
    narrowed = ", ".join(one for one in (status, action) if one)
    what = f"provisioning event|({narrowed})" if narrowed else "provisioning event"
    most = number(given, "count") if "count" in given else 100
    return _listed(answers, ("events",), what, when, most=most)


@skill(
    id="user_provisioning",
    area="provisioning",
    title="Provisioning of a user",
    description="What the provisioning service did with one user in a span: out of Entra into apps, and into Entra.",
    inputs=(USER, time_range("the past 30 days")),
    permissions=(LOG,),
    paths=(PATH,),
    examples=(
        "Show provisioning logs for this user.",
        "Get provisioning history for user.",
        "Show user provisioning activity.",
        "Show recent provisioning events for this user.",
        "Show provisioning logs for {user} for {time_range}",
        "was {user} provisioned into our apps",
    ),
)
async def user_provisioning(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the user's events twice in one round trip: as what is provisioned from, and as what is provisioned to."""
    user, when = thing(given, "user"), span(given, "time_range")
    answers = await look.read(
        _log(look, "from", when, f" and sourceIdentity/id eq {literal(user.id)}", "provisioning of the user into apps"),
        _log(look, "to", when, f" and targetIdentity/id eq {literal(user.id)}", "provisioning of the user into Entra"),
    )
    return _listed(
        answers,
        ("from", "to"),
        f"provisioning event|of {quoted(user.name)}",
        when,
        subjects=(user,),
        follow_ups=(f"Show me the audit logs for {user.name}", f"Is {user.name}'s account cloud managed?"),
    )


@skill(
    id="provisioning_jobs",
    area="provisioning",
    title="Provisioning jobs of an app",
    description="Provisioning jobs of one service principal: status, last run, quarantine; not the events of a job.",
    inputs=(
        Input(name="app", kind="service_principal", description="The app: display name, object id or application id."),
    ),
    permissions=(JOBS,),
    paths=("/servicePrincipals/{id}/synchronization/jobs",),
    examples=(
        "List jobs for this service principal.",
        "Check provisioning job status.",
        "Is my provisioning job completed?",
        "Show provisioning jobs for this service principal.",
        "sync job status of the app {app}",
        "What is the status of the provisioning job of {app}?",
        "is the provisioning of {app} in quarantine",
    ),
)
async def provisioning_jobs(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read ``/servicePrincipals/{id}/synchronization/jobs``."""
    app = thing(given, "app")
    builder = look.api.service_principals.by_service_principal_id(app.id).synchronization.jobs
    answers = await look.read(
        look.query("jobs", builder, what=f"provisioning jobs of {app.name}", permission=JOBS, absence_is_fact=True)
    )
    found = items(answers, "jobs")
    if found is None:
        gone = f"{quoted(app.name)} is not in the directory." if answers.is_absent("jobs") else ""
        return reply(answers, (gone,), subjects=(app,))
    held = [one for one in found if inside(one, "status.code") == "Quarantine"]
    codes = by_count(inside(one, "status.code") for one in found)
    last = [
        f"The last run of {quoted(named(one, 'templateId', 'id'))} ended at {run['timeEnded']} with {run.get('state')}."
        for one in found[:2]
        if (run := inside(one, "status.lastExecution") or {}).get("timeEnded")
    ]
    return reply(
        answers,
        (
            f"{quoted(app.name)} has {counted(len(found), 'provisioning job')}{f' ({codes})' if found else ''}."
            if found
            else f"{quoted(app.name)} has no provisioning job.",
            *last,
            f"In quarantine: {names(inside(one, 'status.quarantine.reason') or named(one, 'id') for one in held)}."
            if held
            else "",
        ),
        tables=(table("Provisioning jobs", STATES, found),),
        facts={
            "jobs": len(found),
            "in_quarantine": len(held),
            "status": inside(found[0], "status.code") if len(found) == 1 else None,
        },
        subjects=(app,),
        follow_ups=("Show provisioning failures.",),
    )


def _log(look: Look, query_id: str, when: TimeRange, condition: str, what: str) -> Query:
    return look.query(
        query_id,
        look.api.audit_logs.provisioning,
        what=what,
        permission=LOG,
        bucket="reports",
        pages=2,
        # Documented for this log are gt and lt only, so the ends of the span are a second off.
        filter=f"activityDateTime gt {when.since} and activityDateTime lt {when.until}{condition}",
        top=500,
    )


def _listed(
    answers: Answers, query_ids: tuple[str, ...], what: str, when: TimeRange, *, most: int = 500, **more: Any
) -> Reply:
    """Return events, the newest first; ``what`` is the noun, and after a bar what follows it."""
    found = {str(one.get("id")): _event(one) for query_id in query_ids for one in items(answers, query_id) or []}
    if all(is_missing(answers, query_id) for query_id in query_ids):
        return reply(answers, (), **more)
    rows = sorted(found.values(), key=lambda one: str(one.get("activityDateTime")), reverse=True)
    cut = is_cut(answers, *query_ids) or is_missing(answers, *query_ids)
    noun, _, rest = what.partition("|")
    many = f"{some(len(rows), noun) if rows else f'No {noun}'} {rest}".rstrip()
    text = f"{many} {'is' if len(rows) < 2 else 'are'} logged {within(when)}"
    statuses = by_count(inside(one, "provisioningStatusInfo.status") for one in rows)
    text += f" ({statuses}): {names(one['what'] for one in rows)}" if rows else " among those read" if cut else ""
    return reply(
        answers,
        (f"{text}.",),
        tables=(table("Provisioning", EVENTS, rows[:most], total=None if cut else len(rows), complete=not cut),),
        facts={
            "events": len(rows),
            "failures": sum(inside(one, "provisioningStatusInfo.status") == "failure" for one in rows),
        },
        **more,
    )


def _event(one: Item) -> Item:
    source, target = one.get("sourceIdentity") or {}, one.get("targetIdentity") or {}
    error = inside(one, "provisioningStatusInfo.errorInformation") or {}
    return {
        **one,
        "what": named(source, "displayName", "id") or named(target, "displayName", "id"),
        "kind": source.get("identityType") or target.get("identityType"),
        "error": ": ".join(str(error[name]) for name in ("errorCode", "reason") if error.get(name)),
    }
