"""What the areas look at: the case, the records of its identity sorted by kind, and Graph's answers."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import msgspec

from shared.enrich.merging import latest_detections, latest_sign_ins, latest_user_risk
from shared.enrich.statement import event, graph
from shared.graph.answers import Answers
from shared.models.cases import Case
from shared.models.dossier import Dossier, Source
from shared.models.feedback import Feedback, PastCase
from shared.models.habits import Habits
from shared.models.records import (
    AnyRecord,
    DirectoryAudit,
    Record,
    ResourceKind,
    RiskDetection,
    RiskyUser,
    RiskyWorkload,
    SignIn,
    WorkloadDetection,
)
from shared.settings import Settings

type DecodeResource = Callable[[ResourceKind, bytes, str], AnyRecord]
"""Turns the JSON of a Graph resource into our record; raises MalformedRecordError."""

_PATHS: dict[type[Record], str] = {
    SignIn: "/auditLogs/signIns",
    DirectoryAudit: "/auditLogs/directoryAudits",
    RiskDetection: "/identityProtection/riskDetections",
    RiskyUser: "/identityProtection/riskyUsers",
    WorkloadDetection: "/identityProtection/servicePrincipalRiskDetections",
    RiskyWorkload: "/identityProtection/riskyServicePrincipals",
}


@dataclass(frozen=True, kw_only=True)
class Memories:
    """What is known of the identity from before this case."""

    habits: Habits | None = None
    previous: tuple[PastCase, ...] = ()
    feedback: tuple[Feedback, ...] = ()
    """What analysts have said of this case itself."""


@dataclass(frozen=True, kw_only=True)
class View:
    """Everything that is known about one case, each sign-in, detection and change once, in its latest state."""

    case: Case
    settings: Settings
    now: datetime
    answers: Answers
    sign_ins: tuple[SignIn, ...]
    """The identity's own, oldest first."""
    from_addresses: tuple[SignIn, ...]
    """Everybody's sign-ins from the addresses of the case, the identity's included, oldest first."""
    detections: tuple[RiskDetection, ...]
    user_risk: RiskyUser | None
    audits: tuple[DirectoryAudit, ...]
    streamed: frozenset[tuple[type[Record], str]]
    habits: Habits | None
    """What is usual for the identity, as an earlier triage left it."""
    previous: tuple[PastCase, ...]
    """Earlier cases of the identity, oldest first."""
    feedback: tuple[Feedback, ...]
    """What analysts have said of this case itself."""
    user_id: str
    """Object id; for an identity known by name only, the one that Graph gave."""

    @cached_property
    def risk_began(self) -> datetime:
        """Return when the case's evidence begins: an offline detection is about a time before its first signal."""
        return beginning(self.case, (*self.detections, *self.sign_ins))

    @cached_property
    def risky_addresses(self) -> frozenset[str]:
        """Return the addresses that detections, and the case's own sign-ins and changes, name."""
        signalled = {signal.record_id for signal in self.case.signals}
        named = [r.ip_address for r in self.detections]
        named += [r.ip_address for r in self.sign_ins if r.record_id in signalled]
        named += [r.ip_address for r in self.audits if r.record_id in signalled]
        return frozenset(address for address in named if address)

    @property
    def who(self) -> str:
        """Return what the identity is, in a word or two."""
        return self.case.identity.noun

    @property
    def is_deleted(self) -> bool:
        """Say whether Graph knows no such user or service principal."""
        return self.answers.is_absent("profile") or self.answers.is_absent("service_principal")

    def source(self, record: Record) -> Source:
        """Return where a record was seen: in the stream, else in Graph."""
        if (type(record), record.record_id) in self.streamed:
            return event(record.category, record.record_id)
        return graph(f"{_PATHS[type(record)]}/{record.record_id}")


class Enriched(msgspec.Struct, frozen=True, kw_only=True):
    """What enrichment brings: the dossier, and the profile to keep for the next case (None: nothing new)."""

    dossier: Dossier
    habits: Habits | None
    answers: Answers
    """What Graph answered, for whoever keeps it until the next update."""


def view_of(
    case: Case,
    records: Sequence[AnyRecord],
    history: Sequence[AnyRecord],
    answers: Answers,
    *,
    settings: Settings,
    now: datetime,
    user_id: str,
    memory: Memories,
) -> View:
    """Return the view of streamed records and of the history that Graph gave, merged."""
    records, history = settings.policy.with_trust(records), settings.policy.with_trust(history)
    own = [r for r in records if is_about(r, case)]
    everything = [*own, *history]
    return View(
        case=case,
        settings=settings,
        now=now,
        answers=answers,
        sign_ins=latest_sign_ins(_of(SignIn, own), _of(SignIn, history)),
        from_addresses=latest_sign_ins(_of(SignIn, records), ()),
        detections=latest_detections(_of(RiskDetection, everything)),
        user_risk=latest_user_risk(_of(RiskyUser, everything)),
        audits=tuple(sorted({r.record_id: r for r in _of(DirectoryAudit, [*history, *own])}.values(), key=_when)),
        streamed=frozenset((type(r), r.record_id) for r in own),
        user_id=user_id,
        habits=memory.habits,
        previous=memory.previous,
        feedback=memory.feedback,
    )


def beginning(case: Case, records: Iterable[AnyRecord]) -> datetime:
    """Return when the evidence of a case begins: the oldest of its signals' detections and sign-ins."""
    signalled = {signal.record_id for signal in case.signals}
    evidence = (r.at for r in records if isinstance(r, RiskDetection | SignIn) and r.record_id in signalled)
    return min([case.opened_at, *evidence])


def is_about(record: AnyRecord, case: Case) -> bool:
    """Say whether a record is about the case's identity, or about what it did, rather than about a neighbour."""
    match record:
        case SignIn():
            return record.user_id == case.identity.id
        case DirectoryAudit():
            return record.initiator_id == case.identity.id or any(t.id == case.identity.id for t in record.targets)
        case RiskDetection() | RiskyUser():
            return record.identity.id == case.identity.id
        case _:
            return False


def _of[T: Record](kind: type[T], records: Iterable[AnyRecord]) -> list[T]:
    return [r for r in records if isinstance(r, kind)]


def _when(record: Record) -> tuple[datetime, str]:
    return record.at, record.record_id
