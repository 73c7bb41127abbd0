"""Small real instances of everything that state keeps, for its tests."""

from datetime import UTC, datetime, timedelta

import msgspec

from shared.models.assessment import Assessment
from shared.models.cases import Campaign, Case, Parked, Signal
from shared.models.documents import Document, DocumentKind
from shared.models.dossier import Dossier, Fact, Source
from shared.models.feedback import Feedback
from shared.models.habits import Habits, Seen
from shared.models.identity import Identity
from shared.models.records import Device, Place, RiskDetection, SignIn
from shared.models.reports import Authorship, Delivery, Report, Sentence, Summary

NOON = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)
HOSTILE = "Robert'); DROP TABLE cases;-- \x00 \u202egnp.exe \U0001f9ff <script>&amp; ../%2e%00 \r\n"
"""Attackers choose display names and user agents."""


def after(seconds: float) -> datetime:
    """Return a moment after noon."""
    return NOON + timedelta(seconds=seconds)


def identity(number: int = 1, name: str | None = HOSTILE) -> Identity:
    """Return one of many users."""
    return Identity(tenant_id="tenant", kind="user", id=f"user-{number}", name=name)


def sign_in(number: int = 1, *, at: datetime = NOON, error_code: int = 0, user_agent: str = HOSTILE) -> SignIn:
    """Return a sign-in; its number makes its key."""
    return SignIn(
        category="SignInLogs",
        tenant_id="tenant",
        record_id=f"sign-in/{number:04}#?%",
        at=at,
        user_id="user-1",
        error_code=error_code,
        user_agent=user_agent,
        place=Place(city="Dübendorf", country="CH", latitude=47.4, longitude=8.62),
        device=Device(display_name=HOSTILE, is_compliant=False),
        risk_event_types=("anonymizedIPAddress",),
    )


def detection(state: str = "atRisk", *, at: datetime = NOON) -> RiskDetection:
    """Return a risk detection in a state; each state is another record."""
    return RiskDetection(
        category="UserRiskEvents",
        tenant_id="tenant",
        record_id="detection-1",
        at=at,
        user_id="user-1",
        risk_event_type="anonymizedIPAddress",
        risk_level="high",
        risk_state=state,
        updated_at=at,
    )


def case(
    number: int = 1, *, owner: int = 1, opened_at: datetime = NOON, last_signal_at: datetime = NOON, revision: int = 1
) -> Case:
    """Return a case of an identity."""
    signal = Signal(
        key=f"signal-{number}",
        reason="risky_detection",
        at=opened_at,
        record_id="detection-1",
        category="UserRiskEvents",
    )
    return Case(
        id=f"case-{number:012x}",
        identity=identity(owner),
        opened_at=opened_at,
        last_signal_at=last_signal_at,
        signals=(signal,),
        revision=revision,
    )


def campaign(number: int = 1, *, first_at: datetime = NOON, targeted: tuple[str, ...] = ("user-1",)) -> Campaign:
    """Return a password spray."""
    return Campaign(
        id=f"campaign-{number}",
        kind="password_spray",
        tenant_id="tenant",
        ip_address="2001:db8::1",
        first_at=first_at,
        last_at=first_at,
        targeted=targeted,
        succeeded=(),
    )


def report(version: int = 1, *, case_id: str = "case-1", text: str = HOSTILE) -> Report:
    """Return one version of a report."""
    sentence = Sentence(text=text, cites=("F1",))
    summary = Summary(
        headline=sentence,
        what_happened=(sentence,),
        why=(),
        why_benign=(),
        stakes=(),
        steps=(),
        questions=(),
        unread=(),
        authorship=Authorship(writer="template"),
    )
    fact = Fact(
        id="F1", kind="sign_in", text=text, values={"asn": 64496, "mfa": True}, source=Source(kind="event", ref="1")
    )
    assessment = Assessment(
        findings=(),
        terms=(),
        score=42,
        verdict="suspicious",
        verdict_reason="one finding",
        severity="medium",
        confidence="low",
        confidence_reasons=(),
        actions=(),
    )
    return Report(
        case_id=case_id,
        version=version,
        revision=version,
        generated_at=NOON,
        identity=identity(),
        status="open",
        outcome=None,
        opened_at=NOON,
        signals=(),
        dossier=Dossier(facts=(fact,)),
        assessment=assessment,
        summary=summary,
    )


def delivery(destination: str = "queue", *, version: int = 1, case_id: str = "case-1") -> Delivery:
    """Return the state of a case at a destination."""
    return Delivery(case_id=case_id, destination=destination, version=version, status="created", ticket="T-1", at=NOON)


def parked(number: int = 1, *, at: datetime = NOON, body: bytes = bytes(range(256))) -> Parked:
    """Return a dead letter whose body is no text."""
    return Parked(id=f"parked-{number}", kind="record", reason="not JSON", hint="look", body=body, at=at)


def habits(identity_key: str = "tenant|user|user-1", *, sign_ins: int = 40) -> Habits:
    """Return a profile whose names are as hostile as names can be."""
    day = NOON.date()
    seen = Seen(count=sign_ins, days=20, first=day, last=day)
    return Habits(
        identity_key=identity_key,
        since=NOON,
        until=after(60),
        sign_ins=sign_ins,
        days=20,
        last_day=day,
        seen={"app": {HOSTILE: seen}, "country": {"FI": seen}},
        asked_graph=True,
    )


def feedback(number: int = 1, *, seconds: float = 0, case: str = "case-a") -> Feedback:
    """Return one caller's opinion on a case."""
    return Feedback(
        id=f"feedback-{number}",
        case_id=case,
        rating="looksRight",
        classification="benignPositive",
        comment=HOSTILE,
        at=after(seconds),
        by=f"caller-{number}",
    )


def document(
    number: int = 1, *, kind: DocumentKind = "session", at: datetime = NOON, body: bytes = b'{"turns":1}'
) -> Document:
    """Return a caller's document."""
    return Document(kind=kind, id=f"{kind}-{number}", owner=f"caller-{number}", at=at, body=body)


def ended(one: Case) -> Case:
    """Return a case closed, with its report out."""
    return msgspec.structs.replace(one, status="closed", outcome="dismissed", triaged_revision=one.revision)


def member(one: Case) -> Case:
    """Return a case as part of a campaign."""
    return msgspec.structs.replace(one, campaign_id="case-c")
