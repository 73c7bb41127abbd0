"""What was done about the risk already: read from states and audits, with when, by whom and the facts."""

from datetime import datetime

import msgspec

from shared.activities import kind_of
from shared.assess.reading import Reading
from shared.assess.values import flag, ids, moment, utc
from shared.hostile import quoted
from shared.models.dossier import Fact


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """That something was done already. ``at`` is None and ``by`` empty when only the result is known."""

    at: datetime | None = None
    by: str = ""
    facts: tuple[str, ...] = ()


def password_changed(reading: Reading) -> Deed | None:
    """Return the change or reset of the password after the newest risk, or None."""
    last, password = _last_risk(reading), reading.one("user.password")
    changed = moment(password, "changed_at") if password else None
    if password is None or changed is None or last is None or changed <= last:
        return None
    audit = _newest(reading, "password_changed", "password_reset")
    return Deed(at=changed, by=_who(audit), facts=ids(password, audit))


def sessions_revoked(reading: Reading) -> Deed | None:
    """Return the revocation after the newest risk: the audit of it, or else the time that Entra keeps; or None."""
    if audit := _newest(reading, "sessions_revoked"):
        return Deed(at=utc(audit.at), by=_who(audit), facts=ids(audit))
    account, last = reading.one("user.account"), _last_risk(reading)
    valid_from = moment(account, "sessions_valid_from") if account else None
    if account is None or valid_from is None or last is None or valid_from <= last:
        return None
    return Deed(at=valid_from, facts=ids(account))


def account_disabled(reading: Reading) -> Deed | None:
    """Return the disabling of the account, or None when it is enabled or nobody knows."""
    account = reading.one("user.account")
    if account is None or flag(account, "enabled") is not False:
        return None
    audits = [fact for fact in _audits(reading) if kind_of(fact.text_of("activity")) == "account_disabled"]
    return _of_state(account, audits[-1] if audits else None)


def confirmed_compromised(reading: Reading) -> Deed | None:
    """Return the confirmation by an administrator that still stands, or None."""
    states = [fact for fact in reading.all("risk.user", "risk.detection") if _is_confirmed(fact)]
    latest = reading.all("risk.user")[-1:]
    if not states or any(fact not in states for fact in latest):
        return None
    return Deed(at=utc(states[-1].at), by="an administrator", facts=ids(states[-1]))


def risk_closed(reading: Reading) -> Deed | None:
    """Return the closing of the risk in Entra, or None while it is open."""
    closing = reading.closing
    if closing is None:
        return None
    detail = closing.detail.lower()
    by = "an administrator" if detail.startswith(("admin", "m365dadmin")) else ""
    by = "the user" if detail.startswith("user") else by
    by = "Microsoft" if detail.startswith(("ai", "microsoft")) else by
    return Deed(at=closing.at, by=by, facts=ids(*closing.facts))


def method_removed(reading: Reading) -> Deed | None:
    """Return the newest removal of an authentication method in the aftermath of the risk, or None."""
    found = [fact for fact in _audits(reading, "method_removed") if reading.is_after_risk(utc(fact.at))]
    return _of_state(found[-1]) if found else None


def _last_risk(reading: Reading) -> datetime | None:
    """Return when the newest risk happened: of what is open, else of all."""
    return reading.last_risk_at or max(reading.risk_times, default=None)


def _is_confirmed(fact: Fact) -> bool:
    kind, state = fact.text_of("risk_event_type").lower(), fact.text_of("risk_state").lower()
    return kind == "adminconfirmedusercompromised" or state == "confirmedcompromised"


def _of_state(state: Fact, audit: Fact | None = None) -> Deed:
    told = audit or state
    return Deed(at=utc(told.at), by=_who(told if told.kind == "audit" else None), facts=ids(state, audit))


def _audits(reading: Reading, *kinds: str) -> list[Fact]:
    return [
        fact
        for fact in reading.all("audit")
        if flag(fact, "succeeded") is not False and (not kinds or kind_of(fact.text_of("activity")) in kinds)
    ]


def _newest(reading: Reading, *kinds: str) -> Fact | None:
    """Return the newest successful change of these kinds after the newest open risk, or None."""
    last = _last_risk(reading)
    after = [fact for fact in _audits(reading, *kinds) if last and (at := utc(fact.at)) and at > last]
    by_people = [fact for fact in after if fact.text_of("initiated_by") != "app"]
    # One change leaves several records, of which the services' own do not name the person.
    return next(reversed(by_people or after), None)


def _who(audit: Fact | None) -> str:
    if audit is None:
        return ""
    if audit.text_of("initiated_by") == "self":
        return "the user"
    name = audit.text_of("initiator")
    kind = "the application" if audit.text_of("initiated_by") == "app" else "the administrator"
    return f"{kind} {quoted(name)}" if name else ""
