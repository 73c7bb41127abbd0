"""Holdings and streamed records to a tenant file: Graph path to what Graph answers there."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from local.story.apps import E5, service_principal
from local.story.apps import grant as granted
from local.story.audits import audit_in_graph
from local.story.directory import (
    ROLES,
    Resource,
    directory_role,
    role_assignment,
    role_definition,
    role_eligibility,
    user,
)
from local.story.groups import ROLES_OF_GROUPS, groups
from local.story.holdings import Holdings
from local.story.methods import registration_details
from local.story.moments import ago, dotnet_ticks, guid
from local.story.people import COMPANY, DOMAIN, TENANT_ID, Person
from local.story.policies import named_locations, policies
from local.story.risks import detection_in_graph, risky_user_in_graph
from local.story.sign_ins import in_graph
from local.story.streamed import Streamed
from local.story.workloads import WORKLOADS

type Tenant = dict[str, Any]

_SAME_NEWS = timedelta(minutes=15)
"""A detection and the state it leads to reach the log within this time of each other, in either order."""

NOT_FOUND: Resource = {"$error": {"status": 404, "code": "Request_ResourceNotFound"}}


def tenant_of(
    people: Sequence[Holdings],
    records: Sequence[Streamed],
    *,
    licences: tuple[Resource, ...] = (E5,),
    workloads: bool = False,
) -> Tenant:
    """Return a tenant file of these people, in which what was streamed has also reached Graph's own logs."""
    found: Tenant = {
        "organization": [
            {"id": TENANT_ID, "displayName": COMPANY, "verifiedDomains": [{"name": DOMAIN, "isDefault": True}]}
        ],
        "users": [user(person, licence=_licence(person, licences)) for person in _everyone(people)],
        **_directory(people),
        **_roles(people),
        **_logs(people, records),
        **_apps(people, workloads=workloads),
        "identity/conditionalAccess/policies": policies(),
        "identity/conditionalAccess/namedLocations": named_locations(),
        "subscribedSkus": list(licences),
    }
    for holding in people:
        found |= _person(holding, licences)
    return found


def _everyone(people: Sequence[Holdings]) -> list[Person]:
    """Return the people and their managers, each once."""
    both = [*(h.person for h in people), *(h.manager for h in people if h.manager is not None)]
    return list({person.id: person for person in both}.values())


def _licence(person: Person, licences: tuple[Resource, ...]) -> str | None:
    return None if person.guest or not licences else str(licences[0]["skuId"])


def _person(holding: Holdings, licences: tuple[Resource, ...]) -> Tenant:
    base = f"users/{holding.person.id}"
    known = groups()
    roles = {role for name in holding.groups for role in ROLES_OF_GROUPS.get(name, ())} | set(holding.roles)
    member_of = [{"@odata.type": "#microsoft.graph.group", **known[name]} for name in holding.groups]
    licensed = [] if holding.person.guest else [_licence_detail(sku) for sku in licences[:1]]
    return {
        f"{base}/manager": user(holding.manager) if holding.manager else NOT_FOUND,
        f"{base}/memberOf": [*member_of, *(directory_role(role) for role in holding.roles)],
        f"{base}/transitiveMemberOf": [*member_of, *(directory_role(role) for role in sorted(roles))],
        f"{base}/registeredDevices": holding.devices,
        f"{base}/ownedDevices": holding.devices,
        f"{base}/authentication/methods": holding.methods,
        f"{base}/mailFolders/inbox/messageRules": holding.rules,
        f"{base}/oauth2PermissionGrants": [granted(holding.person, app, scope) for app, scope in holding.grants],
        f"{base}/appRoleAssignments": [],
        f"{base}/licenseDetails": licensed,
    }


def _licence_detail(sku: Resource) -> Resource:
    return {name: sku[name] for name in ("id", "skuId", "skuPartNumber", "servicePlans")}


def _directory(people: Sequence[Holdings]) -> Tenant:
    devices = {item["id"]: item for holding in people for item in holding.devices}
    held = {name for holding in people for name in holding.groups}
    found: Tenant = {
        "groups": [item for name, item in groups().items() if name in held],
        "devices": list(devices.values()),
    }
    for item in found["groups"]:
        members = [h.person for h in people if item["displayName"] in h.groups]
        owners = {h.manager.id: h.manager for h in people if h.manager and h.person in members}
        found[f"groups/{item['id']}/members"] = [_as_member(person) for person in members]
        found[f"groups/{item['id']}/owners"] = [_as_member(person) for person in list(owners.values())[:2]]
    return found


def _as_member(person: Person) -> Resource:
    return {
        "@odata.type": "#microsoft.graph.user",
        "id": person.id,
        "displayName": person.name,
        "userPrincipalName": person.upn,
    }


def _roles(people: Sequence[Holdings]) -> Tenant:
    assignments = [role_assignment(h.person.id, role) for h in people for role in h.roles]
    held = {name for holding in people for name in holding.groups}
    for name in sorted(held & set(ROLES_OF_GROUPS)):
        assignments += [role_assignment(guid("group", name), role) for role in ROLES_OF_GROUPS[name]]
    return {
        "roleManagement/directory/roleDefinitions": [role_definition(name) for name in ROLES],
        "roleManagement/directory/roleAssignments": assignments,
        "roleManagement/directory/roleEligibilityScheduleInstances": [
            role_eligibility(h.person.id, role, ago(days=200)) for h in people for role in h.eligible
        ],
        "roleManagement/directory/roleAssignmentScheduleInstances": [],
        "reports/authenticationMethods/userRegistrationDetails": [
            registration_details(h.person, h.methods, is_admin=bool(h.roles or h.eligible)) for h in people
        ],
    }


def _logs(people: Sequence[Holdings], records: Sequence[Streamed]) -> Tenant:
    """Return Graph's logs: the latest state of each thing, newest first, and only interactive sign-ins, as in v1.0."""
    history = [streamed for holding in people for streamed in holding.history]
    sign_ins = latest((*history, *records), "SignInLogs")
    detections = latest(records, "UserRiskEvents")
    risky = latest(records, "RiskyUsers")
    audits = latest(records, "AuditLogs")
    found: Tenant = {
        "auditLogs/signIns": sorted(
            (in_graph(s) for s in sign_ins), key=lambda r: str(r["createdDateTime"]), reverse=True
        ),
        "auditLogs/directoryAudits": sorted(
            (audit_in_graph(s) for s in audits), key=lambda r: str(r["activityDateTime"]), reverse=True
        ),
        "identityProtection/riskDetections": [detection_in_graph(s) for s in detections],
        "identityProtection/riskyUsers": [risky_user_in_graph(s) for s in risky],
    }
    for streamed in risky:
        user_id = str(streamed.properties["id"])
        found[f"identityProtection/riskyUsers/{user_id}/history"] = _risk_history(user_id, records)
    return found


def _risk_history(user_id: str, records: Sequence[Streamed]) -> list[Resource]:
    """Return the states of a user's risk, each with the types of detection known by then."""
    states = [r for r in records if r.category == "RiskyUsers" and r.properties["id"] == user_id]
    detections = [r for r in records if r.category == "UserRiskEvents" and r.properties["userId"] == user_id]
    return [
        {
            **risky_user_in_graph(streamed),
            "id": f"{user_id}{dotnet_ticks(streamed.arrives)}",
            "userId": user_id,
            "initiatedBy": None,
            "activity": {
                "detail": streamed.properties["riskDetail"],
                "riskEventTypes": sorted(
                    {r.properties["riskEventType"] for r in detections if r.arrives <= streamed.arrives + _SAME_NEWS}
                ),
            },
        }
        for streamed in states
    ]


def latest(records: Iterable[Streamed], category: str) -> list[Streamed]:
    """Return the last arrival of each id, in order of first arrival."""
    found: dict[str, Streamed] = {}
    for streamed in records:
        if streamed.category == category:
            record_id = str(streamed.properties["id"])
            if record_id not in found or streamed.arrives >= found[record_id].arrives:
                found[record_id] = streamed
    return list(found.values())


def _apps(people: Sequence[Holdings], *, workloads: bool) -> Tenant:
    granted_to = {str(app["id"]): app for holding in people for app, _ in holding.grants}
    own = [
        service_principal(
            w.name, managed=w.managed_identity, secret_since=ago(days=w.secret_days) if w.secret_days else None
        )
        for w in (WORKLOADS if workloads else ())
    ]
    return {
        "oauth2PermissionGrants": [granted(h.person, app, scope) for h in people for app, scope in h.grants],
        "servicePrincipals": [service_principal("Microsoft Graph"), *granted_to.values(), *own],
        "applications": [
            {
                name: item[name]
                for name in ("appId", "displayName", "passwordCredentials", "keyCredentials", "signInAudience")
            }
            | {"id": guid("application", str(item["displayName"])), "createdDateTime": "2024-05-06T09:00:00Z"}
            for item in own
            if item["servicePrincipalType"] == "Application"
        ],
    }
