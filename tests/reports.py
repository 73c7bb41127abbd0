"""A hand-built report for tests of what happens after the words are written."""

from typing import Any

import msgspec

from shared.models.assessment import Action, Assessment, Finding, Precondition, ScoreTerm
from shared.models.cases import Signal
from shared.models.dossier import Dossier, Fact, Gap, Source
from shared.models.identity import Identity
from shared.models.reports import Authorship, Report, Sentence, Step, Summary
from tests.records import ANNA, TENANT, minutes

EVENT = Source(kind="event", ref="UserRiskEvents detection-1")
REVOKE = Action(
    id="revoke_sessions",
    title="Revoke sessions",
    when="now",
    why="An attacker may hold a session.",
    facts=("F1",),
    method="POST",
    url=f"/users/{ANNA}/revokeSignInSessions",
    body="",
    permission="User.RevokeSessions.All",
    role="User Administrator",
    preconditions=(Precondition(text="the account exists", met=True),),
    reversible=False,
    reversal="The user signs in again.",
    blast_radius="This user, on every device.",
    does_not_fix=("Access tokens live on for up to an hour.",),
)


def said(text: str) -> Sentence:
    """Return a sentence that cites the first fact."""
    return Sentence(text=text, cites=("F1",))


def report(*, version: int = 1, name: str = "anna@woodgrovebank.com", **more: Any) -> Report:
    """Return a small whole report."""
    fact = Fact(
        id="F1", kind="risk.detection", text="Entra raised anomalousToken at 09:00 UTC.", at=minutes(0), source=EVENT
    )
    gap = Gap(
        id="G1",
        kinds=("user.auth_method",),
        what="authentication methods",
        reason="denied",
        detail="403 Authorization_RequestDenied",
        mend="Grant UserAuthenticationMethod.Read.All.",
        source=Source(kind="graph", ref=f"/users/{ANNA}/authentication/methods"),
    )
    finding = Finding(
        id="token_theft_pattern",
        family="detections",
        title="Token theft pattern",
        statement="Entra saw an anomalous token.",
        weight=40,
        facts=("F1",),
        techniques=("T1539",),
    )
    made = Report(
        case_id="case-0123456789ab",
        version=version,
        revision=version,
        generated_at=minutes(2),
        identity=Identity(tenant_id=TENANT, kind="user", id=ANNA, name=name),
        status="open",
        outcome=None,
        opened_at=minutes(0),
        signals=(
            Signal(
                key="k", reason="risky_detection", at=minutes(0), record_id="detection-1", category="UserRiskEvents"
            ),
        ),
        dossier=Dossier(facts=(fact,), gaps=(gap,), round_trips=1),
        assessment=Assessment(
            findings=(finding,),
            terms=(ScoreTerm(source="token_theft_pattern", label="Token theft pattern", points=40),),
            score=40,
            verdict="suspicious",
            verdict_reason="Risk without proof.",
            severity="medium",
            confidence="medium",
            confidence_reasons=("one source",),
            actions=(REVOKE,),
        ),
        summary=Summary(
            headline=said(f"{name} may have lost a session."),
            what_happened=(said("Entra raised anomalousToken at 09:00 UTC."),),
            why=(said("One detection."),),
            why_benign=(),
            stakes=(),
            steps=(Step(action_id="revoke_sessions", reason=said("Ends what an attacker may hold.")),),
            checks=(said("In the sign-in log of the hour after 09:00 UTC, compare ipAddress."),),
            questions=("Did you sign in at 09:00 UTC?",),
            unread=(Sentence(text="Authentication methods could not be read.", cites=("G1",)),),
            authorship=Authorship(writer="template"),
        ),
    )
    return msgspec.structs.replace(made, **more)
