"""What the rules conclude from a dossier: findings, score, verdict, severity, and the actions that fit."""

from datetime import datetime
from typing import Literal

import msgspec

type Verdict = Literal["compromised", "suspicious", "benign", "inconclusive"]
type Severity = Literal["informational", "low", "medium", "high", "critical"]
type Confidence = Literal["low", "medium", "high"]
type When = Literal["now", "next", "later"]
type Phase = Literal["contain", "evict", "recover", "learn"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A named conclusion of a rule."""

    id: str
    """snake_case and stable: playbooks and scenarios refer to it, e.g. ``mfa_fatigue_approved``."""
    family: str
    title: str
    statement: str
    """What it says about this identity, one sentence whose every detail its facts carry."""
    weight: int
    """Points it adds to the score; negative when it speaks for the user."""
    facts: tuple[str, ...]
    techniques: tuple[str, ...] = ()
    """MITRE ATT&CK technique ids, e.g. ``T1621``."""


class ScoreTerm(msgspec.Struct, frozen=True, kw_only=True):
    """One addend of the score, so that a person can redo the sum."""

    source: str
    """Finding id, or the name of the discount or cap."""
    label: str
    points: int


class Precondition(msgspec.Struct, frozen=True, kw_only=True):
    """Something that must hold before an action makes sense. ``met`` is None when a gap hides the answer."""

    text: str
    met: bool | None


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """A remediation that the evidence shows as done already, so that it is not offered again."""

    id: str
    """The action's id in the catalogue."""
    title: str
    text: str
    at: datetime | None
    """When it was done; None when only the result is known."""
    by: str
    """Who did it, in words; empty when nobody knows."""
    facts: tuple[str, ...]


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """A remediation from the catalogue, made exact for this identity. Nothing here is ever executed."""

    id: str
    title: str
    when: When
    why: str
    facts: tuple[str, ...]
    method: Literal["GET", "POST", "PATCH", "DELETE", "NONE"]
    """``NONE``: done outside Graph (on premises, in the home tenant, by a conversation)."""
    url: str
    """Graph path relative to v1.0, e.g. ``/users/…/revokeSignInSessions``; empty for ``NONE``."""
    body: str
    """JSON text of the request body; empty when there is none. Never holds a real password or pass."""
    permission: str
    """Least-privileged application permission."""
    role: str
    """Least directory role for a person who does it by hand."""
    preconditions: tuple[Precondition, ...]
    reversible: bool
    reversal: str
    """How to undo it, or why it can't be undone."""
    blast_radius: str
    """Whom and what it touches, in words."""
    does_not_fix: tuple[str, ...] = ()
    phase: Phase = "contain"
    """Place in a sound response: contain, evict, recover, learn."""
    after: tuple[str, ...] = ()
    """Ids of actions of the same plan that must be done first."""


class Assessment(msgspec.Struct, frozen=True, kw_only=True):
    """The judgement, with its reasons."""

    findings: tuple[Finding, ...]
    terms: tuple[ScoreTerm, ...]
    score: int
    """0 to 100."""
    verdict: Verdict
    verdict_reason: str
    severity: Severity
    confidence: Confidence
    confidence_reasons: tuple[str, ...]
    actions: tuple[Action, ...]
    """Eligible actions in the order they should be done."""
    withheld: tuple[Precondition, ...] = ()
    """Actions a reader would expect that were left out, and the precondition that failed."""

    done: tuple[Done, ...] = ()
    """Actions that need no doing any more, with when, by whom and the facts that show it."""

    def finding(self, finding_id: str) -> Finding | None:
        """Return the finding with an id, or None."""
        return next((finding for finding in self.findings if finding.id == finding_id), None)
