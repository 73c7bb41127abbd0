"""Collections that a tenant file leaves out but implies."""

from typing import Protocol

from local.tenant.catalogue import METHODS
from local.tenant.routes import Element, Key, id_of, locate

_NARROWER = {"transitivememberof": "memberof", "transitivemembers": "members"}
"""A transitive collection that the file leaves out holds at least the direct one."""
_JOINS = {
    "users/{}/oauth2PermissionGrants": ("oauth2permissiongrants", "principalId"),
    "servicePrincipals/{}/oauth2PermissionGrants": ("oauth2permissiongrants", "clientId"),
}
"""Collections that are a part of another one: where, and the property that names the parent."""
_REPORTS = ("users/{}/directReports", "users/{}/transitiveReports")
"""Where a user's reports are; the managers that the file gives imply them."""
_METHODS = {name.lower(): type_name for name, type_name in METHODS.items()}


class Given(Protocol):
    """What the file says."""

    collections: dict[Key, list[Element]]
    singles: dict[Key, Element]

    def elements(self, key: Key) -> list[Element] | None:
        """Return a collection's elements, or None when the file does not mention it."""

    def directory_object(self, object_id: str) -> Element | None:
        """Return a directory object of any type by id."""


def derived(given: Given, key: Key) -> list[Element] | None:
    """Return a collection that the file does not mention, or None where nothing in it says what is there."""
    resource, part = locate(key)
    if resource is None or part == "element":
        return None
    if key[-1] in _NARROWER:
        return given.elements((*key[:-1], _NARROWER[key[-1]]))
    if key[-1] in _METHODS:
        wanted = f"#microsoft.graph.{_METHODS[key[-1]]}"
        methods = given.elements((*key[:-1], "methods")) or []
        return [method for method in methods if method.get("@odata.type") == wanted]
    if resource.path in _REPORTS:
        return _reports(given, key, is_deep=resource.path != _REPORTS[0])
    return _grants(given, resource.path, key)


def _grants(given: Given, path: str, key: Key) -> list[Element] | None:
    """Return grants of one principal out of all, or all out of those of each; None for another collection."""
    if path in _JOINS:
        collection, name = _JOINS[path]
        grants = given.elements((collection,)) or []
        return [grant for grant in grants if str(grant.get(name, "")).lower() == key[1]]
    if key == ("oauth2permissiongrants",):
        nested = [part for path, part in given.collections.items() if len(path) == 3 and path[-1] == key[0]]
        return list({id_of(grant): grant for part in nested for grant in part}.values())
    return None


def _reports(given: Given, key: Key, *, is_deep: bool) -> list[Element]:
    """Return the users whose manager this is, and for ``is_deep`` those whose manager one of these is."""
    found: dict[str, Element] = {}
    waiting = [key[1]]
    while waiting:
        managed = waiting.pop(0)
        for path, manager in given.singles.items():
            if path[:1] + path[2:] == ("users", "manager") and id_of(manager) == managed and path[1] not in found:
                found[path[1]] = given.directory_object(path[1]) or {"id": path[1]}
                waiting += [path[1]] if is_deep else []
    return list(found.values())
