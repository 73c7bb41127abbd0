"""What we ask Graph: each query with its facts, permission, licence and bucket, its URL from msgraph-sdk's builders."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import unquote

from shared.clock import iso
from shared.graph.budgets import Bucket, Turn

if TYPE_CHECKING:
    from msgraph.graph_service_client import GraphServiceClient

P2 = "Microsoft Entra ID P2"
P1 = "Microsoft Entra ID P1"
KEEP_SECONDS = 3600
"""How long an answer about the tenant as a whole is good for: domains, licences, applications."""
MANY_PAGES = 5
"""Most pages of a log that are read for several users at once."""
IN_LIMIT = 15
"""Most items that Graph takes in one ``in (…)`` without advanced queries."""

USER_PROPERTIES = [
    *("id", "displayName", "userPrincipalName", "mail", "userType", "accountEnabled", "createdDateTime"),
    *("lastPasswordChangeDateTime", "onPremisesSyncEnabled", "signInSessionsValidFromDateTime", "jobTitle"),
    *("department", "identities", "externalUserState"),
]
PERSON_PROPERTIES = ["id", "displayName", "userPrincipalName"]
GROUP_PROPERTIES = ["id", "displayName", "isAssignableToRole", "roleTemplateId"]
DEVICE_PROPERTIES = [
    *("id", "deviceId", "displayName", "operatingSystem", "isCompliant", "isManaged", "trustType"),
    *("registrationDateTime", "approximateLastSignInDateTime"),
]
APP_PROPERTIES = ["id", "appId", "displayName", "appOwnerOrganizationId", "verifiedPublisher"]
type Version = Literal["v1.0", "beta"]
ROLE_KINDS = ("user.role", "user.no_role")


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One GET of a batch, and what its failure would mean."""

    id: str
    url: str
    """Relative to the version root, percent-encoded, as it is sent."""
    what: str
    """What it reads, in words, for gaps."""
    kinds: tuple[str, ...]
    """Fact kinds that it feeds."""
    permission: str
    """Least application permission for what is read."""
    or_permissions: tuple[str, ...] = ()
    """Others that are enough here, beside those of ``shared.graph.permissions.WIDER``."""
    parts: tuple[tuple[str, str], ...] = ()
    """Graph types inside the answer whose properties have a permission of their own, each with it: without it Graph
    gives no more of such an object than type and id."""
    licence: str | None = None
    """What the tenant must have for a whole answer."""
    least_licence: str | None = None
    """With this one (empty: with none) Graph answers all the same, and hides what ``licence`` would show."""
    bucket: Bucket = "directory"
    cost: int = 1
    """Resource units in the directory bucket, requests in the others."""
    pages: int = 1
    """Most pages to read; what is beyond becomes a gap."""
    absence_is_fact: bool = False
    """True when 404 answers the question (no manager); else 404 is a failure."""
    patience_seconds: float = 0.0
    """How long a spent budget may be waited for."""
    turn: Turn = "ordinary"
    """Who asks: decides which part of a scarce budget it may use."""
    keep_seconds: int = 0
    """How long an answer about the tenant as a whole is good for; 0: ask every time."""
    is_advanced: bool = False
    """True for ``$search``, ``$count`` and filters of the directory that want ``ConsistencyLevel: eventual``."""
    version: Version = "v1.0"
    """``beta`` only where v1.0 does not have it."""

    @property
    def ref(self) -> str:
        """Return the URL as a person reads it, for sources."""
        return unquote(self.url)


class Queries:
    """The catalogue. Ids are object ids (GUIDs); ``profile`` also takes a user principal name."""

    def __init__(self, api: "GraphServiceClient") -> None:
        self._api = api

    def profile(self, user: str) -> Query:
        """Return the query for the user itself: 404 means that there is no such user."""
        return Query(
            id="profile",
            url=url_of(self._api.users.by_user_id(user), select=USER_PROPERTIES),
            what="the user's profile and account state",
            kinds=("user.profile", "user.account", "user.password", "user.sync", "user.deleted"),
            permission="User.Read.All",
            absence_is_fact=True,
        )

    def manager(self, user_id: str) -> Query:
        """Return the query for the user's manager: 404 means none."""
        return Query(
            id="manager",
            url=url_of(self._api.users.by_user_id(user_id).manager, select=PERSON_PROPERTIES),
            what="the user's manager",
            kinds=("user.manager", "user.no_manager"),
            permission="User.Read.All",
            absence_is_fact=True,
        )

    def groups(self, user_id: str) -> Query:
        """Return the query for groups and directory roles, nested ones included."""
        member_of = self._api.users.by_user_id(user_id).transitive_member_of
        return Query(
            id="groups",
            url=url_of(member_of, select=GROUP_PROPERTIES, top=999),
            what="group memberships",
            kinds=("user.group", "user.groups", *ROLE_KINDS),
            permission="User.Read.All",
            parts=(("group", "GroupMember.Read.All"), ("directoryRole", "RoleManagement.Read.Directory")),
            pages=3,
            absence_is_fact=True,
        )

    def auth_methods(self, user_id: str) -> Query:
        """Return the query for registered authentication methods.

        The limits table counts them with the reports (throttling-limits, read 2026-08), so they are budgeted there.
        """
        return Query(
            id="auth_methods",
            url=url_of(self._api.users.by_user_id(user_id).authentication.methods),
            what="authentication methods",
            kinds=("user.auth_method", "user.auth_methods"),
            permission="UserAuthenticationMethod.Read.All",
            bucket="reports",
            pages=2,
            absence_is_fact=True,
        )

    def devices(self, user_id: str) -> Query:
        """Return the query for devices that the user registered."""
        return Query(
            id="devices",
            url=url_of(self._api.users.by_user_id(user_id).registered_devices, select=DEVICE_PROPERTIES),
            what="registered devices",
            kinds=("user.device", "user.devices"),
            permission="User.Read.All",
            parts=(("device", "Device.Read.All"),),
            pages=2,
            absence_is_fact=True,
        )

    def role_assignments(self, principal_ids: Sequence[str], query_id: str = "role_assignments") -> Query:
        """Return the query for active role assignments of up to 15 principals (the user, or groups)."""
        return Query(
            id=query_id,
            url=url_of(
                self._api.role_management.directory.role_assignments,
                filter=one_of("principalId", principal_ids),
                expand=["roleDefinition"],
            ),
            what="directory roles" if query_id == "role_assignments" else "directory roles held through groups",
            kinds=ROLE_KINDS,
            permission="RoleManagement.Read.Directory",
            or_permissions=("Directory.Read.All",),
            cost=2,
            pages=2,
        )

    def role_eligibility(self, user_id: str) -> Query:
        """Return the query for roles that the user may activate."""
        return Query(
            id="role_eligibility",
            url=url_of(
                self._api.role_management.directory.role_eligibility_schedule_instances,
                filter=one_of("principalId", [user_id]),
                expand=["roleDefinition"],
            ),
            what="eligible directory roles",
            kinds=ROLE_KINDS,
            permission="RoleEligibilitySchedule.Read.Directory",
            licence=P2,
            cost=2,
            pages=2,
        )

    def role_activations(self, user_id: str) -> Query:
        """Return the query for scheduled role assignments, which say what was activated and when."""
        return Query(
            id="role_activations",
            url=url_of(
                self._api.role_management.directory.role_assignment_schedule_instances,
                filter=one_of("principalId", [user_id]),
                expand=["roleDefinition"],
            ),
            what="activations of directory roles",
            kinds=ROLE_KINDS,
            permission="RoleAssignmentSchedule.Read.Directory",
            licence=P2,
            cost=2,
            pages=2,
        )

    def consents(self, user_id: str) -> Query:
        """Return the query for delegated permissions that the user granted to apps."""
        return Query(
            id="consents",
            url=url_of(self._api.oauth2_permission_grants, filter=one_of("principalId", [user_id])),
            what="permissions granted to apps",
            kinds=("user.consent", "user.no_consent"),
            permission="Directory.Read.All",
            cost=2,
            pages=2,
        )

    def app(self, service_principal_id: str) -> Query:
        """Return the query for the app behind a service principal: 404 means that it was deleted since."""
        return Query(
            id=f"app:{service_principal_id}",
            url=url_of(
                self._api.service_principals.by_service_principal_id(service_principal_id), select=APP_PROPERTIES
            ),
            what="the name of an app that holds permissions",
            kinds=("user.consent",),
            permission="Application.Read.All",
            absence_is_fact=True,
            keep_seconds=KEEP_SECONDS,
        )

    def inbox_rules(self, user_id: str) -> Query:
        """Return the query for inbox rules: 404 means that there is no mailbox."""
        inbox = self._api.users.by_user_id(user_id).mail_folders.by_mail_folder_id("inbox")
        return Query(
            id="inbox_rules",
            url=url_of(inbox.message_rules),
            what="inbox rules",
            kinds=("user.inbox_rule", "user.no_inbox_rule", "user.no_mailbox"),
            permission="MailboxSettings.Read",
            bucket="outlook",
            absence_is_fact=True,
        )

    def sign_ins(self, user_id: str, since: datetime, others: Sequence[str] = ()) -> Query:
        """Return the query for the user's interactive sign-ins, newest first (v1.0 has no others).

        ``others``: users whose sign-ins are read with it, here and below.
        """
        return Query(
            id="sign_ins",
            url=url_of(
                self._api.audit_logs.sign_ins,
                filter=f"{any_of('userId', [user_id, *others])} and createdDateTime ge {iso(since)}",
                top=1000 if others else 200,
            ),
            what="sign-in history",
            kinds=("sign_in", "sign_in.baseline"),
            permission="AuditLog.Read.All",
            licence=P1,
            bucket="reports",
            pages=MANY_PAGES if others else 1,
        )

    def audits_about(self, user_id: str, since: datetime, others: Sequence[str] = ()) -> Query:
        """Return the query for directory changes to the user."""
        condition = f"targetResources/any(t:{any_of('t/id', [user_id, *others])})"
        query = directory_audits(self._api, "audits_about", condition, since, "directory changes to the user")
        return replace(query, pages=MANY_PAGES) if others else query

    def audits_by(self, user_id: str, since: datetime, others: Sequence[str] = ()) -> Query:
        """Return the query for directory changes made by the user."""
        condition = any_of("initiatedBy/user/id", [user_id, *others])
        query = directory_audits(self._api, "audits_by", condition, since, "directory changes made by the user")
        return replace(query, pages=MANY_PAGES) if others else query

    def risk_detections(self, user_id: str, others: Sequence[str] = ()) -> Query:
        """Return the query for the user's risk detections."""
        return Query(
            id="risk_detections",
            url=url_of(
                self._api.identity_protection.risk_detections,
                filter=any_of("userId", [user_id, *others]),
                top=500 if others else 50,
            ),
            pages=MANY_PAGES if others else 1,
            what="risk detections",
            kinds=("risk.detection",),
            permission="IdentityRiskEvent.Read.All",
            licence=P2,
            least_licence=P1,
            bucket="identityProtection",
        )

    def risky_user(self, user_id: str) -> Query:
        """Return the query for the user's risk state: 404 means never risky."""
        return Query(
            id="risky_user",
            url=url_of(self._api.identity_protection.risky_users.by_risky_user_id(user_id)),
            what="the user's risk level and state",
            kinds=("risk.user",),
            permission="IdentityRiskyUser.Read.All",
            licence=P2,
            bucket="identityProtection",
            absence_is_fact=True,
        )


def directory_audits(api: "GraphServiceClient", query_id: str, condition: str, since: datetime, what: str) -> Query:
    """Return a query for the directory's audit log since a time, narrowed by an OData condition."""
    return Query(
        id=query_id,
        url=url_of(
            api.audit_logs.directory_audits, filter=f"activityDateTime ge {iso(since)} and {condition}", top=100
        ),
        what=what,
        kinds=("audit",),
        permission="AuditLog.Read.All",
        or_permissions=("Directory.Read.All",),
        bucket="reports",
    )


def url_of(builder: Any, **parameters: Any) -> str:
    """Return the relative URL of a builder's GET; the SDK's own parameter class refuses options it does not know."""
    from kiota_abstractions.base_request_configuration import RequestConfiguration

    kind = type(builder)
    configuration: RequestConfiguration[Any] | None = None
    if parameters:
        configuration = RequestConfiguration(
            query_parameters=getattr(kind, f"{kind.__name__}GetQueryParameters")(**parameters)
        )
    url: str = builder.to_get_request_information(configuration).url
    # A builder knows the adapter's base URL only after the adapter has sent something once: cut it off when there.
    base = builder.request_adapter.base_url.rstrip("/")
    # Users and apps read `$filter`, not `%24filter`; both are the same to Graph.
    return url.removeprefix(base).replace("%24", "$")


def one_of(name: str, ids: Sequence[str]) -> str:
    """Return a filter for one id, or for several with ``in``."""
    if len(ids) == 1:
        return f"{name} eq {literal(ids[0])}"
    return f"{name} in ({','.join(literal(item) for item in ids[:IN_LIMIT])})"


def any_of(name: str, ids: Sequence[str]) -> str:
    """Return a filter for one id, or for several where ``in`` is not documented."""
    either = " or ".join(f"{name} eq {literal(item)}" for item in ids)
    return either if len(ids) == 1 else f"({either})"


def literal(text: str) -> str:
    """Return an OData string; quotes inside are doubled so that an id can never end it."""
    return "'" + text.replace("'", "''") + "'"
