"""Findings from what Identity Protection reported; which types drive which finding is in risk_types.toml."""

from collections.abc import Callable

from shared import risk_types
from shared.activities import kind_of
from shared.assess.reading import Reading
from shared.assess.rule import Match, Rule, finding
from shared.assess.values import known_at
from shared.assess.wording import level, origin, reported
from shared.hostile import quoted
from shared.models.dossier import Fact
from shared.risk_types import RiskType

LEVELS = ("low", "medium", "high")


def detections(reading: Reading, finding_id: str) -> tuple[Fact, ...]:
    """Return the detections of a finding's types, open ones first choice, strongest and newest first."""

    def belongs(fact: Fact) -> bool:
        row = _type_of(reading, fact)
        return row is not None and row.finding == finding_id

    return _strongest(reading, belongs)


def reported_match(reading: Reading, facts: tuple[Fact, ...]) -> Match | None:
    """Return a match that states the strongest detection and cites all; None without detections."""
    if not facts:
        return None
    rows = [row for fact in facts if (row := _type_of(reading, fact))]
    shown = next((risk_types.LICENCES[row.shown_with] for row in rows[:1] if row.shown_with), "")
    end = f"; {shown} would show which." if shown else "."
    return Match(
        statement=f"Identity Protection reported {reported(facts[0])}{origin(facts[0])}{end}",
        facts=facts,
        level=facts[0].text_of("risk_level"),
        techniques=tuple(dict.fromkeys(technique for row in rows for technique in row.techniques)),
    )


def typed(finding_id: str, title: str) -> Rule:
    """Return the rule of a finding that fires on its types of detection; techniques are those of the types."""
    return Rule(
        id=finding_id,
        family="detections",
        title=title,
        techniques=(),
        find=lambda reading: reported_match(reading, detections(reading, finding_id)),
    )


attacker_in_the_middle = typed("attacker_in_the_middle", "Attacker in the middle")
token_theft_pattern = typed("token_theft_pattern", "Token theft pattern")
leaked_credentials = typed("leaked_credentials", "Leaked credentials")
anonymous_ip_sign_in = typed("anonymous_ip_sign_in", "Sign-in from an anonymous IP address")
malicious_ip_sign_in = typed("malicious_ip_sign_in", "Sign-in from a malicious IP address")
threat_intelligence_match = typed("threat_intelligence_match", "Match with threat intelligence")
unfamiliar_sign_in = typed("unfamiliar_sign_in", "Unfamiliar sign-in")
suspicious_browser = typed("suspicious_browser", "Suspicious browser")
suspicious_mfa_approval = typed("suspicious_mfa_approval", "Suspicious MFA approval")
suspicious_inbox_detection = typed("suspicious_inbox_detection", "Suspicious inbox activity")
anomalous_user_activity = typed("anomalous_user_activity", "Anomalous user activity")
compound_account_risk = typed("compound_account_risk", "Correlated risk from several products")

anomalous_workload_activity = typed("anomalous_workload_activity", "Anomalous activity of a service principal")
malicious_application = typed("malicious_application", "Malicious application")
suspicious_application = typed("suspicious_application", "Suspicious application")
suspicious_workload_sign_ins = typed("suspicious_workload_sign_ins", "Suspicious sign-ins of a workload")
directory_reconnaissance = typed("directory_reconnaissance", "Reconnaissance of the directory")

agent_malicious_from_start = typed("agent_malicious_from_start", "Agent malicious from the start")
failed_access_attempts = typed("failed_access_attempts", "Failed attempts at access")
sign_in_spike = typed("sign_in_spike", "Spike of sign-ins")
suspicious_credential_use = typed("suspicious_credential_use", "Suspicious use of a credential")
unfamiliar_resource_access = typed("unfamiliar_resource_access", "Access to unfamiliar resources")

other_risk_detection = typed("other_risk_detection", "Other risk detection")
"""``generic``: a type that the licence hides."""


@finding("User reported suspicious activity", "T1621")
def user_reported_suspicious_activity(reading: Reading) -> Match | None:
    """The user denied an MFA request and reported it: as a detection, or as the audit of the report."""
    if facts := detections(reading, "user_reported_suspicious_activity"):
        return reported_match(reading, facts)
    reports = [
        fact for fact in reading.all("audit") if kind_of(fact.text_of("activity")) == "suspicious_activity_reported"
    ]
    if not reports:
        return None
    return Match(
        statement=f"The audit log holds {quoted(reports[-1].text_of('activity'))}{origin(reports[-1])}.",
        facts=reading.open_or_all(reports),
    )


@finding("Administrator confirmed the compromise", "T1078.004")
def admin_confirmed_compromised(reading: Reading) -> Match | None:
    """Somebody with the right to say so confirmed it, on the user, a detection or a sign-in."""
    confirmed = [fact for fact in reading.all("risk.user", "risk.detection", "sign_in") if _is_confirmed(fact)]
    facts = reading.open_or_all([*detections(reading, "admin_confirmed_compromised"), *confirmed])
    if not facts:
        return None
    statement = f"Identity Protection reported {reported(facts[0])}."
    if any(fact in confirmed for fact in facts):
        statement = "The compromise was confirmed in Entra (confirmedCompromised)."
    return Match(statement=statement, facts=tuple({fact.id: fact for fact in facts}.values()))


@finding("Risk without a known detection", "T1078.004")
def user_at_risk(reading: Reading) -> Match | None:
    """Entra holds the identity at risk, and no open detection says why: it may have been made where we cannot look."""
    facts = [
        fact
        for fact in reading.all("risk.user")
        if fact.text_of("risk_state").lower() == "atrisk" and fact.text_of("risk_level").lower() != "hidden"
    ]
    if not facts or reading.detections or reading.closing:
        return None
    return Match(
        statement=f"Entra holds the {reading.identity.noun} to be at risk{level(facts[-1])}, "
        "and no detection is known that says why.",
        facts=tuple(facts),
        level=facts[-1].text_of("risk_level"),
    )


@finding("Unknown risk type")
def unknown_risk_type(reading: Reading) -> Match | None:
    """A type that Entra's documentation did not list when this was written: weighed as unknown."""
    return reported_match(reading, _strongest(reading, lambda fact: _type_of(reading, fact) is None))


@finding("Risk hidden by the licence")
def hidden_risk(reading: Reading) -> Match | None:
    """Entra has an opinion and does not show it: unknown, never none."""
    hidden = [
        fact
        for fact in reading.all("risk.detection", "risk.user", "sign_in")
        if "hidden" in {fact.text_of("risk_level").lower(), fact.text_of("risk_state").lower()}
    ]
    if not hidden:
        return None
    facts = reading.open_or_all(hidden)
    shown = risk_types.shown_with(reading.identity.kind)
    return Match(
        statement=f"Entra reports a risk whose level or state the licence hides (hidden); {shown} would show it.",
        facts=facts,
    )


def _type_of(reading: Reading, fact: Fact) -> RiskType | None:
    return risk_types.find(reading.identity.kind, fact.text_of("risk_event_type"))


def _strongest(reading: Reading, wanted: Callable[[Fact], bool]) -> tuple[Fact, ...]:
    facts = reading.open_or_all([fact for fact in reading.all("risk.detection") if wanted(fact)])
    return tuple(sorted(facts, key=lambda fact: (_rank(fact), known_at(fact) or reading.now), reverse=True))


def _rank(fact: Fact) -> int:
    grade = fact.text_of("risk_level").lower()
    return LEVELS.index(grade) + 1 if grade in LEVELS else 0


def _is_confirmed(fact: Fact) -> bool:
    return fact.text_of("risk_state").lower() == "confirmedcompromised"
