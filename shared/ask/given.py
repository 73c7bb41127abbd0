"""Take inputs out of what a skill is handed, by the kind that its declaration promises."""

from collections.abc import Mapping

from shared.ask.skill import InputValue, Ref, TimeRange


def thing(given: Mapping[str, InputValue], name: str) -> Ref:
    """Return the thing under a name."""
    return _of(given, name, Ref)


def things(given: Mapping[str, InputValue], name: str) -> tuple[Ref, ...]:
    """Return the things under the name of an input that takes many; none when it was left out."""
    value = given.get(name, ())
    return (value,) if isinstance(value, Ref) else _kept(name, value, tuple)


def number(given: Mapping[str, InputValue], name: str) -> int:
    """Return a count."""
    return _of(given, name, int)


def words(given: Mapping[str, InputValue], name: str) -> str:
    """Return text, or an empty string when an input that may be left out was."""
    return _kept(name, given.get(name, ""), str)


def span(given: Mapping[str, InputValue], name: str) -> TimeRange:
    """Return a time range."""
    return _of(given, name, TimeRange)


def _of[Kind](given: Mapping[str, InputValue], name: str, kind: type[Kind]) -> Kind:
    return _kept(name, given[name], kind)


def _kept[Kind](name: str, value: object, kind: type[Kind]) -> Kind:
    if not isinstance(value, kind):
        raise TypeError(f"input `{name}` is {type(value).__name__}, and was promised to be {kind.__name__}")
    return value
