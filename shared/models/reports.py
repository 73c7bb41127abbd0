"""Reports: one version of a case's triage, its words, and what happened when it was delivered."""

from datetime import datetime
from typing import Literal

import msgspec

from shared.models.assessment import Assessment
from shared.models.cases import Case, Outcome, Signal
from shared.models.dossier import Dossier
from shared.models.identity import Identity


class Sentence(msgspec.Struct, frozen=True, kw_only=True):
    """One sentence with the facts that carry it."""

    text: str
    cites: tuple[str, ...]
    """Ids of facts (``F7``), gaps (``G1``) or findings that support it."""
    written_by: Literal["template", "model"] = "template"


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A chosen action, in order, with the reason in words."""

    action_id: str
    reason: Sentence


class Rejection(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence of the model that the evidence does not carry, and why it was cut."""

    section: str
    reason: str
    """Which check failed, e.g. ``number not in cited facts``. Never the sentence itself."""


class Authorship(msgspec.Struct, frozen=True, kw_only=True):
    """Who wrote the words."""

    writer: str
    """``template``, or the model's name."""
    fallback: str | None = None
    """Why the template wrote all of it although a model is configured."""
    repaired: bool = False
    rejections: tuple[Rejection, ...] = ()
    input_tokens: int = 0
    output_tokens: int = 0


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The words of a report. Every sentence has passed ``check``."""

    headline: Sentence
    what_happened: tuple[Sentence, ...]
    why: tuple[Sentence, ...]
    """How sure we are and why."""
    why_benign: tuple[Sentence, ...]
    stakes: tuple[Sentence, ...]
    steps: tuple[Step, ...]
    checks: tuple[Sentence, ...] = ()
    """What to look at next, from the runbooks of the gravest open detections."""
    questions: tuple[str, ...]
    """To ask the user, over a channel the attacker does not hold."""
    unread: tuple[Sentence, ...]
    """What could not be read, from the gaps."""
    authorship: Authorship


UNWRITTEN = Summary(
    headline=Sentence(text="", cites=()),
    what_happened=(),
    why=(),
    why_benign=(),
    stakes=(),
    steps=(),
    questions=(),
    unread=(),
    authorship=Authorship(writer=""),
)
"""Of a report that has no words yet."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a case's triage."""

    schema_version: Literal[1] = 1
    case_id: str
    version: int
    revision: int
    """The case revision it covers."""
    policy: str = ""
    """Fingerprint of the policy that judged it."""
    generated_at: datetime
    identity: Identity
    status: Literal["open", "closed"]
    outcome: Outcome | None
    opened_at: datetime
    signals: tuple[Signal, ...]
    campaign_id: str = ""
    """The case of the campaign that this one is part of."""
    dossier: Dossier
    assessment: Assessment
    summary: Summary

    @property
    def idempotency_key(self) -> str:
        """Return the key under which every destination sees this version once."""
        return f"{self.case_id}-v{self.version}"


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """State of one case at one destination."""

    case_id: str
    destination: str
    version: int
    """Report version last attempted."""
    status: Literal["created", "updated", "closed", "shadow", "pending", "failed"]
    ticket: str | None = None
    """The destination's own ticket id, reused for every update."""
    delivered: int = 0
    """Report version that last arrived there; 0 for none. What changed is told against it."""
    detail: str | None = None
    """Why it failed: error type and status."""
    hint: str | None = None
    """What a person can do about it: the setting or the right to look at."""
    first_at: datetime | None = None
    """When the case first arrived there; None before."""
    at: datetime


def unwritten(case: Case, dossier: Dossier, assessment: Assessment, *, policy: str, at: datetime) -> Report:
    """Return the next version of a case's report, without words."""
    return Report(
        case_id=case.id,
        version=case.report_version + 1,
        policy=policy,
        revision=case.revision,
        generated_at=at,
        identity=case.identity,
        status=case.status,
        outcome=case.outcome,
        opened_at=case.opened_at,
        signals=case.signals,
        campaign_id=case.campaign_id,
        dossier=dossier,
        assessment=assessment,
        summary=UNWRITTEN,
    )


def says_the_same(before: Report, report: Report) -> bool:
    """Say whether a report would tell its readers nothing new: then no version of it is made."""
    return _said(before) == _said(report)


def _said(report: Report) -> tuple[object, ...]:
    """Return what a report says; when Graph was asked for a fact, or why it is not there yet, is no news."""
    facts = [
        msgspec.structs.replace(fact, source=msgspec.structs.replace(fact.source, read_at=None))
        for fact in report.dossier.facts
    ]
    gaps = [(gap.what, None if gap.is_passing else gap) for gap in report.dossier.gaps]
    return report.signals, report.status, report.campaign_id, report.assessment, facts, gaps
