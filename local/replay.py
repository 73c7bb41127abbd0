"""Recorded events through the whole pipeline, one step at a time: the same input gives the same bytes."""

import tempfile
import uuid
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from local.host.event_log import MAX_EVENT_BYTES
from local.host.invocations import Watcher
from local.outcome import write_outcome
from local.several import tenants_here
from local.system import RISK_HUB, UNLIMITED, System, running
from local.tenant import Tenant
from shared.clock import ManualClock
from shared.errors import InvalidRequestError
from shared.ingest import decode
from shared.ingest.bodies import elements, without_bom
from shared.models.records import AnyRecord, RiskDetection
from shared.settings import Settings
from shared.state.sqlite import MEMORY
from shared.tenants.choice import UNASSIGNED
from shared.tenants.file import Tenants

STEP_SECONDS = 1.0
"""How far the clock moves after each message, so that budgets per second refill as they would in life."""
SETTINGS = Settings(state_path=MEMORY, destinations=("queue",), graph_share=UNLIMITED)


async def replay_several(
    tenants: Sequence[Tenant], file: Path, bodies: Sequence[bytes], out: Path, *, now: datetime | None = None
) -> dict[str, dict[str, Any]]:
    """Run event bodies against a stand-in for each tenant of a file; write each outcome under ``out/TENANT_ID``.

    Return the summaries by tenant; what is nobody's by ``unassigned``. Nothing is sent but to the tenants' queues, and
    no model is asked. Raises ConfigurationError.
    """
    settings = msgspec.structs.replace(SETTINGS, tenants_path=str(file))
    here = tenants_here(settings, destinations=("queue",), graph_share=UNLIMITED, model_provider="offline")
    clock = ManualClock(now or latest_moment(bodies))
    async with _ran(tenants, bodies, settings, clock, file=here) as system:
        several = {**system.app.tenants, UNASSIGNED: system.app.own}
        return {name: await write_outcome(services, out / name, {}) for name, services in several.items()}


async def replay(
    tenant: Tenant,
    bodies: Sequence[bytes],
    out: Path,
    *,
    now: datetime | None = None,
    policy: Path | None = None,
    settings: Settings | None = None,
    watch: Watcher | None = None,
) -> dict[str, Any]:
    """Run event bodies against a stand-in tenant; write the outcome under ``out`` and return the summary.

    ``now``: where the clock starts; by default the latest moment in the events. ``policy``: a policy file.
    ``settings``: where state is, and how long updates are gathered; by default embedded.
    ``watch``: hears of each invocation.
    Raises ConfigurationError where that is not sound.
    """
    clock = ManualClock(now or latest_moment(bodies))
    settings = msgspec.structs.replace(
        settings or SETTINGS, tenant_id=tenant_of(bodies), policy_path=str(policy) if policy else ""
    )
    settings.check()
    async with _ran([tenant], bodies, settings, clock, watch=watch) as system:
        return await write_outcome(system.services, out, {})


@asynccontextmanager
async def _ran(
    tenants: Sequence[Tenant],
    bodies: Sequence[bytes],
    settings: Settings,
    clock: ManualClock,
    *,
    file: Tenants | None = None,
    watch: Watcher | None = None,
) -> AsyncIterator[System]:
    """Run bodies to the end and hand out the system."""
    with tempfile.TemporaryDirectory(prefix="entra-triage-") as folder:
        where = Path(folder)
        async with running(
            tenants,
            where,
            settings,
            clock=clock,
            sleep=clock.sleep,
            mode="stepped",
            file=file,
            on_invocation=watch,
        ) as system:
            for body in bodies:
                system.events.append(RISK_HUB, [body], partition_key="replay")
            await _run_to_the_end(system, clock)
            yield system


async def _run_to_the_end(system: System, clock: ManualClock) -> None:
    """Batch by batch: take it in, triage what is due at once; at the end, run what was put off."""
    arrived = True
    while arrived:
        arrived = await system.host.step_event_hubs()
        while await system.host.step_queues():
            clock.advance(STEP_SECONDS)
    while await system.host.step_queues(ignore_visibility=True):
        clock.advance(STEP_SECONDS)


def latest_moment(bodies: Iterable[bytes]) -> datetime:
    """Return the latest time that any readable record carries; a fixed day when none does."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    any_tenant = str(uuid.UUID(int=0))
    records = (r for body in bodies for r in decode(body, received_at=start, default_tenant=any_tenant).records)
    return max((_latest(record) for record in records), default=start)


def tenant_of(bodies: Iterable[bytes]) -> str:
    """Return the tenant that the first readable record names, for records that name none."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    records = (record for body in bodies for record in decode(body, received_at=start).records)
    return next((record.tenant_id for record in records), str(uuid.UUID(int=0)))


def _latest(record: AnyRecord) -> datetime:
    if isinstance(record, RiskDetection):
        return max(moment for moment in (record.at, record.detected_at, record.updated_at) if moment)
    return record.at


def read_bodies(paths: Iterable[Path]) -> list[bytes]:
    """Read recorded messages: each file is one body, a JSON list of bodies, or one body a line.

    A list is of bodies when its elements are ``{"records": […]}`` objects or texts; else it is one body of records.
    """
    bodies: list[bytes] = []
    for path in paths:
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise InvalidRequestError(f"`{path}` can't be read: {error.strerror}", hint="Check the path.") from error
        bodies += [part for body in _bodies_of(raw) for part in within_limit(body, MAX_EVENT_BYTES)]
    return bodies


def within_limit(body: bytes, most: int) -> list[bytes]:
    """Split a body that an event hub would not take; a record that is too long by itself stays and is refused there."""
    if len(body) <= most:
        return [body]
    bodies: list[list[bytes]] = []
    size = 0
    for element in elements(without_bom(body)):
        size += len(element) + 1
        if not bodies or size + len(wrapped(())) > most:
            bodies.append([])
            size = len(element) + 1
        bodies[-1].append(element)
    return [wrapped(records) for records in bodies] if len(bodies) > 1 else [body]


def wrapped(records: Iterable[bytes]) -> bytes:
    """Return records as a message body."""
    return b'{"records":[' + b",".join(records) + b"]}"


def _bodies_of(raw: bytes) -> list[bytes]:
    try:
        elements = msgspec.json.decode(raw, type=list[msgspec.Raw])
    except (msgspec.DecodeError, msgspec.ValidationError):
        return [raw]
    bodies = [_body(bytes(element)) for element in elements]
    if not any(body is not None for body in bodies):
        return [raw]
    return [body if body is not None else bytes(element) for body, element in zip(bodies, elements, strict=True)]


def _body(element: bytes) -> bytes | None:
    """Return an element as a message body, or None when it looks like a record."""
    if element.startswith(b'"'):
        return msgspec.json.decode(element, type=str).encode()
    try:
        keys = msgspec.json.decode(element, type=dict[str, msgspec.Raw])
    except msgspec.DecodeError:
        return None
    return element if "records" in keys else None
