"""Hold what a tenant file says, under canonical paths: collections, single resources and errors."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from local.tenant.answers import GraphError, not_found
from local.tenant.catalogue import METHODS, Resource
from local.tenant.odata import moment, read_path
from local.tenant.routes import alternate_key, cast_of, locate, split_path
from shared.errors import ConfigurationError

type Element = dict[str, object]
type Key = tuple[str, ...]
"""A path's segments in lower case, with ids where the file has user principal names or alternate keys."""
type View = Callable[[Resource, Element], Element]
"""What the caller may see of an element."""

_HINT = "A tenant file maps Graph paths to what Graph returns there: an array, an object or an `$error`."
_OBJECTS = {
    "users": "user",
    "groups": "group",
    "serviceprincipals": "servicePrincipal",
    "applications": "application",
    "devices": "device",
    "directoryroles": "directoryRole",
}
_ALWAYS = {"manager": "user", "registereddevices": "device", "owneddevices": "device", "directreports": "user"}
"""Navigations whose elements are of one type, when the file does not say which."""
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


class Store:
    """The tenant file, ready to look things up in. Nothing changes after it is built."""

    def __init__(self, document: Mapping[str, object], view: View | None = None) -> None:
        """Read a document. Raises ConfigurationError that names the path which cannot be read."""
        self._collections: dict[Key, list[Element]] = {}
        self._singles: dict[Key, Element] = {}
        self._errors: dict[Key, GraphError] = {}
        self._ids: dict[Key, dict[str, Element]] = {}
        self._indexes: dict[tuple[Key, str], dict[str, list[Element]]] = {}
        self._names: dict[str, str] = {}
        self._view = view or (lambda _, element: element)
        entries = sorted(((split_path(path), path) for path in document), key=lambda entry: len(entry[0]))
        for segments, path in entries:  # short paths first: longer ones may be written with the names found there
            self._add(segments, path, document[path])
        self._join_collections()
        for key, elements in self._collections.items():
            self._collections[key] = self._settled(key, elements)
        for key, element in self._singles.items():
            self._singles[key] = self._settled(key, [element])[0]
        self._indexes.clear()  # they hold elements as they were before

    def canonical(self, segments: Sequence[str]) -> Key:
        """Return the key of a path; a name or alternate key that nothing has stays as it is, in lower case."""
        key: Key = ()
        for segment in segments:
            alternate = alternate_key(segment)
            if alternate:
                key = (*key, self._id_by(key, *alternate) or segment.lower())
            elif key == ("users",):
                key = (*key, self._names.get(segment.lower(), segment.lower()))
            else:
                key = (*key, segment.lower())
        return key

    def mentions(self, key: Key) -> bool:
        """Say whether the file says something about a path."""
        return key in self._collections or key in self._singles or key in self._errors

    def is_single(self, key: Key) -> bool:
        """Say whether the file gives one object for a path."""
        return key in self._singles

    def size(self, key: Key) -> int:
        """Return how many elements the file gives a collection."""
        return len(self._collections.get(key, ()))

    def elements(self, key: Key) -> list[Element] | None:
        """Return a collection's elements, or None when the file does not mention it.

        Raises GraphError when the file says that the path fails.
        """
        if key in self._errors:
            raise self._errors[key]
        if key in self._collections:
            return self._collections[key]
        return self._derived(key)

    def element(self, key: Key, asked: str = "") -> Element:
        """Return one element of a collection, or a single resource. Raises GraphError 404 without one."""
        if key in self._errors:
            raise self._errors[key]
        if key in self._singles:
            return self._singles[key]
        elements = self.elements(key[:-1]) or ()
        if key[:-1] not in self._ids:
            self._ids[key[:-1]] = {_id(element): element for element in reversed(elements) if _id(element)}
        found = self._ids[key[:-1]].get(key[-1])
        if found is None:
            raise not_found(asked or key[-1])
        return found

    def candidates(self, key: Key, elements: list[Element], equals: Iterable[tuple[str, str]]) -> list[Element]:
        """Return the elements that can match all of ``path eq 'text'``: a superset, in order."""
        for path, text in equals:
            index = self._indexes.get((key, path))
            if index is None:
                index = self._indexes[key, path] = {}
                for element in elements:
                    value = read_path(element, path)
                    index.setdefault(value.casefold() if isinstance(value, str) else "", []).append(element)
            elements = min(elements, index.get(text, []), key=len)
        return elements

    def directory_object(self, object_id: str) -> Element | None:
        """Return a directory object of any type by id, marked with its type, or None."""
        for collection, type_name in _OBJECTS.items():
            for element in self._by_id((collection,)).get(object_id.lower(), ()):
                return {"@odata.type": f"#microsoft.graph.{type_name}", **element}
        return None

    def _add(self, segments: tuple[str, ...], path: str, value: object) -> None:
        if not segments or "?" in path or segments[-1].startswith("$"):
            raise ConfigurationError(f"tenant file: `{path}` is not the path of a resource", hint=_HINT)
        key = self.canonical(segments)
        if isinstance(value, Mapping) and "$error" in value:
            self._errors[key] = _error(path, value["$error"])
            return
        if isinstance(value, Mapping) and isinstance(value.get("value"), list):
            value = value["value"]
        resource, part = locate(segments)
        is_single = part == "element" or (resource is not None and resource.kind == "single")
        if resource is not None and not cast_of(segments[-1]) and is_single is not isinstance(value, Mapping):
            wanted = "an object" if is_single else "an array"
            raise ConfigurationError(f"tenant file: `{path}` must hold {wanted}", hint=_HINT)
        if isinstance(value, Mapping):
            element = _plain(value)
            self._singles[key] = element
            if part == "element" and _id(element):
                self._singles[*key[:-1], _id(element)] = element
                self._remember(key[:-1], element, key[-1])
        elif isinstance(value, list) and all(isinstance(item, Mapping) for item in value):
            self._collections[key] = [_plain(item) for item in value]
            for element in self._collections[key]:
                self._remember(key, element)
        else:
            raise ConfigurationError(f"tenant file: `{path}` must hold an object or an array of objects", hint=_HINT)

    def _remember(self, collection: Key, element: Element, asked: str = "") -> None:
        """Note which id a user's names stand for."""
        if collection == ("users",):
            for name in (element.get("userPrincipalName"), asked):
                if isinstance(name, str) and name and _id(element):
                    self._names.setdefault(name.lower(), _id(element))

    def _join_collections(self) -> None:
        """Let collections hold what the file gives by id only."""
        present = {key: {_id(element) for element in elements} for key, elements in self._collections.items()}
        for key, element in self._singles.items():
            resource, part = locate(key)
            if part != "element" or resource is None or key[:-1] in self._errors:
                continue
            ids = present.setdefault(key[:-1], set())
            if not ids & {_id(element), key[-1]}:
                ids.add(_id(element) or key[-1])
                self._collections.setdefault(key[:-1], []).append(element)

    def _settled(self, key: Key, elements: list[Element]) -> list[Element]:
        """Return elements as Graph keeps them: marked with types where mixed, in order, as the caller may see them."""
        resource, part = locate(key)
        if resource is None:
            return elements
        if resource.type == "directoryObject":
            elements = [self._typed(element, "" if part == "element" else key[-1]) for element in elements]
        if resource.type == "signIn":
            elements = [_with_lower_case_name(element) for element in elements]
        if resource.newest_first:
            path = resource.newest_first
            elements = sorted(elements, key=lambda element: _age(element.get(path)), reverse=True)
        return [self._view(resource, element) for element in elements]

    def _typed(self, element: Element, navigation: str) -> Element:
        """Mark an element of a mixed collection with its type, where that can be known."""
        if "@odata.type" in element:
            return element
        held = (name for collection, name in _OBJECTS.items() if _id(element) in self._by_id((collection,)))
        type_name = next(held, _ALWAYS.get(navigation, ""))
        return {"@odata.type": f"#microsoft.graph.{type_name}", **element} if type_name else element

    def _by_id(self, key: Key) -> dict[str, list[Element]]:
        if (key, "id") not in self._indexes:
            index: dict[str, list[Element]] = {}
            for element in self._collections.get(key, ()):
                index.setdefault(_id(element), []).append(element)
            self._indexes[key, "id"] = index
        return self._indexes[key, "id"]

    def _id_by(self, collection: Key, name: str, value: str) -> str:
        for element in self._collections.get(collection, ()):
            if str(element.get(name, "")).lower() == value.lower():
                return _id(element)
        return ""

    def _derived(self, key: Key) -> list[Element] | None:
        """Work out a collection that the file leaves out but implies."""
        resource, part = locate(key)
        if resource is None or part == "element":
            return None
        if key[-1] in _NARROWER:
            return self.elements((*key[:-1], _NARROWER[key[-1]]))
        if key[-1] in _METHODS:
            wanted = f"#microsoft.graph.{_METHODS[key[-1]]}"
            methods = self.elements((*key[:-1], "methods")) or []
            return [method for method in methods if method.get("@odata.type") == wanted]
        if resource.path in _REPORTS:
            return self._reports(key, is_deep=resource.path != _REPORTS[0])
        return self._grants(resource.path, key)

    def _grants(self, path: str, key: Key) -> list[Element] | None:
        """Return grants of one principal out of all, or all out of those of each; None for another collection."""
        if path in _JOINS:
            collection, name = _JOINS[path]
            grants = self.elements((collection,)) or []
            return [grant for grant in grants if str(grant.get(name, "")).lower() == key[1]]
        if key == ("oauth2permissiongrants",):
            nested = [part for path, part in self._collections.items() if len(path) == 3 and path[-1] == key[0]]
            return list({_id(grant): grant for part in nested for grant in part}.values())
        return None

    def _reports(self, key: Key, *, is_deep: bool) -> list[Element]:
        """Return the users whose manager this is, and for ``is_deep`` those whose manager one of these is."""
        found: dict[str, Element] = {}
        waiting = [key[1]]
        while waiting:
            managed = waiting.pop(0)
            for path, manager in self._singles.items():
                if path[:1] + path[2:] == ("users", "manager") and _id(manager) == managed and path[1] not in found:
                    found[path[1]] = self.directory_object(path[1]) or {"id": path[1]}
                    waiting += [path[1]] if is_deep else []
        return list(found.values())


def _plain(value: Mapping[str, object]) -> Element:
    return {name: item for name, item in value.items() if name not in ("@odata.context", "@odata.nextLink")}


def _with_lower_case_name(element: Element) -> Element:
    """Return a sign-in as the logs keep it: filters on the name must be in lower case too."""
    name = element.get("userPrincipalName")
    return {**element, "userPrincipalName": name.lower()} if isinstance(name, str) else element


def _id(element: Mapping[str, object]) -> str:
    return str(element.get("id", "")).lower()


def _age(value: object) -> float:
    at = moment(value)
    return at.timestamp() if at else 0.0


def _error(path: str, value: object) -> GraphError:
    if isinstance(value, Mapping) and set(value) <= {"status", "code", "message"}:
        status, code, message = value.get("status"), value.get("code"), value.get("message", "")
        if isinstance(status, int) and 400 <= status < 600 and isinstance(code, str) and isinstance(message, str):
            return GraphError(status, code, message or "The tenant file says that this path fails.")
    raise ConfigurationError(
        f"tenant file: the `$error` at `{path}` needs a status from 400 to 599 and a code", hint=_HINT
    )
