"""Tell one fact, or several of the same, in words that follow a time: the fullest wording first."""

from collections.abc import Callable

from shared.clock import clock
from shared.countries import country_in_prose
from shared.models.dossier import Fact
from shared.write.moments import parse_iso
from shared.write.wording import count, level, listed, named, place, risk_name, scope


def tell(fact: Fact, many: int, who: str = "user") -> list[str]:
    """Return wordings of what ``many`` facts like this one say; the last ones use no name from outside.

    ``who``: what the identity is, in a word or two.
    """
    told = _TELLERS[fact.kind](fact, many) if fact.kind in _TELLERS else []
    told = [text.replace(_SELF, f"the {who}") for text in told]
    own = fact.text.strip().rstrip(".")
    if many == 1:
        return [*told, *([f"the record says: {own}"] if own else []), f"a record was read {_LEFT}"]
    return [*told, f"{count(many, 'record')} were read {_LEFT}"]


_SELF = "the identity"
_LEFT = "whose wording is left to the evidence list"


def _sign_in(fact: Fact, many: int) -> list[str]:
    outcome, mfa = fact.text_of("outcome"), fact.text_of("mfa")
    if mfa == "denied":
        subject, verb = count(many, "MFA prompt"), f"{'was' if many == 1 else 'were'} denied"
        subject = "an MFA prompt" if many == 1 else subject
    else:
        subject = "a sign-in" if many == 1 else count(many, "sign-in")
        verb = {
            "success": "succeeded",
            "failure": "failed",
            "interrupted": f"{'was' if many == 1 else 'were'} interrupted",
        }.get(outcome, f"{'was' if many == 1 else 'were'} recorded")
    app = named(fact.text_of("app"))
    where, ip = place(fact), fact.text_of("ip_address")
    origin = (f" from {ip}" if ip else "") + (f" in {where}" if where else "")
    tail = _mfa_tail(fact) + _device_tail(fact)
    purpose = f" for {app}" if app and mfa == "denied" else f" to {app}" if app else ""
    return [f"{subject}{purpose}{origin} {verb}{tail}", f"{subject}{origin} {verb}{tail}", f"{subject} {verb}"]


def _mfa_tail(fact: Fact) -> str:
    if fact.text_of("outcome") != "success":
        return ""
    return {
        "satisfied": ", with MFA satisfied",
        "claim_in_token": ", with MFA satisfied by a claim already in the token",
        "not_required": " with a single factor" if fact.text_of("requirement") == "single" else "",
    }.get(fact.text_of("mfa"), "")


def _device_tail(fact: Fact) -> str:
    compliant = fact.values.get("device_compliant")
    name = named(fact.text_of("device_name"))
    if compliant is True:
        return f", on the compliant device {name}" if name else ", on a compliant device"
    return f", on {name}" if name else ""


def _detection(fact: Fact, many: int) -> list[str]:
    grade = f" at {level(fact)} risk" if level(fact) else ""
    what = f"Identity Protection reported {risk_name(fact)}{grade}"
    times = "" if many == 1 else f" in {count(many, 'detection')}"
    where, ip = place(fact), fact.text_of("ip_address")
    origin = (f" from {ip}" if ip else "") + (f" in {where}" if where else "")
    return [f"{what}{times}{origin}", f"{what}{times}"]


def _audit(fact: Fact, many: int) -> list[str]:
    activity = named(fact.text_of("activity"))
    if not activity:
        return []
    did = f"did {activity if activity.startswith('“') else f'“{activity}”'}"
    times = "" if many == 1 else " twice" if many == 2 else f" {count(many, 'time')}"
    by = fact.text_of("initiated_by")
    who = {"self": _SELF, "user": "another user", "app": "an application"}.get(by, "somebody")
    initiator = named(fact.text_of("initiator")) if by != "self" else ""
    target, ip = named(fact.text_of("target")), fact.text_of("ip_address")
    end = (
        {True: ", and it succeeded", False: ", but it failed"}[fact.values["succeeded"] is True]
        if "succeeded" in fact.values
        else ""
    )
    where = f"{f' on {target}' if target else ''}{f' from {ip}' if ip else ''}"
    return [f"{initiator or who} {did}{times}{where}{end}", f"{who} {did}{times}{end}", f"{who} {did}{times}"]


def _risk_state(fact: Fact, _many: int) -> list[str]:
    state = {
        "remediated": f"the risk of {_SELF} was remediated",
        "dismissed": f"the risk of {_SELF} was dismissed",
        "confirmedSafe": f"{_SELF} was confirmed safe",
        "confirmedCompromised": f"{_SELF} was confirmed compromised",
        "atRisk": f"Entra held {_SELF} to be at {level(fact)} risk".replace("  ", " "),
    }.get(fact.text_of("risk_state"))
    return [state] if state else []


def _denials(fact: Fact, _many: int) -> list[str]:
    denied = fact.values.get("denied")
    if not isinstance(denied, int):
        return []
    prompts = f"{count(denied, 'MFA prompt')} {'was' if denied == 1 else 'were'} denied"
    ip = fact.text_of("ip_address")
    origin = f", for sign-ins from {ip}" if ip else ""
    approved = parse_iso(fact.text_of("approved_at"))
    end = f", and one was approved at {clock(approved)}" if approved else ""
    return [f"{prompts}{origin}{end}", f"{prompts}{end}", prompts]


def _spray(fact: Fact, _many: int) -> list[str]:
    users, failures, succeeded = (fact.values.get(name) for name in ("users", "failures", "succeeded"))
    if not isinstance(users, int):
        return []
    addresses = fact.values.get("addresses")
    source = f"{addresses} addresses" if isinstance(addresses, int) else fact.text_of("ip_address") or "one address"
    tried = f"{source} tried {count(users, 'user')} in a password spray"
    failed = f", with {count(failures, 'failed sign-in')}" if isinstance(failures, int) and failures else ""
    right = ""
    if isinstance(succeeded, int) and succeeded:
        right = f"; the password of {count(succeeded, 'user')} was right"
    return [f"{tried}{failed}{right}", tried]


def _travel(fact: Fact, _many: int) -> list[str]:
    start, end = place(fact, "from_city", "from_country"), place(fact, "to_city", "to_country")
    minutes, km = fact.values.get("minutes"), fact.values.get("kilometres")
    if not (start and end):
        return []
    apart = [
        f"{_whole(km)} kilometres" if isinstance(km, int | float) else "",
        f"{_whole(minutes)} minutes" if isinstance(minutes, int | float) else "",
    ]
    gap = listed([part for part in apart if part])
    return [
        f"sign-ins came from {start} and from {end}, {gap} apart"
        if gap
        else f"sign-ins came from {start} and from {end}"
    ]


def _shared_session(fact: Fact, _many: int) -> list[str]:
    ips, countries = fact.values.get("ip_addresses"), fact.values.get("countries")
    if not isinstance(ips, tuple):
        return []
    where = listed([country_in_prose(code) for code in countries]) if isinstance(countries, tuple) else ""
    used = f"a session was used from {listed(ips)}"
    return [f"{used}, in {where}" if where else used, used]


def _method(fact: Fact, _many: int) -> list[str]:
    method = named(fact.text_of("name") or fact.text_of("method"))
    return [f"the authentication method {method} was registered", "an authentication method was registered"]


def _device(fact: Fact, _many: int) -> list[str]:
    name = named(fact.text_of("name"))
    return [f"the device {name} was registered"] if name else ["a device was registered"]


def _password(_fact: Fact, _many: int) -> list[str]:
    return ["the password was changed"]


def _consent(fact: Fact, _many: int) -> list[str]:
    app = named(fact.text_of("app"))
    return [f"consent was given to {app}"] if app else ["consent was given to an application"]


def _credential(fact: Fact, _many: int) -> list[str]:
    kind, holder = fact.text_of("credential_type") or "credential", fact.text_of("holder")
    return [f"a {kind} of the {holder} was created" if holder else f"a {kind} was created", f"a {kind} was created"]


def _app_role(fact: Fact, _many: int) -> list[str]:
    held = scope(fact.text_of("permission"))
    return [f"the application permission {held} was given" if held else "", "an application permission was given"]


_TELLERS: dict[str, Callable[[Fact, int], list[str]]] = {
    "sign_in": _sign_in,
    "risk.detection": _detection,
    "audit": _audit,
    "risk.user": _risk_state,
    "sign_in.mfa_denials": _denials,
    "sign_in.spray": _spray,
    "sign_in.travel": _travel,
    "sign_in.shared_session": _shared_session,
    "user.auth_method": _method,
    "user.device": _device,
    "user.password": _password,
    "user.consent": _consent,
    "workload.credential": _credential,
    "workload.app_role": _app_role,
}


def _whole(number: float) -> str:
    return str(round(number)) if float(number).is_integer() else f"{number:g}"
