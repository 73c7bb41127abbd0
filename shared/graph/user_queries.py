"""What we ask Graph about a user: each query with its facts, permission, licence and bucket."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from shared.clock import iso
from shared.graph.queries import (
    KEEP_SECONDS,
    P1,
    P2,
    PERSON_PROPERTIES,
    ROLE_KINDS,
    Query,
    any_of,
    directory_audits,
    one_of,
    role_query,
    url_of,
)

if TYPE_CHECKING:
    from msgraph.graph_service_client import GraphServiceClient

MANY_PAGES = 5
"""Most pages of a log that are read for several users at once."""
USER_PROPERTIES = [
    *("id", "displayName", "userPrincipalName", "mail", "userType", "accountEnabled", "createdDateTime"),
    *("lastPasswordChangeDateTime", "onPremisesSyncEnabled", "signInSessionsValidFromDateTime", "jobTitle"),
    *("department", "identities", "externalUserState"),
]
GROUP_PROPERTIES = ["id", "displayName", "isAssignableToRole", "roleTemplateId"]
DEVICE_PROPERTIES = [
    *("id", "deviceId", "displayName", "operatingSystem", "isCompliant", "isManaged", "trustType"),
    *("registrationDateTime", "approximateLastSignInDateTime"),
]
APP_PROPERTIES = ["id", "appId", "displayName", "appOwnerOrganizationId", "verifiedPublisher"]


class UserQueries:
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
        return role_query(
            query_id,
            self._api.role_management.directory.role_assignments,
            principal_ids,
            what="directory roles" if query_id == "role_assignments" else "directory roles held through groups",
            permission="RoleManagement.Read.Directory",
            or_permissions=("Directory.Read.All",),
            pages=2,
        )

    def role_eligibility(self, user_id: str) -> Query:
        """Return the query for roles that the user may activate."""
        return role_query(
            "role_eligibility",
            self._api.role_management.directory.role_eligibility_schedule_instances,
            [user_id],
            what="eligible directory roles",
            permission="RoleEligibilitySchedule.Read.Directory",
            licence=P2,
            pages=2,
        )

    def role_activations(self, user_id: str) -> Query:
        """Return the query for scheduled role assignments, which say what was activated and when."""
        return role_query(
            "role_activations",
            self._api.role_management.directory.role_assignment_schedule_instances,
            [user_id],
            what="activations of directory roles",
            permission="RoleAssignmentSchedule.Read.Directory",
            licence=P2,
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
