"""Which findings lose what they stand on when kinds of facts are missing: read off the rules' own code.

A rule names the kinds that it reads where it reads them. Following a rule into the functions of its package finds them
all, and a new rule is known here without a word about it.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from types import CodeType, FunctionType

from shared.assess.grounds import RULES
from shared.assess.rule import Rule
from shared.doctor.examination import Blunted

PACKAGE = "shared.assess"
STREAMED = frozenset({"sign_in", "sign_in.baseline", "audit", "risk.detection", "risk.user"})
"""Kinds that Entra's stream brings too: without Graph they are less, not nothing."""


def blunted(known: frozenset[str], *, left: frozenset[str], lessened: frozenset[str]) -> Iterator[Blunted]:
    """Yield the findings that lack something.

    ``known``: every kind that Graph can feed; ``left``: those that some look-up still brings; ``lessened``: those that
    some look-up does not bring, or not whole.
    """
    for rule in RULES:
        read = kinds_of(rule, known)
        if lost := read & lessened:
            yield Blunted(
                id=rule.id,
                title=rule.title,
                cannot_fire=not read & (left | STREAMED),
                missing=tuple(sorted(lost)),
            )


def kinds_of(rule: Rule, known: frozenset[str]) -> frozenset[str]:
    """Return the kinds that a rule names, itself or through a function of its package."""
    found: set[str] = set()
    for function in _reached(rule.find):
        found.update(text for text in _texts(function.__code__) if text in known)
        for name in _names(function.__code__):
            value = function.__globals__.get(name)
            found.update(text for text in _flat(value) if text in known)
    return frozenset(found)


@cache
def _reached(start: FunctionType) -> frozenset[FunctionType]:
    reached, todo = {start}, [start]
    while todo:
        function = todo.pop()
        for name in _names(function.__code__):
            value = function.__globals__.get(name)
            if isinstance(value, FunctionType) and value.__module__.startswith(PACKAGE) and value not in reached:
                reached.add(value)
                todo.append(value)
    return frozenset(reached)


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _names(code: CodeType) -> Iterator[str]:
    for one in _codes(code):
        yield from one.co_names


def _texts(code: CodeType) -> Iterator[str]:
    for one in _codes(code):
        yield from _flat(one.co_consts)


def _flat(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | frozenset | set | list):
        items: Iterable[object] = value
        for item in items:
            yield from _flat(item)
