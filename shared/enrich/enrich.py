"""From a case and its records to a dossier: ask Graph, merge, let each area state its facts, number them."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

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
from shared.enrich.history import AUDITS_BEFORE, history_in
from shared.enrich.kept import is_usable
from shared.enrich.numbering import numbered
from shared.enrich.previous import previous_cases
from shared.enrich.view import DecodeResource, Enriched, Memories, View, beginning, is_about, view_of
from shared.enrich.workload import enrich_workload
from shared.graph.answers import Answer, Answers
from shared.graph.kept import NOTHING, LookUps
from shared.graph.queries import Queries, Query
from shared.graph.reader import GraphReader
from shared.models.cases import Case
from shared.models.dossier import Fact, Gap, Source
from shared.models.habits import Habits
from shared.models.records import AnyRecord, RiskDetection, RiskyUser, SignIn
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
IDENTITY_PROTECTION_PATIENCE = 1.5
"""Seconds to wait for the one request a second, when the stream has brought no detection at all."""
REPORTS_PATIENCE = 8.0
"""Seconds to wait for the reports bucket, for privileged users and attacks that are known to have succeeded."""
URGENT = frozenset({"confirmed_compromised", "password_spray_success", "mfa_fatigue"})
GRAVE = frozenset({"critical", "high"})
"""Severities of an earlier report that make an identity urgent."""
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
        first = _first_queries(case, records, graph.queries, user_id, settings=settings, now=now, habits=memory.habits)
        first += _about_tenant(case, records, graph)
        if "profile" in found:
            first = [query for query in first if query.id != "profile"]
        if _is_urgent(case):
            first = [replace(query, turn="urgent") for query in first]
        answers = await graph.read(
            first,
            deadline,
            then=lambda seen: _second_queries(case, records, graph, user_id, seen),
            kept=kept,
            is_fresh=case.follow_ups > 0,
        )
        answers.by_id = {**found.by_id, **answers.by_id}
        answers.round_trips += found.round_trips
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
    answers = await graph.read([graph.queries.profile(case.identity.name)], deadline)
    users = answers.decode("profile", profile.User)
    return (users[0].id.lower() if users else None), answers


def _first_queries(
    case: Case,
    records: Sequence[AnyRecord],
    q: Queries,
    user_id: str,
    *,
    settings: Settings,
    now: datetime,
    habits: Habits | None,
) -> list[Query]:
    """Return what is asked of every user, the most telling of each bucket first."""
    since = now - timedelta(days=settings.history_days)
    changes_since = max(since, case.opened_at - AUDITS_BEFORE)
    own = [record for record in records if is_about(record, case)]
    risk_query = q.risk_detections if any(isinstance(r, RiskyUser) for r in own) else q.risky_user
    began = beginning(case, own)
    known = _has_history(own, began, settings) or _is_kept(habits, own, began)
    history = [] if known else [q.sign_ins(user_id, since)]
    return [
        q.profile(user_id),
        q.manager(user_id),
        q.groups(user_id),
        q.role_assignments([user_id]),
        q.role_eligibility(user_id),
        q.role_activations(user_id),
        q.auth_methods(user_id),
        q.devices(user_id),
        q.inbox_rules(user_id),
        q.consents(user_id),
        *history,
        q.audits_about(user_id, changes_since),
        q.audits_by(user_id, changes_since),
        risk_query(user_id),
    ]


def _second_queries(
    case: Case, records: Sequence[AnyRecord], graph: GraphReader, user_id: str, seen: Answers
) -> list[Query]:
    """Return what the first answers made worth asking, and once more what must not be missing for this user."""
    q = graph.queries
    more = [q.app(client_id) for client_id in consents.clients(seen)]
    if assignable := groups.role_assignable(seen):
        more.append(q.role_assignments([group.id for group in assignable], "group_roles"))
    tenant = graph.tenant_queries
    more += [tenant.writeback()] if fitting.is_synchronised(seen) else []
    more += [tenant.role_holders(fitting.GLOBAL_ADMINISTRATOR)] if fitting.holds_top_role(seen) else []
    streamed = any(isinstance(record, RiskDetection) and is_about(record, case) for record in records)
    if "risk_detections" not in seen and not streamed and _may_have_detections(seen):
        more.append(replace(q.risk_detections(user_id), patience_seconds=IDENTITY_PROTECTION_PATIENCE))
    if roles.is_privileged(seen) or _is_urgent(case):
        spent = [a.query for a in seen.values() if a.query.bucket == "reports" and _is_not_asked(a)]
        more += [replace(query, patience_seconds=REPORTS_PATIENCE, turn="urgent") for query in spent]
    return more


def _is_urgent(case: Case) -> bool:
    """Say whether a case goes first where Graph has no room for all, before anything is known of the account."""
    return case.severity in GRAVE or any(signal.reason in URGENT for signal in case.signals)


def _about_tenant(case: Case, records: Sequence[AnyRecord], graph: GraphReader) -> list[Query]:
    """Return what of the tenant decides which remedy fits; a readable detection shows the licence by itself."""
    q = graph.tenant_queries
    detections = [record for record in records if isinstance(record, RiskDetection) and is_about(record, case)]
    shown = any((record.risk_level or "hidden").lower() != "hidden" for record in detections)
    return [q.domains()] if shown else [q.domains(), q.licences()]


def _has_history(own: Sequence[AnyRecord], began: datetime, settings: Settings) -> bool:
    """Say whether the stream itself reaches back far enough to know what is usual."""
    before = [r for r in own if isinstance(r, SignIn) and r.succeeded and r.at < began]
    reach = min((r.at for r in before), default=began)
    return len(before) >= 3 * baseline.FEWEST and began - reach >= timedelta(days=settings.history_days) / 2


def _is_kept(habits: Habits | None, own: Sequence[AnyRecord], began: datetime) -> bool:
    """Say whether Graph has told the history once, this case can use it, and the stream goes on telling it."""
    streamed = any(isinstance(record, SignIn) for record in own)
    return habits is not None and habits.asked_graph and streamed and is_usable(habits, began)


def _may_have_detections(seen: Answers) -> bool:
    """Say whether asking for detections can bring any: not for somebody who was never at risk."""
    if seen.is_absent("risky_user"):
        return False
    states = seen.decode("risky_user", risk.State)
    return states is None or any(state.risk_state not in {None, "none"} for state in states)


def _is_not_asked(answer: Answer) -> bool:
    return answer.state == "missing" and any(gap.reason == "not_asked" for gap in answer.gaps)


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
