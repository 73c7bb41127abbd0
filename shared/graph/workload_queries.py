"""What we ask Graph about a service principal: each query with its facts, permission and bucket."""

from datetime import datetime
from typing import TYPE_CHECKING

from shared.graph.queries import (
    KEEP_SECONDS,
    PERSON_PROPERTIES,
    Query,
    directory_audits,
    literal,
    one_of,
    role_query,
    url_of,
)

if TYPE_CHECKING:
    from msgraph.graph_service_client import GraphServiceClient

SERVICE_PRINCIPAL_PROPERTIES = [
    *("id", "appId", "displayName", "servicePrincipalType", "accountEnabled", "appOwnerOrganizationId"),
    *("verifiedPublisher", "signInAudience", "passwordCredentials", "keyCredentials"),
]
APPLICATION_PROPERTIES = ["id", "appId", "displayName", "passwordCredentials", "keyCredentials", "createdDateTime"]
WORKLOAD_LICENCE = "Microsoft Entra Workload ID Premium"


class WorkloadQueries:
    """The catalogue. Ids are object ids (GUIDs), except ``app_id``, which is the application's client id."""

    def __init__(self, api: "GraphServiceClient") -> None:
        self._api = api

    def service_principal(self, object_id: str) -> Query:
        """Return the query for the service principal itself: 404 means that there is none."""
        return Query(
            id="service_principal",
            url=url_of(self._one(object_id), select=SERVICE_PRINCIPAL_PROPERTIES),
            what="the service principal and its credentials",
            kinds=("workload.profile", "workload.account", "workload.deleted", "workload.credential"),
            permission="Application.Read.All",
            absence_is_fact=True,
        )

    def owners(self, object_id: str) -> Query:
        """Return the query for the service principal's owners."""
        return Query(
            id="owners",
            url=url_of(self._one(object_id).owners, select=PERSON_PROPERTIES),
            what="owners of the service principal",
            kinds=("workload.owner", "workload.no_owner"),
            permission="Application.Read.All",
            parts=(("user", "User.Read.All"),),
            absence_is_fact=True,
        )

    def app_roles(self, object_id: str) -> Query:
        """Return the query for the application permissions that the service principal holds."""
        return Query(
            id="app_roles",
            url=url_of(self._one(object_id).app_role_assignments),
            what="application permissions",
            kinds=("workload.app_role", "workload.no_app_role"),
            permission="Application.Read.All",
            cost=2,
            pages=2,
            absence_is_fact=True,
        )

    def grants(self, object_id: str) -> Query:
        """Return the query for the delegated permissions that the service principal holds."""
        return Query(
            id="grants",
            url=url_of(self._api.oauth2_permission_grants, filter=one_of("clientId", [object_id])),
            what="delegated permissions",
            kinds=("workload.grant",),
            permission="Directory.Read.All",
            cost=2,
            pages=2,
        )

    def role_assignments(self, object_id: str) -> Query:
        """Return the query for directory roles of the service principal."""
        return role_query(
            "role_assignments",
            self._api.role_management.directory.role_assignments,
            [object_id],
            what="directory roles",
            permission="RoleManagement.Read.Directory",
            or_permissions=("Directory.Read.All",),
        )

    def application(self, app_id: str) -> Query:
        """Return the query for the application object in this tenant: none for an application of another tenant."""
        return Query(
            id="application",
            url=url_of(self._api.applications, filter=one_of("appId", [app_id]), select=APPLICATION_PROPERTIES),
            what="the application and its credentials",
            kinds=("workload.credential", "workload.profile"),
            permission="Application.Read.All",
            cost=2,
        )

    def federated_credentials(self, application_id: str) -> Query:
        """Return the query for federated credentials of an application object."""
        return Query(
            id="federated_credentials",
            url=url_of(self._api.applications.by_application_id(application_id).federated_identity_credentials),
            what="federated credentials",
            kinds=("workload.federated_credential",),
            permission="Application.Read.All",
            absence_is_fact=True,
        )

    def application_owners(self, application_id: str) -> Query:
        """Return the query for the owners of an application object, who can add credentials to it."""
        return Query(
            id="application_owners",
            url=url_of(self._api.applications.by_application_id(application_id).owners, select=PERSON_PROPERTIES),
            what="owners of the application",
            kinds=("workload.owner",),
            permission="Application.Read.All",
            parts=(("user", "User.Read.All"),),
            absence_is_fact=True,
        )

    def resource(self, object_id: str) -> Query:
        """Return the query for a resource whose permissions are held: it gives them their names."""
        return Query(
            id=f"resource:{object_id}",
            url=url_of(self._one(object_id), select=["id", "displayName", "appRoles"]),
            what="the names of application permissions",
            kinds=("workload.app_role",),
            permission="Application.Read.All",
            absence_is_fact=True,
            keep_seconds=KEEP_SECONDS,
        )

    def risky(self, object_id: str) -> Query:
        """Return the query for the service principal's risk: 404 means never risky."""
        risky = self._api.identity_protection.risky_service_principals.by_risky_service_principal_id(object_id)
        return Query(
            id="risky_workload",
            url=url_of(risky),
            what="the service principal's risk level and state",
            kinds=("risk.user",),
            permission="IdentityRiskyServicePrincipal.Read.All",
            licence=WORKLOAD_LICENCE,
            least_licence="",
            bucket="identityProtection",
            absence_is_fact=True,
        )

    def detections(self, object_id: str) -> Query:
        """Return the query for the service principal's risk detections."""
        return Query(
            id="workload_detections",
            url=url_of(
                self._api.identity_protection.service_principal_risk_detections,
                filter=f"servicePrincipalId eq {literal(object_id)}",
                top=50,
            ),
            what="risk detections",
            kinds=("risk.detection",),
            permission="IdentityRiskyServicePrincipal.Read.All",
            # What Graph lists for this path; other callers read it with the one above alone.
            or_permissions=("IdentityRiskEvent.Read.All",),
            licence=WORKLOAD_LICENCE,
            least_licence="",
            bucket="identityProtection",
        )

    def audits_about(self, object_id: str, since: datetime, query_id: str = "audits_about") -> Query:
        """Return the query for directory changes to an object: the service principal, or its application."""
        condition = f"targetResources/any(t:t/id eq {literal(object_id)})"
        return directory_audits(self._api, query_id, condition, since, "directory changes to it")

    def audits_by(self, app_id: str, since: datetime) -> Query:
        """Return the query for directory changes that the application made."""
        condition = f"initiatedBy/app/appId eq {literal(app_id)}"
        return directory_audits(self._api, "audits_by", condition, since, "directory changes made by the application")

    def _one(self, object_id: str):  # type: ignore[no-untyped-def]  # noqa: ANN202 - the SDK's builder, loaded late
        return self._api.service_principals.by_service_principal_id(object_id)
