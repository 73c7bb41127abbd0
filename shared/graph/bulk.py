"""The same look-up for many users at once: one query of a log, its items given to whom they are about."""

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from shared.graph.answers import Answer
from shared.graph.queries import Query
from shared.graph.user_queries import UserQueries

MOST_USERS = 15
"""Users in one filter: its URL stays below 2,048 characters."""


class Asker(msgspec.Struct, frozen=True, kw_only=True):
    """A user whose look-up waits, and how far back it reaches."""

    user_id: str
    history_since: datetime
    changes_since: datetime


class _Person(msgspec.Struct):
    id: str | None = None


class _Initiator(msgspec.Struct):
    user: _Person | None = None


class _Item(msgspec.Struct, rename="camel"):
    """What tells whom an item of any of these logs is about, and when it happened."""

    user_id: str | None = None
    created_date_time: datetime | None = None
    activity_date_time: datetime | None = None
    target_resources: tuple[_Person, ...] = ()
    initiated_by: _Initiator | None = None


class Kind(msgspec.Struct, frozen=True):
    """One look-up that can be asked together."""

    query: Callable[[UserQueries, Asker, Sequence[str]], Query]
    owners: Callable[[_Item], list[str | None]]
    since: Callable[[Asker], datetime | None]


KINDS: dict[str, Kind] = {
    "sign_ins": Kind(
        lambda q, who, others: q.sign_ins(who.user_id, who.history_since, others),
        lambda item: [item.user_id],
        lambda who: who.history_since,
    ),
    "audits_about": Kind(
        lambda q, who, others: q.audits_about(who.user_id, who.changes_since, others),
        lambda item: [target.id for target in item.target_resources],
        lambda who: who.changes_since,
    ),
    "audits_by": Kind(
        lambda q, who, others: q.audits_by(who.user_id, who.changes_since, others),
        lambda item: [item.initiated_by.user.id if item.initiated_by and item.initiated_by.user else None],
        lambda who: who.changes_since,
    ),
    "risk_detections": Kind(
        lambda q, who, others: q.risk_detections(who.user_id, others),
        lambda item: [item.user_id],
        lambda _: None,
    ),
}
"""By query id. Authentication methods are not among them: Graph has no list of everybody's."""


def single(queries: UserQueries, query_id: str, asker: Asker) -> Query:
    """Return the query as it is asked for one user."""
    return KINDS[query_id].query(queries, asker, ())


def together(queries: UserQueries, query_id: str, askers: Sequence[Asker]) -> Query:
    """Return one query for up to 15 users, reaching as far back as any of them needs."""
    widest = msgspec.structs.replace(
        askers[0],
        history_since=min(asker.history_since for asker in askers),
        changes_since=min(asker.changes_since for asker in askers),
    )
    return KINDS[query_id].query(queries, widest, [asker.user_id for asker in askers[1:]])


def shares(query_id: str, answer: Answer, askers: Sequence[Asker]) -> dict[str, tuple[msgspec.Raw, ...]] | None:
    """Return each user's items; None when an item can't be told whose it is, and so nobody's answer is whole."""
    kind = KINDS[query_id]
    found: dict[str, list[msgspec.Raw]] = {asker.user_id.lower(): [] for asker in askers}
    since = {asker.user_id.lower(): kind.since(asker) for asker in askers}
    for raw in answer.items:
        try:
            item = msgspec.json.decode(raw, type=_Item)
        except msgspec.DecodeError:
            return None
        at = item.created_date_time or item.activity_date_time
        for owner in {(name or "").lower() for name in kind.owners(item)} & found.keys():
            began = since[owner]
            if began is None or at is None or at >= began:
                found[owner].append(raw)
    return {owner: tuple(items) for owner, items in found.items()}
