"""What administrators see of the bank's own apps: owners, permissions, use, and their risk."""

from typing import Any

from local.story.apps import service_principal
from local.story.directory import Resource
from local.story.moments import ago, graph_time, guid
from local.story.people import ASHA, BLAKE, DOMAIN, Person
from local.story.workload_risks import risk_of
from local.story.workloads import WORKLOADS, Workload

type Tenant = dict[str, Any]

MICROSOFT = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"
GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000"
_ROLES = ("RoleManagement.ReadWrite.Directory", "User.Read.All", "Mail.Read")
_BY_NAME = {workload.name: workload for workload in WORKLOADS}
ARCHIVE, BUILD, HR = (_BY_NAME[f"Woodgrove {name}"] for name in ("Statement Archive", "Build Agent", "HR Provisioning"))


def bank_apps(tenant: Tenant) -> Tenant:
    """Return owners, permissions and use of the bank's own apps; a new one has a certificate that runs out soon."""
    graph = guid("service-principal", "Microsoft Graph")
    used = {ARCHIVE: ago(days=131), BUILD: ago(hours=3), HR: ago(days=1)}
    roles = [{"id": guid("app-role", name), "value": name, "isEnabled": True} for name in _ROLES]
    return {
        "servicePrincipals": [
            {**one, "appId": GRAPH_APP_ID, "appOwnerOrganizationId": MICROSOFT, "appRoles": roles}
            if one["id"] == graph
            else one
            for one in tenant["servicePrincipals"]
        ]
        + [service_principal("Contoso Expenses", foreign=True)],
        "applications": [
            _with_certificate(one) if one["appId"] == HR.app_id else one for one in tenant["applications"]
        ],
        f"servicePrincipals/{BUILD.id}/owners": [_person(BLAKE)],
        f"servicePrincipals/{HR.id}/owners": [_person(ASHA)],
        f"servicePrincipals/{BUILD.id}/appRoleAssignments": [_held(BUILD, _ROLES[0]), _held(BUILD, _ROLES[1])],
        f"servicePrincipals/{HR.id}/appRoleAssignments": [_held(HR, _ROLES[1])],
        f"servicePrincipals/{ARCHIVE.id}/appRoleAssignments": [_held(ARCHIVE, _ROLES[2])],
        "reports/servicePrincipalSignInActivities": [
            {
                "id": guid("activity", app.id),
                "appId": app.app_id,
                "lastSignInActivity": {"lastSignInDateTime": graph_time(at)},
            }
            for app, at in used.items()
        ],
    }


def _with_certificate(application: Resource) -> Resource:
    certificate = {
        "keyId": guid("certificate", application["appId"]),
        "displayName": "CN=hr-provisioning",
        "type": "AsymmetricX509Cert",
        "usage": "Verify",
        "startDateTime": "2025-10-01T00:00:00Z",
        "endDateTime": "2026-10-01T00:00:00Z",
    }
    return {**application, "publisherDomain": DOMAIN, "keyCredentials": [certificate]}


def _held(app: Workload, role: str) -> Resource:
    return {
        "id": guid("app-role-assignment", app.id, role),
        "appRoleId": guid("app-role", role),
        "createdDateTime": "2025-02-11T09:30:00Z",
        "principalDisplayName": app.name,
        "principalId": app.id,
        "principalType": "ServicePrincipal",
        "resourceDisplayName": "Microsoft Graph",
        "resourceId": guid("service-principal", "Microsoft Graph"),
    }


def risky_apps() -> Tenant:
    """Return the risk of two of them, and the detection behind one."""
    at = ago(days=2, hours=4)
    return {
        "identityProtection/riskyServicePrincipals": [
            risk_of(BUILD, at, level="high", state="atRisk", detail="none"),
            risk_of(
                ARCHIVE,
                ago(days=40),
                level="none",
                state="dismissed",
                detail="adminDismissedAllRiskForServicePrincipal",
            ),
        ],
        "identityProtection/servicePrincipalRiskDetections": [
            {
                "id": guid("workload-detection", BUILD.id),
                "servicePrincipalId": BUILD.id,
                "servicePrincipalDisplayName": BUILD.name,
                "appId": BUILD.app_id,
                "riskEventType": "suspiciousSignins",
                "riskLevel": "high",
                "riskState": "atRisk",
                "riskDetail": "none",
                "detectionTimingType": "offline",
                "activity": "servicePrincipal",
                "activityDateTime": graph_time(ago(days=2, hours=5)),
                "detectedDateTime": graph_time(at),
                "lastUpdatedDateTime": graph_time(at),
                "ipAddress": "203.0.113.140",
                "location": {"city": "Sofia", "state": "Sofia", "countryOrRegion": "BG"},
                "keyIds": [BUILD.key_id],
                "requestId": None,
                "correlationId": None,
                "source": "IdentityProtection",
                "tokenIssuerType": "AzureAD",
                "additionalInfo": "[]",
            }
        ],
    }


def _person(person: Person) -> Resource:
    return {
        "@odata.type": "#microsoft.graph.user",
        "id": person.id,
        "displayName": person.name,
        "userPrincipalName": person.upn,
    }
