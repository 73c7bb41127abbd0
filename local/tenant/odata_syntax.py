"""Parse an OData ``$filter`` as Graph writes it: odata-query's grammar, with three of its limits mended."""

from collections.abc import Iterator

from odata_query import ast
from odata_query.grammar import ODataLexer, ODataParser

COUNT = "count__"
"""Stands for ``$count`` at the end of a path: the library reads no dollar there."""


class _GraphLexer(ODataLexer):  # type: ignore[misc]  # the library's metaclass is untyped
    """The library's lexer with whole words: its own splits ``allowExternalSenders`` after ``all``."""

    tokens = ODataLexer.tokens
    ANY = r"any\b"
    ALL = r"all\b"
    NULL = r"null\b"
    BOOLEAN = r"(?:true|false)\b"
    NOT = r"not(?:\s+|(?=\())"


def parsed(text: str) -> object:
    """Return a filter's tree.

    Raises ODataException, or what the parser lets slip on paths that it half understands: AttributeError,
    NotImplementedError, ValueError, RecursionError.
    """
    return ODataParser().parse(_tokens(text.replace("/$count", f"/{COUNT}")))


def path_of(node: object) -> str:
    """Return ``a/b`` for a property path, or an empty string for anything else."""
    if isinstance(node, ast.Identifier):
        return node.name if not node.namespace else ""
    if isinstance(node, ast.Attribute):
        owner = path_of(node.owner)
        return f"{owner}/{node.attr}" if owner else ""
    return ""


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
