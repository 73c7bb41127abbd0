"""What goes on at the bank beside the story, for prompts to find: who comes and goes, groups, phones, old risks."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from local.story.apps import service_principal
from local.story.clients import AZURE_PORTAL
from local.story.directory import Resource, device, group, role_assignment, role_eligibility
from local.story.groups import department_group
from local.story.holdings import Holdings, usual_methods
from local.story.moments import ago, graph_time, guid
from local.story.people import (
    ASHA,
    BLAKE,
    BRANDON,
    CASEY,
    DOMAIN,
    HELEN,
    INES,
    Laptop,
    Person,
    employee,
    guest,
)
from local.story.places import HEAD_OFFICE, HELSINKI_OFFICE, LISBON_OFFICE
from local.story.portal_apps import BUILD, HR, MICROSOFT
from local.story.portal_audits import audited, targeted
from local.story.risks import risky_user, risky_user_in_graph

type Tenant = dict[str, Any]

MIRA = employee("Mira Kovacs", "Treasury Analyst", "Finance", HELSINKI_OFFICE, since=f"{ago(days=3):%Y-%m-%d}T08:00")
JONAS = employee("Jonas Bauer", "Recruiter", "Human Resources", HEAD_OFFICE, since=f"{ago(days=6):%Y-%m-%d}T08:00")
LEAVER = msgspec.structs.replace(
    employee("Greta Lindholm", "Compliance Officer", "Compliance", LISBON_OFFICE, since="2020-02-03T09:00"),
    enabled=False,
)
"""Left the bank; HR's job closed the account."""
AUDITOR = msgspec.structs.replace(
    guest("Petra Simms", "petra.simms@tailspintoys.com", "Tailspin Toys"), department="Human Resources"
)
TREASURY, PILOTS, DEALS, STAFF = "Treasury reporting", "Identity pilots", "Corporate lending deals", "All staff"
_READERS = {
    "Security Operator": "5f2222b1-57c3-48ba-8ad5-d4759f1fde6f",
    "Security Reader": "5d6b6bb7-de71-4623-b4af-96380a352509",
}
"""Built-in roles that nobody holds, by their well-known template ids."""
_ERROR = {"errorCode": "InvalidLookupReference", "reason": "The manager of the worker has no account."}


def comers_and_goers() -> list[Holdings]:
    """Return two who joined within a week, one who left, and a guest in Human Resources; with phones of their own."""
    bought = ago(days=2)
    phone = _machine("Mira's iPhone", "IPhone", "18.6.2", bought)
    tablet = _machine("SM-X710", "Android", "15", ago(days=5))
    old = _machine("WB-LT-0666", "Windows", "10.0.19045.6093", LEAVER.created_at, trust_type="AzureAd")
    return [
        Holdings(
            person=MIRA,
            manager=ASHA,
            methods=usual_methods(MIRA),
            devices=[device(phone, managed=False)],
            groups=(department_group("Finance"),),
        ),
        Holdings(
            person=JONAS,
            manager=HELEN,
            methods=usual_methods(JONAS)[:1],
            devices=[device(tablet, managed=False)],
            groups=(department_group("Human Resources"),),
        ),
        Holdings(person=LEAVER, manager=INES, devices=[device(old)]),
        Holdings(person=AUDITOR, manager=HELEN),
    ]


def everyday(tenant: Tenant) -> Tenant:
    """Return a tenant with the groups, roles, risks and provisioning that no case is about."""
    users = {one["id"]: one for one in tenant["users"]}
    return {
        **_groups(tenant, users),
        **_roles(tenant),
        **_risks(tenant),
        **_provisioning(),
        "servicePrincipals": [
            *tenant["servicePrincipals"],
            {
                **service_principal(AZURE_PORTAL.name, foreign=True),
                "appId": AZURE_PORTAL.id,
                "appOwnerOrganizationId": MICROSOFT,
            },
        ],
        "auditLogs/directoryAudits": [
            *tenant["auditLogs/directoryAudits"],
            audited("Add group", ago(days=16), CASEY, "GroupManagement", targeted("Group", DEALS)),
        ],
    }


def _machine(name: str, os: str, version: str, since: datetime, *, trust_type: str = "Workplace") -> Laptop:
    """Return a device that is not compliant."""
    return Laptop(guid("device", name), guid("device-id", name), name, os, version, trust_type, False, since)


def _groups(tenant: Tenant, users: Mapping[str, Resource]) -> Tenant:
    """Return the groups, with members and owners as Graph answers them, and four more."""
    found: Tenant = {
        path: [{**users.get(one["id"], {}), **one} for one in answer]
        for path, answer in tenant.items()
        if path.startswith("groups/") and isinstance(answer, list)
    }
    new: tuple[tuple[Resource, list[Person], list[Person]], ...] = (
        (_mailed(TREASURY, ago(days=6), unified=True), [ASHA, MIRA], [ASHA]),
        (group(PILOTS, "Try new sign-in methods first", created=graph_time(ago(days=9))), [BLAKE, BRANDON], [BLAKE]),
        (_mailed(DEALS, ago(days=16), unified=True), [CASEY], [CASEY]),
        (_mailed(STAFF, ago(days=1600), unified=False), [HELEN, ASHA, BLAKE, CASEY, INES], []),
    )
    for resource, members, owners in new:
        inside = {"@odata.type": "#microsoft.graph.group", **resource}
        found[f"groups/{resource['id']}/members"] = [_member(users[one.id]) for one in members]
        found[f"groups/{resource['id']}/owners"] = [_member(users[one.id]) for one in owners]
        for one in members:
            for path in (f"users/{one.id}/memberOf", f"users/{one.id}/transitiveMemberOf"):
                found[path] = [*(found.get(path) or tenant[path]), inside]
    app = {"@odata.type": "#microsoft.graph.servicePrincipal", "id": BUILD.id, "displayName": BUILD.name}
    found[f"groups/{guid('group', PILOTS)}/members"] += [
        {"@odata.type": "#microsoft.graph.device", **tenant["devices"][0]},
        app,
    ]
    return {**found, "groups": [*tenant["groups"], *(resource for resource, _, _ in new)]}


def _member(resource: Resource) -> Resource:
    return {"@odata.type": "#microsoft.graph.user", **resource}


def _mailed(name: str, created: datetime, *, unified: bool) -> Resource:
    """Return a Microsoft 365 group, or a distribution list."""
    return {
        **group(name, name, created=graph_time(created)),
        "groupTypes": ["Unified"] if unified else [],
        "mailEnabled": True,
        "mail": f"{name.replace(' ', '').lower()}@{DOMAIN}",
        "securityEnabled": False,
    }


def _roles(tenant: Tenant) -> Tenant:
    definitions = [
        {"id": key, "templateId": key, "displayName": name, "isBuiltIn": True, "isEnabled": True}
        for name, key in _READERS.items()
    ]
    base = "roleManagement/directory"
    return {
        f"{base}/roleDefinitions": [*tenant[f"{base}/roleDefinitions"], *definitions],
        f"{base}/roleAssignments": [
            *tenant[f"{base}/roleAssignments"],
            role_assignment(HR.id, "User Administrator"),
        ],
        f"{base}/roleEligibilityScheduleInstances": [
            *tenant[f"{base}/roleEligibilityScheduleInstances"],
            role_eligibility(INES.id, "Global Reader", ago(days=90)),
        ],
        f"{base}/roleAssignmentScheduleInstances": [
            {
                **role_assignment(BRANDON.id, "Security Administrator"),
                "assignmentType": "Activated",
                "memberType": "Direct",
                "roleAssignmentScheduleId": guid("assignment-schedule", BRANDON.id),
                "startDateTime": graph_time(ago(hours=2)),
                "endDateTime": graph_time(ago(hours=-6)),
            }
        ],
    }


def _risks(tenant: Tenant) -> Tenant:
    """Return risks that administrators have judged, long before the story."""
    judged = [
        risky_user(
            LEAVER,
            "high",
            ago(days=41),
            state="confirmedCompromised",
            detail="adminConfirmedUserCompromised",
        ),
        risky_user(INES, "none", ago(days=77), state="confirmedSafe", detail="adminConfirmedSigninSafe"),
    ]
    states = [risky_user_in_graph(streamed) for streamed in judged]
    path = "identityProtection/riskyUsers"
    return {
        path: [*tenant[path], *states],
        **{
            f"{path}/{one['id']}/history": [
                {
                    **one,
                    "userId": one["id"],
                    "initiatedBy": BRANDON.id,
                    "activity": {"detail": one["riskDetail"], "riskEventTypes": []},
                }
            ]
            for one in states
        },
        "identityProtection/riskyServicePrincipals": [
            *tenant["identityProtection/riskyServicePrincipals"],
            _compromised(next(one for one in tenant["servicePrincipals"] if one["displayName"] == "Contoso Expenses")),
        ],
    }


def _compromised(app: Resource) -> Resource:
    return {
        "id": app["id"],
        "appId": app["appId"],
        "displayName": app["displayName"],
        "servicePrincipalType": "Application",
        "isEnabled": True,
        "isProcessing": False,
        "riskLevel": "high",
        "riskState": "confirmedCompromised",
        "riskDetail": "adminConfirmedServicePrincipalCompromised",
        "riskLastUpdatedDateTime": graph_time(ago(days=58)),
    }


def _provisioning() -> Tenant:
    """Return what HR's job did in the past days, and how it does."""
    karita = guid("user", f"karita@{DOMAIN}")
    gone = guid("deleted user", "marek.dvorak")
    job = f"HrToEntra.{guid('job', HR.id).replace('-', '')}"
    events = [
        _event(job, ago(days=3, hours=7), "create", MIRA.id, MIRA.name),
        _event(job, ago(days=6, hours=7), "create", JONAS.id, JONAS.name),
        _event(job, ago(days=4), "disable", LEAVER.id, LEAVER.name),
        _event(job, ago(days=3), "delete", gone, "Marek Dvorak"),
        _event(job, ago(days=5), "update", karita, "Karita Lindqvist"),
        _event(job, ago(hours=9), "create", "", "Sam Okeke", failed=True),
    ]
    ended = graph_time(ago(hours=9))
    status = {
        "code": "Active",
        "lastExecution": {"state": "EntryLevelErrors", "timeEnded": ended},
        "lastSuccessfulExecution": {"state": "Succeeded", "timeEnded": graph_time(ago(days=1, hours=9))},
        "quarantine": None,
    }
    return {
        "auditLogs/provisioning": sorted(events, key=lambda event: str(event["activityDateTime"]), reverse=True),
        f"servicePrincipals/{HR.id}/synchronization/jobs": [
            {"id": job, "templateId": "HrToEntra", "schedule": {"state": "Active"}, "status": status}
        ],
    }


def _event(job: str, at: datetime, action: str, target_id: str, name: str, *, failed: bool = False) -> Resource:
    record_id = guid("provisioning", graph_time(at), action)
    return {
        "id": record_id,
        "activityDateTime": graph_time(at),
        "provisioningAction": action,
        "provisioningStatusInfo": {
            "status": "failure" if failed else "success",
            "errorInformation": _ERROR if failed else None,
        },
        "jobId": job,
        "cycleId": guid("cycle", f"{at:%Y-%m-%d}"),
        "changeId": record_id,
        "sourceIdentity": {"id": guid("worker", name), "displayName": name, "identityType": "Worker"},
        "targetIdentity": {"id": target_id, "displayName": name, "identityType": "User"},
        "sourceSystem": {"id": guid("system", "HR"), "displayName": "Woodgrove HR"},
        "targetSystem": {"id": guid("system", "Entra"), "displayName": "Microsoft Entra ID"},
        "servicePrincipal": {"id": HR.id, "displayName": HR.name},
        "initiatedBy": {"id": "", "displayName": "Azure AD Provisioning Service", "initiatorType": "system"},
    }
