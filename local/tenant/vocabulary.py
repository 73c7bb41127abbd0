"""Refuse what Graph would refuse in a query: unknown properties, options a path lacks, advanced queries unannounced."""

from collections.abc import Iterable
from itertools import chain

from local.tenant.answers import bad_request, unsupported
from local.tenant.catalogue import READERS
from local.tenant.odata import Filter
from local.tenant.properties import PROPERTIES
from local.tenant.query import Query, search_properties
from local.tenant.routes import Element, Route, locate

_LONGEST_LIST = 15
"""Items of ``in`` that the directory takes in a query that is not advanced."""
_ADVANCED = frozenset({"ne", "not", "endswith", "$count"})


def check_options(route: Route, query: Query) -> None:
    """Raise GraphError 400 for an option that is not documented for the path."""
    allowed = route.resource.options if route.resource else ()
    if allowed:
        for name in sorted(query.given - {*allowed, "$format"}):
            raise bad_request(f"Query option '{name}' is not supported for this resource.")
    if query.search and not (route.resource and route.resource.is_directory):
        raise bad_request("Query option '$search' is not supported for this resource.")
    if route.is_count and query.given - {"$filter", "$search"}:
        raise bad_request("/$count takes $filter and $search only.")


def check_properties(route: Route, query: Query, compiled: Filter | None, elements: Iterable[Element]) -> None:
    """Raise GraphError 400 for a property that neither Graph's type nor any element has, or that has no filter."""
    declared = route.cast or (route.resource.type if route.resource else "")
    asked = {
        "Parsing OData Select and Expand failed: ": query.select,
        "Invalid filter clause: ": tuple(compiled.paths) if compiled else (),
        "Invalid $orderby expression: ": tuple(path for path, _ in query.order),
        "Invalid $search clause: ": tuple(search_properties(query.search)),
    }
    related = frozenset(path for path in (compiled.counted if compiled else ()) if is_navigation(route, path))
    for lead, paths in asked.items():
        for path in sorted(set(paths) - related):
            if path in (route.resource.beta_filterable if route.resource and route.version == "beta" else ()):
                continue
            if not _is_property(path.partition("/")[0], declared, elements):
                raise bad_request(
                    f"{lead}Could not find a property named '{path}' on type 'microsoft.graph.{declared}'."
                )
    filterable = route.resource.filterable if route.resource and compiled else ()
    if filterable and route.resource and route.version == "beta":
        filterable = (*filterable, *route.resource.beta_filterable)
    for path in sorted(compiled.paths if compiled else ()):
        if filterable and path not in filterable:
            raise bad_request(f"Invalid filter clause: filtering by '{path}' is not supported.")
    _check_activity(query, compiled)


def is_navigation(route: Route, name: str) -> bool:
    """Say whether each element of a collection has a collection of this name below it."""
    if route.resource is None or route.part != "all":
        return False
    below, part = locate((*route.resource.path.split("/"), "{}", name))
    return below is not None and part == "all" and below.kind == "collection"


def check_advanced(route: Route, query: Query, compiled: Filter | None, *, is_eventual: bool) -> None:
    """Raise GraphError 400 when the directory would want ``ConsistencyLevel: eventual`` and ``$count=true``."""
    if route.resource is None or not route.resource.is_directory:
        return
    operators = compiled.operators if compiled else frozenset()
    if "contains" in operators:
        raise unsupported("Unsupported Query: the function 'contains' is not supported.")
    is_headed = bool(query.search) or query.count or route.is_count
    is_mixed = route.resource.type == "directoryObject"  # of these the directory filters and sorts nothing by default
    is_advanced = (
        bool(operators & _ADVANCED)
        or bool(route.cast)
        or bool(compiled and query.order)
        or (is_mixed and bool(compiled or query.order))
    )
    if (is_headed or is_advanced) and not is_eventual:
        raise unsupported(
            "Unsupported Query: $search, $count, ne, not, endswith, $filter with $orderby, OData cast and "
            "$filter on mixed objects need the header 'ConsistencyLevel: eventual'."
        )
    if is_advanced and not (query.count or query.search or route.is_count):
        raise unsupported("Unsupported Query: this needs $count=true besides the header 'ConsistencyLevel: eventual'.")
    if compiled and compiled.longest_list > _LONGEST_LIST and not (is_eventual and query.count):
        raise bad_request(
            f"Too many child clauses specified in search filter expression containing 'OR' operators: "
            f"{compiled.longest_list}. Max allowed: {_LONGEST_LIST}."
        )


def _check_activity(query: Query, compiled: Filter | None) -> None:
    paths = compiled.paths if compiled else frozenset()
    activity = {path for path in paths if path.startswith("signInActivity")}
    if activity and paths != activity:
        raise bad_request("Invalid filter clause: signInActivity cannot be combined with other filterable properties.")
    if activity and query.order:
        raise bad_request("Invalid $orderby expression: signInActivity cannot be combined with $orderby.")


def _is_property(name: str, declared: str, elements: Iterable[Element]) -> bool:
    known = _MIXED if declared == "directoryObject" else PROPERTIES.get(declared)
    if known is None or name in known or name.startswith("extension_") or name == "id":
        return True
    return any(name in element for element in elements)


_MIXED = frozenset(chain.from_iterable(PROPERTIES[name] for name in READERS))
"""What any object of the directory has: a list of mixed objects may select all of it."""
