"""Findings about how the password or the second factor was got past."""

from datetime import datetime

from shared.activities import folded
from shared.assess.findings.detections import detections, reported_match
from shared.assess.reading import Reading, is_phishing_resistant, newness, succeeded
from shared.assess.rule import Match, finding
from shared.assess.values import address_of, items, moment, number, utc
from shared.assess.wording import origin, to_app
from shared.hostile import quoted
from shared.models.dossier import Fact
from shared.patterns.alone import GUESS_WINDOW
from shared.patterns.clients import is_legacy
from shared.patterns.codes import PASSWORD_WAS_RIGHT

WRONG_PASSWORD = {50126, 50053, 50055, 50056}
DEVICE_CODE_BROKER = folded("Microsoft Authentication Broker")


@finding("Password spray with the right password", "T1110.003")
def password_spray_success(reading: Reading) -> Match | None:
    """Entra's detection needs a right password; ours needs this user to have got past it from the sprayer's address."""
    if facts := detections(reading, "password_spray_success"):
        return reported_match(reading, facts)
    for spray in reversed(reading.all("sign_in.spray")):
        let_in = [
            fact
            for fact in reading.all("sign_in")
            if _is_of(spray, fact) and number(fact, "error_code") in PASSWORD_WAS_RIGHT
        ]
        if let_in:
            source = address_of(spray) or f"{number(spray, 'addresses')} addresses"
            statement = f"The password was right in a password spray from {source}."
            return Match(statement=statement, facts=(spray, *let_in))
    return None


@finding("Risky sign-in with the password alone", "T1078.004")
def single_factor_risky_sign_in(reading: Reading) -> Match | None:
    """No second factor stood between the password and the session."""
    seen = [fact for fact in reading.risky_sign_ins if succeeded(fact) and _is_single_factor(fact)]
    if not seen:
        return None
    facts = reading.open_or_all(seen)
    statement = f"A risky sign-in{to_app(facts[-1])}{origin(facts[-1])} succeeded with a single factor."
    return Match(statement=statement, facts=facts)


@finding("MFA prompts denied, then one approved", "T1621")
def mfa_fatigue_approved(reading: Reading) -> Match | None:
    """The user gave in to a burst of prompts, or somebody else approved."""
    seen = [fact for fact in reading.all("sign_in.mfa_denials") if moment(fact, "approved_at")]
    if not seen:
        return None
    facts = reading.open_or_all(seen)
    statement = f"{_denials(facts[-1])} were denied, and then one was approved."
    return Match(statement=statement, facts=facts)


@finding("MFA prompts denied", "T1621")
def mfa_fatigue_denied(reading: Reading) -> Match | None:
    """A burst of prompts, none approved so far as the log shows: the password is known to somebody."""
    seen = [fact for fact in reading.all("sign_in.mfa_denials") if not moment(fact, "approved_at")]
    if not seen:
        return None
    facts = reading.open_or_all(seen)
    statement = f"{_denials(facts[-1])} were denied."
    return Match(statement=statement, facts=facts)


@finding("Guessed password", "T1110.001")
def brute_force_success(reading: Reading) -> Match | None:
    """Many wrong passwords from one address, and then the right one from there."""
    for success in (fact for fact in reading.all("sign_in") if succeeded(fact) and address_of(fact)):
        guesses = _guesses(reading, success)
        stranger = success in reading.risky_sign_ins or newness(success) > 0
        limits = reading.policy.thresholds
        enough = len(guesses) >= (limits.guesses_by_stranger if stranger else limits.guesses)
        if not reading.is_own(success) and (enough or success.text_of("pattern") == "guessed_password"):
            statement = f"A sign-in{origin(success)} succeeded after wrong passwords from the same address."
            return Match(statement=statement, facts=(*guesses, success))
    return None


@finding("Legacy authentication succeeded", "T1078.004")
def legacy_authentication_success(reading: Reading) -> Match | None:
    """A client that cannot do MFA got in, and it was risky, new to the user, or there is no baseline to say."""
    seen = [fact for fact in reading.all("sign_in") if succeeded(fact) and is_legacy(fact.text_of("client_app"))]
    facts = reading.open_or_all([fact for fact in seen if _is_unusual(reading, fact)])
    if not facts:
        return None
    client = quoted(facts[-1].text_of("client_app"))
    return Match(statement=f"A sign-in with the legacy client {client}{origin(facts[-1])} succeeded.", facts=facts)


@finding("Password sent by an application (ROPC)", "T1078.004")
def ropc_sign_in(reading: Reading) -> Match | None:
    """The flow in which a program sends the password itself, so that no second factor can be asked for."""
    seen = [fact for fact in reading.all("sign_in") if succeeded(fact) and folded(fact.text_of("protocol")) == "ropc"]
    facts = reading.open_or_all([fact for fact in seen if _is_unusual(reading, fact)])
    if not facts:
        return None
    return Match(statement=f"A sign-in{to_app(facts[-1])}{origin(facts[-1])} by the ROPC flow succeeded.", facts=facts)


@finding("Device code sign-in", "T1528", "T1566.002")
def device_code_sign_in(reading: Reading) -> Match | None:
    """A code typed elsewhere opened a session; the broker's code is what phishing asks for."""
    seen = [
        fact for fact in reading.all("sign_in") if succeeded(fact) and folded(fact.text_of("protocol")) == "devicecode"
    ]
    facts = reading.open_or_all(
        [fact for fact in seen if _is_unusual(reading, fact) or folded(fact.text_of("app")) == DEVICE_CODE_BROKER]
    )
    if not facts:
        return None
    statement = f"A device code sign-in{to_app(facts[-1])}{origin(facts[-1])} succeeded."
    return Match(statement=statement, facts=facts)


def _is_of(spray: Fact, sign_in: Fact) -> bool:
    if address_of(spray):
        return address_of(sign_in) == address_of(spray)
    return sign_in.text_of("request_id") in items(spray, "request_ids")


def _denials(fact: Fact) -> str:
    source = f" from {address_of(fact)}" if address_of(fact) else ""
    if not number(fact, "denied"):
        return f"MFA prompts{source}"
    within = f" within {number(fact, 'minutes')} minutes" if number(fact, "minutes") > 1 else ""
    return f"{number(fact, 'denied')} MFA prompts{source}{within}"


def _is_single_factor(fact: Fact) -> bool:
    has_more = fact.text_of("mfa") in {"satisfied", "claim_in_token"} or is_phishing_resistant(fact)
    return fact.text_of("requirement") == "single" and not has_more


def _is_unusual(reading: Reading, fact: Fact) -> bool:
    return fact in reading.risky_sign_ins or newness(fact) > 0 or reading.one("sign_in.baseline") is None


def _guesses(reading: Reading, success: Fact) -> list[Fact]:
    end = utc(success.at)
    return [
        fact
        for fact in reading.all("sign_in")
        if end
        and number(fact, "error_code") in WRONG_PASSWORD
        and address_of(fact) == address_of(success)
        and _is_shortly_before(utc(fact.at), end)
    ]


def _is_shortly_before(at: datetime | None, end: datetime) -> bool:
    return at is not None and end - GUESS_WINDOW <= at <= end
