"""Graph resources of applications and licences: service principals, what users granted them, what the tenant bought."""

from datetime import datetime

from local.story.directory import Resource
from local.story.moments import digest, graph_time, guid
from local.story.people import PARTNER_TENANT_ID, TENANT_ID, Person


def service_principal(
    name: str, *, foreign: bool = False, secret_since: datetime | None = None, managed: bool = False
) -> Resource:
    """Return an application's presence in the tenant; ``foreign`` ones are registered in another tenant."""
    secret = {
        "keyId": guid("key", guid("service-principal", name)),
        "displayName": "rotated by pipeline",
        "hint": "q3T",
        "startDateTime": graph_time(secret_since) if secret_since else None,
        "endDateTime": "2027-09-01T00:00:00Z",
        "secretText": None,
        "customKeyIdentifier": None,
    }
    return {
        "id": guid("service-principal", name),
        "appId": guid("app", name),
        "displayName": name,
        "appDisplayName": name,
        "servicePrincipalType": "ManagedIdentity" if managed else "Application",
        "accountEnabled": True,
        "appOwnerOrganizationId": PARTNER_TENANT_ID if foreign else TENANT_ID,
        "signInAudience": "AzureADMultipleOrgs" if foreign else "AzureADMyOrg",
        "verifiedPublisher": {"displayName": None, "verifiedPublisherId": None, "addedDateTime": None},
        "passwordCredentials": [secret] if secret_since else [],
        "keyCredentials": [],
        "appRoles": [],
        "oauth2PermissionScopes": [],
        "tags": [],
    }


def grant(person: Person, client: Resource, scope: str) -> Resource:
    """Return a delegated permission that one user granted to an application."""
    return {
        "id": digest("grant", person.id, client["id"])[:44],
        "clientId": client["id"],
        "consentType": "Principal",
        "principalId": person.id,
        "resourceId": guid("service-principal", "Microsoft Graph"),
        "scope": scope,
    }


def sku(part: str, plans: tuple[str, ...], units: int) -> Resource:
    """Return a licence that the tenant has bought."""
    return {
        "id": f"{TENANT_ID}_{guid('sku', part)}",
        "skuId": guid("sku", part),
        "skuPartNumber": part,
        "appliesTo": "User",
        "capabilityStatus": "Enabled",
        "consumedUnits": units - 12,
        "prepaidUnits": {"enabled": units, "suspended": 0, "warning": 0, "lockedOut": 0},
        "servicePlans": [
            {
                "servicePlanId": guid("plan", plan),
                "servicePlanName": plan,
                "provisioningStatus": "Success",
                "appliesTo": "User",
            }
            for plan in plans
        ],
    }


E5 = sku("SPE_E5", ("AAD_PREMIUM", "AAD_PREMIUM_P2", "EXCHANGE_S_ENTERPRISE", "ADALLOM_S_STANDALONE"), 240)
E3 = sku("SPE_E3", ("AAD_PREMIUM", "EXCHANGE_S_ENTERPRISE"), 240)
