"""What we ask Graph about the tenant as a whole, because it decides which remedy fits; answers are kept for an hour."""

from typing import TYPE_CHECKING

from shared.graph.queries import KEEP_SECONDS, P2, Query, literal, url_of

if TYPE_CHECKING:
    from msgraph.graph_service_client import GraphServiceClient


class TenantQueries:
    """The catalogue. None of them depends on the identity, but for the role whose holders are counted."""

    def __init__(self, api: "GraphServiceClient") -> None:
        self._api = api

    def writeback(self) -> Query:
        """Return the query for the features of synchronisation, password writeback among them."""
        return Query(
            id="writeback",
            url=url_of(self._api.directory.on_premises_synchronization),
            what="whether password writeback is on",
            kinds=("tenant.writeback",),
            permission="OnPremDirectorySynchronization.Read.All",
            keep_seconds=KEEP_SECONDS,
        )

    def domains(self) -> Query:
        """Return the query for the tenant's domains: managed, or federated with another identity provider."""
        return Query(
            id="domains",
            url=url_of(self._api.domains, select=["id", "authenticationType"]),
            what="whether the user's domain is federated",
            kinds=("tenant.domain",),
            permission="Domain.Read.All",
            or_permissions=("Directory.Read.All",),
            keep_seconds=KEEP_SECONDS,
        )

    def licences(self) -> Query:
        """Return the query for what the tenant subscribes to: feedback on risky users needs P2."""
        return Query(
            id="licences",
            url=url_of(self._api.subscribed_skus, select=["capabilityStatus", "servicePlans"]),
            what=f"whether the tenant has {P2}",
            kinds=("tenant.licence",),
            permission="LicenseAssignment.Read.All",
            or_permissions=("Directory.Read.All", "Organization.Read.All"),
            cost=3,
            keep_seconds=KEEP_SECONDS,
        )

    def role_holders(self, template_id: str) -> Query:
        """Return the query for who holds a role for the whole tenant, so that the last holder is not removed."""
        return Query(
            id="role_holders",
            url=url_of(
                self._api.role_management.directory.role_assignments,
                filter=f"roleDefinitionId eq {literal(template_id)}",
            ),
            what="who else holds the user's most powerful role",
            kinds=("tenant.role_holders",),
            permission="RoleManagement.Read.Directory",
            or_permissions=("Directory.Read.All",),
            cost=2,
        )
