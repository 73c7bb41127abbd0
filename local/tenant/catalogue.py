"""The parts of Microsoft Graph that the stand-in knows, as data: types, permissions, buckets, page sizes.

v1.0, and the little of beta that v1.0 does not have.

Sources: the permissions list, throttling limits and property docs of Microsoft Graph. ``needs`` is any one of
the application permissions that are enough to read what triage reads; a ``ReadWrite`` one counts as its ``Read``.
"""

from typing import Any, Literal

import msgspec

type Kind = Literal["collection", "single", "action"]
type Bucket = Literal["directory", "reports", "identity_protection", "outlook", "alerts", "unlimited"]

ACTIVITY_PERMISSION = "AuditLog.Read.All"
"""Needed on top for ``signInActivity`` in ``$select``."""
BASIC_PERMISSION = "User.ReadBasic.All"
BASIC_PROPERTIES = frozenset({"id", "displayName", "givenName", "surname", "mail", "userPrincipalName"})
"""All that ``User.ReadBasic.All`` alone may read of a user."""

_APP = ("Application.Read.All", "Directory.Read.All")
_CHECK = ("User.Read.All", "Group.Read.All", "GroupMember.Read.All", "Application.Read.All", "Directory.Read.All")
_DEVICE = ("Device.Read.All", "Directory.Read.All")
_GRANT = ("Directory.Read.All", "DelegatedPermissionGrant.ReadWrite.All")
_GROUP = ("Group.Read.All", "GroupMember.Read.All", "Directory.Read.All", "Group.ReadBasic.All")
_LICENCE = ("LicenseAssignment.Read.All", "Directory.Read.All")
_MAIL = ("Mail.ReadBasic.All", "Mail.Read")
_MAILBOX = ("MailboxSettings.Read",)
_MEMBER = ("GroupMember.Read.All", "Group.Read.All", "Directory.Read.All", "GroupMember.ReadBasic.All")
_METHOD = ("UserAuthenticationMethod.Read.All",)
_PIM = ("RoleManagement.Read.Directory", "RoleManagement.Read.All")
_RISKY_SP = ("IdentityRiskyServicePrincipal.Read.All",)
_RISKY_USER = ("IdentityRiskyUser.Read.All",)
_ROLE = ("RoleManagement.Read.Directory", "Directory.Read.All")
_UNIT = ("AdministrativeUnit.Read.All", "Directory.Read.All")
_USER = ("User.Read.All", "Directory.Read.All")

METHODS = {
    "emailMethods": "emailAuthenticationMethod",
    "fido2Methods": "fido2AuthenticationMethod",
    "microsoftAuthenticatorMethods": "microsoftAuthenticatorAuthenticationMethod",
    "passwordMethods": "passwordAuthenticationMethod",
    "phoneMethods": "phoneAuthenticationMethod",
    "platformCredentialMethods": "platformCredentialAuthenticationMethod",
    "softwareOathMethods": "softwareOathAuthenticationMethod",
    "temporaryAccessPassMethods": "temporaryAccessPassAuthenticationMethod",
    "windowsHelloForBusinessMethods": "windowsHelloForBusinessAuthenticationMethod",
}
"""Collections under ``users/{}/authentication`` that hold the methods of one type."""

READERS: dict[str, tuple[str, ...]] = {
    "user": (*_USER, BASIC_PERMISSION),
    "group": _GROUP,
    "device": _DEVICE,
    "servicePrincipal": _APP,
    "application": _APP,
    "directoryRole": _ROLE,
    "administrativeUnit": _UNIT,
}
"""Who may see more than type and id of such an object inside a list of directory objects."""


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """What is served at one path; ``{}`` stands for an id. A collection serves its elements by id too."""

    path: str
    type: str
    """Graph's type of the thing or of each element; ``directoryObject`` for a mix."""
    kind: Kind = "collection"
    needs: tuple[str, ...] = ()
    bucket: Bucket = "directory"
    ru: int = 1
    """Directory resource units of one request, before ``$select``, ``$expand`` and ``$top`` are counted."""
    page: int = 100
    """Elements on a page when ``$top`` does not say."""
    top: int = 999
    """The largest ``$top``."""
    newest_first: str = ""
    """Property that orders the collection, newest first, when ``$orderby`` does not."""
    filterable: tuple[str, ...] = ()
    """Paths documented as filterable; empty when there is no such list, and then every property is."""
    beta_filterable: tuple[str, ...] = ()
    """Further paths that can be filtered by in beta."""
    options: tuple[str, ...] = ()
    """Documented query options; empty when all are."""
    premium: Literal["", "P1", "P2"] = ""
    """Entra ID licence without which the whole path fails."""
    is_read_by_cast: bool = False
    """The type that the elements are narrowed to decides who may read them."""
    version: Literal["v1.0", "beta"] = "v1.0"
    """``beta`` when v1.0 does not have the path."""

    @property
    def is_directory(self) -> bool:
        """Say whether the directory serves it: advanced queries then need ``ConsistencyLevel: eventual``."""
        return self.bucket == "directory"


def _memberships(parent: str, needs: tuple[str, ...], direct: tuple[str, ...] = ()) -> tuple[Resource, ...]:
    """Return what every directory object that can be a member has; ``direct`` are the needs of memberOf."""
    return (
        Resource(path=f"{parent}/{{}}/memberOf", type="directoryObject", needs=direct or needs, ru=2),
        Resource(path=f"{parent}/{{}}/transitiveMemberOf", type="directoryObject", needs=needs, ru=2),
        Resource(path=f"{parent}/{{}}/checkMemberGroups", type="string", kind="action", needs=_CHECK, ru=4),
        Resource(path=f"{parent}/{{}}/getMemberGroups", type="string", kind="action", needs=_CHECK, ru=2),
    )


def _objects(paths: str, needs: tuple[str, ...], ru: int = 1) -> tuple[Resource, ...]:
    """Return collections of mixed directory objects."""
    return tuple(Resource(path=path, type="directoryObject", needs=needs, ru=ru) for path in paths.split())


_USERS = (
    Resource(path="users", type="user", needs=_USER, ru=2),
    Resource(path="users/{}/manager", type="directoryObject", kind="single", needs=_USER),
    *_memberships("users", _USER, direct=_MEMBER),
    *_objects("users/{}/ownedObjects", _USER, ru=2),
    *_objects("users/{}/directReports users/{}/createdObjects", _USER),
    Resource(path="users/{}/transitiveReports", type="directoryObject", needs=_USER, version="beta"),
    Resource(
        path="users/{}/authentication/requirements",
        type="strongAuthenticationRequirements",
        kind="single",
        needs=("Policy.Read.All",),
        version="beta",
    ),
    *_objects("users/{}/ownedDevices users/{}/registeredDevices", _USER),
    Resource(path="users/{}/licenseDetails", type="licenseDetails", needs=(*_LICENCE, "User.Read.All"), ru=2),
    Resource(path="users/{}/oauth2PermissionGrants", type="oAuth2PermissionGrant", needs=_GRANT),
    Resource(
        path="users/{}/appRoleAssignments",
        type="appRoleAssignment",
        needs=("Directory.Read.All", "AppRoleAssignment.ReadWrite.All"),
        filterable=("resourceId", "principalDisplayName"),
    ),
    Resource(path="users/{}/mailboxSettings", type="mailboxSettings", kind="single", needs=_MAILBOX, bucket="outlook"),
    Resource(path="users/{}/mailFolders", type="mailFolder", needs=_MAIL, bucket="outlook", page=10),
    Resource(path="users/{}/mailFolders/{}/messageRules", type="messageRule", needs=_MAILBOX, bucket="outlook"),
    Resource(path="users/{}/authentication/methods", type="authenticationMethod", needs=_METHOD, bucket="reports"),
    *(
        Resource(path=f"users/{{}}/authentication/{name}", type=type_name, needs=_METHOD, bucket="reports")
        for name, type_name in METHODS.items()
    ),
)

_DIRECTORY = (
    Resource(path="groups", type="group", needs=_GROUP),
    *_objects("groups/{}/members", _MEMBER, ru=3),
    *_objects("groups/{}/transitiveMembers", _MEMBER, ru=5),
    *_objects("groups/{}/owners", _MEMBER),
    Resource(path="groups/{}/appRoleAssignments", type="appRoleAssignment", needs=("Directory.Read.All",)),
    Resource(path="groups/{}/createdOnBehalfOf", type="directoryObject", kind="single", needs=_GROUP),
    *_memberships("groups", _MEMBER),
    Resource(path="servicePrincipals", type="servicePrincipal", needs=_APP),
    *_objects("servicePrincipals/{}/owners servicePrincipals/{}/createdObjects", _APP),
    *_objects("servicePrincipals/{}/ownedObjects", _APP, ru=2),
    Resource(path="servicePrincipals/{}/appRoleAssignments", type="appRoleAssignment", needs=_APP, ru=2),
    Resource(path="servicePrincipals/{}/appRoleAssignedTo", type="appRoleAssignment", needs=_APP),
    Resource(path="servicePrincipals/{}/oauth2PermissionGrants", type="oAuth2PermissionGrant", needs=_GRANT),
    *_memberships("servicePrincipals", _APP),
    Resource(path="applications", type="application", needs=_APP, ru=2),
    *_objects("applications/{}/owners", _APP),
    Resource(path="applications/{}/federatedIdentityCredentials", type="federatedIdentityCredential", needs=_APP),
    Resource(path="devices", type="device", needs=_DEVICE),
    *_objects("devices/{}/registeredOwners devices/{}/registeredUsers", _DEVICE),
    *_memberships("devices", _DEVICE),
    Resource(path="directoryRoles", type="directoryRole", needs=_ROLE),
    *_objects("directoryRoles/{}/members", _ROLE),
    Resource(path="directory/administrativeUnits", type="administrativeUnit", needs=_UNIT),
    *_objects("directory/administrativeUnits/{}/members", _UNIT),
    Resource(path="directory/deletedItems", type="directoryObject", needs=_USER, is_read_by_cast=True),
    Resource(
        path="oauth2PermissionGrants",
        type="oAuth2PermissionGrant",
        needs=_GRANT,
        ru=2,
        filterable=("clientId", "consentType", "principalId", "resourceId"),
    ),
    Resource(path="subscribedSkus", type="subscribedSku", needs=(*_LICENCE, "Organization.Read.All"), ru=3),
    Resource(path="organization", type="organization", needs=("Organization.Read.All", *_USER)),
    Resource(
        path="directory/onPremisesSynchronization",
        type="onPremisesDirectorySynchronization",
        needs=("OnPremDirectorySynchronization.Read.All",),
    ),
    Resource(path="domains", type="domain", needs=("Domain.Read.All", "Directory.Read.All")),
)


def _risk(path: str, type_name: str, needs: tuple[str, ...], **more: Any) -> Resource:
    """Return a collection of Identity Protection: 20 elements a page, at most 500."""
    options = {"page": 20, "top": 500, "premium": "P1", **more}
    path = f"identityProtection/{path}"
    return Resource(path=path, type=type_name, needs=needs, bucket="identity_protection", **options)


_RISK = (
    _risk("riskyUsers", "riskyUser", _RISKY_USER, premium="P2"),
    _risk("riskyUsers/{}/history", "riskyUserHistoryItem", _RISKY_USER, premium="P2"),
    _risk("riskDetections", "riskDetection", ("IdentityRiskEvent.Read.All",)),
    _risk(
        "riskyServicePrincipals",
        "riskyServicePrincipal",
        _RISKY_SP,
        premium="",
        filterable=("id", "riskLevel", "riskState", "riskLastUpdatedDateTime"),
    ),
    _risk("riskyServicePrincipals/{}/history", "riskyServicePrincipalHistoryItem", _RISKY_SP, premium=""),
    _risk(
        "servicePrincipalRiskDetections",
        "servicePrincipalRiskDetection",
        ("IdentityRiskEvent.Read.All", *_RISKY_SP),
        premium="",
        filterable=("id", "servicePrincipalId", "requestId", "activityDateTime", "detectedDateTime"),
    ),
)


_SIGN_IN_FILTERS = """
    id appDisplayName appId clientAppUsed conditionalAccessStatus correlationId createdDateTime deviceDetail/browser
    deviceDetail/operatingSystem ipAddress location/city location/state location/countryOrRegion resourceDisplayName
    resourceId riskDetail riskEventTypes_v2 riskLevelAggregated riskLevelDuringSignIn riskState status/errorCode
    userDisplayName userId userPrincipalName
"""
_AUDIT_FILTERS = """
    id activityDateTime activityDisplayName correlationId loggedByService initiatedBy/user/id
    initiatedBy/user/displayName initiatedBy/user/userPrincipalName initiatedBy/app/appId initiatedBy/app/displayName
    targetResources
"""


_PROVISIONING_FILTERS = """
    id activityDateTime jobId cycleId changeId provisioningAction tenantId servicePrincipal/id servicePrincipal/name
    sourceIdentity/id sourceIdentity/displayName sourceIdentity/identityType targetIdentity/id
    targetIdentity/displayName targetIdentity/identityType provisioningStatusInfo/status
"""
_REGISTRATION_FILTERS = """
    isMfaCapable isMfaRegistered isPasswordlessCapable isSsprCapable isSsprEnabled isSsprRegistered
    isSystemPreferredAuthenticationMethodEnabled methodsRegistered userDisplayName
    userPreferredMethodForSecondaryAuthentication userPrincipalName
"""


def _log(path: str, type_name: str, **more: Any) -> Resource:
    """Return a log of the reports service: 1,000 entries a page, newest first."""
    options = {"bucket": "reports", "page": 1000, "top": 1000, **more}
    return Resource(path=f"auditLogs/{path}", type=type_name, **options)


_LOGS = (
    _log(
        "signIns",
        "signIn",
        needs=("AuditLog.Read.All",),
        newest_first="createdDateTime",
        premium="P1",
        options=("$top", "$skiptoken", "$filter", "$orderby", "$count", "$select"),
        filterable=tuple(_SIGN_IN_FILTERS.split()),
        beta_filterable=("authenticationRequirement", "isInteractive", "signInEventTypes", "userAgent"),
    ),
    _log(
        "directoryAudits",
        "directoryAudit",
        needs=("AuditLog.Read.All", "Directory.Read.All"),
        newest_first="activityDateTime",
        options=("$top", "$skiptoken", "$filter", "$orderby", "$select"),
        filterable=tuple(_AUDIT_FILTERS.split()),
    ),
    _log(
        "provisioning",
        "provisioningObjectSummary",
        needs=("AuditLog.Read.All",),
        newest_first="activityDateTime",
        filterable=tuple(_PROVISIONING_FILTERS.split()),
    ),
    Resource(
        path="reports/authenticationMethods/userRegistrationDetails",
        type="userRegistrationDetails",
        needs=("AuditLog.Read.All",),
        bucket="reports",
        premium="P1",
        filterable=tuple(_REGISTRATION_FILTERS.split()),
    ),
)


def _role(path: str, type_name: str, needs: tuple[str, ...], **more: Any) -> Resource:
    """Return a collection of role management; no throttling limit is documented for it."""
    path = f"roleManagement/directory/{path}"
    return Resource(path=path, type=type_name, needs=needs, bucket="unlimited", **more)


_ROLES = (
    _role("roleDefinitions", "unifiedRoleDefinition", (*_ROLE, "RoleManagement.Read.All")),
    _role(
        "roleAssignments",
        "unifiedRoleAssignment",
        _ROLE,
        filterable=("principalId", "roleDefinitionId", "directoryScopeId", "appScopeId"),
    ),
    _role(
        "roleEligibilityScheduleInstances",
        "unifiedRoleEligibilityScheduleInstance",
        ("RoleEligibilitySchedule.Read.Directory", *_PIM),
        premium="P2",
        filterable=("principalId", "roleDefinitionId", "memberType", "directoryScopeId"),
    ),
    _role(
        "roleAssignmentScheduleInstances",
        "unifiedRoleAssignmentScheduleInstance",
        ("RoleAssignmentSchedule.Read.Directory", *_PIM),
        premium="P2",
        filterable=("principalId", "roleDefinitionId", "memberType", "assignmentType"),
    ),
)

_POLICIES = tuple(
    Resource(
        path=f"identity/conditionalAccess/{name}",
        type=type_name,
        needs=("Policy.Read.All",),
        bucket="identity_protection",
    )
    for name, type_name in (("policies", "conditionalAccessPolicy"), ("namedLocations", "namedLocation"))
)

_SECURITY = (
    Resource(path="security/alerts_v2", type="alert", needs=("SecurityAlert.Read.All",), bucket="alerts"),
    Resource(path="security/incidents", type="incident", needs=("SecurityIncident.Read.All",), bucket="unlimited"),
)

_APPS_AND_TENANT = (
    Resource(
        path="reports/servicePrincipalSignInActivities",
        type="servicePrincipalSignInActivity",
        needs=("AuditLog.Read.All", "Directory.Read.All"),
        bucket="reports",
        premium="P1",
        options=("$top", "$skiptoken", "$filter", "$orderby"),
        version="beta",
    ),
    Resource(
        path="reports/azureADPremiumLicenseInsight",
        type="azureADPremiumLicenseInsight",
        kind="single",
        needs=("Reports.Read.All",),
        bucket="reports",
        premium="P1",
        version="beta",
    ),
    Resource(
        path="servicePrincipals/{}/synchronization/jobs",
        type="synchronizationJob",
        needs=("Synchronization.Read.All",),
        bucket="unlimited",
    ),
    Resource(
        path="policies/authorizationPolicy", type="authorizationPolicy", kind="single", needs=("Policy.Read.All",)
    ),
    Resource(
        path="policies/authenticationMethodsPolicy",
        type="authenticationMethodsPolicy",
        kind="single",
        needs=("Policy.Read.AuthenticationMethod", "Policy.ReadWrite.AuthenticationMethod"),
    ),
    Resource(
        path="policies/authenticationStrengthPolicies",
        type="authenticationStrengthPolicy",
        needs=("Policy.Read.AuthenticationMethod", "Policy.Read.All"),
    ),
    Resource(path="domains/{}/verificationDnsRecords", type="domainDnsRecord", needs=("Domain.Read.All",)),
)
"""What prompts about apps, the tenant and its policies ask."""

RESOURCES: tuple[Resource, ...] = (
    *_USERS, *_DIRECTORY, *_RISK, *_LOGS, *_ROLES, *_POLICIES, *_SECURITY, *_APPS_AND_TENANT
)  # fmt: skip
"""Every path that is known."""
