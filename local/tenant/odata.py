"""Turn an OData ``$filter`` into a predicate over plain JSON objects, with what a service wants to know of it."""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

import msgspec
from odata_query import ast
from odata_query.exceptions import ODataException

from local.tenant.answers import GraphError, bad_request
from local.tenant.odata_syntax import parsed, path_of
from local.tenant.predicates import Compiler, UnusableError

type Element = Mapping[str, object]


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


@lru_cache(maxsize=2048)
def compile_filter(text: str, *, fold: bool = True) -> Filter:
    """Compile a filter; ``fold`` compares text without regard to case (GUIDs always do).

    Two-valued logic: a comparison with a missing property is false, but ``ne`` is then true.
    Raises GraphError 400 for a filter that does not parse or that uses what Graph does not.
    """
    try:
        tree = parsed(text)
        compiler = Compiler(fold=fold)
        test = compiler.test(tree, frozenset())
    except (ODataException, AttributeError, NotImplementedError, ValueError, RecursionError) as error:
        raise bad_request(f"Invalid filter clause: {_reason(error)}") from None
    return Filter(
        matches=lambda element: bool(test({"": element})),
        paths=frozenset(compiler.paths),
        operators=frozenset(compiler.operators),
        counted=frozenset(compiler.counted),
        longest_list=compiler.longest_list,
        equals=tuple(_equalities(tree)),
    )


def _reason(error: Exception) -> str:
    """Say what is wrong without echoing the filter: it may hold names."""
    if isinstance(error, GraphError):
        return error.message
    if isinstance(error, UnusableError):
        return str(error)
    token = getattr(error, "token", None)
    return f"Syntax error at position {token.index}." if token else "Syntax error: the expression is not complete."


def _equalities(node: object) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
        yield from _equalities(node.left)
        yield from _equalities(node.right)
    elif (
        isinstance(node, ast.Compare)
        and isinstance(node.comparator, ast.Eq)
        and isinstance(node.right, ast.String | ast.GUID)
        and (path := path_of(node.left))
    ):
        yield path, node.right.val.casefold()
