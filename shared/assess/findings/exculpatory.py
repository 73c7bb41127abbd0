"""Findings that speak for the user. Each needs facts that say so, and no gap where the contrary could hide."""

from collections.abc import Callable

from shared.activities import folded
from shared.assess.closing import CLOSED_STATES, ClosingState
from shared.assess.findings.memory import excuse, harmless_before
from shared.assess.reading import Reading
from shared.assess.rule import Match, finding
from shared.assess.values import address_of, flag, moment, number
from shared.assess.wording import origin
from shared.models.dossier import Fact


@finding("Compliant, known device")
def compliant_known_device(reading: Reading) -> Match | None:
    """Every risky sign-in that was let in came from a compliant device that is not new to the user."""
    return _every_success(
        reading,
        lambda fact: flag(fact, "device_compliant") is True and flag(fact, "new_device") is not True,
        "came from a compliant device",
    )


@finding("Phishing-resistant MFA")
def phishing_resistant_mfa(reading: Reading) -> Match | None:
    """Every risky sign-in that was let in was proved with a method that cannot be relayed, there and on that device."""
    return _every_success(reading, reading.is_proven, "was proved with phishing-resistant MFA")


@finding("Familiar location")
def familiar_location(reading: Reading) -> Match | None:
    """Every risky sign-in that was let in came from a country and a network that the baseline knows."""
    return _every_success(
        reading,
        lambda fact: flag(fact, "new_country") is False and flag(fact, "new_asn") is False,
        f"came from a country and a network that the {reading.identity.noun} has used before",
        usual=_usually(reading),
    )


@finding("Trusted network")
def trusted_network(reading: Reading) -> Match | None:
    """Every risky sign-in that was let in came through a trusted named location."""
    return _every_success(reading, lambda fact: flag(fact, "trusted_network") is True, "came from a trusted network")


@finding("Password changed after the risk")
def password_changed_after_risk(reading: Reading) -> Match | None:
    """Changed after all risk evidence, and not from an address that the evidence names."""
    password = reading.one("user.password")
    changed_at = moment(password, "changed_at") if password else None
    last = reading.last_risk_at or max(reading.risk_times, default=None)
    if password is None or changed_at is None or last is None or changed_at <= last or reading.gap("audit"):
        return None
    changes = [fact for fact in reading.all("audit") if "password" in folded(fact.text_of("activity"))]
    if any(address_of(fact) in reading.risky_addresses for fact in changes):
        return None
    before = reading.risk_before(changed_at)
    facts = (password, before) if before else (password,)
    return Match(statement="The password was changed after the risk.", facts=facts)


@finding("Risk remediated")
def risk_remediated(reading: Reading) -> Match | None:
    """By the user's secure password change, by MFA, or by an administrator's reset."""
    return _closed(reading, "remediated", "The risk was remediated")


@finding("Risk dismissed")
def risk_dismissed(reading: Reading) -> Match | None:
    """Somebody, or Entra itself, decided that the risk does not count."""
    return _closed(reading, "dismissed", "The risk was dismissed")


@finding("Risk confirmed safe")
def risk_confirmed_safe(reading: Reading) -> Match | None:
    """An administrator said that it was the user."""
    return _closed(reading, "confirmed_safe", "The risk was confirmed as safe")


@finding("Confirmed safe by Entra")
def ai_confirmed_safe(reading: Reading) -> Match | None:
    """Entra took a detection back after looking at it again."""
    facts = [
        fact
        for fact in reading.all("risk.detection", "risk.user", "sign_in")
        if folded(fact.text_of("risk_detail")) == "aiconfirmedsigninsafe"
        and fact.text_of("risk_state").lower() in CLOSED_STATES
    ]
    if not facts:
        return None
    return Match(statement="Entra confirmed a sign-in as safe (aiConfirmedSigninSafe).", facts=tuple(facts))


@finding("Judged harmless before")
def harmless_in_earlier_case(reading: Reading) -> Match | None:
    """The same kind of risk from the same source was dismissed, or called benign by an analyst."""
    facts = harmless_before(reading)
    if not facts:
        return None
    return Match(
        statement="An earlier case with the same kind of risk from the same source was judged harmless.",
        facts=(*facts, *reading.detections[:1]),
        share=excuse(reading, facts),
    )


def _usually(reading: Reading) -> str:
    """Return how often the country was seen in the baseline, where the newest risky success says so."""
    baseline = reading.one("sign_in.baseline")
    last = reading.risky_successes[-1] if reading.risky_successes else None
    seen = number(last, "country_seen") if last else 0
    if baseline is None or last is None or not seen:
        return ""
    return f", in {seen} of {number(baseline, 'sign_ins')} sign-ins on {number(last, 'country_days')} days"


def _every_success(reading: Reading, proves: Callable[[Fact], bool], says: str, *, usual: str = "") -> Match | None:
    """A gap in the sign-ins may hide the one that proves nothing, so then none of this counts."""
    successes = reading.risky_successes
    if not successes or reading.gap("sign_in") or not all(proves(fact) for fact in successes):
        return None
    baseline = reading.one("sign_in.baseline")
    cited = (*successes, *([baseline] if usual and baseline else []))
    return Match(statement=f"The risky sign-in{origin(successes[-1])} {says}{usual}.", facts=cited)


def _closed(reading: Reading, state: ClosingState, says: str) -> Match | None:
    closing = reading.closing
    if closing is None or closing.state != state:
        return None
    detail = f" ({closing.detail})" if closing.detail.isalnum() and folded(closing.detail) != "none" else ""
    return Match(statement=f"{says}{detail}.", facts=closing.facts)
