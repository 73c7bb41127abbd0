"""What administrators see of the bank and no triage asks: its domains, contacts, policies, apps' risk and upkeep."""

import json
from datetime import datetime
from typing import Any

from local.story.apps import service_principal
from local.story.directory import Resource
from local.story.moments import ago, graph_time, guid
from local.story.people import ASHA, BLAKE, BRANDON, DOMAIN, TENANT_ID, Person
from local.story.workloads import WORKLOADS, Workload

type Tenant = dict[str, Any]

MICROSOFT = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"
GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000"
INITIAL_DOMAIN = "woodgrovebank.onmicrosoft.com"
_ROLES = ("RoleManagement.ReadWrite.Directory", "User.Read.All", "Mail.Read")
_BY_NAME = {workload.name: workload for workload in WORKLOADS}
ARCHIVE, BUILD, HR = (_BY_NAME[f"Woodgrove {name}"] for name in ("Statement Archive", "Build Agent", "HR Provisioning"))


def seen_in_the_portal(tenant: Tenant) -> Tenant:
    """Return a tenant with what prompts ask of it beyond what triage reads."""
    return {
        **tenant,
        "organization": [{**tenant["organization"][0], **_contacts()}],
        **_domains(),
        **_policies(),
        **_apps(tenant),
        **_risky_apps(),
        **_groups(),
        "auditLogs/directoryAudits": [*tenant["auditLogs/directoryAudits"], *_audits()],
        "reports/azureADPremiumLicenseInsight": {
            "id": TENANT_ID,
            "entitledP1LicenseCount": 0,
            "entitledP2LicenseCount": 240,
            "entitledTotalLicenseCount": 240,
            "p1FeatureUtilizations": {
                "conditionalAccess": {"userCount": 197},
                "conditionalAccessGuestUsers": {"userCount": 1},
            },
            "p2FeatureUtilizations": {
                "riskBasedConditionalAccess": {"userCount": 188},
                "riskBasedConditionalAccessGuestUsers": {"userCount": 1},
            },
        },
    }


def _contacts() -> Resource:
    return {
        "tenantType": "AAD",
        "countryLetterCode": "GB",
        "createdDateTime": "2014-11-03T10:12:00Z",
        "onPremisesSyncEnabled": True,
        "onPremisesLastSyncDateTime": graph_time(ago(minutes=22)),
        "technicalNotificationMails": [f"entra-alerts@{DOMAIN}"],
        "securityComplianceNotificationMails": [f"security@{DOMAIN}"],
        "securityComplianceNotificationPhones": [],
        "marketingNotificationEmails": [],
        "privacyProfile": {"contactEmail": f"privacy@{DOMAIN}", "statementUrl": f"https://{DOMAIN}/privacy"},
        "verifiedDomains": [
            {"name": INITIAL_DOMAIN, "type": "Managed", "isInitial": True, "isDefault": False},
            {"name": DOMAIN, "type": "Managed", "isInitial": False, "isDefault": True},
        ],
    }


def _domains() -> Tenant:
    common = {"authenticationType": "Managed", "isAdminManaged": True, "isRoot": True, "isVerified": True}
    return {
        "domains": [
            {"id": DOMAIN, **common, "isDefault": True, "isInitial": False, "supportedServices": ["Email", "Intune"]},
            {"id": INITIAL_DOMAIN, **common, "isDefault": False, "isInitial": True, "supportedServices": ["Email"]},
        ],
        f"domains/{DOMAIN}/verificationDnsRecords": [
            {
                "@odata.type": "#microsoft.graph.domainDnsTxtRecord",
                "id": guid("dns", DOMAIN),
                "recordType": "Txt",
                "label": DOMAIN,
                "text": "MS=ms48213377",
                "ttl": 3600,
                "supportedService": "null",
                "isOptional": False,
            }
        ],
    }


def _policies() -> Tenant:
    strengths = {
        "Multifactor authentication": ["password,sms", "password,microsoftAuthenticatorPush", "fido2"],
        "Passwordless MFA": ["deviceBasedPush", "windowsHelloForBusiness", "fido2"],
        "Phishing-resistant MFA": ["windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor"],
    }
    return {
        "policies/authorizationPolicy": {
            "id": "authorizationPolicy",
            "displayName": "Authorization Policy",
            "allowInvitesFrom": "adminsAndGuestInviters",
            "allowedToUseSSPR": True,
            "blockMsolPowerShell": True,
            "defaultUserRolePermissions": {
                "allowedToCreateApps": False,
                "allowedToCreateSecurityGroups": False,
                "allowedToCreateTenants": False,
                "allowedToReadBitlockerKeysForOwnedDevice": True,
                "allowedToReadOtherUsers": True,
            },
        },
        "policies/authenticationStrengthPolicies": [
            {
                "id": f"00000000-0000-0000-0000-00000000000{number}",
                "displayName": name,
                "description": "",
                "policyType": "builtIn",
                "requirementsSatisfied": "mfa",
                "allowedCombinations": combinations,
                "createdDateTime": "2021-12-01T00:00:00Z",
                "modifiedDateTime": "2021-12-01T00:00:00Z",
            }
            for number, (name, combinations) in enumerate(strengths.items(), 2)
        ],
    }


def _apps(tenant: Tenant) -> Tenant:
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


def _risky_apps() -> Tenant:
    at = ago(days=2, hours=4)
    return {
        "identityProtection/riskyServicePrincipals": [
            _risk(BUILD, "high", "atRisk", "none", at),
            _risk(ARCHIVE, "none", "dismissed", "adminDismissedAllRiskForServicePrincipal", ago(days=40)),
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


def _risk(app: Workload, level: str, state: str, detail: str, at: datetime) -> Resource:
    return {
        "id": app.id,
        "appId": app.app_id,
        "displayName": app.name,
        "servicePrincipalType": app.type,
        "isEnabled": True,
        "isProcessing": False,
        "riskLevel": level,
        "riskState": state,
        "riskDetail": detail,
        "riskLastUpdatedDateTime": graph_time(at),
    }


def _groups() -> Tenant:
    return {
        "directory/deletedItems": [
            {
                "@odata.type": "#microsoft.graph.group",
                "id": guid("group", "Summer party 2026"),
                "displayName": "Summer party 2026",
                "deletedDateTime": graph_time(ago(days=4)),
            }
        ]
    }


def _audits() -> list[Resource]:
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


def _person(person: Person) -> Resource:
    return {
        "@odata.type": "#microsoft.graph.user",
        "id": person.id,
        "displayName": person.name,
        "userPrincipalName": person.upn,
    }
