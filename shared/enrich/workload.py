"""From a service principal's case to its dossier: one batch for the object, a second for what the first named."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from shared.enrich import (
    audits,
    baseline,
    injection,
    risk,
    roles,
    sign_ins,
    workload_credentials,
    workload_permissions,
    workload_profile,
)
from shared.enrich.history import AUDITS_BEFORE, history_in
from shared.enrich.numbering import numbered
from shared.enrich.previous import previous_cases
from shared.enrich.view import DecodeResource, Enriched, Memories, View, is_about, view_of
from shared.graph.answers import Answers
from shared.graph.kept import LookUps
from shared.graph.queries import Query
from shared.graph.reader import GraphReader
from shared.graph.workload_queries import WorkloadQueries
from shared.models.cases import Case
from shared.models.dossier import Fact, Gap, Source
from shared.models.identity import STAND_IN
from shared.models.records import AnyRecord, RiskyWorkload, WorkloadDetection, WorkloadSignIn
from shared.settings import Settings

AREAS: tuple[Callable[[View], Iterator[Fact]], ...] = (
    workload_profile.facts,
    workload_credentials.facts,
    workload_permissions.facts,
    roles.facts,
    risk.facts,
    sign_ins.facts,
    baseline.facts,
    audits.facts,
    previous_cases,
    injection.facts,
)


async def enrich_workload(
    case: Case,
    records: Sequence[AnyRecord],
    graph: GraphReader,
    *,
    settings: Settings,
    now: datetime,
    decode_resource: DecodeResource,
    memory: Memories,
    kept: LookUps,
) -> Enriched:
    """Return all facts and gaps of a service principal's case. What can't be read is a gap."""
    own = [record for record in records if is_about(record, case)]
    app_id = _app_id(own)
    since = max(now - timedelta(days=settings.history_days), case.opened_at - AUDITS_BEFORE)
    answers, gaps = Answers(), list[Gap]()
    if case.identity.id.startswith(STAND_IN):
        gaps.append(_unknown_object(case))
    else:
        queries = graph.workload_queries
        answers = await graph.read(
            _first(queries, case.identity.id, app_id, own, since),
            graph.deadline(),
            then=lambda seen: _second(queries, seen, since),
            kept=kept,
            is_fresh=case.follow_ups > 0,
        )
    history, unreadable = history_in(answers, decode_resource, case.identity.tenant_id)
    view = view_of(case, records, history, answers, settings=settings, now=now, user_id=case.identity.id, memory=memory)
    facts = [fact for area in AREAS for fact in area(view)]
    dossier = numbered(facts, [*answers.gaps(), *unreadable, *gaps], answers.round_trips, answers.ages())
    return Enriched(dossier=dossier, habits=baseline.profile_to_keep(view), answers=answers)


def _first(
    q: WorkloadQueries, object_id: str, app_id: str | None, own: Sequence[AnyRecord], since: datetime
) -> list[Query]:
    detected = any(isinstance(record, WorkloadDetection) for record in own)
    state = any(isinstance(record, RiskyWorkload) for record in own)
    risk_query = [] if detected and state else [q.detections(object_id) if state else q.risky(object_id)]
    return [
        q.service_principal(object_id),
        q.owners(object_id),
        q.app_roles(object_id),
        q.grants(object_id),
        q.role_assignments(object_id),
        *([q.application(app_id)] if app_id else []),
        q.audits_about(object_id, since),
        *([q.audits_by(app_id, since)] if app_id else []),
        *risk_query,
    ]


def _second(q: WorkloadQueries, seen: Answers, since: datetime) -> list[Query]:
    more = [q.resource(resource) for resource in workload_permissions.resources(seen)]
    if application := workload_credentials.application_id(seen):
        more.append(q.federated_credentials(application))
        more.append(q.application_owners(application))
        more.append(q.audits_about(application, since, "audits_about_application"))
    return more


def _app_id(own: Sequence[AnyRecord]) -> str | None:
    kinds = WorkloadDetection | RiskyWorkload | WorkloadSignIn
    return next((record.app_id for record in own if isinstance(record, kinds) and record.app_id), None)


def _unknown_object(case: Case) -> Gap:
    return Gap(
        id="",
        kinds=("workload.profile", "workload.owner", "workload.credential", "workload.app_role"),
        what="everything that Microsoft Graph knows about the service principal",
        reason="not_asked",
        detail="no object id is known",
        mend="Nothing to mend: the application has no service principal in this tenant.",
        source=Source(kind="state", ref=case.id),
    )
