"""Streamed directory audit records, with their JSON inside strings, and the form in which Graph answers them."""

import json
from datetime import datetime, timedelta
from typing import Any

import msgspec

from local.story.moments import graph_time, guid, spread
from local.story.people import TENANT_ID, Person
from local.story.places import Network
from local.story.streamed import Streamed, wrapped


class Activity(msgspec.Struct, frozen=True):
    """What was done, and which part of Entra wrote it down."""

    name: str
    """``activityDisplayName`` as it comes, with en dashes and trailing spaces."""
    category: str
    service: str
    operation_type: str = "Update"


class By(msgspec.Struct, frozen=True):
    """Who did it: a person from an address, or an application."""

    person: Person | None = None
    network: Network | None = None
    app: str = ""


REGISTERED_INFO = Activity("User registered security info", "UserManagement", "Authentication Methods", "ServiceApi")
STARTED_REGISTRATION = Activity(
    "User started security info registration", "UserManagement", "Authentication Methods", "ServiceApi"
)
RESET_PASSWORD = Activity("Reset password (self-service)", "UserManagement", "Self-service Password Management")
CHANGED_PASSWORD = Activity("Change user password", "UserManagement", "Core Directory")
UPDATED_USER = Activity("Update user", "UserManagement", "Core Directory")
REGISTERED_DEVICE = Activity("Register device", "Device", "Device Registration Service", "Add")
CONSENTED = Activity("Consent to application", "ApplicationManagement", "Core Directory", "Assign")
MANAGED_SECRETS = Activity(
    "Update application \N{EN DASH} Certificates and secrets management ",
    "ApplicationManagement",
    "Core Directory",
)
ADDED_TO_GROUP = Activity("Add member to group", "GroupManagement", "Core Directory", "Assign")


def audit(
    activity: Activity,
    at: datetime,
    by: By,
    targets: list[dict[str, Any]],
    *,
    reason: str = "",
    details: dict[str, str] | None = None,
    succeeded: bool = True,
) -> Streamed:
    """Return one audit record as it is streamed, two to six minutes after the change."""
    correlation_id = guid("audit", activity.name, at.isoformat(), str(targets[0].get("id")))
    number = 10_000_000 + spread(80_000_000, "audit", correlation_id)
    who = by.person.name if by.person else by.app
    prefix = _PREFIXES.get(activity.service, activity.service)
    properties = {
        "tenantId": TENANT_ID,
        "resultType": "",
        "resultDescription": reason,
        "operationName": activity.name,
        "identity": who,
        "tenantGeo": "EU",
        "id": f"{prefix}_{correlation_id}_{correlation_id[:5].upper()}_{number}",
        "category": activity.category,
        "correlationId": correlation_id,
        "result": "success" if succeeded else "failure",
        "resultReason": reason,
        "activityDisplayName": activity.name,
        "activityDateTime": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond:06d}0+00:00",
        "loggedByService": activity.service,
        "operationType": activity.operation_type,
        "userAgent": None,
        "initiatedBy": _initiator(by),
        "targetResources": targets,
        "additionalDetails": [{"key": key, "value": value} for key, value in (details or {}).items()],
    }
    return wrapped(
        "AuditLogs",
        activity.name,
        properties,
        at + timedelta(seconds=120 + spread(240, "audit-lag", correlation_id)),
        correlation_id=correlation_id,
        caller_ip=by.network.ip if by.network else "<null>",
        identity=who,
    )


_PREFIXES = {
    "Core Directory": "Directory",
    "Authentication Methods": "Authentication Methods",
    "Self-service Password Management": "SSPR",
    "Device Registration Service": "DRS",
}


def user_target(person: Person, changes: dict[str, tuple[object, object]] | None = None) -> dict[str, Any]:
    """Return a user as ``targetResources`` element. ``changes``: property name to old and new value."""
    return {
        "id": person.id,
        "displayName": person.name,
        "type": "User",
        "userPrincipalName": person.upn,
        "modifiedProperties": _changes(changes or {}),
        "administrativeUnits": [],
    }


def target(
    kind: str, object_id: str | None, name: str | None, changes: dict[str, tuple[object, object]] | None = None
) -> dict[str, Any]:
    """Return anything else as ``targetResources`` element."""
    return {
        "id": object_id,
        "displayName": name,
        "type": kind,
        "modifiedProperties": _changes(changes or {}),
        "administrativeUnits": [],
    }


def audit_in_graph(streamed: Streamed) -> dict[str, Any]:
    """Return the audit record as Graph answers it: the initiator that it was not is null."""
    answer = {name: value for name, value in streamed.properties.items() if name in _GRAPH_FIELDS.split()}
    at = datetime.fromisoformat(answer["activityDateTime"])
    initiator = {"user": None, "app": None, **answer["initiatedBy"]}
    if initiator["user"]:
        initiator["user"] = {name: value for name, value in initiator["user"].items() if name != "roles"}
    targets = [
        {"userPrincipalName": None, "groupType": None, **{k: v for k, v in item.items() if k != "administrativeUnits"}}
        for item in answer["targetResources"]
    ]
    return {**answer, "activityDateTime": graph_time(at), "initiatedBy": initiator, "targetResources": targets}


_GRAPH_FIELDS = (
    "id category correlationId result resultReason activityDisplayName activityDateTime loggedByService operationType "
    "initiatedBy targetResources additionalDetails"
)


def _initiator(by: By) -> dict[str, Any]:
    if by.person is None:
        return {
            "app": {
                "appId": None,
                "displayName": by.app,
                "servicePrincipalId": guid("service-principal", by.app),
                "servicePrincipalName": None,
            }
        }
    return {
        "user": {
            "id": by.person.id,
            "displayName": by.person.name,
            "userPrincipalName": by.person.upn,
            "ipAddress": by.network.ip if by.network else "",
            "roles": [],
        }
    }


def _changes(changes: dict[str, tuple[object, object]]) -> list[dict[str, Any]]:
    return [
        {
            "displayName": name,
            "oldValue": None if old is None else json.dumps(old),
            "newValue": None if new is None else json.dumps(new),
        }
        for name, (old, new) in changes.items()
    ]
