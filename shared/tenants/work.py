"""The work of functions shared out: each record, message and tick goes to the tenant whose it is."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import msgspec

from shared import pipeline, upkeep
from shared.app import App
from shared.clients import Services
from shared.errors import ConfigurationError, MalformedRecordError, NotFoundError
from shared.ingest import as_one_body, decode, tenant_named_in
from shared.ingest.bodies import elements, without_bom
from shared.models.cases import Parked
from shared.parking import parked_body, parked_strangers
from shared.pipeline import Source, TakenIn
from shared.state.addressed import opened
from shared.telemetry import of_tenant, went_wrong

NOBODY = ""
"""In place of a tenant: for what names none."""
NOTHING_PARKED = "List what is parked with GET /api/parked."
PARK_HINT = "Put the tenant into the file that TRIAGE_TENANTS_PATH names, then replay this."


async def take_in(bodies: Sequence[bytes], app: App, *, source: Source) -> TakenIn:
    """Take in event bodies, each record with its own tenant. What is of a tenant not in the file is parked, unread.

    A tenant whose part fails does not stop the others; its error is raised when they are done. Raises as
    ``pipeline.take_in`` does.
    """
    if not app.tenants:
        return await pipeline.take_in(bodies, app.own, source=source)
    shares: dict[str, list[bytes]] = {}
    letters: list[Parked] = []
    for body in bodies:
        try:
            found = _shares(body, app)
        except Exception as fault:  # noqa: BLE001 - a bug must not block its partition for ever, nor lose the body
            letters.append(parked_body(body, fault, app.own.clock()))
            continue
        for tenant_id, share in found.items():
            if tenant_id in app.tenants or tenant_id == NOBODY:
                shares.setdefault(tenant_id, []).append(share)
            else:
                letters.append(parked_strangers(tenant_id, share, len(elements(share)), app.own.clock()))
    whose = {NOBODY: app.own, **app.tenants}
    work = {tenant_id: pipeline.take_in(share, whose[tenant_id], source=source) for tenant_id, share in shares.items()}
    done = [await _park(letters, app.own), *await _all(work)]
    return TakenIn(*(sum(counts) for counts in zip(*map(msgspec.structs.astuple, done), strict=True)))


@contextmanager
def addressee(body: bytes, app: App) -> Iterator[tuple[Services, bytes]]:
    """Yield whose a queue message is, and the message: what is done with it is told as that tenant's.

    Raises ConfigurationError for a tenant that is not there.
    """
    services, message = _addressee(body, app)
    with of_tenant(services.tenant_id):
        yield services, message


def _addressee(body: bytes, app: App) -> tuple[Services, bytes]:
    if not app.tenants:
        return app.own, body
    tenant_id, message = opened(body)
    if tenant_id not in app.tenants:
        raise ConfigurationError(
            f"a message of tenant `{tenant_id}`, which is not in the file of tenants",
            hint="Put the tenant back into the file and replay the message, or let it go.",
        )
    return app.tenants[tenant_id], message


async def park_failed(body: bytes, app: App) -> Parked:
    """Keep a triage request that the queue gave up on, with its tenant; one of no tenant's as it is, with the app."""
    try:
        services, message = _addressee(body, app)
    except ConfigurationError:
        services, message = app.own, body
    with of_tenant(services.tenant_id):
        return await upkeep.park_failed(message, services)


async def for_each(app: App, work: Callable[[Services], Awaitable[object]]) -> None:
    """Do something for every tenant. One that fails stops no other; the first error is raised when all are done."""
    await _all({services.tenant_id: work(services) for services in app.all})


async def replay_parked(parked_id: str, services: Services, app: App) -> None:
    """Put something parked back where it came from, then forget it.

    A record goes to the tenant that it names, which may be in the file by now. Raises NotFoundError for an unknown id,
    MalformedRecordError for a record that can't be read, or is of a tenant that is not in the file.
    """
    if not app.tenants:
        await upkeep.replay_parked(parked_id, services)
        return
    parked = next((item for item in await services.state.parked() if item.id == parked_id), None)
    shares = _shares(parked.body, app) if parked is not None and parked.kind == "record" else {}
    if services is not app.own:
        # Whoever may see this tenant must not put another's record to work, whatever lies parked here.
        if shares.keys() - {services.settings.tenant_id, NOBODY}:
            raise NotFoundError(f"nothing of this tenant parked as `{parked_id}`", hint=NOTHING_PARKED)
        await upkeep.replay_parked(parked_id, services)
    elif not shares.keys() & app.tenants.keys():
        if shares.keys() - {NOBODY}:
            raise MalformedRecordError(f"`{parked_id}` is of no tenant in the file", hint=PARK_HINT)
        await upkeep.replay_parked(parked_id, services)
    else:
        await take_in([parked.body] if parked else [], app, source="replay")
        await services.state.unpark(parked_id)


async def _park(letters: Sequence[Parked], own: Services) -> TakenIn:
    for letter in letters:
        await own.state.park(letter)
    count = sum(letter.count for letter in letters)
    if count:
        await own.state.add_counts({"dead_lettered": count})
    return TakenIn(records=0, ignored=0, dead_lettered=count, cases=0)


async def _all[T](work: Mapping[str, Awaitable[T]]) -> list[T]:
    """Wait for what is done for each tenant; raise the first error when all have ended."""

    async def told(tenant_id: str, one: Awaitable[T]) -> T:
        with of_tenant(tenant_id):
            return await one

    results = await asyncio.gather(*map(told, work.keys(), work.values()), return_exceptions=True)
    errors = {tenant: one for tenant, one in zip(work, results, strict=True) if isinstance(one, BaseException)}
    for tenant_id, error in errors.items():
        went_wrong("work for a tenant failed", error, tenant=tenant_id)
    for error in errors.values():
        raise error
    return [one for one in results if not isinstance(one, BaseException)]


def _shares(body: bytes, app: App) -> dict[str, bytes]:
    """Return a body by the tenant whose each record is: all of it, as it came, where that is one tenant of the file."""
    now = app.own.clock()
    whole = decode(body, received_at=now)
    named = {record.tenant_id for record in whole.records}
    if not whole.parked and len(named) == 1 and named <= app.tenants.keys():
        return {named.pop(): body}
    found: dict[str, list[bytes]] = {}
    for element in elements(without_bom(body)):
        one = decode(element, received_at=now)
        tenant_id = next((record.tenant_id for record in one.records), None)
        if tenant_id is None:
            named_there = tenant_named_in(element)
            tenant_id = named_there if named_there in app.tenants else NOBODY
        found.setdefault(tenant_id or NOBODY, []).append(element)
    return {tenant_id: as_one_body(several) for tenant_id, several in found.items()}
