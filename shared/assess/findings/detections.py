"""Findings from what Identity Protection reported, by risk event type."""

from collections.abc import Callable

from shared.activities import kind_of
from shared.assess.reading import Reading
from shared.assess.rule import Match, finding
from shared.assess.values import known_at, plain
from shared.assess.wording import level, origin, reported
from shared.hostile import quoted
from shared.models.dossier import Fact

LEVELS = ("low", "medium", "high")

TYPES: dict[str, tuple[str, ...]] = {
    "attacker_in_the_middle": ("attackerinTheMiddle",),
    "token_theft_pattern": ("anomalousToken", "tokenIssuerAnomaly", "attemptedPrtAccess"),
    "leaked_credentials": ("leakedCredentials",),
    "password_spray_success": ("passwordSpray",),
    "anonymous_ip_sign_in": ("anonymizedIPAddress", "riskyIPAddress"),
    "malicious_ip_sign_in": (
        "maliciousIPAddress",
        "maliciousIPAddressValidCredentialsBlockedIP",
        "malwareInfectedIPAddress",
        "suspiciousIPAddress",
    ),
    "threat_intelligence_match": (
        "investigationsThreatIntelligence",
        "investigationsThreatIntelligenceSigninLinked",
        "nationStateIP",
    ),
    "unfamiliar_sign_in": ("unfamiliarFeatures",),
    "suspicious_browser": ("suspiciousBrowser",),
    "impossible_travel": ("unlikelyTravel", "impossibleTravel", "mcasImpossibleTravel"),
    "new_country_sign_in": ("newCountry",),
    "suspicious_mfa_approval": ("authenticatorPhishing", "suspiciousAuthAppApproval"),
    "user_reported_suspicious_activity": ("userReportedSuspiciousActivity",),
    "admin_confirmed_compromised": (
        "adminConfirmedUserCompromised",
        "adminConfirmedSigninCompromised",
        "adminConfirmedServicePrincipalCompromised",
        "adminConfirmedAgentCompromised",
    ),
    "suspicious_inbox_detection": ("suspiciousInboxForwarding", "mcasSuspiciousInboxManipulationRules"),
    "anomalous_user_activity": (
        "anomalousUserActivity",
        "mcasFinSuspiciousFileAccess",
        "suspiciousAPITraffic",
        "suspiciousSendingPatterns",
    ),
    "compound_account_risk": ("aiCompoundAccountRisk",),
    "suspicious_workload_sign_ins": ("suspiciousSignins",),
    "anomalous_workload_activity": ("anomalousServicePrincipalActivity",),
    "malicious_application": ("maliciousApplication",),
    "suspicious_application": ("suspiciousApplication",),
    "other_risk_detection": ("generic",),
}
"""Documented risk event types by the finding that they belong to; compared without case."""

KNOWN = {plain(name) for names in TYPES.values() for name in names}


def detections(reading: Reading, finding_id: str) -> tuple[Fact, ...]:
    """Return the detections of a finding's types, open ones first choice, strongest and newest first."""
    names = {plain(name) for name in TYPES[finding_id]}
    return _strongest(reading, lambda fact: plain(fact.text_of("risk_event_type")) in names)


def reported_match(facts: tuple[Fact, ...]) -> Match | None:
    """Return a match that states the strongest detection and cites all; None without detections."""
    if not facts:
        return None
    statement = f"Identity Protection reported {reported(facts[0])}{origin(facts[0])}."
    return Match(statement=statement, facts=facts, level=facts[0].text_of("risk_level"))


@finding("Attacker in the middle", "T1557", "T1539")
def attacker_in_the_middle(reading: Reading) -> Match | None:
    """A phishing proxy took the session."""
    return reported_match(detections(reading, "attacker_in_the_middle"))


@finding("Token theft pattern", "T1539", "T1528")
def token_theft_pattern(reading: Reading) -> Match | None:
    """A token was used in a way that suggests theft."""
    return reported_match(detections(reading, "token_theft_pattern"))


@finding("Leaked credentials", "T1589.001", "T1078.004")
def leaked_credentials(reading: Reading) -> Match | None:
    """The user's valid password is for sale or public."""
    return reported_match(detections(reading, "leaked_credentials"))


@finding("Sign-in from an anonymous IP address", "T1090.003")
def anonymous_ip_sign_in(reading: Reading) -> Match | None:
    """Tor or an anonymous VPN."""
    return reported_match(detections(reading, "anonymous_ip_sign_in"))


@finding("Sign-in from a malicious IP address", "T1078.004")
def malicious_ip_sign_in(reading: Reading) -> Match | None:
    """An address known for attacks."""
    return reported_match(detections(reading, "malicious_ip_sign_in"))


@finding("Match with threat intelligence", "T1078.004")
def threat_intelligence_match(reading: Reading) -> Match | None:
    """Activity like that of known attackers."""
    return reported_match(detections(reading, "threat_intelligence_match"))


@finding("Unfamiliar sign-in", "T1078.004")
def unfamiliar_sign_in(reading: Reading) -> Match | None:
    """Properties that Entra has not seen for this user."""
    return reported_match(detections(reading, "unfamiliar_sign_in"))


@finding("Suspicious browser", "T1078.004")
def suspicious_browser(reading: Reading) -> Match | None:
    """One browser over many tenants and countries."""
    return reported_match(detections(reading, "suspicious_browser"))


@finding("Suspicious MFA approval", "T1621", "T1111")
def suspicious_mfa_approval(reading: Reading) -> Match | None:
    """MFA was approved in another place than it was asked for."""
    return reported_match(detections(reading, "suspicious_mfa_approval"))


@finding("User reported suspicious activity", "T1621")
def user_reported_suspicious_activity(reading: Reading) -> Match | None:
    """The user denied an MFA request and reported it: as a detection, or as the audit of the report."""
    if facts := detections(reading, "user_reported_suspicious_activity"):
        return reported_match(facts)
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


@finding("User at risk", "T1078.004")
def user_at_risk(reading: Reading) -> Match | None:
    """Entra holds the user at risk, and no open detection says why: it may have been made where we cannot look."""
    facts = [
        fact
        for fact in reading.all("risk.user")
        if fact.text_of("risk_state").lower() == "atrisk" and fact.text_of("risk_level").lower() != "hidden"
    ]
    if not facts or reading.detections or reading.closing:
        return None
    return Match(
        statement=f"Entra holds the user to be at risk{level(facts[-1])}, and no detection is known that says why.",
        facts=tuple(facts),
        level=facts[-1].text_of("risk_level"),
    )


@finding("Suspicious inbox activity", "T1564.008", "T1114.003")
def suspicious_inbox_detection(reading: Reading) -> Match | None:
    """Mail is forwarded or hidden."""
    return reported_match(detections(reading, "suspicious_inbox_detection"))


@finding("Anomalous user activity", "T1087.004", "T1098")
def anomalous_user_activity(reading: Reading) -> Match | None:
    """The account does what it does not usually do."""
    return reported_match(detections(reading, "anomalous_user_activity"))


@finding("Correlated risk from several products", "T1078.004")
def compound_account_risk(reading: Reading) -> Match | None:
    """Unified risk: several weaker signals that belong together."""
    return reported_match(detections(reading, "compound_account_risk"))


@finding("Suspicious sign-ins of a workload", "T1078.004")
def suspicious_workload_sign_ins(reading: Reading) -> Match | None:
    """Sign-in properties or patterns that are unusual for the service principal."""
    return reported_match(detections(reading, "suspicious_workload_sign_ins"))


@finding("Anomalous activity of a service principal", "T1098")
def anomalous_workload_activity(reading: Reading) -> Match | None:
    """Administrative behaviour that the service principal has not shown before."""
    return reported_match(detections(reading, "anomalous_workload_activity"))


@finding("Malicious application", "T1528")
def malicious_application(reading: Reading) -> Match | None:
    """Microsoft found that the application breaks its terms, and may have disabled it."""
    return reported_match(detections(reading, "malicious_application"))


@finding("Suspicious application", "T1528")
def suspicious_application(reading: Reading) -> Match | None:
    """Microsoft found that the application may be malicious."""
    return reported_match(detections(reading, "suspicious_application"))


@finding("Other risk detection")
def other_risk_detection(reading: Reading) -> Match | None:
    """Documented types without a finding of their own, above all ``generic``: a type that the licence hides."""
    return reported_match(detections(reading, "other_risk_detection"))


@finding("Unknown risk type")
def unknown_risk_type(reading: Reading) -> Match | None:
    """A type that Entra's documentation did not list when this was written: weighed as unknown."""
    return reported_match(_strongest(reading, lambda fact: plain(fact.text_of("risk_event_type")) not in KNOWN))


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
    return Match(statement="Entra reports a risk whose level or state the licence hides (hidden).", facts=facts)


def _strongest(reading: Reading, wanted: Callable[[Fact], bool]) -> tuple[Fact, ...]:
    facts = reading.open_or_all([fact for fact in reading.all("risk.detection") if wanted(fact)])
    return tuple(sorted(facts, key=lambda fact: (_rank(fact), known_at(fact) or reading.now), reverse=True))


def _rank(fact: Fact) -> int:
    grade = fact.text_of("risk_level").lower()
    return LEVELS.index(grade) + 1 if grade in LEVELS else 0


def _is_confirmed(fact: Fact) -> bool:
    return fact.text_of("risk_state").lower() == "confirmedcompromised"
