"""Changes of Conditional Access policies, as the audit log tells them."""

from collections.abc import Mapping
from typing import Any

from shared.ask.audits import (
    PATH,
    PERMISSION,
    WHEN,
    any_of,
    audits,
    change,
    change_table,
    done,
    newest_first,
    people,
    target_name,
)
from shared.ask.fields import time_range
from shared.ask.found import items, reply
from shared.ask.given import span, words
from shared.ask.look import Look
from shared.ask.skill import Input, InputValue, Ref, Reply, skill
from shared.ask.tables import field
from shared.ask.telling import are, is_cut, names, within
from shared.enrich.statement import counted

POLICIES = (
    field("policy", "Policy", "Name of the policy"),
    *WHEN,
    field("change", "Change", "added, updated or deleted"),
    field("before", "Before", "State of the policy before: enabled, disabled, enabledForReportingButNotEnforced"),
    field("after", "After", "State of the policy after"),
    field("parts", "Parts", "Parts of the policy that differ: conditions, grantControls, sessionControls, …"),
    field("policy_id", "Policy id", "Id of the policy"),
)
CHANGES = {
    "added": "Add conditional access policy",
    "updated": "Update conditional access policy",
    "deleted": "Delete conditional access policy",
}
_ENVELOPE = frozenset({"id", "modifiedDateTime", "createdDateTime", "state", "displayName"})


@skill(
    id="conditional_access_changes",
    area="audit_logs",
    title="Changes of Conditional Access policies",
    description="Conditional Access policies that were created, changed or deleted, by whom, and what differs.",
    inputs=(
        Input(
            name="change",
            kind="choice",
            description="Only what was added, updated or deleted.",
            required=False,
            choices=tuple(CHANGES),
            words={
                "added": ("newly created", "new", "created", "added"),
                "updated": ("recently changed", "changed", "modified", "updated", "edited"),
                "deleted": ("deleted", "removed"),
            },
        ),
        time_range("the past 30 days"),
    ),
    permissions=(PERMISSION,),
    paths=(PATH,),
    examples=(
        "Show me newly created conditional access policies from audit logs.",
        "Show me recently changed conditional access policies from audit logs.",
        "Who changed a Conditional Access policy in {time_range}?",
        "Which CA policies were {change} in {time_range}?",
        "were any conditional access policies deleted lately",
        "history of changes to conditional access",
    ),
)
async def conditional_access_changes(look: Look, given: Mapping[str, InputValue]) -> Reply:
    """Read the log's three activities on policies, and compare each policy before and after."""
    when, only = span(given, "time_range"), words(given, "change")
    wanted = (CHANGES[only],) if only else tuple(CHANGES.values())
    answers = await look.read(audits(look, when, any_of(*wanted), what="changes of Conditional Access policies"))
    log = items(answers, "audits")
    if log is None:
        return reply(answers, ())
    rows = [_policy(one) for one in newest_first(log)]
    weaker = [row for row in rows if row["before"] == "enabled" and row["after"] != "enabled"]
    verb = only or "changed"
    text = f"{are(len(rows), 'Conditional Access policy change')} {within(when)}" if not only else ""
    text = text or f"{counted(len(rows), 'time')} a Conditional Access policy was {verb} {within(when)}"
    text += f": {names(row['policy'] for row in rows)}" if rows else ""
    if not rows:
        text = f"No Conditional Access policy was {verb} {within(when)}"
        text += ", as far as the log was read" if is_cut(answers, "audits") else ""
    return reply(
        answers,
        (f"{text}.", f"No longer enforced after it: {names(row['policy'] for row in weaker)}." if weaker else ""),
        tables=(change_table(answers, "Changes of policies", POLICIES, rows),),
        facts={"changes": len(rows), "no_longer_enforced": len(weaker)},
        subjects=(
            *(Ref(kind="policy", id=row["policy_id"], name=row["policy"]) for row in rows if row["policy_id"]),
            *people(log),
        ),
        follow_ups=(
            *(f"Show me the audit logs for {user.name}" for user in people(log)[:1]),
            "List CA policies.",
        ),
    )


def _policy(record: dict[str, Any]) -> dict[str, Any]:
    old, new = change(record)
    targets = record.get("targetResources") or [{}]
    activity = str(record.get("activityDisplayName", "")).lower()
    old, new = old or {}, new or {}
    parts = sorted(name for name in {*old, *new} - _ENVELOPE if old.get(name) != new.get(name))
    return {
        "policy": target_name(targets[0]) or str(new.get("displayName") or old.get("displayName") or ""),
        **done(record),
        "change": next((name for name, event in CHANGES.items() if event.lower() == activity), activity),
        "before": old.get("state"),
        "after": new.get("state"),
        "parts": parts if old and new else [],
        "policy_id": targets[0].get("id"),
    }
