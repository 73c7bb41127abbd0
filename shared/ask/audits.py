"""The directory's audit log, as skills read it: the query, the rows, and who did what to whom."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from shared.ask.look import Look
from shared.ask.skill import Ref, Table, TimeRange
from shared.ask.tables import Field, field, table
from shared.ask.telling import is_cut, is_missing, named
from shared.enrich.statement import listed
from shared.graph.answers import Answers
from shared.graph.queries import Query, literal
from shared.hostile import quoted

PERMISSION = "AuditLog.Read.All"
PATH = "/auditLogs/directoryAudits"
PAGE = 500
MOST_PAGES = 3
KEPT = "The audit log goes back 30 days, 7 without a P1 licence."
"""Said where nothing, or too little, may be because the log ends."""
AUDITS = (
    field("activityDateTime", "At", "When it was done, UTC", "at"),
    field("activityDisplayName", "Event", "Name of the activity, as the audit log writes it", "event"),
    field("category", "Category", "Kind of resource that it is about, e.g. UserManagement"),
    field("result", "Result", "success, failure or timeout"),
    field("by", "By", "User principal name or app that did it"),
    field("initiatedBy.user.ipAddress", "Address", "Where the user did it from", "ip_address"),
    field("target", "On", "What it was done to"),
    field("target_type", "Kind", "User, Group, ServicePrincipal, Policy, …"),
    field("changed", "Changed", "Names of the properties that it changed"),
    field("resultReason", "Reason", "Why it failed, or more about it", "reason"),
    field("loggedByService", "Service", "Service that logged it"),
    field("correlationId", "Correlation id", "The same for all that one act made"),
    field("id", "Id", "Id of the record"),
)

WHEN = (
    field("at", "At", "When, UTC"),
    field("by", "By", "User principal name or app that did it"),
    field("result", "Result", "success, failure or timeout"),
)


def audits(
    look: Look, span: TimeRange, condition: str = "", *, what: str = "the audit log", query_id: str = "audits"
) -> Query:
    """Return the query for the audit log in a span, narrowed by an OData condition on what can be filtered there.

    Category and result cannot, so those are picked from what was read.
    """
    narrowed = f" and {condition}" if condition else ""
    return look.query(
        query_id,
        look.api.audit_logs.directory_audits,
        what=what,
        permission=PERMISSION,
        bucket="reports",
        pages=MOST_PAGES,
        filter=f"activityDateTime ge {span.since} and activityDateTime le {span.until}{narrowed}",
        top=PAGE,
    )


def any_of(*activities: str) -> str:
    """Return the condition for one of several activities by their whole names."""
    return "(" + " or ".join(f"activityDisplayName eq {literal(name)}" for name in activities) + ")"


def row(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record with who did it, to what, and what changed, as text."""
    targets = record.get("targetResources") or []
    changes = [change for target in targets for change in target.get("modifiedProperties") or []]
    return {
        **record,
        "by": initiator(record),
        "target": listed(name for target in targets if (name := target_name(target))),
        "target_type": ", ".join(dict.fromkeys(str(target["type"]) for target in targets if target.get("type"))),
        "changed": ", ".join(
            dict.fromkeys(str(change["displayName"]) for change in changes if change.get("displayName"))
        ),
    }


def initiator(record: Mapping[str, Any]) -> str:
    """Return who did it: a user principal name, or an app's name; empty when the log does not say."""
    by = record.get("initiatedBy") or {}
    return named(by.get("user") or {}, "userPrincipalName", "displayName", "id") or named(
        by.get("app") or {}, "displayName", "servicePrincipalName", "appId"
    )


def target_name(target: Mapping[str, Any]) -> str:
    """Return what an act was done to."""
    return named(target, "displayName", "userPrincipalName", "id")


def change(record: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return the values before and after of the first change that holds JSON objects; None where there is none."""
    for target in record.get("targetResources") or []:
        for one in target.get("modifiedProperties") or []:
            old, new = (_object(one.get(name)) for name in ("oldValue", "newValue"))
            if old or new:
                return old, new
    return None, None


def done(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of ``WHEN``."""
    return {"at": record.get("activityDateTime"), "by": initiator(record), "result": record.get("result")}


def change_table(answers: Answers, title: str, fields: Sequence[Field], rows: Sequence[Mapping[str, Any]]) -> Table:
    """Return changes as a table that is complete only when all of the log was read."""
    cut = is_cut(answers, *answers) or is_missing(answers, "audits")
    return table(title, fields, rows, total=None if cut else len(rows), complete=not cut)


def people(records: Iterable[Mapping[str, Any]]) -> tuple[Ref, ...]:
    """Return the users who did it, each once, in order of first appearance."""
    users = ((record.get("initiatedBy") or {}).get("user") or {} for record in records)
    found = {
        str(user["id"]): Ref(
            kind="user", id=str(user["id"]), name=named(user, "userPrincipalName", "displayName", "id")
        )
        for user in users
        if user.get("id")
    }
    return tuple(found.values())


def events(records: Iterable[Mapping[str, Any]], most: int = 4) -> str:
    """Return the commonest events with how often each happened: ``3 "Update user"``."""
    tally: dict[str, int] = {}
    for record in records:
        name = str(record.get("activityDisplayName"))
        tally[name] = tally.get(name, 0) + 1
    common = sorted(tally.items(), key=lambda pair: (-pair[1], pair[0]))
    return listed((f"{number} {quoted(name)}" for name, number in common), longest=most)


def newest_first(records: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return records once each, the newest first."""
    once = {str(record.get("id")): record for record in records}
    return sorted(once.values(), key=lambda record: str(record.get("activityDateTime")), reverse=True)


def _object(text: object) -> dict[str, Any] | None:
    """Return a JSON object inside text, also where the log wrote it as JSON text of JSON; None for anything else."""
    value: Any = text
    for _ in range(2):
        if isinstance(value, str):
            try:
                value = msgspec.json.decode(value)
            except msgspec.DecodeError:
                return None
    return value if isinstance(value, dict) else None
