"""Where telemetry goes: nowhere unless asked, to Azure Monitor with its connection string, elsewhere by OTEL_ variables."""

import asyncio
import gzip
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web

from functions.exporting import CONNECTION, exporter_of, switch_on

ROOT = Path(__file__).parents[2]
KEY = "00000000-0000-0000-0000-000000000001"
SAYS = """
import threading
from functions import exporting
exporting.READY_SECONDS = 0
import function_app
from shared.telemetry import count, measure, span
with span("ingest", source="risk_events"), span("correlate", records=3):
    count("records", 3, source="risk_events", outcome="taken")
    measure("event_age", 2.5, source="risk_events")
for thread in threading.enumerate():
    if isinstance(thread, threading.Timer):
        thread.join()
"""


@pytest.mark.parametrize(
    ("environ", "traces", "metrics"),
    [
        ({}, "", ""),
        ({CONNECTION: "InstrumentationKey=1"}, "azure_monitor", "azure_monitor"),
        ({CONNECTION: "InstrumentationKey=1", "OTEL_METRICS_EXPORTER": "none"}, "azure_monitor", ""),
        ({CONNECTION: "InstrumentationKey=1", "OTEL_TRACES_EXPORTER": "otlp"}, "otlp", "azure_monitor"),
        ({"OTEL_TRACES_EXPORTER": "console"}, "console", ""),
    ],
)
def test_who_is_exported_to(environ: dict[str, str], traces: str, metrics: str) -> None:
    """OpenTelemetry's own variables come before the connection string."""
    assert (exporter_of("traces", environ), exporter_of("metrics", environ)) == (traces, metrics)


def test_an_exporter_that_is_not_there_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """The app starts without it, and says so."""
    with caplog.at_level(logging.WARNING):
        switch_on({"OTEL_TRACES_EXPORTER": "no-such-exporter"})
    assert 'telemetry is off {"error":"ConfigurationError"}' in caplog.text


async def test_azure_monitor_gets_spans_and_metrics() -> None:
    """The app alone, given a connection string: what it did is at the ingestion endpoint when its process has ended."""
    items: list[dict[str, Any]] = []

    async def track(request: web.Request) -> web.Response:
        body = await request.read()
        told = json.loads(gzip.decompress(body) if request.headers.get("Content-Encoding") == "gzip" else body)
        items.extend(told)
        return web.json_response({"itemsReceived": len(told), "itemsAccepted": len(told), "errors": []})

    runner = web.AppRunner(app := web.Application())
    app.router.add_post("/{version}/track", track)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        endpoint = f"http://127.0.0.1:{runner.addresses[0][1]}"
        environ = {
            **os.environ,
            CONNECTION: f"InstrumentationKey={KEY};IngestionEndpoint={endpoint}",
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", SAYS, cwd=ROOT, env=environ, stderr=asyncio.subprocess.PIPE
        )
        _, problems = await asyncio.wait_for(process.communicate(), 60)
    finally:
        await runner.cleanup()
    assert process.returncode == 0
    assert problems.decode() == ""
    by_type = {item["data"]["baseType"]: [] for item in items}
    for item in items:
        by_type[item["data"]["baseType"]].append(item["data"]["baseData"])
    spans = {one["name"]: one for one in by_type["RequestData"] + by_type["RemoteDependencyData"]}
    assert spans["ingest"]["properties"] == {"entra_triage.source": "risk_events"}
    assert set(spans) == {"ingest", "correlate"}
    values = {metric["name"]: metric["value"] for one in by_type["MetricData"] for metric in one["metrics"]}
    assert values == {"entra_triage.records": 3, "entra_triage.event.age": 2.5}
    assert {item["iKey"] for item in items} == {KEY}
    assert msgspec.json.encode(items).decode().count("127.0.0.1") == 0
