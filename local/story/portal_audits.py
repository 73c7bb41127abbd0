"""Audit records of what administrators of the bank did, as Graph has them."""

import json
from datetime import datetime

from local.story.directory import Resource
from local.story.moments import ago, graph_time, guid
from local.story.people import ASHA, BLAKE, BRANDON, Person
from local.story.portal_apps import BUILD, HR


def portal_audits() -> list[Resource]:
    """Return a fortnight of ordinary administration."""
    name = "Require MFA for everyone in a browser"
    policy = {"id": guid("policy", name), "state": "enabled", "conditions": {"clientAppTypes": ["browser"]}}
    before, after = {**policy, "state": "enabledForReportingButNotEnforced"}, policy
    changed = {"displayName": "ConditionalAccessPolicy", "oldValue": json.dumps(before), "newValue": json.dumps(after)}
    legacy, build = "Block legacy authentication", targeted("Application", BUILD.name)
    added = {"displayName": "ConditionalAccessPolicy", "oldValue": None, "newValue": json.dumps({"state": "enabled"})}
    return [
        audited("Delete group", ago(days=4), ASHA, "GroupManagement", targeted("Group", "Summer party 2026")),
        audited("Add group", ago(days=6), ASHA, "GroupManagement", targeted("Group", "Treasury reporting")),
        audited("Add group", ago(days=9), BLAKE, "GroupManagement", targeted("Group", "Identity pilots")),
        audited("Update conditional access policy", ago(days=5), BRANDON, "Policy", targeted("Policy", name, changed)),
        audited("Add conditional access policy", ago(days=12), BRANDON, "Policy", targeted("Policy", legacy, added)),
        audited("Import", ago(hours=9), BLAKE, "ProvisioningManagement", targeted("ServicePrincipal", HR.name)),
        audited("Update application", ago(hours=20), BLAKE, "ApplicationManagement", build, result="failure"),
    ]  # fmt: skip


def targeted(kind: str, name: str, *changes: Resource) -> Resource:
    """Return what an audit record is about."""
    return {
        "id": guid(kind.lower(), name),
        "displayName": name,
        "type": kind,
        "userPrincipalName": None,
        "groupType": None,
        "modifiedProperties": list(changes),
    }


def audited(
    activity: str, at: datetime, by: Person, category: str, target: Resource, *, result: str = "success"
) -> Resource:
    """Return an audit record of something that a person did, as Graph has it."""
    record_id = guid("audit", activity, graph_time(at))
    initiator = {"id": by.id, "displayName": by.name, "userPrincipalName": by.upn, "ipAddress": by.office.ip}
    return {
        "id": f"Directory_{record_id}",
        "category": category,
        "correlationId": guid("correlation", record_id),
        "result": result,
        "resultReason": "" if result == "success" else "Insufficient privileges to complete the operation.",
        "activityDisplayName": activity,
        "activityDateTime": graph_time(at),
        "loggedByService": "Conditional Access" if category == "Policy" else "Core Directory",
        "operationType": activity.split(maxsplit=1)[0],
        "initiatedBy": {"user": initiator, "app": None},
        "targetResources": [target],
        "additionalDetails": [],
    }
