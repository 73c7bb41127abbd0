"""Where spans and metrics go: Azure Monitor, or what OpenTelemetry's own variables name. The one place that decides.

The exporter is that of Azure Monitor's OpenTelemetry distribution, without the distribution: its instrumentations
would record URLs, and URLs of Microsoft Graph hold names. For the same reason the providers are not the process's own.
The exporter takes half a second to import, so a thread does that a moment later: the first invocation needs it not.
"""

import logging
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.metadata import entry_points
from typing import Any, Literal

from shared.errors import ConfigurationError
from shared.telemetry import export_to, went_wrong

CONNECTION = "APPLICATIONINSIGHTS_CONNECTION_STRING"
"""Set by the deployment. The exporter reads it, and APPLICATIONINSIGHTS_AUTHENTICATION_STRING, by itself."""
_LEFT_OFF = (
    "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL",
    "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED",
    "APPLICATIONINSIGHTS_SDKSTATS_DISABLED",
    "APPLICATIONINSIGHTS_OPENTELEMETRY_RESOURCE_METRIC_DISABLED",
)
"""What the exporter would do besides: send figures about itself, ask for switches, repeat the resource."""
VARIABLES = {"traces": "OTEL_TRACES_EXPORTER", "metrics": "OTEL_METRICS_EXPORTER"}
AZURE_MONITOR = "azure_monitor"
_OTLP = {"otlp": "otlp_proto_http"}
"""What the variable calls it, and the entry point of opentelemetry-exporter-otlp-proto-http."""
_NONE = "none"

READY_SECONDS = 2.0
"""After this the exporters are made, beside whatever the app does; what happened before is not lost."""

type Signal = Literal["traces", "metrics"]


def switch_on(environ: Mapping[str, str] = os.environ) -> None:
    """Export what the environment asks for; nothing is loaded where it asks for nothing. Never raises."""
    chosen = {signal: exporter_of(signal, environ) for signal in ("traces", "metrics")}
    if not any(chosen.values()):
        return
    try:
        _export(chosen["traces"], chosen["metrics"])
    except Exception as error:  # noqa: BLE001 - an app that can't be watched still triages
        went_wrong("telemetry is off", error)


def exporter_of(signal: Signal, environ: Mapping[str, str]) -> str:
    """Return the name of the exporter for ``traces`` or ``metrics``; empty for none.

    OpenTelemetry's variable comes first, so that an app can send to a collector instead.
    """
    named = environ.get(VARIABLES[signal], "").strip().lower()
    if named:
        return "" if named == _NONE else named
    return AZURE_MONITOR if environ.get(CONNECTION, "").strip() else ""


def _export(traces: str, metrics: str) -> None:
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider

    # The exporter's own requests would be logged twice a minute.
    logging.getLogger("azure.core.pipeline.policies.http_logging_policy").setLevel(logging.WARNING)
    resource = Resource.create({"service.name": os.environ.get("WEBSITE_SITE_NAME") or "entra-triage"})
    tracers = meters = None
    late: list[_Once] = []
    if traces:
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        tracers = TracerProvider(sampler=_sampler(), resource=resource)
        tracers.add_span_processor(BatchSpanProcessor(_exporter("traces", traces, late)))
    if metrics:
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

        meters = MeterProvider([PeriodicExportingMetricReader(_exporter("metrics", metrics, late))], resource=resource)
    export_to(tracers, meters)
    if late:
        threading.Timer(READY_SECONDS, _get_ready, [late]).start()


def _get_ready(makers: Sequence["_Once"]) -> None:
    try:
        for make in makers:
            make()
    except Exception as error:  # noqa: BLE001 - a thread of its own; each export tries again
        went_wrong("telemetry is off", error)


class _Once:
    """Makes something at the first call, on whatever thread."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self.made: Any = None

    def __call__(self) -> Any:
        with self._lock:
            if self.made is None:
                self.made = self._make()
            return self.made


def _sampler() -> Any:
    """Return the sampler: every span, unless OTEL_TRACES_SAMPLER says otherwise.

    The SDK's default would follow the host, which marks its own invocations as not sampled and samples later.
    """
    from opentelemetry.sdk.trace.sampling import ALWAYS_ON

    return None if os.environ.get("OTEL_TRACES_SAMPLER") else ALWAYS_ON


def _exporter(signal: Signal, name: str, late: list["_Once"]) -> Any:
    """Return an exporter: Azure Monitor's, made later, or one that a package offers as OpenTelemetry's entry point.

    Raises ConfigurationError when no package that is installed has one of that name.
    """
    if name == AZURE_MONITOR:
        late.append(make := _Once(partial(_azure_monitor, signal)))
        return _late_spans(make) if signal == "traces" else _late_metrics(make)
    found = [*entry_points(group=f"opentelemetry_{signal}_exporter", name=_OTLP.get(name, name))]
    if not found:
        raise ConfigurationError(
            f"there is no exporter `{name}` for {signal}",
            hint=f"Install its package, or set {VARIABLES[signal]} to console or none.",
        )
    return found[0].load()()


def _azure_monitor(signal: Signal) -> Any:
    for name in _LEFT_OFF:
        os.environ.setdefault(name, "true")
    from azure.monitor.opentelemetry.exporter import AzureMonitorMetricExporter, AzureMonitorTraceExporter

    made = AzureMonitorTraceExporter if signal == "traces" else AzureMonitorMetricExporter
    # What could not be sent is not kept on disk: an instance's disk is gone with it.
    return made(disable_offline_storage=True)


def _late_spans(make: _Once) -> Any:
    """Return an exporter of spans that is made by its first call, if it is not by then."""
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

    class Late(SpanExporter):
        def export(self, spans: Sequence[Any]) -> SpanExportResult:
            result: SpanExportResult = make().export(spans)
            return result

        def shutdown(self) -> None:
            if make.made is not None:
                make.made.shutdown()

    return Late()


def _late_metrics(make: _Once) -> Any:
    """Return the same for metrics, in differences: an instance may be gone before a sum means anything."""
    from opentelemetry.sdk.metrics import Counter, Histogram
    from opentelemetry.sdk.metrics.export import (
        AggregationTemporality,
        MetricExporter,
        MetricExportResult,
        MetricsData,
    )

    class Late(MetricExporter):
        def export(self, metrics_data: MetricsData, timeout_millis: float = 10_000, **more: Any) -> MetricExportResult:
            result: MetricExportResult = make().export(metrics_data, timeout_millis, **more)
            return result

        def force_flush(self, timeout_millis: float = 10_000) -> bool:
            return make.made is None or bool(make.made.force_flush(timeout_millis))

        def shutdown(self, timeout_millis: float = 30_000, **more: Any) -> None:
            if make.made is not None:
                make.made.shutdown(timeout_millis, **more)

    delta = AggregationTemporality.DELTA
    return Late(preferred_temporality={Counter: delta, Histogram: delta})
