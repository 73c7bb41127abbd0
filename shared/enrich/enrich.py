"""From a case and its records to a dossier: ask Graph, merge, let each area state its facts, number them."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from shared.enrich import (
    audits,
    auth_methods,
    baseline,
    consents,
    devices,
    fitting,
    groups,
    inbox_rules,
    injection,
    profile,
    risk,
    roles,
    sign_in_patterns,
    sign_ins,
    spread_sprays,
)
from shared.enrich.asking import Asking
from shared.enrich.history import history_in
from shared.enrich.numbering import numbered
from shared.enrich.previous import previous_cases
from shared.enrich.view import DecodeResource, Enriched, Memories, View, is_about, view_of
from shared.enrich.workload import enrich_workload
from shared.graph.answers import Answers
from shared.graph.kept import NOTHING, LookUps
from shared.graph.reader import GraphReader
from shared.models.cases import Case
from shared.models.dossier import Fact, Gap, Source
from shared.models.records import AnyRecord
from shared.settings import Settings

OF_ACCOUNT = (
    *("user.manager", "user.role", "user.group", "user.auth_method", "user.auth_methods"),
    *("user.device", "user.consent", "user.inbox_rule"),
)
"""What can only be read of an account that is there."""

AREAS: tuple[Callable[[View], Iterator[Fact]], ...] = (
    profile.facts,
    roles.facts,
    groups.facts,
    risk.facts,
    sign_in_patterns.facts,
    spread_sprays.facts,
    sign_ins.facts,
    baseline.facts,
    audits.facts,
    auth_methods.facts,
    devices.facts,
    inbox_rules.facts,
    consents.facts,
    previous_cases,
    fitting.facts,
    injection.facts,
)
"""Each turns what is known into facts of its own kinds, and knows nothing of the others' facts."""
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


async def enrich(
    case: Case,
    records: Sequence[AnyRecord],
    graph: GraphReader,
    *,
    settings: Settings,
    now: datetime,
    decode_resource: DecodeResource,
    memory: Memories,
    kept: LookUps = NOTHING,
) -> Enriched:
    """Return all facts and gaps of a case, and the profile to keep.

    The facts are numbered in an order that depends on nothing but themselves.
    ``records``: what the stream brought about the identity, and sign-ins of others from the case's addresses;
    ``memory``: what is known from before; ``kept``: what an earlier update of the case read. Takes two HTTP requests
    to Graph as a rule. What can't be read is a gap; raises only when the state that keeps Graph's budgets does.
    """
    if case.identity.kind != "user":
        return await enrich_workload(
            case,
            records,
            graph,
            settings=settings,
            now=now,
            decode_resource=decode_resource,
            memory=memory,
            kept=kept,
        )
    deadline = graph.deadline()
    user_id, found = await _identified(case, graph, deadline)
    answers = found
    if user_id:
        own = [record for record in records if is_about(record, case)]
        asking = Asking(
            case=case, own=own, user_id=user_id, graph=graph, settings=settings, now=now, habits=memory.habits
        )
        answers = await _asked(asking, found, deadline, kept)
    history, unreadable = history_in(answers, decode_resource, case.identity.tenant_id)
    subject = user_id or case.identity.id
    view = view_of(case, records, history, answers, settings=settings, now=now, user_id=subject, memory=memory)
    facts = [fact for area in AREAS for fact in area(view)]
    gaps = [*answers.gaps(), *unreadable, *_gaps_of_identity(case, user_id, answers)]
    dossier = numbered(facts, gaps, answers.round_trips, answers.ages())
    return Enriched(dossier=dossier, habits=baseline.profile_to_keep(view), answers=answers)


async def _identified(case: Case, graph: GraphReader, deadline: datetime) -> tuple[str | None, Answers]:
    """Return the user's object id, and what was read to learn it.

    Entra logs names that it does not know without an object id; the name may still be a user's by now.
    """
    if _GUID.fullmatch(case.identity.id):
        return case.identity.id, Answers()
    if not case.identity.name or "@" not in case.identity.name:
        return None, Answers()
    answers = await graph.read([graph.user_queries.profile(case.identity.name)], deadline)
    users = answers.decode("profile", profile.User)
    return (users[0].id.lower() if users else None), answers


async def _asked(asking: Asking, found: Answers, deadline: datetime, kept: LookUps) -> Answers:
    """Return what was read about the user, with what was read to learn who it is."""
    first = [query for query in asking.first() if query.id not in found]
    is_fresh = asking.case.follow_ups > 0
    answers = await asking.graph.read(first, deadline, then=asking.second, kept=kept, is_fresh=is_fresh)
    answers.by_id = {**found.by_id, **answers.by_id}
    answers.round_trips += found.round_trips
    return answers


def _gaps_of_identity(case: Case, user_id: str | None, answers: Answers) -> Iterator[Gap]:
    """Yield the gap of an identity that Graph could not be asked about, or does not know (any more)."""
    if answers.is_absent("profile"):
        yield Gap(
            id="",
            kinds=OF_ACCOUNT,
            what="roles, groups, authentication methods, devices, consents and inbox rules of the account",
            reason="failed",
            detail="404 no such user",
            mend="Look under deleted users in the Microsoft Entra admin center; check that the app reads this tenant.",
            source=Source(kind="graph", ref=answers.ref("profile")),
        )
    if user_id is None and not answers.is_absent("profile"):
        yield Gap(
            id="",
            kinds=("user.profile", "user.account", "user.role", "user.auth_method", "user.device"),
            what="everything that Microsoft Graph knows about the user",
            reason="not_asked",
            detail="no object id is known",
            mend="Nothing to mend: Entra logs no object id for a user name that it does not know.",
            source=Source(kind="state", ref=case.id),
        )
