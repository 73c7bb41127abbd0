"""Small phrases for statements, made from fact values only, with hostile text quoted and tamed."""

from collections.abc import Sequence

from shared.assess.values import address_of
from shared.hostile import clean, quoted
from shared.models.dossier import Fact

RISK_TYPES = {
    "adminconfirmedusercompromised": "a confirmation by an administrator",
    "aicompoundaccountrisk": "correlated risk signals from several products",
    "anomalousserviceprincipalactivity": "anomalous activity of the service principal",
    "adminconfirmedserviceprincipalcompromised": "a confirmation by an administrator",
    "maliciousapplication": "a malicious application",
    "suspiciousapplication": "a suspicious application",
    "suspicioussignins": "suspicious sign-ins",
    "anomaloustoken": "an anomalous token",
    "anomaloususeractivity": "anomalous user activity",
    "anonymizedipaddress": "a sign-in from an anonymous IP address",
    "attackerinthemiddle": "an attacker in the middle",
    "attemptedprtaccess": "a possible attempt to access the primary refresh token",
    "authenticatorphishing": "a suspicious approval of an MFA request",
    "generic": "an additional risk that it does not name",
    "impossibletravel": "impossible travel",
    "investigationsthreatintelligence": "a match with threat intelligence",
    "investigationsthreatintelligencesigninlinked": "a match with threat intelligence",
    "leakedcredentials": "leaked credentials",
    "maliciousipaddress": "a sign-in from a malicious IP address",
    "mcasfinsuspiciousfileaccess": "mass access to sensitive files",
    "mcasimpossibletravel": "impossible travel",
    "mcassuspiciousinboxmanipulationrules": "suspicious inbox rules",
    "nationstateip": "a sign-in from an IP address of a verified threat actor",
    "newcountry": "a sign-in from a new country",
    "passwordspray": "a password spray in which the password was right",
    "riskyipaddress": "activity from an anonymous IP address",
    "suspiciousapitraffic": "suspicious API traffic",
    "suspiciousauthappapproval": "a suspicious approval of an MFA request",
    "suspiciousbrowser": "a suspicious browser",
    "suspiciousinboxforwarding": "suspicious inbox forwarding",
    "suspicioussendingpatterns": "suspicious sending patterns",
    "tokenissueranomaly": "an anomaly of the token issuer",
    "unfamiliarfeatures": "unfamiliar sign-in properties",
    "unlikelytravel": "atypical travel",
    "userreportedsuspiciousactivity": "suspicious activity reported by the user",
}


def origin(fact: Fact) -> str:
    """Return `` from 203.0.113.5 in Lagos, NG``, with whatever of it is known; empty when nothing is."""
    address = address_of(fact)
    where = ", ".join(name for name in (_name(fact, "city"), _name(fact, "country")) if name)
    return (f" from {address}" if address else "") + (f" in {where}" if where else "")


def reported(fact: Fact) -> str:
    """Return what Identity Protection reported, e.g. ``an anomalous token (anomalousToken) at high risk``."""
    kind = fact.text_of("risk_event_type")
    label = RISK_TYPES.get(kind.lower())
    named = f"{label} ({kind})" if label else f"a risk of the type {quoted(kind)}" if kind else "a risk without a type"
    return f"{named}{level(fact)}"


def level(fact: Fact) -> str:
    """Return `` at high risk``; says so when the licence hides it, and is empty when there is none."""
    value = fact.text_of("risk_level").lower()
    if value == "hidden":
        return " at a level that the licence hides"
    return f" at {value} risk" if value in {"low", "medium", "high"} else ""


def to_app(sign_in: Fact) -> str:
    """Return `` to "Office 365"``, or nothing when the application is not known."""
    app = sign_in.text_of("app")
    return f" to {quoted(app)}" if app else ""


def method_name(method: Fact) -> str:
    """Return what people call an authentication method, or else what Graph calls it, in quotes."""
    return quoted(method.text_of("name") or method.text_of("method"))


def listed(texts: Sequence[str]) -> str:
    """Return ``a, b and c``."""
    return " and ".join(filter(None, [", ".join(texts[:-1]), texts[-1]])) if texts else ""


def _name(fact: Fact, name: str) -> str:
    return clean(fact.text_of(name))
