"""What one query of Graph is: its facts, permission, licence and bucket, its URL from msgraph-sdk's builders."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote, unquote

from shared.clock import iso

if TYPE_CHECKING:
    from msgraph.graph_service_client import GraphServiceClient

type Bucket = Literal["directory", "reports", "identityProtection", "outlook"]
"""Which of Graph's limits a query falls under."""
type Turn = Literal["urgent", "ordinary", "prompt", "poll"]
type Version = Literal["v1.0", "beta"]
P2 = "Microsoft Entra ID P2"
P1 = "Microsoft Entra ID P1"
KEEP_SECONDS = 3600
"""How long an answer about the tenant as a whole is good for: domains, licences, applications."""
IN_LIMIT = 15
"""Most items that Graph takes in one ``in (…)`` without advanced queries."""
PERSON_PROPERTIES = ["id", "displayName", "userPrincipalName"]
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


def tenant_size(api: "GraphServiceClient") -> Query:
    """Return the query for how many users there are, guests included: it decides the directory's limit."""
    return Query(
        id="tenant_size",
        url=url_of(api.users, select=["id"], top=1, count=True),
        what="how many users the tenant has",
        kinds=(),
        permission="User.Read.All",
        is_advanced=True,
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
    asked = builder.to_get_request_information(configuration)
    url = _filled(asked.url_template, {**asked.query_parameters, **asked.path_parameters})
    # Users and apps read `$filter`, not `%24filter`; both are the same to Graph.
    return url.replace("%24", "$")


def role_query(query_id: str, builder: Any, principal_ids: Sequence[str], **more: Any) -> Query:
    """Return the query for directory roles of up to 15 principals from one of the kinds of role schedule."""
    url = url_of(builder, filter=one_of("principalId", principal_ids), expand=["roleDefinition"])
    return Query(id=query_id, url=url, kinds=ROLE_KINDS, cost=2, **more)


_PART = re.compile(r"\{([+?]?)([^}]+)\}")


def _filled(template: str, values: Mapping[str, Any]) -> str:
    """Return a URL template of the SDK with its values and without its root.

    It comes to what the SDK's own library makes of it, which quotes a letter at a time: a sixth of a triage's processor
    time was spent there.
    """

    def part(match: re.Match[str]) -> str:
        kind, names = match[1], match[2].split(",")
        if kind == "+":  # the root
            return ""
        if not kind:
            return _quoted(values[names[0]])
        options = [f"{name}={_quoted(values[name])}" for name in names if name in values]
        return f"?{'&'.join(options)}" if options else ""

    return _PART.sub(part, template)


def _quoted(value: object) -> str:
    if isinstance(value, list):
        return ",".join(_quoted(one) for one in value)
    return quote(str(value).lower() if isinstance(value, bool) else str(value), safe="")


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
