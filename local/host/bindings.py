"""Turn the bindings that an app declares into typed triggers, or refuse those that the embedded host cannot do."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec

from local.host.errors import HostError, UnsupportedBindingError
from local.host.worker import Function

POISON_SUFFIX = "-poison"

_SETTING = re.compile(r"%([^%]+)%")
_HTTP_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY")


class HttpTrigger(msgspec.Struct, frozen=True, kw_only=True, tag="httpTrigger", rename="camel"):
    """``methods`` in capitals; ``route`` without the prefix of host.json, None for the function's name."""

    name: str
    methods: tuple[str, ...] = _HTTP_METHODS
    auth_level: str = "function"
    route: str | None = None


class QueueTrigger(msgspec.Struct, frozen=True, kw_only=True, tag="queueTrigger", rename="camel"):
    """``data_type`` ``binary`` hands bytes to the app instead of text."""

    name: str
    queue_name: str
    data_type: str | None = None

    @property
    def poison_queue(self) -> str | None:
        """Where messages go after too many tries; a poison queue has none of its own."""
        return None if self.queue_name.endswith(POISON_SUFFIX) else self.queue_name + POISON_SUFFIX


class EventHubTrigger(msgspec.Struct, frozen=True, kw_only=True, tag="eventHubTrigger", rename="camel"):
    """``cardinality`` ``one`` invokes once an event, ``many`` once a batch."""

    name: str
    event_hub_name: str
    consumer_group: str = "$Default"
    cardinality: str = "one"
    data_type: str | None = None


class TimerTrigger(msgspec.Struct, frozen=True, kw_only=True, tag="timerTrigger", rename="camel"):
    """``schedule`` in NCRONTAB with six fields, in UTC."""

    name: str
    schedule: str
    run_on_startup: bool = False
    use_monitor: bool = True


type Trigger = HttpTrigger | QueueTrigger | EventHubTrigger | TimerTrigger
type AuthLevel = Literal["anonymous", "function", "admin"]


class BoundFunction(msgspec.Struct, frozen=True):
    """A function with its trigger."""

    function: Function
    trigger: Trigger


def bind(functions: Iterable[Function], settings: Mapping[str, str]) -> list[BoundFunction]:
    """Return the enabled functions with their triggers, by name; ``%SETTING%`` is filled in from the settings.

    Raises UnsupportedBindingError for a binding that the embedded host cannot do, and HostError for a setting
    that is missing or two functions that would take each other's events.
    """
    enabled = [function for function in functions if not _is_disabled(function.name, settings)]
    bound = [BoundFunction(function, _trigger(function, settings)) for function in enabled]
    _refuse_shared_consumer_groups(bound)
    return sorted(bound, key=lambda one: one.function.name)


def _is_disabled(name: str, settings: Mapping[str, str]) -> bool:
    return settings.get(f"AzureWebJobs.{name}.Disabled", "").strip().lower() in {"1", "true"}


def _trigger(function: Function, settings: Mapping[str, str]) -> Trigger:
    triggers = [binding for binding in function.bindings if not _is_http_return(binding)]
    if len(triggers) != 1 or not str(triggers[0].get("type", "")).endswith("Trigger"):
        others = [str(one.get("type")) for one in triggers if not str(one.get("type", "")).endswith("Trigger")]
        raise UnsupportedBindingError(
            f"function `{function.name}` has bindings that the embedded host cannot do: {', '.join(others) or 'none'}"
        )
    binding = {key: value for key, value in triggers[0].items() if value is not None}
    try:
        trigger: Trigger = msgspec.convert(_normal(binding, settings, function.name), Trigger.__value__)
    except msgspec.ValidationError:
        raise UnsupportedBindingError(
            f"function `{function.name}` has a `{binding['type']}` binding that the embedded host cannot do"
        ) from None
    _check(function.name, trigger)
    return trigger


def _is_http_return(binding: Mapping[str, Any]) -> bool:
    return binding.get("type") == "http" and binding.get("name") == "$return"


def _normal(binding: dict[str, Any], settings: Mapping[str, str], function: str) -> dict[str, Any]:
    """Fill in settings, and put the enumerations into one case: the library writes GET, MANY, FUNCTION."""
    filled = {
        key: _fill_in(value, settings, function) if isinstance(value, str) else value for key, value in binding.items()
    }
    for key in ("authLevel", "cardinality", "dataType"):
        if key in filled:
            filled[key] = str(filled[key]).lower()
    if "methods" in filled:
        filled["methods"] = [str(method).upper() for method in filled["methods"]] or list(_HTTP_METHODS)
    return filled


def _fill_in(text: str, settings: Mapping[str, str], function: str) -> str:
    def value(found: re.Match[str]) -> str:
        name = found.group(1)
        if not settings.get(name):
            raise HostError(
                f"function `{function}` names the setting `{name}`, which is not set",
                hint=f"Set {name} in the environment or in local.settings.json.",
            )
        return settings[name]

    return _SETTING.sub(value, text)


def _check(function: str, trigger: Trigger) -> None:
    match trigger:
        case HttpTrigger(auth_level=level) if level not in {"anonymous", "function", "admin"}:
            unknown = f"authorisation level `{level}`"
        case EventHubTrigger(cardinality=cardinality) if cardinality not in {"one", "many"}:
            unknown = f"cardinality `{cardinality}`"
        case QueueTrigger(data_type=kind) | EventHubTrigger(data_type=kind) if kind not in {
            None,
            "undefined",
            "string",
            "binary",
        }:
            unknown = f"data type `{kind}`"
        case _:
            return
    raise UnsupportedBindingError(f"function `{function}` asks for the {unknown}, which the embedded host cannot do")


def _refuse_shared_consumer_groups(bound: Iterable[BoundFunction]) -> None:
    readers: dict[tuple[str, str], str] = {}
    for one in bound:
        if isinstance(one.trigger, EventHubTrigger):
            group = (one.trigger.event_hub_name, one.trigger.consumer_group)
            if group in readers:
                raise HostError(
                    f"functions `{readers[group]}` and `{one.function.name}` read event hub `{group[0]}` "
                    f"with the same consumer group `{group[1]}` and would take each other's events",
                    hint="Give each function a consumer group of its own.",
                )
            readers[group] = one.function.name
