"""Hold what a tenant file says, under canonical paths: collections, single resources and errors."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from local.tenant.answers import GraphError, not_found
from local.tenant.catalogue import Resource
from local.tenant.derived import derived
from local.tenant.predicates import moment, read_path
from local.tenant.routes import Element, Key, alternate_key, cast_of, id_of, locate, split_path
from shared.errors import ConfigurationError

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


class Store:
    """The tenant file, ready to look things up in. Nothing changes after it is built."""

    def __init__(self, document: Mapping[str, object], view: View | None = None) -> None:
        """Read a document. Raises ConfigurationError that names the path which cannot be read."""
        self.collections: dict[Key, list[Element]] = {}
        self.singles: dict[Key, Element] = {}
        self._errors: dict[Key, GraphError] = {}
        self._ids: dict[Key, dict[str, Element]] = {}
        self._indexes: dict[tuple[Key, str], dict[str, list[Element]]] = {}
        self._names: dict[str, str] = {}
        self._view = view or (lambda _, element: element)
        entries = sorted(((split_path(path), path) for path in document), key=lambda entry: len(entry[0]))
        for segments, path in entries:  # short paths first: longer ones may be written with the names found there
            self._add(segments, path, document[path])
        self._join_collections()
        for key, elements in self.collections.items():
            self.collections[key] = self._settled(key, elements)
        for key, element in self.singles.items():
            self.singles[key] = self._settled(key, [element])[0]
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
        return key in self.collections or key in self.singles or key in self._errors

    def is_single(self, key: Key) -> bool:
        """Say whether the file gives one object for a path."""
        return key in self.singles

    def size(self, key: Key) -> int:
        """Return how many elements the file gives a collection."""
        return len(self.collections.get(key, ()))

    def elements(self, key: Key) -> list[Element] | None:
        """Return a collection's elements, or None when the file does not mention it.

        Raises GraphError when the file says that the path fails.
        """
        if key in self._errors:
            raise self._errors[key]
        if key in self.collections:
            return self.collections[key]
        return derived(self, key)

    def element(self, key: Key, asked: str = "") -> Element:
        """Return one element of a collection, or a single resource. Raises GraphError 404 without one."""
        if key in self._errors:
            raise self._errors[key]
        if key in self.singles:
            return self.singles[key]
        elements = self.elements(key[:-1]) or ()
        if key[:-1] not in self._ids:
            self._ids[key[:-1]] = {id_of(element): element for element in reversed(elements) if id_of(element)}
        found = self._ids[key[:-1]].get(key[-1])
        if found is None:
            raise not_found(asked or key[-1])
        return found

    def candidates(self, key: Key, elements: list[Element], equals: Iterable[tuple[str, str]]) -> list[Element]:
        """Return the elements that can match all of ``path eq 'text'``: a superset, in order."""
        fewest = elements
        for path, text in equals:
            index = self._indexes.get((key, path))
            if index is None:
                index = self._indexes[key, path] = {}
                for element in elements:
                    value = read_path(element, path)
                    index.setdefault(value.casefold() if isinstance(value, str) else "", []).append(element)
            fewest = min(fewest, index.get(text, []), key=len)
        return fewest

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
            self.singles[key] = element
            if part == "element" and id_of(element):
                self.singles[*key[:-1], id_of(element)] = element
                self._remember(key[:-1], element, key[-1])
        elif isinstance(value, list) and all(isinstance(item, Mapping) for item in value):
            self.collections[key] = [_plain(item) for item in value]
            for element in self.collections[key]:
                self._remember(key, element)
        else:
            raise ConfigurationError(f"tenant file: `{path}` must hold an object or an array of objects", hint=_HINT)

    def _remember(self, collection: Key, element: Element, asked: str = "") -> None:
        """Note which id a user's names stand for."""
        if collection == ("users",):
            for name in (element.get("userPrincipalName"), asked):
                if isinstance(name, str) and name and id_of(element):
                    self._names.setdefault(name.lower(), id_of(element))

    def _join_collections(self) -> None:
        """Let collections hold what the file gives by id only."""
        present = {key: {id_of(element) for element in elements} for key, elements in self.collections.items()}
        for key, element in self.singles.items():
            resource, part = locate(key)
            if part != "element" or resource is None or key[:-1] in self._errors:
                continue
            ids = present.setdefault(key[:-1], set())
            if not ids & {id_of(element), key[-1]}:
                ids.add(id_of(element) or key[-1])
                self.collections.setdefault(key[:-1], []).append(element)

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
        held = (name for collection, name in _OBJECTS.items() if id_of(element) in self._by_id((collection,)))
        type_name = next(held, _ALWAYS.get(navigation, ""))
        return {"@odata.type": f"#microsoft.graph.{type_name}", **element} if type_name else element

    def _by_id(self, key: Key) -> dict[str, list[Element]]:
        if (key, "id") not in self._indexes:
            index: dict[str, list[Element]] = {}
            for element in self.collections.get(key, ()):
                index.setdefault(id_of(element), []).append(element)
            self._indexes[key, "id"] = index
        return self._indexes[key, "id"]

    def _id_by(self, collection: Key, name: str, value: str) -> str:
        for element in self.collections.get(collection, ()):
            if str(element.get(name, "")).lower() == value.lower():
                return id_of(element)
        return ""


def _plain(value: Mapping[str, object]) -> Element:
    return {name: item for name, item in value.items() if name not in ("@odata.context", "@odata.nextLink")}


def _with_lower_case_name(element: Element) -> Element:
    """Return a sign-in as the logs keep it: filters on the name must be in lower case too."""
    name = element.get("userPrincipalName")
    return {**element, "userPrincipalName": name.lower()} if isinstance(name, str) else element


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
