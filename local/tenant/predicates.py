"""Judge plain JSON objects by a parsed ``$filter``: closures over its tree, compared as Graph compares."""

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from odata_query import ast

from local.tenant.odata_syntax import COUNT, path_of

type Scope = Mapping[str, object]
"""The element under the key ``""``, and the lambda variables under their names."""
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


class UnusableError(ValueError):
    """The filter parses, but Graph would not run it."""


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


class Compiler:
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
                raise UnusableError("The expression is not a condition.")
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
            if isinstance(other, ast.String) and path_of(one).endswith("DateTime"):
                raise UnusableError(
                    "A binary operator with incompatible types was detected. Found operand types "
                    f"'Edm.DateTimeOffset' and 'Edm.String' for operator kind '{name}'."
                )
        right = self.value(node.right, bound)
        return lambda scope: _compare(compare, left(scope), right(scope))

    def call(self, node: ast.Call, bound: frozenset[str]) -> Term:
        """Compile a string function."""
        name = node.func.full_name()
        if name not in _FUNCTIONS:
            raise UnusableError(f"The function '{name}' is not supported.")
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
            return self.property(path_of(node), bound)
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
            raise UnusableError("The expression is not supported.")
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
        raise UnusableError("The expression is not supported.")

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
