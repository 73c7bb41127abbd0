"""Read host.json into the settings that the embedded host honours, with the defaults that Azure documents."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Literal

import msgspec

from local.host.errors import HostError

_TIME_SPAN = re.compile(r"(?:(?P<days>\d+)\.)?(?P<hours>\d{1,2}):(?P<minutes>\d{2}):(?P<seconds>\d{2}(?:\.\d+)?)")


class QueueSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``extensions.queues``."""

    batch_size: int
    """Messages fetched at once, 1 to 32."""
    new_batch_threshold: int
    """The next batch is fetched when no more than this many are still running."""
    max_dequeue_count: int
    visibility_timeout_seconds: float
    """Wait between a failed try and the next."""
    max_polling_seconds: float
    message_encoding: Literal["base64", "none"]


class EventHubSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``extensions.eventHubs``. All but the batch size is for real hubs."""

    max_event_batch_size: int
    prefetch_count: int
    batch_checkpoint_frequency: int
    """A checkpoint after so many batches of a partition."""
    retry_mode: Literal["exponential", "fixed"]
    maximum_retries: int
    retry_delay_seconds: float
    maximum_delay_seconds: float


class HostSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What of host.json the embedded host honours."""

    route_prefix: str
    event_hubs: EventHubSettings
    queues: QueueSettings
    function_timeout_seconds: float | None
    """None: no limit."""


class _Http(msgspec.Struct, frozen=True, rename="camel"):
    route_prefix: str = "api"


class _ClientRetryOptions(msgspec.Struct, frozen=True, rename="camel"):
    mode: Literal["exponential", "fixed"] = "exponential"
    maximum_retries: int = 3
    delay: str = "00:00:00.80"
    maximum_delay: str = "00:01:00"


class _EventHubs(msgspec.Struct, frozen=True, rename="camel"):
    max_event_batch_size: int = 100
    prefetch_count: int = 300
    batch_checkpoint_frequency: int = 1
    client_retry_options: _ClientRetryOptions = _ClientRetryOptions()


class _Queues(msgspec.Struct, frozen=True, rename="camel"):
    batch_size: int = 16
    new_batch_threshold: int | None = None
    max_dequeue_count: int = 5
    visibility_timeout: str = "00:00:00"
    max_polling_interval: str = "00:01:00"
    message_encoding: Literal["base64", "none"] = "base64"


class _Extensions(msgspec.Struct, frozen=True, rename="camel"):
    http: _Http = _Http()
    event_hubs: _EventHubs = _EventHubs()
    queues: _Queues = _Queues()


class _HostJson(msgspec.Struct, frozen=True, rename="camel"):
    version: Literal["2.0"]
    function_timeout: str = "00:30:00"
    extensions: _Extensions = _Extensions()


def read_host_json(path: Path) -> HostSettings:
    """Return the settings of a host.json file. Raises HostError that names the setting that is wrong."""
    try:
        document = msgspec.json.decode(path.read_bytes(), type=_HostJson)
    except FileNotFoundError:
        raise HostError("there is no host.json next to function_app.py") from None
    except msgspec.MsgspecError as error:
        raise HostError(f"host.json is wrong: {error}") from None
    queues = _queue_settings(document.extensions.queues)
    return HostSettings(
        route_prefix=document.extensions.http.route_prefix.strip("/"),
        event_hubs=_event_hub_settings(document.extensions.event_hubs),
        queues=queues,
        function_timeout_seconds=(
            None if document.function_timeout == "-1" else _seconds("functionTimeout", document.function_timeout)
        ),
    )


def _event_hub_settings(hubs: _EventHubs) -> EventHubSettings:
    retries = hubs.client_retry_options
    _require(hubs.max_event_batch_size >= 1, "extensions.eventHubs.maxEventBatchSize", "at least 1")
    _require(hubs.prefetch_count >= 1, "extensions.eventHubs.prefetchCount", "at least 1")
    _require(hubs.batch_checkpoint_frequency >= 1, "extensions.eventHubs.batchCheckpointFrequency", "at least 1")
    _require(retries.maximum_retries >= 0, "extensions.eventHubs.clientRetryOptions.maximumRetries", "at least 0")
    return EventHubSettings(
        max_event_batch_size=hubs.max_event_batch_size,
        prefetch_count=hubs.prefetch_count,
        batch_checkpoint_frequency=hubs.batch_checkpoint_frequency,
        retry_mode=retries.mode,
        maximum_retries=retries.maximum_retries,
        retry_delay_seconds=_seconds("extensions.eventHubs.clientRetryOptions.delay", retries.delay),
        maximum_delay_seconds=_seconds("extensions.eventHubs.clientRetryOptions.maximumDelay", retries.maximum_delay),
    )


def _queue_settings(queues: _Queues) -> QueueSettings:
    threshold = queues.batch_size // 2 if queues.new_batch_threshold is None else queues.new_batch_threshold
    _require(1 <= queues.batch_size <= 32, "extensions.queues.batchSize", "1 to 32")
    _require(threshold >= 0, "extensions.queues.newBatchThreshold", "at least 0")
    _require(queues.max_dequeue_count >= 1, "extensions.queues.maxDequeueCount", "at least 1")
    return QueueSettings(
        batch_size=queues.batch_size,
        new_batch_threshold=threshold,
        max_dequeue_count=queues.max_dequeue_count,
        visibility_timeout_seconds=_seconds("extensions.queues.visibilityTimeout", queues.visibility_timeout),
        max_polling_seconds=_seconds("extensions.queues.maxPollingInterval", queues.max_polling_interval),
        message_encoding=queues.message_encoding,
    )


def _seconds(setting: str, text: str) -> float:
    found = _TIME_SPAN.fullmatch(text)
    if found is None:
        raise HostError(f"host.json is wrong: `{setting}` is not a time span such as 00:00:30")
    parts = {name: float(value or 0) for name, value in found.groupdict().items()}
    return timedelta(**parts).total_seconds()


def _require(condition: bool, setting: str, allowed: str) -> None:
    if not condition:
        raise HostError(f"host.json is wrong: `{setting}` must be {allowed}")
