"""Graph resources of the directory: users, devices, inbox rules, groups and roles."""

from datetime import datetime
from typing import Any

from local.story.moments import digest, graph_time, guid
from local.story.people import COMPANY, DOMAIN, Laptop, Person

type Resource = dict[str, Any]

ROLES = {
    "Global Administrator": "62e90394-69f5-4237-9190-012177145e10",
    "Privileged Role Administrator": "e8611ab8-c189-46e8-94e1-60213ab1f814",
    "Security Administrator": "194ae4cb-b126-40b2-bd5b-6091b380977d",
    "User Administrator": "fe930be7-5e62-47db-91af-98c3a49a38b1",
    "Helpdesk Administrator": "729827e3-9c14-49f7-bb1b-9608f156bbb8",
    "Exchange Administrator": "29232cdf-9323-42fd-ade2-1d097af3e4de",
    "Global Reader": "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
    "Cloud Application Administrator": "158c047a-c907-4556-b7ef-446551a6b5f7",
}
"""Built-in roles by their well-known template ids."""


def user(person: Person, *, licence: str | None = None) -> Resource:
    """Return a user with the properties that triage and prompts select."""
    given, _, family = person.name.rpartition(" ")
    local_part = person.upn.partition("@")[0]
    return {
        "id": person.id,
        "displayName": person.name,
        "givenName": given or person.name,
        "surname": family,
        "userPrincipalName": person.upn,
        "mail": None if person.guest else person.upn,
        "mailNickname": local_part,
        "userType": "Guest" if person.guest else "Member",
        "accountEnabled": person.enabled,
        "jobTitle": person.title or None,
        "department": person.department,
        "companyName": COMPANY if not person.guest else "Tailspin Toys",
        "officeLocation": person.office.place.city,
        "city": person.office.place.city,
        "country": person.office.place.country,
        "usageLocation": person.office.place.country,
        "employeeId": f"WB{int(digest('employee', person.id)[:6], 16) % 90000 + 10000}",
        "createdDateTime": graph_time(person.created_at),
        "creationType": "Invitation" if person.guest else None,
        "externalUserState": "Accepted" if person.guest else None,
        "lastPasswordChangeDateTime": graph_time(person.password_changed_at),
        "signInSessionsValidFromDateTime": graph_time(person.password_changed_at),
        "passwordPolicies": None,
        "onPremisesSyncEnabled": True if person.synced else None,
        "onPremisesLastSyncDateTime": "2026-09-17T14:31:09Z" if person.synced else None,
        "onPremisesSamAccountName": local_part if person.synced else None,
        "onPremisesDomainName": "corp.woodgrovebank.com" if person.synced else None,
        "assignedLicenses": [{"skuId": licence, "disabledPlans": []}] if licence else [],
        "identities": _sign_in_names(person),
    }


def _sign_in_names(person: Person) -> list[Resource]:
    if person.guest:
        return [{"signInType": "federated", "issuer": "ExternalAzureAD", "issuerAssignedId": None}]
    return [
        {
            "signInType": "userPrincipalName",
            "issuer": f"{DOMAIN.split('.')[0]}.onmicrosoft.com",
            "issuerAssignedId": person.upn,
        }
    ]


def device(machine: Laptop, *, managed: bool = True) -> Resource:
    """Return a device of the directory."""
    return {
        "@odata.type": "#microsoft.graph.device",
        "id": machine.id,
        "deviceId": machine.device_id,
        "displayName": machine.name,
        "accountEnabled": True,
        "operatingSystem": machine.os,
        "operatingSystemVersion": machine.os_version,
        "trustType": machine.trust_type,
        "isCompliant": machine.compliant,
        "isManaged": managed,
        "registrationDateTime": graph_time(machine.registered_at),
        "approximateLastSignInDateTime": "2026-09-16T06:00:00Z",
        "deviceOwnership": "Company" if managed else "Personal",
    }


def inbox_rule(person: Person, name: str, conditions: Resource, actions: Resource, *, sequence: int = 1) -> Resource:
    """Return an inbox rule. Graph does not say when it was made."""
    return {
        "id": digest("rule", person.id, name)[:16].upper(),
        "displayName": name,
        "sequence": sequence,
        "isEnabled": True,
        "isReadOnly": False,
        "hasError": False,
        "conditions": conditions,
        "actions": {"stopProcessingRules": True, **actions},
    }


def group(
    name: str,
    description: str,
    *,
    role_assignable: bool = False,
    rule: str | None = None,
    created: str = "2022-02-01T09:00:00Z",
) -> Resource:
    """Return a security group; ``rule`` makes it dynamic."""
    return {
        "id": guid("group", name),
        "displayName": name,
        "description": description,
        "createdDateTime": created,
        "groupTypes": ["DynamicMembership"] if rule else [],
        "membershipRule": rule,
        "membershipRuleProcessingState": "On" if rule else None,
        "mailEnabled": False,
        "mailNickname": name.replace(" ", ""),
        "securityEnabled": True,
        "isAssignableToRole": True if role_assignable else None,
        "onPremisesSyncEnabled": None,
        "visibility": "Private",
    }


def role_definition(name: str) -> Resource:
    """Return a built-in role."""
    return {"id": ROLES[name], "templateId": ROLES[name], "displayName": name, "isBuiltIn": True, "isEnabled": True}


def directory_role(name: str) -> Resource:
    """Return the activated role object that ``transitiveMemberOf`` lists."""
    return {
        "@odata.type": "#microsoft.graph.directoryRole",
        "id": guid("directory-role", name),
        "displayName": name,
        "roleTemplateId": ROLES[name],
    }


def role_assignment(principal_id: str, role: str) -> Resource:
    """Return an active role assignment over the whole tenant, its definition expanded."""
    return {
        "id": digest("assignment", principal_id, role)[:38],
        "principalId": principal_id,
        "directoryScopeId": "/",
        "roleDefinitionId": ROLES[role],
        "roleDefinition": role_definition(role),
    }


def role_eligibility(principal_id: str, role: str, since: datetime) -> Resource:
    """Return what PIM lets a principal activate."""
    return {
        "id": digest("eligibility", principal_id, role)[:38],
        "principalId": principal_id,
        "directoryScopeId": "/",
        "roleDefinitionId": ROLES[role],
        "roleDefinition": role_definition(role),
        "memberType": "Direct",
        "roleEligibilityScheduleId": guid("eligibility-schedule", principal_id, role),
        "startDateTime": graph_time(since),
        "endDateTime": None,
    }
