"""Cut elements down to what a request selects, and add what it expands."""

from collections.abc import Mapping

from local.tenant.answers import GraphError, bad_request
from local.tenant.properties import DEFAULTS, EXPANDED
from local.tenant.query import Expansion, Query
from local.tenant.routes import Element, Key, Route, locate
from local.tenant.store import Store

_MOST_EXPANDED = 20
"""The directory expands no more objects than this."""
_PREFIX = "#microsoft.graph."


class Projection:
    """How one request wants each of its elements. Raises GraphError 400 for an ``$expand`` that Graph has not."""

    def __init__(self, store: Store, route: Route, query: Query) -> None:
        self._store = store
        self._select = query.select
        self._expand = query.expand
        self._type = route.cast or (route.resource.type if route.resource else "")
        for expansion in query.expand:
            if not self._is_role and self._navigation(route, expansion.name) is None:
                raise _cannot_expand(expansion.name, self._type)
            if self._is_role and expansion.name not in EXPANDED:
                raise _cannot_expand(expansion.name, self._type)

    @property
    def _is_role(self) -> bool:
        return self._type.startswith("unifiedRole") and self._type != "unifiedRoleDefinition"

    def shown(self, element: Element, key: Key) -> Element:
        """Return an element as the answer shows it; ``key`` is its own path, for what hangs below it."""
        shown = selected(element, self._select, self._type)
        if self._is_role:
            shown = {name: value for name, value in shown.items() if name not in EXPANDED}
        for expansion in self._expand:
            value = self._expanded(element, key, expansion)
            if isinstance(value, list):
                type_name = "directoryObject"
                shown[expansion.name] = [selected(item, expansion.select, type_name) for item in value]
            elif value is not None:
                shown[expansion.name] = selected(value, expansion.select, "directoryObject")
            elif self._is_role:
                shown[expansion.name] = None
        return shown

    def _navigation(self, route: Route, name: str) -> str | None:
        """Return the path below a top-level element that an expansion reads, or None when there is none."""
        if route.resource is None or "{}" in route.resource.path:
            return None
        below, part = locate((*route.resource.path.split("/"), "{}", name))
        return below.path if below is not None and part == "all" and below.kind != "action" else None

    def _expanded(self, element: Element, key: Key, expansion: Expansion) -> Element | list[Element] | None:
        embedded = element.get(expansion.name)
        if isinstance(embedded, Mapping):
            return dict(embedded)
        if isinstance(embedded, list):
            return [dict(item) for item in embedded][:_MOST_EXPANDED]
        if expansion.name == "roleDefinition":
            return self._optional(("rolemanagement", "directory", "roledefinitions"), element.get("roleDefinitionId"))
        if expansion.name == "principal":
            return self._store.directory_object(str(element.get("principalId", "")))
        below = (*key, expansion.name.lower())
        resource, _ = locate(below)
        if resource is not None and resource.kind == "single":
            return self._optional(key, expansion.name)
        return (self._store.elements(below) or [])[:_MOST_EXPANDED]

    def _optional(self, parent: Key, name: object) -> Element | None:
        try:
            return self._store.element((*parent, str(name).lower()))
        except GraphError as error:
            if error.status == 404:
                return None
            raise


def selected(element: Element, select: tuple[str, ...], declared_type: str) -> Element:
    """Return the selected properties, or those that come by default; ``@odata`` annotations always stay."""
    type_name = str(element.get("@odata.type", "")).removeprefix(_PREFIX) or declared_type
    wanted = frozenset(select) or DEFAULTS.get(type_name)
    if wanted is None:
        return dict(element)
    return {name: value for name, value in element.items() if name in wanted or name.startswith("@")}


def _cannot_expand(name: str, type_name: str) -> GraphError:
    return bad_request(
        "Parsing OData Select and Expand failed: "
        f"Could not find a navigation property named '{name}' on type 'microsoft.graph.{type_name}'."
    )
