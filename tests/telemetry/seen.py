"""What a run exports: the demo's story told with a model that writes, prompts asked over HTTP, all of it kept in memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shared.telemetry import export_to
from shared.telemetry_names import INSTRUMENTS


class Point(msgspec.Struct, frozen=True):
    """One value of a metric."""

    name: str
    unit: str
    attributes: dict[str, Any]
    value: float
    """The sum, of a histogram as well."""
    count: int


class Exported:
    """Spans and metrics that were exported."""

    def __init__(self) -> None:
        self._spans = InMemorySpanExporter()
        self._reader = InMemoryMetricReader()

    @contextmanager
    def on(self) -> Iterator[None]:
        """Take all that the process exports during the block."""
        tracers = TracerProvider()
        tracers.add_span_processor(SimpleSpanProcessor(self._spans))
        export_to(tracers, MeterProvider([self._reader]))
        try:
            yield
        finally:
            self.points = self._read()
            export_to(None, None)

    def spans(self, name: str | None = None, **attributes: Any) -> list[ReadableSpan]:
        """Return the spans of a name that have these attributes (dots as underscores), in the order of their ends."""
        return [
            span
            for span in self._spans.get_finished_spans()
            if name in {None, span.name}
            and attributes.items() <= {k.replace(".", "_"): v for k, v in (span.attributes or {}).items()}.items()
        ]

    def sum(self, name: str, **attributes: Any) -> float:
        """Return the sum of an instrument over all points that have these attributes (dots as underscores)."""
        return sum(point.value for point in self._of(name, attributes))

    def count(self, name: str, **attributes: Any) -> int:
        """Return how many measurements of a histogram there were."""
        return sum(point.count for point in self._of(name, attributes))

    def _of(self, name: str, attributes: dict[str, Any]) -> list[Point]:
        return [
            point
            for point in self.points
            if point.name == INSTRUMENTS[name].name
            and attributes.items() <= {k.replace(".", "_"): v for k, v in point.attributes.items()}.items()
        ]

    def _read(self) -> list[Point]:
        data = self._reader.get_metrics_data()
        return [
            Point(
                name=metric.name,
                unit=metric.unit or "",
                attributes=dict(point.attributes or {}),
                value=getattr(point, "sum", None) or getattr(point, "value", 0),
                count=getattr(point, "count", 1),
            )
            for resource in (data.resource_metrics if data else ())
            for scope in resource.scope_metrics
            for metric in scope.metrics
            for point in metric.data.data_points
        ]

    def words(self) -> str:
        """Return every text that left: names, attributes, events, links and states of spans; names, points of metrics."""
        spans = [
            [s.name, dict(s.attributes or {}), s.status.description or "", dict(s.resource.attributes)]
            + [[e.name, dict(e.attributes or {})] for e in s.events]
            + [dict(link.attributes or {}) for link in s.links]
            for s in self.spans()
        ]
        return msgspec.json.encode([spans, self.points]).decode()
