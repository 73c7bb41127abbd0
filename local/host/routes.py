"""Route templates of HTTP triggers: parse them, order them as ASP.NET does, and match paths against them."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple
from urllib.parse import unquote

from local.host.errors import HostError, UnsupportedBindingError

_PARAMETER = re.compile(r"\{([^{}]*)\}")
_PARAMETER_NAME = re.compile(r"\{(\**)\w+")
_NAME = re.compile(r"(?P<stars>\*{0,2})(?P<name>\w+)(?P<constraints>(?::[^=?]+)*)(?P<default>=[^?]*)?(?P<optional>\??)")
_CONSTRAINT = re.compile(r":(?P<kind>\w+)(?:\((?P<arguments>[^()]*)\))?")
_GUID = re.compile(r"\{?[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}\}?")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d{1,19}", re.ASCII)

type _Check = Callable[[str], bool]


def _integer_between(low: int, high: int) -> _Check:
    return lambda text: _INTEGER.fullmatch(text) is not None and low <= int(text) <= high


_PLAIN: dict[str, _Check] = {
    "int": _integer_between(-(2**31), 2**31 - 1),
    "long": _integer_between(-(2**63), 2**63 - 1),
    "bool": lambda text: text.lower() in {"true", "false"},
    "guid": lambda text: _GUID.fullmatch(text) is not None,
    "alpha": lambda text: text.isascii() and text.isalpha(),
    "decimal": lambda text: _NUMBER.fullmatch(text) is not None,
    "double": lambda text: _NUMBER.fullmatch(text) is not None,
    "float": lambda text: _NUMBER.fullmatch(text) is not None,
}
_WITH_ARGUMENTS: dict[tuple[str, int], Callable[..., _Check]] = {
    ("min", 1): lambda low: _integer_between(low, 2**63 - 1),
    ("max", 1): lambda high: _integer_between(-(2**63), high),
    ("range", 2): _integer_between,
    ("minlength", 1): lambda low: lambda text: len(text) >= low,
    ("maxlength", 1): lambda high: lambda text: len(text) <= high,
    ("length", 1): lambda size: lambda text: len(text) == size,
    ("length", 2): lambda low, high: lambda text: low <= len(text) <= high,
}


class _Parameter(NamedTuple):
    name: str
    checks: tuple[_Check, ...]
    default: str | None
    is_optional: bool
    is_rest: bool


class _Segment(NamedTuple):
    pattern: re.Pattern[str]
    parameters: tuple[_Parameter, ...]
    precedence: int

    @property
    def may_be_missing(self) -> bool:
        return len(self.parameters) == 1 and (
            self.parameters[0].is_optional or self.parameters[0].is_rest or self.parameters[0].default is not None
        )


class Route:
    """One template, such as ``cases/{id:guid}/report/{version:int?}`` or ``files/{*path}``.

    Literals match in any case. Among routes that match, the lower ``precedence`` answers: a literal comes
    before a parameter with a constraint, that before one without, and a wildcard last.
    """

    def __init__(self, template: str) -> None:
        """Raise UnsupportedBindingError for a template that the host cannot do."""
        self.template = template.strip("/")
        self._segments = [_segment(text) for text in self.template.split("/")] if self.template else []
        if any(segment.may_be_missing for segment in self._segments[:-1]):
            raise UnsupportedBindingError(f"route `{template}`: only its last parameter may be optional or a wildcard")
        self.precedence = tuple(segment.precedence for segment in self._segments)

    def match(self, raw_path: str) -> dict[str, str] | None:
        """Return the parameters of a percent-encoded path, or None when it does not fit."""
        texts = [_decoded(text) for text in raw_path.strip("/").split("/")] if raw_path.strip("/") else []
        found: dict[str, str] = {}
        for position, segment in enumerate(self._segments):
            rest = bool(segment.parameters) and segment.parameters[0].is_rest
            if position >= len(texts):
                if not segment.may_be_missing:
                    return None
                values = {segment.parameters[0].name: segment.parameters[0].default}
                return found | {name: value for name, value in values.items() if value is not None}
            part = _match(segment, "/".join(texts[position:]) if rest else texts[position])
            if part is None:
                return None
            found |= part
            if rest:
                return found
        return found if len(texts) == len(self._segments) else None


def _decoded(text: str) -> str:
    # An encoded slash stays encoded, as in ASP.NET, so that it cannot pose as a separator.
    return unquote(re.sub("%2f", "%252F", text, flags=re.IGNORECASE))


def _match(segment: _Segment, text: str) -> dict[str, str] | None:
    fit = segment.pattern.fullmatch(text)
    if fit is None:
        return None
    values = dict(zip(segment.parameters, fit.groups(), strict=True))
    if not all(check(value) for parameter, value in values.items() for check in parameter.checks):
        return None
    return {parameter.name: value for parameter, value in values.items()}


def _segment(text: str) -> _Segment:
    pieces = _PARAMETER.split(text)
    literals, parameters = pieces[::2], tuple(_parameter(piece) for piece in pieces[1::2])
    if not text or any("{" in literal or "}" in literal for literal in literals):
        raise UnsupportedBindingError(f"route segment `{text}` cannot be read")
    if any(parameter.is_rest for parameter in parameters) and (len(parameters) > 1 or any(literals)):
        raise UnsupportedBindingError(f"route segment `{text}`: a wildcard must stand alone")
    pattern = re.escape(literals[0])
    for parameter, literal in zip(parameters, literals[1:], strict=True):
        pattern += ("(.*)" if parameter.is_rest else "(.+?)") + re.escape(literal)
    return _Segment(re.compile(pattern, re.IGNORECASE | re.DOTALL), parameters, _precedence(parameters, literals))


def _precedence(parameters: Sequence[_Parameter], literals: Sequence[str]) -> int:
    if not parameters:
        return 1
    constrained = any(parameter.checks for parameter in parameters)
    if parameters[0].is_rest:
        return 4 if constrained else 5
    return 2 if constrained or any(literals) else 3


def _parameter(text: str) -> _Parameter:
    found = _NAME.fullmatch(text)
    if found is None:
        raise UnsupportedBindingError(f"route parameter `{{{text}}}` cannot be read")
    return _Parameter(
        name=found["name"],
        checks=_checks(text, found["constraints"]),
        default=found["default"][1:] if found["default"] else None,
        is_optional=bool(found["optional"]),
        is_rest=bool(found["stars"]),
    )


def _checks(text: str, constraints: str) -> tuple[_Check, ...]:
    found = list(_CONSTRAINT.finditer(constraints))
    if "".join(one.group() for one in found) != constraints:
        raise UnsupportedBindingError(f"route parameter `{{{text}}}` cannot be read")
    return tuple(_check(text, one["kind"].lower(), one["arguments"]) for one in found)


def _check(text: str, kind: str, arguments: str | None) -> _Check:
    try:
        if arguments is None:
            return _PLAIN[kind]
        numbers = [int(argument) for argument in arguments.split(",")]
        return _WITH_ARGUMENTS[kind, len(numbers)](*numbers)
    except (KeyError, ValueError):
        raise UnsupportedBindingError(f"route parameter `{{{text}}}`: constraint `{kind}` is not supported") from None


class RouteTable[Target]:
    """Routes with their methods and targets."""

    def __init__(self, entries: Sequence[tuple[Route, Sequence[str], Target]]) -> None:
        """Raise HostError when two routes of one template share a method."""
        self._entries = sorted(entries, key=lambda entry: entry[0].precedence)
        taken: set[tuple[str, str]] = set()
        for route, methods, _ in entries:
            shape = _PARAMETER_NAME.sub(r"{\1", route.template.lower())
            for method in methods:
                if (shape, method) in taken:
                    raise HostError(f"two functions answer {method} on route `{route.template}`")
                taken.add((shape, method))

    def find(self, method: str, raw_path: str) -> tuple[Target, dict[str, str]] | None:
        """Return what answers and the route's parameters. A known path with another method is not found either."""
        for route, methods, target in self._entries:
            if method in methods and (parameters := route.match(raw_path)) is not None:
                return target, parameters
        return None
