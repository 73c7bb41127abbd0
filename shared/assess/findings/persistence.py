"""Findings about footholds: changes in the aftermath of risk that outlive a new password."""

from datetime import timedelta

from shared.activities import folded, kind_of
from shared.assess.findings.workloads import renews_itself
from shared.assess.reading import Reading
from shared.assess.rule import Match, finding
from shared.assess.values import address_of, flag, moment, utc
from shared.assess.wording import method_name, origin
from shared.hostile import quoted
from shared.models.dossier import Fact

FIRST_DAYS = timedelta(days=7)
"""Age of an account up to which registering methods is onboarding."""
PASSWORD_KINDS = ("password_changed", "password_reset")
ROLE_KINDS = ("role_assigned", "role_eligible", "role_activated", "access_elevated")
POLICY_KINDS = ("policy_changed", "policy_deleted", "protection_changed", "federation_changed", "mfa_disabled")


@finding("Authentication method added after the risk", "T1098.005", "T1556.006")
def auth_method_added_after_risk(reading: Reading) -> Match | None:
    """A method that lets its holder pass MFA again, whatever becomes of the password.

    Somebody's first days are spent registering methods, and nobody's sign-ins are familiar then: at no more than low
    risk that is no foothold.
    """
    if _is_first_days(reading):
        return None
    audits = after_risk(reading, "method_added")
    methods = [
        fact for fact in added_methods(reading) if reading.is_after_risk(moment(fact, "created_at") or utc(fact.at))
    ]
    if methods:
        name = method_name(methods[-1])
        return _after(reading, f"The authentication method {name} was added", [*methods, *audits])
    return _recorded(reading, audits)


@finding("Inbox rule that hides or forwards mail", "T1564.008", "T1114.003")
def inbox_rule_hides_or_forwards(reading: Reading) -> Match | None:
    """Graph gives a rule no date, so a rule without one counts; one known to be older than the risk does not."""
    rules = [
        fact
        for fact in reading.all("user.inbox_rule")
        if flag(fact, "suspicious") is True
        and flag(fact, "enabled") is not False
        and (fact.at is None or reading.is_after_risk(utc(fact.at)))
    ]
    if not rules:
        return None
    return Match(
        statement=f"The inbox rule {quoted(rules[-1].text_of('name'))} hides or forwards mail.", facts=tuple(rules)
    )


@finding("Device registered after the risk", "T1098.005")
def device_registered_after_risk(reading: Reading) -> Match | None:
    """A registered device can hold a primary refresh token and satisfy policies."""
    audits = after_risk(reading, "device_added")
    devices = [fact for fact in reading.all("user.device") if reading.is_after_risk(moment(fact, "registered_at"))]
    if devices:
        name = quoted(devices[-1].text_of("name"))
        return _after(reading, f"The device {name} was registered", [*devices, *audits])
    return _recorded(reading, audits)


@finding("Consent given after the risk", "T1528", "T1098.003")
def consent_after_risk(reading: Reading) -> Match | None:
    """An application keeps its access through a password reset."""
    audits = after_risk(reading, "consent", "delegated_grant", "app_role_granted")
    apps = {folded(fact.text_of("target")) for fact in audits}
    consents = [
        fact
        for fact in reading.all("user.consent")
        if folded(fact.text_of("app")) in apps or reading.is_after_risk(utc(fact.at))
    ]
    if consents and not audits:
        return _after(reading, f"Consent was given to {quoted(consents[-1].text_of('app'))}", consents)
    return _recorded(reading, audits, *consents)


@finding("Password reset by somebody else after the risk", "T1098", "T1531")
def password_reset_by_other_after_risk(reading: Reading) -> Match | None:
    """Either the help desk at work, or the help desk deceived: ask. Entra's own remediation is not counted."""
    if reading.closing and folded(reading.closing.detail) == "admingeneratedtemporarypassword":
        return None
    return _recorded(reading, [fact for fact in after_risk(reading, *PASSWORD_KINDS) if not _is_self(fact)])


@finding("Password changed from a risky address", "T1098", "T1531")
def password_changed_from_risky_address(reading: Reading) -> Match | None:
    """A new password set from the address that the risk evidence names is the attacker's as likely as the user's."""
    if _is_first_days(reading):
        return None
    audits = [fact for fact in after_risk(reading, *PASSWORD_KINDS) if _is_self(fact)]
    return _recorded(reading, [fact for fact in audits if address_of(fact) in reading.risky_addresses])


@finding("Role assigned after the risk", "T1098.003")
def role_assigned_after_risk(reading: Reading) -> Match | None:
    """A directory role was given, made eligible or activated. Requests that are not completed do not count."""
    return _recorded(reading, after_risk(reading, *ROLE_KINDS))


@finding("Application credential added after the risk", "T1098.001")
def app_credential_added_after_risk(reading: Reading) -> Match | None:
    """A secret on an application outlives everything that is done to the user."""
    audits = after_risk(reading, "app_credential_added", "federated_credential_added")
    return _recorded(reading, [fact for fact in audits if not renews_itself(fact)])


@finding("Policy or federation changed after the risk", "T1556.009", "T1484.002")
def policy_changed_after_risk(reading: Reading) -> Match | None:
    """Conditional Access, named locations or the trust of a domain."""
    return _recorded(reading, after_risk(reading, *POLICY_KINDS))


@finding("Account enabled after the risk", "T1098")
def account_enabled_after_risk(reading: Reading) -> Match | None:
    """A disabled account was switched on again."""
    return _recorded(reading, after_risk(reading, "account_enabled"))


def _is_first_days(reading: Reading) -> bool:
    profile = reading.one("user.profile")
    made = moment(profile, "created_at") if profile else None
    evidence = [*reading.detections, *reading.risky_successes]
    low = bool(evidence) and all(fact.text_of("risk_level").lower() in {"low", "none"} for fact in evidence)
    return made is not None and bool(reading.risk_times) and reading.risk_times[0] - made <= FIRST_DAYS and low


def added_methods(reading: Reading) -> list[Fact]:
    """Return the methods other than the password, which has a finding of its own."""
    return [fact for fact in reading.all("user.auth_method") if fact.text_of("strength") != "password"]


def after_risk(reading: Reading, *kinds: str) -> list[Fact]:
    """Return successful audits of these kinds (see activities.toml) in the aftermath of risk."""
    return [
        fact
        for fact in reading.all("audit")
        if flag(fact, "succeeded") is not False
        and kind_of(fact.text_of("activity")) in kinds
        and reading.is_after_risk(utc(fact.at))
    ]


def _recorded(reading: Reading, audits: list[Fact], *others: Fact) -> Match | None:
    if not audits:
        return None
    lead = audits[-1]
    return _after(reading, f"The audit log holds {quoted(lead.text_of('activity'))}{origin(lead)}", [*audits, *others])


def _after(reading: Reading, start: str, facts: list[Fact]) -> Match:
    """Cite the risk evidence too: without it, "after" could not be checked."""
    times = [moment(fact, "created_at") or moment(fact, "registered_at") or utc(fact.at) for fact in facts]
    before = reading.risk_before(max((at for at in times if at), default=None))
    return Match(statement=f"{start} after the risk began.", facts=(*facts, *([before] if before else [])))


def _is_self(fact: Fact) -> bool:
    return fact.text_of("initiated_by") == "self" or "selfservice" in folded(fact.text_of("activity"))
