"""Answer requests from a tenant file as Microsoft Graph v1.0 would, with no rules of the caller's own."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, unquote

import msgspec

from local.tenant.answers import (
    GRAPH_URL,
    Answer,
    GraphError,
    bad_request,
    denied,
    error_answer,
    json_answer,
    text_answer,
)
from local.tenant.memberships import answer_memberships
from local.tenant.odata import Filter
from local.tenant.project import Projection
from local.tenant.query import Query, compile_search, order_by, read_query, skip_token
from local.tenant.routes import Element, Key, Route, no_such_segment, read_route
from local.tenant.store import Store, View
from local.tenant.vocabulary import check_advanced, check_options, check_properties, is_navigation
from shared.errors import ConfigurationError

_CACHED = 2048
_BETA = "beta/"


class Tenant:
    """A tenant file that answers requests. Nothing changes after it is built: the same request, the same bytes."""

    def __init__(
        self, document: Mapping[str, object], *, view: View | None = None, max_page: int | None = None
    ) -> None:
        """Read a document: Graph path to array, object or ``{"$error": …}``.

        ``view`` cuts elements down to what the caller may see; ``max_page`` makes pages shorter than Graph's.
        Paths that begin with ``beta/`` hold what beta answers where that differs from v1.0.
        Raises ConfigurationError that names the path which cannot be read.
        """
        self.document = document
        own = {path: value for path, value in document.items() if not _is_of_beta(path)}
        others = {path.lstrip("/")[len(_BETA) :]: value for path, value in document.items() if _is_of_beta(path)}
        self._beta = Tenant({**own, **others}, view=view, max_page=max_page) if others else None
        self._store = Store(own, view)
        self._max_page = max_page
        self._answers: dict[tuple[str, str, str, str], Answer] = {}

    @property
    def user_count(self) -> int:
        """Return how many users the file holds: the directory's limits go by it."""
        return self._store.size(("users",))

    @classmethod
    def load(
        cls, source: Path | str | Mapping[str, object], *, view: View | None = None, max_page: int | None = None
    ) -> "Tenant":
        """Read a tenant file, or a document already decoded. Raises ConfigurationError when it cannot be read."""
        if isinstance(source, Mapping):
            return cls(source, view=view, max_page=max_page)
        try:
            document = msgspec.json.decode(Path(source).read_bytes(), type=dict[str, object])
        except (OSError, msgspec.DecodeError) as error:
            raise ConfigurationError(
                f"the tenant file `{Path(source).name}` cannot be read: {type(error).__name__}",
                hint="A tenant file is one JSON object: Graph path to what Graph returns there.",
            ) from error
        return cls(document, view=view, max_page=max_page)

    def seen_by(self, view: View, max_page: int | None) -> "Tenant":
        """Return the same tenant through narrower eyes."""
        return Tenant(self.document, view=view, max_page=max_page or self._max_page)

    def answer(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        *,
        base_url: str = GRAPH_URL,
    ) -> Answer:
        """Answer one request that is not a batch; errors are answers too."""
        try:
            return self.reply(method, url, headers, body, base_url=base_url)
        except GraphError as error:
            return error_answer(error)

    def reply(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        *,
        base_url: str = GRAPH_URL,
    ) -> Answer:
        """Answer one request, raising GraphError for what Graph answers with an error.

        ``url`` is absolute, ``/v1.0/…`` or relative to the version; links in the answer start with ``base_url``.
        """
        if self._beta is not None and read_route(url).version == "beta":
            return self._beta.reply(method, url, headers, body, base_url=base_url)
        given = {name.lower(): value for name, value in (headers or {}).items()}
        if method != "GET":
            return self._act(method, read_route(url), body)
        asked = (url, given.get("consistencylevel", "").lower(), given.get("accept", ""), base_url)
        known = self._answers.get(asked)
        if known is None:
            known = self._get(read_route(url), given, base_url)
            if len(self._answers) >= _CACHED:
                self._answers.pop(next(iter(self._answers)))
            self._answers[asked] = known
        return known

    def _act(self, method: str, route: Route, body: bytes) -> Answer:
        """Answer the POSTs that only read; refuse the rest: nothing here is ever changed."""
        if method != "POST" or route.resource is None or route.resource.kind != "action":
            raise denied("The stand-in tenant is read only.")
        self._require_parent(route)
        return json_answer(answer_memberships(self._store, route, body))

    def _get(self, route: Route, headers: Mapping[str, str], base_url: str) -> Answer:
        query = read_query(route.query)
        key = self._store.canonical(route.segments)
        if route.is_missing:
            raise no_such_segment(route.segments)
        if route.resource is None:
            return self._undocumented(route, key, query, headers, base_url)
        if route.resource.kind == "action":
            raise bad_request("The HTTP method 'GET' is not supported for this action.")
        self._require_parent(route)
        if route.part == "element" or route.resource.kind == "single":
            return self._one(route, key, query, base_url)
        return self._many(route, self._collection(route, key), query, headers, base_url)

    def _undocumented(self, route: Route, key: Key, query: Query, headers: Mapping[str, str], base_url: str) -> Answer:
        """Answer a path that only the tenant file knows."""
        elements = self._store.elements(key)
        if elements is not None:
            return self._many(route, elements, query, headers, base_url)
        if self._store.is_single(key) or self._store.elements(key[:-1]) is not None:
            return self._one(route, key, query, base_url)
        raise no_such_segment(route.segments)

    def _require_parent(self, route: Route) -> None:
        """Raise GraphError 404 when a nested path hangs below an object that is not there."""
        if route.resource is None or "{}" not in route.resource.path:
            return
        key = self._store.canonical(route.segments)
        if not self._store.mentions(key[:-1] if route.part == "element" else key):
            depth = route.resource.path.split("/").index("{}") + 1
            self._store.element(key[:depth], route.segments[depth - 1])

    def _collection(self, route: Route, key: Key) -> list[Element]:
        """Return a collection's elements, narrowed by the cast: what the file leaves out is empty."""
        elements = self._store.elements(key) or []
        if not route.cast:
            return elements
        captured = (*key, f"microsoft.graph.{route.cast.lower()}")
        if self._store.mentions(captured):
            return self._store.elements(captured) or []
        wanted = f"#microsoft.graph.{route.cast}".lower()
        return [element for element in elements if str(element.get("@odata.type", "")).lower() == wanted]

    def _one(self, route: Route, key: Key, query: Query, base_url: str) -> Answer:
        if route.is_count or route.cast or query.given - {"$select", "$expand", "$format"}:
            raise bad_request(
                "The query specified in the URI is not valid: a single resource takes $select and $expand."
            )
        if "signInActivity" in query.select and "@" in route.segments[-1]:
            raise bad_request("Get By Key only supports UserId and the key has to be a valid Guid")
        is_navigation = route.part == "all" and route.resource is not None
        element = self._store.element(key, route.segments[-1])
        check_properties(route, query, None, [element])
        projection = Projection(self._store, route, query)
        context = f"{base_url}/$metadata#{_context(route, query)}/$entity"
        if is_navigation:
            context = f"{base_url}/$metadata#{route.segments[0]}/$entity"
        return json_answer({"@odata.context": context, **projection.shown(element, key)})

    def _many(
        self, route: Route, elements: list[Element], query: Query, headers: Mapping[str, str], base_url: str
    ) -> Answer:
        compiled = query.compiled(fold=not (route.resource and route.resource.path.startswith("auditLogs/")))
        check_options(route, query)
        check_properties(route, query, compiled, elements)
        check_advanced(route, query, compiled, is_eventual=headers.get("consistencylevel", "").lower() == "eventual")
        found = self._found(route, elements, query, compiled)
        if route.is_count:
            if "application/json" in headers.get("accept", "") and "text/plain" not in headers["accept"]:
                raise GraphError(415, "UnsupportedMediaType", "The count is text/plain.")
            return text_answer(str(len(found)))
        size = self._page_size(route, query)
        page = found[query.offset : query.offset + size]
        key = self._store.canonical(route.segments)
        projection = Projection(self._store, route, query)
        body: dict[str, object] = {"@odata.context": f"{base_url}/$metadata#{_context(route, query)}"}
        if query.count and not query.offset:
            body["@odata.count"] = len(found)
        if query.offset + size < len(found):
            body["@odata.nextLink"] = _next_link(route, base_url, query.offset + size)
        body["value"] = [projection.shown(element, (*key, str(element.get("id", "")).lower())) for element in page]
        return json_answer(body)

    def _found(self, route: Route, elements: list[Element], query: Query, compiled: Filter | None) -> list[Element]:
        """Return the elements that filter and search let through, in order."""
        if compiled:
            for name in compiled.counted:
                elements = self._with_related(route, elements, name)
            if not route.cast:
                key = self._store.canonical(route.segments)
                elements = self._store.candidates(key, elements, compiled.equals)
            elements = [element for element in elements if compiled.matches(element)]
        if query.search:
            search = compile_search(query.search)
            elements = [element for element in elements if search(element)]
        return order_by(elements, query.order) if query.order else elements

    def _with_related(self, route: Route, elements: list[Element], name: str) -> list[Element]:
        """Return elements with what hangs below each under a name, to be counted."""
        if not is_navigation(route, name):
            return elements
        key = self._store.canonical(route.segments)
        below = [self._store.elements((*key, str(item.get("id", "")).lower(), name.lower())) or [] for item in elements]
        return [{**item, name: related} for item, related in zip(elements, below, strict=True)]

    def _page_size(self, route: Route, query: Query) -> int:
        default, largest = (route.resource.page, route.resource.top) if route.resource else (100, 999)
        size = default if query.top is None else query.top
        if not 1 <= size <= largest:
            raise bad_request(f"Invalid page size specified: '{size}'. Must be between 1 and {largest} inclusive.")
        if "signInActivity" in query.select:
            size = min(size, 500)
        return min(size, self._max_page or size)


def _is_of_beta(path: str) -> bool:
    return path.lstrip("/").startswith(_BETA)


def _context(route: Route, query: Query) -> str:
    selected = f"({','.join(query.select)})" if query.select else ""
    segments = route.segments if route.part == "all" else route.segments[:-1]
    return "/".join(segments) + selected


def _next_link(route: Route, base_url: str, offset: int) -> str:
    parts = (part for part in route.query.split("&") if part)
    kept = [part for part in parts if unquote(part.partition("=")[0]).lower() not in ("$skiptoken", "skiptoken")]
    path = "/".join(quote(segment, safe="(')=@") for segment in route.path.split("/"))
    return f"{base_url}/{path}?{'&'.join([*kept, f'$skiptoken={skip_token(offset)}'])}"
