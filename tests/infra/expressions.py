"""Expressions of a workflow's definition: the functions that our playbooks use, and no other."""

import base64
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import msgspec


def text_of(value: object) -> str:
    """Return a value as Logic Apps puts it into text."""
    if isinstance(value, dict | list):
        return msgspec.json.encode(value).decode()
    return "" if value is None else str(value)


TOKEN = re.compile(r"\s*('(?:[^']|'')*'|-?\d+|\w+|\?\[|[\[\]\(\),.])")
CODE = re.compile(r"((?:'[^']*'|[^'}])*)\}")
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "base64ToString": lambda given: base64.b64decode(given).decode(),
    "coalesce": lambda *given: next((one for one in given if one is not None), None),
    "concat": lambda *given: "".join(text_of(one) for one in given),
    "contains": lambda given, one: one in given,
    "createArray": lambda *given: list(given),
    "empty": lambda given: not given,
    "encodeURIComponent": lambda given: quote(given, safe=""),
    "equals": lambda one, other: one == other,
    "first": lambda given: given[0] if given else None,
    "if": lambda test, yes, no: yes if test else no,
    "join": lambda given, between: between.join(text_of(one) for one in given or []),
    "json": msgspec.json.decode,
    "length": len,
    "listCallbackUrl": lambda: "https://callback.invalid",
    "or": lambda one, other: one or other,
    "replace": lambda text, old, new: text.replace(old, new),
    "string": text_of,
    "take": lambda given, count: given[:count],
}


class Expressions:
    """Works out expressions; ``own`` are the functions that look at a run, ``missing`` the fields that were not there."""

    def __init__(self, own: dict[str, Callable[..., Any]]) -> None:
        self.own = own
        self.missing: list[str] = []

    def value(self, node: Any) -> Any:
        """Return a part of the definition with its expressions worked out."""
        if isinstance(node, dict):
            return {name: self.value(part) for name, part in node.items()}
        if isinstance(node, list):
            return [self.value(part) for part in node]
        if not isinstance(node, str):
            return node
        if node.startswith("@") and not node.startswith("@{"):
            return self._expression(node[1:])
        return "".join(text_of(self._expression(part)) if is_code else part for is_code, part in parts(node))

    def _expression(self, code: str) -> Any:
        tokens = TOKEN.findall(code)
        assert "".join(tokens).replace(" ", "") == code.replace(" ", ""), code
        tokens.append("")
        value = self._term(tokens)
        assert tokens == [""], (code, tokens)
        return value

    def _term(self, tokens: list[str]) -> Any:
        token = tokens.pop(0)
        if token.startswith("'"):
            value: Any = token[1:-1].replace("''", "'")
        elif token.lstrip("-").isdecimal():
            value = int(token)
        elif token in {"true", "false", "null"}:
            return {"true": True, "false": False, "null": None}[token]
        else:
            value = self._called(token, tokens)
        while tokens[0] in {"[", "?["}:
            how = tokens.pop(0)
            key = self._term(tokens)
            assert tokens.pop(0) == "]"
            value = self._member(value, key, how)
        return value

    def _member(self, value: Any, key: Any, how: str) -> Any:
        if isinstance(value, dict) and key not in value:
            self.missing.append(key)
        if how == "?[":
            return value.get(key) if isinstance(value, dict) else None
        return value[key]

    def _called(self, name: str, tokens: list[str]) -> Any:
        assert tokens.pop(0) == "(", name
        given = []
        while tokens[0] != ")":
            given.append(self._term(tokens))
            if tokens[0] == ",":
                tokens.pop(0)
        tokens.pop(0)
        return {**FUNCTIONS, **self.own}[name](*given)


def parts(text: str) -> Iterator[tuple[bool, str]]:
    """Yield the pieces of a text with ``@{…}`` in it, and whether each is code."""
    while "@{" in text:
        before, _, text = text.partition("@{")
        code = CODE.match(text)
        assert code, text
        yield False, before
        yield True, code[1]
        text = text[code.end() :]
    yield False, text
