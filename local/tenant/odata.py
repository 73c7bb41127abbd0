"""Turn an OData ``$filter`` into a predicate over plain JSON objects; odata-query parses, this judges."""

import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec
from odata_query import ast
from odata_query.exceptions import ODataException
from odata_query.grammar import ODataLexer, ODataParser

from local.tenant.answers import GraphError, bad_request

type Element = Mapping[str, object]
type Scope = Mapping[str, object]
"""The element under the key ``""``, and the lambda variables under their names."""
COUNT = "count__"
"""Stands for ``$count`` at the end of a path: the library reads no dollar there."""
type Term = Callable[[Scope], object]

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_FUNCTIONS: dict[str, Callable[[str, str], bool]] = {
    "startswith": str.startswith,
    "endswith": str.endswith,
    "contains": operator.contains,
}
type Comparison = Callable[[Any, Any], bool]
_COMPARISONS: dict[type, tuple[str, Comparison]] = {
    ast.Eq: ("Equal", operator.eq),
    ast.NotEq: ("NotEqual", operator.ne),
    ast.Lt: ("LessThan", operator.lt),
    ast.LtE: ("LessThanOrEqual", operator.le),
    ast.Gt: ("GreaterThan", operator.gt),
    ast.GtE: ("GreaterThanOrEqual", operator.ge),
}


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """A filter, ready to run, with what a service wants to know before it agrees to run it."""

    matches: Callable[[Element], bool]
    paths: frozenset[str]
    """Property paths it reads, ``a/b``; for a lambda the collection's path only."""
    operators: frozenset[str]
    """Which of ``ne``, ``not``, ``startswith``, ``endswith``, ``contains`` and ``$count`` it uses."""
    counted: frozenset[str]
    """Paths of which it counts the elements: ``owners`` of ``owners/$count eq 0``."""
    longest_list: int
    """Items in its longest ``in`` list."""
    equals: tuple[tuple[str, str], ...]
    """``path eq 'text'`` pairs that every match must satisfy: candidates for an index."""


class _GraphLexer(ODataLexer):  # type: ignore[misc]  # the library's metaclass is untyped
    """The library's lexer with whole words: its own splits ``allowExternalSenders`` after ``all``."""

    tokens = ODataLexer.tokens
    ANY = r"any\b"
    ALL = r"all\b"
    NULL = r"null\b"
    BOOLEAN = r"(?:true|false)\b"
    NOT = r"not(?:\s+|(?=\())"


@lru_cache(maxsize=2048)
def compile_filter(text: str, *, fold: bool = True) -> Filter:
    """Compile a filter; ``fold`` compares text without regard to case (GUIDs always do).

    Two-valued logic: a comparison with a missing property is false, but ``ne`` is then true.
    Raises GraphError 400 for a filter that does not parse or that uses what Graph does not.
    """
    try:
        tree = ODataParser().parse(_tokens(text.replace("/$count", f"/{COUNT}")))
        compiler = _Compiler(fold=fold)
        test = compiler.test(tree, frozenset())
    except (ODataException, AttributeError, NotImplementedError, ValueError, RecursionError) as error:
        # AttributeError and NotImplementedError: the parser's own on paths that it half understands.
        raise bad_request(f"Invalid filter clause: {_reason(error)}") from None
    return Filter(
        matches=lambda element: bool(test({"": element})),
        paths=frozenset(compiler.paths),
        operators=frozenset(compiler.operators),
        counted=frozenset(compiler.counted),
        longest_list=compiler.longest_list,
        equals=tuple(_equalities(tree)),
    )


def read_path(element: object, path: str) -> object:
    """Return the value at ``a/b`` inside nested objects, or None."""
    for name in path.split("/"):
        element = element.get(name) if isinstance(element, Mapping) else None
    return element


def moment(value: object) -> datetime | None:
    """Read an ISO date-time (fractions of any length, ``Z`` or offset, UTC when bare), or return None."""
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _reason(error: Exception) -> str:
    """Say what is wrong without echoing the filter: it may hold names."""
    if isinstance(error, GraphError):
        return error.message
    if isinstance(error, _UnusableError):
        return str(error)
    token = getattr(error, "token", None)
    return f"Syntax error at position {token.index}." if token else "Syntax error: the expression is not complete."


class _UnusableError(ValueError):
    """The filter parses, but Graph would not run it."""


def _tokens(text: str) -> Iterator[object]:
    """Yield the library's tokens with two of its limits mended.

    Function names come in any case (Graph's own docs write ``startsWith``), and a list of one item gets
    the trailing comma that the library asks for.
    """
    tokens = list(_GraphLexer().tokenize(text))
    is_list = False
    for index, token in enumerate(tokens):
        following = tokens[index + 1] if index + 1 < len(tokens) else None
        if token.type == "ODATA_IDENTIFIER" and following is not None and following.type == "(":
            token.value = ast.Identifier(token.value.name.lower(), token.value.namespace)
        if token.type == "IN":
            is_list, commas = True, 0
        elif is_list and token.type == ",":
            commas += 1
        elif is_list and token.type == ")":
            if not commas:
                yield _comma_like(token)
            is_list = False
        yield token


def _comma_like(token: object) -> object:
    comma = type(token)()
    comma.type = comma.value = ","  # type: ignore[attr-defined]
    comma.lineno, comma.index = token.lineno, token.index  # type: ignore[attr-defined]
    return comma


class _Compiler:
    """One walk over a tree: closures out, and notes on what the tree uses."""

    def __init__(self, *, fold: bool) -> None:
        self.fold = fold
        self.paths: set[str] = set()
        self.operators: set[str] = set()
        self.counted: set[str] = set()
        self.longest_list = 0

    def test(self, node: object, bound: frozenset[str]) -> Term:
        """Compile what must be true or false."""
        match node:
            case ast.BoolOp():
                term = self.junction(node, bound)
            case ast.UnaryOp(op=ast.Not()):
                self.operators.add("not")
                term = _negation(self.test(node.operand, bound))
            case ast.Compare():
                term = self.comparison(node, bound)
            case ast.Call():
                term = self.call(node, bound)
            case ast.CollectionLambda():
                term = self.any_or_all(node, bound)
            case ast.Boolean() | ast.Identifier() | ast.Attribute():
                term = _truth(self.value(node, bound))
            case _:
                raise _UnusableError("The expression is not a condition.")
        return term

    def junction(self, node: ast.BoolOp, bound: frozenset[str]) -> Term:
        """Compile ``left and right`` and ``left or right``."""
        left, right = self.test(node.left, bound), self.test(node.right, bound)
        if isinstance(node.op, ast.And):
            return lambda scope: left(scope) and right(scope)
        return lambda scope: left(scope) or right(scope)

    def comparison(self, node: ast.Compare, bound: frozenset[str]) -> Term:
        """Compile ``left op right``."""
        left = self.value(node.left, bound)
        if isinstance(node.comparator, ast.In):
            items = [self.value(item, bound) for item in node.right.val]
            self.longest_list = max(self.longest_list, len(items))
            return lambda scope: any(_compare(operator.eq, left(scope), item(scope)) for item in items)
        name, compare = _COMPARISONS[type(node.comparator)]
        if name == "NotEqual":
            self.operators.add("ne")
        for one, other in ((node.left, node.right), (node.right, node.left)):
            if isinstance(other, ast.String) and _path(one).endswith("DateTime"):
                raise _UnusableError(
                    "A binary operator with incompatible types was detected. Found operand types "
                    f"'Edm.DateTimeOffset' and 'Edm.String' for operator kind '{name}'."
                )
        right = self.value(node.right, bound)
        return lambda scope: _compare(compare, left(scope), right(scope))

    def call(self, node: ast.Call, bound: frozenset[str]) -> Term:
        """Compile a string function."""
        name = node.func.full_name()
        if name not in _FUNCTIONS:
            raise _UnusableError(f"The function '{name}' is not supported.")
        self.operators.add(name)
        function = _FUNCTIONS[name]
        text, part = (self.value(argument, bound) for argument in node.args)

        def run(scope: Scope) -> bool:
            left, right = text(scope), part(scope)
            return isinstance(left, str) and isinstance(right, str) and function(left, right)

        return run

    def any_or_all(self, node: ast.CollectionLambda, bound: frozenset[str]) -> Term:
        """Compile ``path/any(x: …)``; over a missing collection any is false and all is true."""
        owner = self.value(node.owner, bound)
        if node.lambda_ is None:
            return lambda scope: bool(_items(owner(scope)))
        name = node.lambda_.identifier.name
        test = self.test(node.lambda_.expression, bound | {name})
        quantify = any if isinstance(node.operator, ast.Any) else all
        return lambda scope: quantify(test({**scope, name: item}) for item in _items(owner(scope)))

    def value(self, node: object, bound: frozenset[str]) -> Term:
        """Compile what has a value: a literal or a property path."""
        if isinstance(node, ast.Identifier | ast.Attribute):
            return self.property(_path(node), bound)
        literal = self.literal(node)
        return lambda _: literal

    def property(self, path: str, bound: frozenset[str]) -> Term:
        """Compile a path that starts at the element or at a lambda variable."""
        first, _, rest = path.partition("/")
        fold = self.folded
        if first in bound:
            if not rest:
                return lambda scope: fold(scope[first])
            return lambda scope: fold(read_path(scope[first], rest))
        if not first:
            raise _UnusableError("The expression is not supported.")
        self.paths.add(path.removesuffix(f"/{COUNT}"))
        if path.endswith(f"/{COUNT}"):
            self.operators.add("$count")
            self.counted.add(path.removesuffix(f"/{COUNT}"))
            return lambda scope: len(list(_items(read_path(scope[""], path.removesuffix(f"/{COUNT}")))))
        return lambda scope: fold(read_path(scope[""], path))

    def literal(self, node: object) -> object:
        """Return a literal's value, in the form in which values are compared."""
        match node:
            case ast.String() | ast.GUID():
                return self.folded(node.val)
            case ast.DateTime() | ast.Date():
                return moment(node.val)
            case ast.Null() | ast.Boolean() | ast.Integer() | ast.Float():
                value: object = node.py_val
                return value
        raise _UnusableError("The expression is not supported.")

    def folded(self, value: object) -> object:
        """Return a value in the form in which values are compared."""
        if isinstance(value, str) and (self.fold or _GUID.fullmatch(value)):
            return value.casefold()
        return value


def _negation(term: Term) -> Term:
    return lambda scope: not term(scope)


def _truth(term: Term) -> Term:
    return lambda scope: term(scope) is True


def _compare(compare: Comparison, left: object, right: object) -> bool:
    if left is None or right is None:
        return compare in (operator.eq, operator.ne) and compare(left, right)
    if isinstance(right, datetime):
        left = moment(left.upper()) if isinstance(left, str) else left
    elif isinstance(left, datetime):
        right = moment(right.upper()) if isinstance(right, str) else right
    if _kind(left) != _kind(right):
        return compare is operator.ne
    return compare(left, right)


def _kind(value: object) -> type:
    """Return the type that a value compares with: true is not 1, but 1 is 1.0."""
    return float if isinstance(value, int | float) and not isinstance(value, bool) else type(value)


def _items(value: object) -> Iterable[object]:
    return value if isinstance(value, list | tuple) else ()


def _path(node: object) -> str:
    """Return ``a/b`` for a property path, or an empty string for anything else."""
    if isinstance(node, ast.Identifier):
        return node.name if not node.namespace else ""
    if isinstance(node, ast.Attribute):
        owner = _path(node.owner)
        return f"{owner}/{node.attr}" if owner else ""
    return ""


def _equalities(node: object) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
        yield from _equalities(node.left)
        yield from _equalities(node.right)
    elif (
        isinstance(node, ast.Compare)
        and isinstance(node.comparator, ast.Eq)
        and isinstance(node.right, ast.String | ast.GUID)
        and (path := _path(node.left))
    ):
        yield path, node.right.val.casefold()
