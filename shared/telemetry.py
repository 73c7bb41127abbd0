"""What happened, for those who run the app: log lines, spans of a trace, metrics.

A line is a constant name and identifiers. Spans and metrics are OpenTelemetry's, with the names of telemetry_names.py;
they go nowhere until ``export_to`` says where. Its providers are ours alone, never the process's: libraries that
trace by themselves would put URLs with names into attributes. Never names, addresses, tokens, prompts or bodies.
"""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

import msgspec
from opentelemetry import context, trace
from opentelemetry.metrics import Histogram, Meter, MeterProvider, NoOpMeterProvider
from opentelemetry.trace import NoOpTracer, Span, SpanContext, Status, StatusCode, Tracer, TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.telemetry_names import ATTRIBUTES, INSTRUMENTS, SCOPE, SPANS

type Value = str | int | float | None

_log = logging.getLogger("triage")
_W3C = TraceContextTextMapPropagator()
_KINDS = {
    "internal": trace.SpanKind.INTERNAL,
    "consumer": trace.SpanKind.CONSUMER,
    "producer": trace.SpanKind.PRODUCER,
    "client": trace.SpanKind.CLIENT,
}
_tracer: Tracer = NoOpTracer()
_meter: Meter = NoOpMeterProvider().get_meter(SCOPE)
_whose: ContextVar[str] = ContextVar("whose", default="")


def happened(name: str, /, **fields: str | float | None) -> None:
    """Log a happening, e.g. ``happened("case triaged", case_id=…, version=2)``. Fields are ids, counts and seconds."""
    _log.info("%s %s", name, _line(fields))


def went_wrong(name: str, error: BaseException, /, **fields: str | float | None) -> None:
    """Log a failure by the type of its error; the message of a foreign exception may hold personal data."""
    _log.warning("%s %s", name, _line({**fields, "error": type(error).__name__}))


def _line(fields: dict[str, str | float | None]) -> str:
    """Return the fields of a line, with the trace that it belongs to."""
    around = trace.get_current_span().get_span_context()
    traced = {"trace": f"{around.trace_id:032x}"} if around.is_valid else {}
    return msgspec.json.encode({**fields, **traced}).decode()


def export_to(tracers: TracerProvider | None, meters: MeterProvider | None) -> None:
    """Send spans and metrics to these providers from now on; None: nowhere."""
    global _tracer, _meter  # noqa: PLW0603 - one process, one place that telemetry goes to
    _tracer = tracers.get_tracer(SCOPE) if tracers else NoOpTracer()
    _meter = (meters or NoOpMeterProvider()).get_meter(SCOPE)
    _instrument.cache_clear()


class Work:
    """A piece of work under way, as a trace shows it."""

    def __init__(self, span: Span) -> None:
        self._span = span
        self.is_kept = True

    def note(self, **attributes: Value) -> None:
        """Add what is known by now, by the names of ``ATTRIBUTES``; None is left out."""
        self._span.set_attributes(_named(attributes))

    def failed(self, error: str) -> None:
        """Mark it as failed by the class of an error: messages of errors may hold personal data."""
        self._span.set_status(Status(StatusCode.ERROR, error))
        self.note(error=error)

    def also_of(self, traceparents: Iterable[str]) -> None:
        """Link to other traces that the work belongs to as well, by their W3C trace contexts; each once."""
        own = self._span.get_span_context().trace_id
        for one in {found.trace_id: found for found in map(_context, traceparents)}.values():
            if one.is_valid and one.trace_id != own:
                self._span.add_link(one)

    def forget(self) -> None:
        """Leave it out of the trace, because nothing came of it."""
        self.is_kept = False


@contextmanager
def span(name: str, /, *, parent: str = "", **attributes: Value) -> Iterator[Work]:
    """Show the work of this block in the trace, below what is under way.

    ``parent``: W3C trace context that a message carried; the work belongs to that trace then, and links to what is
    under way here, which is the host's invocation.
    """
    started = _tracer.start_span(
        name,
        _carried(parent) if parent else None,
        kind=_KINDS[SPANS[name].kind],
        attributes=_named(attributes),
        record_exception=False,
        set_status_on_exception=False,
    )
    work = Work(started)
    if parent:
        work.also_of([traceparent()])
    with trace.use_span(started, record_exception=False, set_status_on_exception=False):
        try:
            yield work
        except BaseException as error:
            work.failed(error_name(error))
            started.end()
            raise
    if work.is_kept:
        started.end()


def error_name(error: BaseException) -> str:
    """Return what an error is called in telemetry: its class, never its message."""
    return type(error).__name__.lstrip("_")


@contextmanager
def continuing(traceparent: str | None) -> Iterator[None]:
    """Have the work of this block belong to the trace that a caller names, as the Functions host does."""
    token = context.attach(_carried(traceparent or ""))
    try:
        yield
    finally:
        context.detach(token)


@contextmanager
def of_tenant(tenant_id: str) -> Iterator[None]:
    """Have the spans and metrics of this block say whose they are, of several tenants; empty: nobody's."""
    token = _whose.set(tenant_id)
    try:
        yield
    finally:
        _whose.reset(token)


def traceparent() -> str:
    """Return the W3C trace context of what is under way, for a message to carry; empty where there is none."""
    carrier: dict[str, str] = {}
    _W3C.inject(carrier)
    return carrier.get("traceparent", "")


def count(name: str, amount: float = 1, /, **attributes: Value) -> None:
    """Add to a counter of ``INSTRUMENTS``."""
    if amount:
        _instrument(name).add(amount, _named(attributes))


def measure(name: str, value: float, /, **attributes: Value) -> None:
    """Add a measurement to a histogram of ``INSTRUMENTS``."""
    histogram: Histogram = _instrument(name)
    histogram.record(value, _named(attributes))


@cache
def _instrument(name: str) -> Any:
    made = INSTRUMENTS[name]
    if made.kind == "counter":
        return _meter.create_counter(made.name, unit=made.unit, description=made.what)
    return _meter.create_histogram(
        made.name, unit=made.unit, description=made.what, explicit_bucket_boundaries_advisory=made.boundaries
    )


def _named(attributes: dict[str, Value]) -> dict[str, str | int | float]:
    told = attributes | {"tenant": _whose.get() or None}
    return {ATTRIBUTES[key][0]: value for key, value in told.items() if value is not None}


def _carried(traceparent: str) -> context.Context:
    return _W3C.extract({"traceparent": traceparent}, context.get_current())


def _context(traceparent: str) -> SpanContext:
    return trace.get_current_span(_W3C.extract({"traceparent": traceparent}, context.Context())).get_span_context()
