"""Run all rules over a reading and keep what verdict, score and actions ask of the findings."""

import difflib
import functools
from datetime import datetime

import msgspec

from shared import risk_types
from shared.assess import findings as families
from shared.assess.reading import Reading
from shared.assess.rule import Match, Rule, read_weights
from shared.assess.values import known_at
from shared.discovery import discover
from shared.errors import ConfigurationError
from shared.models.assessment import Finding
from shared.policy import Policy

RISK_FAMILIES = ("detections", "sign_ins", "credentials", "persistence", "changes", "patterns", "workloads")

NO_RISK = frozenset(
    {"expired_credential_used", "managed_identity", "privileged_permission_held", "unverified_publisher"}
)
"""Findings of these families that tell what the identity is, and no evidence of risk."""

RULES = tuple(discover(families, Rule))
WEIGHTS = read_weights(RULES)
risk_types.known_findings(rule.id for rule in RULES)


def check_weights(policy: Policy) -> None:
    """Refuse a policy that weighs a finding that does not exist. Raises ConfigurationError with the nearest name."""
    for finding_id in policy.weights:
        if finding_id not in WEIGHTS:
            near = difflib.get_close_matches(finding_id, WEIGHTS, n=1)
            hint = f"Did you mean `{near[0]}`?" if near else "shared/assess/weights.toml lists the findings."
            raise ConfigurationError(f"weights: there is no finding `{finding_id}`", hint=hint)


class Weighed(msgspec.Struct, frozen=True, kw_only=True):
    """A finding with what its score depends on."""

    finding: Finding
    closed: bool
    """All of its evidence was remediated, dismissed or confirmed safe."""
    at: datetime | None
    """When its newest evidence happened."""


class Grounds(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The findings of one reading."""

    reading: Reading
    weighed: tuple[Weighed, ...]
    """In the order of the rules: by family, then as written."""

    @functools.cached_property
    def open_ids(self) -> frozenset[str]:
        """Ids of findings whose evidence is not closed."""
        return frozenset(item.finding.id for item in self.weighed if not item.closed)

    @functools.cached_property
    def open_risk(self) -> frozenset[str]:
        """Ids of open findings that are evidence of risk, not of stakes, context or the user's side."""
        risky = (item.finding for item in self.weighed if not item.closed)
        return frozenset(found.id for found in risky if found.family in RISK_FAMILIES and found.id not in NO_RISK)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings alone."""
        return tuple(item.finding for item in self.weighed)

    def has(self, *finding_ids: str) -> bool:
        """Say whether one of these findings stands on open evidence."""
        return not self.open_ids.isdisjoint(finding_ids)

    def facts_of(self, *finding_ids: str) -> tuple[str, ...]:
        """Return the fact ids that these findings cite, once each."""
        cited = (fact for finding in self.findings if finding.id in finding_ids for fact in finding.facts)
        return tuple(dict.fromkeys(cited))


def find(reading: Reading) -> Grounds:
    """Return all findings of a reading. Rules are pure, so the same reading gives the same findings."""
    matches = ((rule, rule.find(reading)) for rule in RULES)
    return Grounds(reading=reading, weighed=tuple(_weighed(reading, rule, match) for rule, match in matches if match))


def _weighed(reading: Reading, rule: Rule, match: Match) -> Weighed:
    given = reading.policy.weight(rule.id)
    weight = round((given or WEIGHTS[rule.id]).at(match.level) * match.share)
    finding = Finding(
        id=rule.id,
        family=rule.family,
        title=rule.title,
        statement=match.statement,
        weight=weight,
        facts=tuple(dict.fromkeys([*(fact.id for fact in match.facts), *match.gaps])),
        techniques=match.techniques or rule.techniques,
    )
    closed = rule.family in RISK_FAMILIES and _is_closed(reading, rule, match)
    return Weighed(finding=finding, closed=closed, at=max(filter(None, map(known_at, match.facts)), default=None))


def _is_closed(reading: Reading, rule: Rule, match: Match) -> bool:
    # A new password closes the risk, not the foothold: only a judgement that it was harmless closes that.
    if rule.family in {"persistence", "changes"} and (reading.closing is None or reading.closing.state == "remediated"):
        return False
    return bool(match.facts) and all(reading.is_closed(fact) for fact in match.facts)
