"""Changes of risk read from Graph in pages, for tenants that do not stream them; they go the way of streamed records.

A tick asks each feed in turn for one page, inside the part of Identity Protection's budget that polls have, until all
are read or nothing more is granted. How far a feed was read is kept after each page, and only after its records are:
a crash, a refusal or a full budget costs a page that is read again, never one that is not.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2b

import msgspec

from shared.clients import Services
from shared.errors import AccessDeniedError
from shared.graph.answers import Answer
from shared.graph.queries import Query
from shared.graph.risk_queries import RiskQueries
from shared.ingest.times import read_time
from shared.leases import Lease, leased
from shared.models.documents import Document
from shared.models.dossier import Gap
from shared.pipeline import take_in
from shared.telemetry import happened, span

FIRST_LOOK = timedelta(days=1)
"""How far back the first tick of all looks."""
OVERLAP = timedelta(hours=2)
"""Read again each time: Entra took up to two hours to report some changes of a user's risk."""
LEASE_SECONDS = 120.0
"""Longer than one page takes. A tick that dies holds up the next ones for no longer."""
REFUSED = {"denied", "unlicensed"}
MOST_PAGES = 20
"""In one tick, however much the budget grants: the next one goes on."""


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """A collection of Graph that changes are read from."""

    name: str
    query: Callable[[RiskQueries, datetime], Query]
    is_needed: bool
    """Whether a refusal is an error, not only a gap."""


FEEDS = (
    Feed(name="risky-users", query=RiskQueries.risky_users, is_needed=True),
    Feed(name="risk-detections", query=RiskQueries.risk_detections, is_needed=True),
    Feed(name="risky-service-principals", query=RiskQueries.risky_service_principals, is_needed=False),
)


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """How far a feed was read."""

    since: datetime
    """Changes from here on are being read."""
    latest: datetime
    """The latest change seen, never in the future."""
    rest: str = ""
    """URL of the page at which reading goes on; empty: the first."""
    seen: frozenset[str] = frozenset()
    """Digests of what the last complete reading found, because the overlap finds it again."""
    found: frozenset[str] = frozenset()
    """Digests of what this reading found so far."""


class Polled(msgspec.Struct, frozen=True, kw_only=True):
    """What a tick came to."""

    pages: int
    changes: int
    """Objects that were not seen before."""
    gaps: tuple[Gap, ...]
    """Why a feed was not read to its end."""


class _Changed(msgspec.Struct, rename="camel"):
    risk_last_updated_date_time: str | None = None
    detected_date_time: str | None = None


async def poll(services: Services) -> Polled | None:
    """Read what changed since the last tick; None when polling is off or another instance is at it.

    Raises AccessDeniedError when Graph refuses a feed that is needed, after the others were read.
    """
    if not services.settings.poll_risk:
        return None
    async with leased(f"poll|{services.settings.tenant_id}", services.state, LEASE_SECONDS) as lease:
        if lease is None:
            return None
        with span("poll") as work:
            polled, refused = await _tick(services, lease)
            work.note(round_trips=polled.pages, records=polled.changes, gaps=len(polled.gaps))
            if not polled.changes and not polled.gaps:
                work.forget()
    happened("risk polled", pages=polled.pages, changes=polled.changes, gaps=len(polled.gaps))
    for gap in polled.gaps:
        happened("risk poll stopped", what=gap.what, reason=gap.reason, detail=gap.detail)
    if refused is not None:
        raise AccessDeniedError(f"Graph refused {refused.what}: {refused.detail}", hint=refused.mend)
    return polled


async def _tick(services: Services, lease: Lease) -> tuple[Polled, Gap | None]:
    """Return what was read, and the refusal of a feed that is needed."""
    waiting = await _longest_unread_first(services)
    pages = changes = 0
    gaps: list[Gap] = []
    refused: Gap | None = None
    while waiting and pages < MOST_PAGES:
        feed = waiting.pop(0)
        new, answer = await _page(feed, services)
        pages += answer.state == "found"
        changes += new
        if answer.rest is not None:
            waiting.append(feed)
        elif answer.gaps:
            gap = answer.gaps[0]
            gaps.append(gap)
            if gap.reason in REFUSED:
                refused = refused or (gap if feed.is_needed else None)
            else:
                # Busy or down, and the feeds share one service.
                break
        await lease.renewed()
    return Polled(pages=pages, changes=changes, gaps=tuple(gaps)), refused


async def _longest_unread_first(services: Services) -> list[Feed]:
    """Return the feeds in turn: a budget of a single request a tick reaches each of them."""
    read_at = {document.id: document.at for document in await services.state.documents("poll")}
    never = datetime.min.replace(tzinfo=services.clock().tzinfo)
    return sorted(FEEDS, key=lambda feed: read_at.get(_id(feed, services), never))


async def _page(feed: Feed, services: Services) -> tuple[int, Answer]:
    """Read one page, take in what is new in it, and keep how far that was. Return how many are new."""
    now = services.clock()
    stored = await services.state.document("poll", _id(feed, services))
    document, etag = stored or (None, None)
    start = now - FIRST_LOOK
    position = msgspec.json.decode(document.body, type=Position) if document else Position(since=start, latest=start)
    query = feed.query(services.graph.risk_queries, position.since)
    if position.rest:
        query = replace(query, url=position.rest)
    answer = (await services.graph.read([query], services.graph.deadline()))[query.id]
    fresh: list[bytes] = []
    if answer.state == "found":
        fresh, position = _after(answer, position, now)
        if fresh:
            await take_in(fresh, services, source="poll")
    elif answer.gaps[0].reason == "failed":
        # The link to a page may have expired: the next tick reads from the first page again.
        position = msgspec.structs.replace(position, rest="")
    body = msgspec.json.encode(position)
    kept = Document(kind="poll", id=_id(feed, services), owner="", at=now, body=body)
    await services.state.save_document(kept, etag)
    return len(fresh), answer


def _after(answer: Answer, position: Position, now: datetime) -> tuple[list[bytes], Position]:
    """Return what a page has that was not seen, as it came, and the position after it."""
    fresh: list[bytes] = []
    found, latest = set(position.found), position.latest
    for raw in map(bytes, answer.items):
        digest = blake2b(raw, digest_size=8).hexdigest()
        at = _changed_at(raw)
        if at is not None and at < position.since:
            continue
        if digest not in found and digest not in position.seen:
            fresh.append(raw)
        found.add(digest)
        latest = max(latest, min(at or latest, now))
    if answer.rest is not None:
        return fresh, msgspec.structs.replace(position, latest=latest, rest=answer.rest, found=frozenset(found))
    if answer.gaps:
        # Not the end, though no page follows: from the first page again.
        return fresh, msgspec.structs.replace(position, latest=latest, rest="", found=frozenset(found))
    since = max(position.since, latest - OVERLAP)
    return fresh, Position(since=since, latest=latest, seen=frozenset(found))


def _changed_at(raw: bytes) -> datetime | None:
    """Return when an object changed; None for one that does not say, which is taken in and parked there."""
    try:
        told = msgspec.json.decode(raw, type=_Changed)
    except msgspec.DecodeError:
        return None
    return read_time(told.risk_last_updated_date_time) or read_time(told.detected_date_time)


def _id(feed: Feed, services: Services) -> str:
    return f"{feed.name}-{services.settings.tenant_id.lower()}"
