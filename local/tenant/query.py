"""Read a request's query options, and order, search and cut elements as they say."""

import base64
import re
from collections.abc import Callable, Sequence
from urllib.parse import parse_qsl

import msgspec

from local.tenant.answers import bad_request, unsupported
from local.tenant.odata import Element, Filter, compile_filter
from local.tenant.predicates import moment, read_path

_NAMES = frozenset(
    {"$filter", "$select", "$orderby", "$top", "$skip", "$search", "$count", "$expand", "$skiptoken", "$format"}
)
_CLAUSE = re.compile(r'\s*"((?:[^"\\]|\\.)*)"\s*(AND|OR)?')
_EXPANSION = re.compile(r"(?P<name>\w+)(?:\((?P<options>[^()]*)\))?")
_SKIP = re.compile(r"from:(\d{1,9})")
_WORD = re.compile(r"\w+")
_TOKENISED = ("displayName", "description")
"""Properties that ``$search`` looks into word by word; the others match from their start."""


class Expansion(msgspec.Struct, frozen=True, kw_only=True):
    """One navigation property of ``$expand``, with its own ``$select``."""

    name: str
    select: tuple[str, ...] = ()


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """The query options of one request."""

    filter: str = ""
    select: tuple[str, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()
    """Property path, and whether descending."""
    top: int | None = None
    search: str = ""
    count: bool = False
    expand: tuple[Expansion, ...] = ()
    offset: int = 0
    """Where a ``$skiptoken`` says to go on."""
    given: frozenset[str] = frozenset()
    """Names of the options that the request carries."""

    def compiled(self, *, fold: bool) -> Filter | None:
        """Return the filter, or None. Raises GraphError for a bad one."""
        return compile_filter(self.filter, fold=fold) if "$filter" in self.given else None


def read_query(text: str) -> Query:
    """Read a query string. Raises GraphError 400 for an option that is unknown, repeated or malformed."""
    options: dict[str, str] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        key = name.lower() if name.startswith("$") else f"${name.lower()}"
        if key not in _NAMES:
            raise bad_request(f"The query parameter '{name}' is not supported.")
        if key in options:
            raise bad_request(f"Query option '{key}' was specified more than once, but it must be at most once.")
        options[key] = value
    if "$skip" in options:
        raise bad_request("'$skip' is not supported by the service.")
    if options.get("$format", "json").lower() not in ("json", "application/json"):
        raise bad_request("The value of '$format' is not supported.")
    return Query(
        filter=options.get("$filter", ""),
        select=_names(options["$select"], "$select") if "$select" in options else (),
        order=_order(options["$orderby"]) if "$orderby" in options else (),
        top=_whole_number(options["$top"]) if "$top" in options else None,
        search=options.get("$search", ""),
        count=_boolean(options.get("$count", "false")),
        expand=_expansions(options["$expand"]) if "$expand" in options else (),
        offset=read_skip_token(options["$skiptoken"]) if "$skiptoken" in options else 0,
        given=frozenset(options),
    )


def skip_token(offset: int) -> str:
    """Return an opaque token for "go on at this element"."""
    return base64.urlsafe_b64encode(f"from:{offset}".encode()).decode().rstrip("=")


def read_skip_token(token: str) -> int:
    """Return the offset in a token. Raises GraphError 400 for one that was not given out here."""
    try:
        text = base64.urlsafe_b64decode(token + "==").decode()
    except ValueError:
        text = ""
    match = _SKIP.fullmatch(text)
    if match and skip_token(int(match[1])) == token:
        return int(match[1])
    raise bad_request("Skip token is not valid.")


def order_by[E: Element](elements: Sequence[E], order: Sequence[tuple[str, bool]]) -> list[E]:
    """Sort by several paths, each up or down; missing values come first going up. Ties keep their order."""
    ordered = list(elements)
    for path, is_descending in reversed(order):
        ordered.sort(key=lambda element: _sort_key(read_path(element, path)), reverse=is_descending)
    return ordered


def compile_search(text: str) -> Callable[[Element], bool]:
    """Compile ``"property:value"`` clauses joined by AND and OR (AND binds tighter).

    Raises GraphError 400 for a clause without quotes or without a property.
    """
    groups: list[list[tuple[str, str]]] = [[]]
    position, joint = 0, "AND"
    while joint:
        clause = _CLAUSE.match(text, position)
        if clause is None:
            raise bad_request(f"Syntax error: the $search clause at position {position} is not in double quotes.")
        name, separator, value = re.sub(r"\\(.)", r"\1", clause[1]).partition(":")
        if not (separator and name and value):
            raise unsupported('A $search clause must be of the form "property:value".')
        if joint == "OR":
            groups.append([])
        groups[-1].append((name, value))
        position, joint = clause.end(), clause[2]
    if text[position:].strip():
        raise bad_request(f"Syntax error: unexpected text after the $search clause at position {position}.")
    return lambda element: any(all(_finds(element, *clause) for clause in group) for group in groups)


def search_properties(text: str) -> set[str]:
    """Return the properties that a search names."""
    return {match[1].partition(":")[0] for match in _CLAUSE.finditer(text)}


def _finds(element: Element, name: str, value: str) -> bool:
    text = element.get(name)
    if not isinstance(text, str):
        return False
    if name not in _TOKENISED:
        return text.casefold().startswith(value.casefold())
    words = _WORD.findall(text.casefold())
    return all(any(word.startswith(asked) for word in words) for asked in _WORD.findall(value.casefold()))


def _sort_key(value: object) -> tuple[int, object]:
    if value is None:
        return 0, 0
    if isinstance(value, bool | int | float):
        return 1, value
    at = moment(value)
    if at is not None:
        return 2, at
    return 3, str(value).casefold()


def _names(text: str, option: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    if not all(re.fullmatch(r"[\w.@]+", name) for name in names):
        raise bad_request(f"Parsing OData Select and Expand failed: the value of '{option}' is not a list of names.")
    return names


def _order(text: str) -> tuple[tuple[str, bool], ...]:
    keys = []
    for part in text.split(","):
        words = part.split()
        if not words or words[1:] not in ([], ["asc"], ["desc"]) or not re.fullmatch(r"[\w/]+", words[0]):
            raise bad_request("Invalid $orderby expression.")
        keys.append((words[0], words[1:] == ["desc"]))
    return tuple(keys)


def _expansions(text: str) -> tuple[Expansion, ...]:
    expansions = []
    for part in re.split(r",(?![^(]*\))", text):
        match = _EXPANSION.fullmatch(part.strip())
        option, _, value = (match["options"] or "").partition("=") if match else ("", "", "")
        if match is None or option.strip().lower() not in ("", "$select"):
            raise bad_request("Parsing OData Select and Expand failed: only nested $select is supported in $expand.")
        expansions.append(Expansion(name=match["name"], select=_names(value, "$select") if option else ()))
    return tuple(expansions)


def _whole_number(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise bad_request("Invalid value for $top query option: a non-negative integer is expected.")
    return int(text[:9])


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise bad_request("Invalid value for $count query option: 'true' or 'false' is expected.")
    return text.lower() == "true"
