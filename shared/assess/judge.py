"""Judge a dossier from top to bottom: read it, run the rules, decide, add up, and choose the actions."""

from datetime import datetime

from shared.assess.choose import choose
from shared.assess.grounds import find
from shared.assess.reading import read
from shared.assess.score import add_up
from shared.assess.severity import confidence_of, severity_of
from shared.assess.verdict import decide
from shared.models.assessment import Assessment
from shared.models.dossier import Dossier
from shared.models.identity import Identity
from shared.policy import Policy


def assess(
    dossier: Dossier,
    *,
    identity: Identity,
    status: str,
    outcome: str | None,
    now: datetime,
    policy: Policy,
) -> Assessment:
    """Return the judgement of a case. Pure: the same input gives the same judgement, whatever the order of the facts.

    ``status`` is ``open`` or ``closed``, ``outcome`` how it was closed; ``now`` is an aware time and decides only how
    old evidence is. ``policy`` tunes thresholds and weights.
    """
    grounds = find(read(dossier, identity=identity, status=status, outcome=outcome, now=now, policy=policy))
    decision = decide(grounds)
    terms = add_up(grounds, decision.verdict)
    confidence, confidence_reasons = confidence_of(grounds, decision.verdict)
    severity = severity_of(grounds, decision.verdict)
    plan = choose(grounds, decision.verdict, severity)
    return Assessment(
        findings=grounds.findings,
        terms=terms,
        score=sum(term.points for term in terms),
        verdict=decision.verdict,
        verdict_reason=decision.reason,
        severity=severity,
        confidence=confidence,
        confidence_reasons=confidence_reasons,
        actions=plan.actions,
        withheld=plan.withheld,
        done=plan.done,
    )
