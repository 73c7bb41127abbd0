"""What we ask Graph about everybody's risk at once: pages of what changed, for tenants that do not stream it.

Each is one page of a query that goes on at ``Answer.rest``, so that every page waits for its turn.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from shared.clock import iso
from shared.graph.queries import P1, P2, Query, url_of
from shared.graph.workload_queries import WORKLOAD_LICENCE

if TYPE_CHECKING:
    from msgraph.graph_service_client import GraphServiceClient

PAGE = 500
"""Graph's longest page of these."""
PATIENCE_SECONDS = 3.0


class RiskQueries:
    """The catalogue. Which properties Graph filters by is not documented; these are in common use."""

    def __init__(self, api: "GraphServiceClient") -> None:
        self._protection = api.identity_protection

    def risky_users(self, since: datetime) -> Query:
        """Return the query for the users whose risk changed."""
        return Query(
            id="risky_users",
            url=url_of(self._protection.risky_users, filter=f"riskLastUpdatedDateTime ge {iso(since)}", top=PAGE),
            what="users whose risk changed",
            kinds=(),
            permission="IdentityRiskyUser.Read.All",
            licence=P2,
            bucket="identityProtection",
            patience_seconds=PATIENCE_SECONDS,
            turn="poll",
        )

    def risk_detections(self, since: datetime) -> Query:
        """Return the query for what was detected about users.

        A detection whose state changes later is not found again; the user's risk changes with it.
        """
        return Query(
            id="risk_detections",
            url=url_of(self._protection.risk_detections, filter=f"detectedDateTime ge {iso(since)}", top=PAGE),
            what="risk detections",
            kinds=(),
            permission="IdentityRiskEvent.Read.All",
            licence=P2,
            least_licence=P1,
            bucket="identityProtection",
            patience_seconds=PATIENCE_SECONDS,
            turn="poll",
        )

    def risky_service_principals(self, since: datetime) -> Query:  # noqa: ARG002 - Graph does not filter them by time
        """Return the query for all risky service principals: they are few. Triage reads their detections."""
        return Query(
            id="risky_service_principals",
            url=url_of(self._protection.risky_service_principals, top=PAGE),
            what="risky service principals",
            kinds=(),
            permission="IdentityRiskyServicePrincipal.Read.All",
            licence=WORKLOAD_LICENCE,
            least_licence="",
            bucket="identityProtection",
            patience_seconds=PATIENCE_SECONDS,
            turn="poll",
        )
