"""Which look-ups of a triage leave gaps: read off the declarations of the queries themselves, so there is no list."""

import inspect
import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from shared.ask.catalogue import skills
from shared.doctor.examination import Lack
from shared.graph.permissions import closed_parts, is_read
from shared.graph.queries import Query
from shared.graph.tenant_queries import TenantQueries
from shared.graph.user_queries import UserQueries
from shared.graph.workload_queries import WorkloadQueries

if TYPE_CHECKING:
    from msgraph.graph_service_client import GraphServiceClient

ANY_ID = str(uuid.UUID(int=0))
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Declared(NamedTuple):
    """A query as its catalogue declares it, for any identity."""

    area: str
    query: Query


def declared(api: "GraphServiceClient") -> list[Declared]:
    """Return every query that a triage may ask."""
    catalogues: dict[str, object] = {
        "user": UserQueries(api),
        "workload identity": WorkloadQueries(api),
        "tenant": TenantQueries(api),
    }
    return [Declared(area, query) for area, catalogue in catalogues.items() for query in _queries(catalogue)]


def needed(api: "GraphServiceClient") -> frozenset[str]:
    """Return every permission that triage or a skill names: what infra/bicep grants."""
    triage = {
        name
        for _, query in declared(api)
        for name in (query.permission, *(permission for _, permission in query.parts))
    }
    return frozenset(triage | {name for skill in skills().values() for name in skill.permissions})


def path_of(query: Query) -> str:
    """Return the Graph path of a query with ids as ``{}``: the same for every identity."""
    return _ID.sub("{}", query.ref.partition("?")[0])


def lacks_of(one: Declared, opened: frozenset[str], licences: dict[str, bool | None]) -> Iterator[Lack]:
    """Yield what a query will lack. A licence that nobody knows about is taken to be there."""
    query = one.query
    if not is_read(query, opened):
        yield _lack(one, "all", (query.permission,), "permission")
        return
    if query.licence and licences.get(query.licence) is False:
        least = query.least_licence
        is_answered = least is not None and (not least or licences.get(least) is not False)
        yield _lack(one, "hidden" if is_answered else "all", (query.licence,), "licence")
        if not is_answered:
            return
    if closed := closed_parts(query, opened):
        yield _lack(one, "part", closed, "permission")


def _lack(one: Declared, extent: Any, needs: tuple[str, ...], by: Any) -> Lack:
    query = one.query
    return Lack(
        area=one.area, what=query.what, path=path_of(query), kinds=query.kinds, extent=extent, needs=needs, by=by
    )


def _queries(catalogue: object) -> Iterator[Query]:
    for name, make in inspect.getmembers(catalogue, inspect.ismethod):
        if not name.startswith("_"):
            yield make(*(_any_value(parameter) for parameter in _required(make)))


def _required(make: Any) -> list[inspect.Parameter]:
    parameters = inspect.signature(make).parameters.values()
    return [one for one in parameters if one.default is inspect.Parameter.empty]


def _any_value(parameter: inspect.Parameter) -> object:
    kind = str(parameter.annotation)
    if "datetime" in kind:
        return datetime(2026, 1, 1, tzinfo=UTC)
    return [ANY_ID] if "Sequence" in kind else ANY_ID
