"""What administrators see of the bank and no triage asks: its domains, contacts, policies and groups, and its apps."""

from typing import Any

from local.story.directory import Resource
from local.story.moments import ago, graph_time, guid
from local.story.people import DOMAIN, TENANT_ID
from local.story.portal_apps import bank_apps, risky_apps
from local.story.portal_audits import portal_audits

type Tenant = dict[str, Any]

INITIAL_DOMAIN = "woodgrovebank.onmicrosoft.com"


def seen_in_the_portal(tenant: Tenant) -> Tenant:
    """Return a tenant with what prompts ask of it beyond what triage reads."""
    return {
        **tenant,
        "organization": [{**tenant["organization"][0], **_contacts()}],
        **_domains(),
        **_policies(),
        **bank_apps(tenant),
        **risky_apps(),
        **_groups(),
        "auditLogs/directoryAudits": [*tenant["auditLogs/directoryAudits"], *portal_audits()],
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
