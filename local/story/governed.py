"""What the bank lets apps do for everybody, the terms that its people accept, and who put whom into which group."""

from datetime import datetime
from typing import Any

from local.story.apps import service_principal
from local.story.directory import Resource
from local.story.everyday import AUDITOR, JONAS, LEAVER, MIRA, PILOTS, TREASURY
from local.story.moments import ago, digest, guid
from local.story.people import ASHA, BLAKE, BRANDON, CASEY, HELEN, INES, Person
from local.story.portal_audits import audited, targeted

type Tenant = dict[str, Any]

GRAPH = guid("service-principal", "Microsoft Graph")
EXPENSES, SIGNATURES = "Contoso Expenses", "Fabrikam Signatures"
USE, GUESTS = "Acceptable use of the bank's systems", "Terms for guests"
_ANSWERS = (
    (USE, MIRA, "Accept", 2),
    (USE, JONAS, "Decline", 5),
    (GUESTS, AUDITOR, "Accept", 6),
    (USE, ASHA, "Accept", 11),
    (USE, BLAKE, "Accept", 12),
    (USE, BRANDON, "Accept", 14),
    (USE, CASEY, "Accept", 17),
    (USE, HELEN, "Accept", 20),
    (USE, INES, "Accept", 23),
)
"""Terms, who answered, how, and how many days ago."""


def governed(tenant: Tenant) -> Tenant:
    """Return a tenant with what a question about all apps, terms of use or changes of groups finds."""
    signatures = {**service_principal(SIGNATURES, foreign=True), "accountEnabled": False}
    assigned = [
        one
        for path, found in tenant.items()
        if path.startswith("servicePrincipals/") and path.endswith("/appRoleAssignments")
        for one in found
    ]
    return {
        **tenant,
        "servicePrincipals": [*tenant["servicePrincipals"], signatures],
        f"servicePrincipals/{GRAPH}/appRoleAssignedTo": assigned,
        "oauth2PermissionGrants": [
            *tenant["oauth2PermissionGrants"],
            _for_everybody(EXPENSES, "User.Read Files.ReadWrite.All"),
        ],
        "auditLogs/directoryAudits": [*tenant["auditLogs/directoryAudits"], *_audits()],
    }


def _for_everybody(app: str, scope: str) -> Resource:
    client = guid("service-principal", app)
    return {
        "id": digest("grant", client)[:44],
        "clientId": client,
        "consentType": "AllPrincipals",
        "principalId": None,
        "resourceId": GRAPH,
        "scope": scope,
    }


def _audits() -> list[Resource]:
    """Return who was put into which group and taken out of it, and the apps that came into the tenant."""
    return [
        _of_group("Add member to group", ago(days=5), BLAKE, JONAS, PILOTS),
        _of_group("Add owner to group", ago(days=7), BLAKE, BRANDON, PILOTS),
        _of_group("Add member to group", ago(days=6, hours=2), ASHA, MIRA, TREASURY),
        _of_group("Remove member from group", ago(days=8), ASHA, LEAVER, TREASURY),
        _of_app(ago(days=8), BRANDON, EXPENSES),
        _of_app(ago(days=21), BLAKE, SIGNATURES),
        *(_of_terms(name, person, verb, ago(days=days, hours=2)) for name, person, verb, days in _ANSWERS),
    ]


def _of_group(activity: str, at: datetime, by: Person, who: Person, group: str) -> Resource:
    """Return a change of a group as Graph has it: the person with the group as changed values, then the group."""
    side = "oldValue" if activity.startswith("Remove") else "newValue"
    changes = [
        {"displayName": name, "oldValue": None, "newValue": None, side: f'"{value}"'}
        for name, value in (("Group.ObjectID", guid("group", group)), ("Group.DisplayName", group))
    ]
    target = {**targeted("User", who.name, *changes), "id": who.id, "displayName": None, "userPrincipalName": who.upn}
    record = audited(activity, at, by, "GroupManagement", target)
    return {
        **record,
        "targetResources": [target, {**targeted("Group", group), "displayName": None, "groupType": "azureAD"}],
    }


def _of_app(at: datetime, by: Person, app: str) -> Resource:
    target = {**targeted("ServicePrincipal", app), "id": guid("service-principal", app)}
    return audited("Add service principal", at, by, "ApplicationManagement", target)


def _of_terms(name: str, person: Person, verb: str, at: datetime) -> Resource:
    record = audited(f"{verb} Terms Of Use", at, person, "Policy", targeted("Other", name))
    return {**record, "loggedByService": "Terms Of Use"}
