"""What happened, in order: facts with a time become sentences, repeats become one."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from shared.models.dossier import Fact
from shared.write.places import country_name
from shared.write.subject import Subject
from shared.write.wording import capital, clock, count, day, level, listed, named, place, risk_name

MAX_SENTENCES = 10
_PAUSE = timedelta(minutes=60)
"""Repeats further apart than this are told separately."""
_KINDS = frozenset(
    """
    sign_in risk.detection risk.user audit sign_in.mfa_denials sign_in.spray sign_in.travel sign_in.shared_session
    """.split()
)
_SET_UP = frozenset({"user.auth_method", "user.device", "user.password", "user.consent"})


class Draft(msgspec.Struct, frozen=True):
    """A sentence to be checked: its wordings, the fullest first, and what they cite."""

    texts: tuple[str, ...]
    cites: tuple[str, ...]
    at: datetime | None = None


class _Event(msgspec.Struct, frozen=True):
    facts: tuple[Fact, ...]
    first: datetime
    last: datetime


def timeline(subject: Subject) -> list[Draft]:
    """Return what happened, oldest first, at most ``MAX_SENTENCES`` and one for the rest."""
    events = _events(subject)
    kept = _keep(events, subject)
    drafts, last_day = list[Draft](), ""
    for event in kept:
        when = _when(event, last_day).strip()
        texts = tuple(capital(f"{when}, {what}.") for what in _tell(event))
        drafts.append(Draft(texts, tuple(fact.id for fact in event.facts), event.first))
        last_day = day(event.last)
    left = [event for event in events if event not in kept]
    if left:
        more = sum(len(event.facts) for event in left)
        text = f"{capital(count(more, 'more dated fact'))} {'is' if more == 1 else 'are'} in the evidence list."
        drafts.append(Draft((text,), tuple(fact.id for event in left for fact in event.facts)))
    return [*drafts, *_undated(subject)]


def _events(subject: Subject) -> list[_Event]:
    dated = [fact for fact in subject.dossier.facts if fact.at is not None and _belongs(fact, subject)]
    groups: dict[tuple[object, ...], list[list[Fact]]] = {}
    for fact in sorted(dated, key=lambda fact: (_at(fact), fact.id)):
        runs = groups.setdefault(_same(fact), [])
        if runs and _mergeable(fact) and _at(fact) - _at(runs[-1][-1]) <= _PAUSE:
            runs[-1].append(fact)
        else:
            runs.append([fact])
    events = [_Event(tuple(run), _at(run[0]), _end(run[-1])) for runs in groups.values() for run in runs]
    return sorted(_absorbed(events), key=lambda event: (event.first, event.facts[0].id))


def _absorbed(events: Sequence[_Event]) -> list[_Event]:
    """Tell denied prompts once: the fact that counts them takes in the sign-ins that it counts."""
    counts = [event for event in events if event.facts[0].kind == "sign_in.mfa_denials"]
    kept, taken = list[_Event](), dict[str, list[Fact]]()
    for event in events:
        host = next((one for one in counts if _counts(one, event)), None)
        if host is None:
            kept.append(event)
        else:
            taken.setdefault(host.facts[0].id, []).extend(event.facts)
    return [msgspec.structs.replace(event, facts=(*event.facts, *taken.get(event.facts[0].id, ()))) for event in kept]


def _counts(host: _Event, event: _Event) -> bool:
    fact, counted = event.facts[0], host.facts[0]
    ip = counted.text_of("ip_address")
    return (
        fact.kind == "sign_in"
        and fact.text_of("mfa") == "denied"
        and host.first <= event.first
        and event.last <= host.last
        and ip in ("", fact.text_of("ip_address"))
    )


def _belongs(fact: Fact, subject: Subject) -> bool:
    """Say whether a fact is part of the story: what was signed in, detected, changed, or set up around the risk."""
    if fact.kind in _KINDS:
        return True
    cited = any(fact.id in finding.facts for finding in subject.assessment.findings)
    return cited and fact.kind in _SET_UP


def _at(fact: Fact) -> datetime:
    return (fact.at or datetime.min.replace(tzinfo=UTC)).astimezone(UTC)


def _end(fact: Fact) -> datetime:
    last = fact.text_of("last_at")
    try:
        return datetime.fromisoformat(last).astimezone(UTC) if last else _at(fact)
    except ValueError:
        return _at(fact)


def _mergeable(fact: Fact) -> bool:
    return fact.kind in {"sign_in", "audit", "risk.detection"}


def _same(fact: Fact) -> tuple[object, ...]:
    """Return what makes two facts one event told once."""
    names = {
        "sign_in": ("outcome", "mfa", "ip_address", "country", "city", "app", "error_code", "protocol"),
        "risk.detection": ("risk_event_type", "risk_level", "risk_state", "ip_address", "country"),
        "audit": ("activity", "succeeded", "initiated_by", "initiator", "target", "ip_address"),
    }.get(fact.kind, ("id",))
    return (fact.kind, *(fact.text_of(name) for name in names), "" if _mergeable(fact) else fact.id)


def _keep(events: Sequence[_Event], subject: Subject) -> list[_Event]:
    """Return the events worth a sentence, in order: those that findings rest on, then risky ones, then the newest."""
    if len(events) <= MAX_SENTENCES:
        return list(events)
    weights: dict[str, int] = {}
    for finding in subject.assessment.findings:
        for fact_id in finding.facts:
            weights[fact_id] = max(weights.get(fact_id, 0), abs(finding.weight))

    def worth(event: _Event) -> tuple[int, bool, bool, datetime]:
        heaviest = max(weights.get(fact.id, 0) for fact in event.facts)
        return (heaviest, event.facts[0].kind.startswith("risk"), event.facts[0].kind != "sign_in", event.first)

    best = sorted(events, key=worth, reverse=True)[:MAX_SENTENCES]
    return [event for event in events if event in best]


def _when(event: _Event, last_day: str) -> str:
    first, last = event.first, event.last
    date = "" if day(first) == last_day else f"on {day(first)}"
    if clock(first) == clock(last) and day(first) == day(last):
        return f"{date} at {clock(first)}" if date else f"at {clock(first)}"
    if day(first) == day(last):
        return f"{date} between {first:%H:%M} and {clock(last)}"
    return f"between {day(first)}, {clock(first)} and {day(last)}, {clock(last)}"


def _tell(event: _Event) -> list[str]:
    """Return wordings of what happened, each ready to follow the time; the last ones use no name from outside."""
    fact = event.facts[0]
    many = sum(one.kind == fact.kind for one in event.facts)
    told = _TELLERS[fact.kind](fact, many) if fact.kind in _TELLERS else []
    own = fact.text.strip().rstrip(".")
    if many == 1:
        return [
            *told,
            *([f"the record says: {own}"] if own else []),
            "a record was read whose wording is left to the evidence list",
        ]
    return [*told, f"{count(many, 'record')} were read whose wording is left to the evidence list"]


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
    who = {"self": "the user", "user": "another user", "app": "an application"}.get(by, "somebody")
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
    grade = f" at {level(fact)} risk" if level(fact) else ""
    state = {
        "remediated": "the risk of the user was remediated",
        "dismissed": "the risk of the user was dismissed",
        "confirmedSafe": "the user was confirmed safe",
        "confirmedCompromised": "the user was confirmed compromised",
        "atRisk": f"Entra held the user to be at risk{f', {grade.strip()}' if grade else ''}",
    }.get(fact.text_of("risk_state"))
    return [state] if state else []


def _denials(fact: Fact, _many: int) -> list[str]:
    denied = fact.values.get("denied")
    if not isinstance(denied, int):
        return []
    prompts = f"{count(denied, 'MFA prompt')} {'was' if denied == 1 else 'were'} denied"
    ip = fact.text_of("ip_address")
    origin = f", for sign-ins from {ip}" if ip else ""
    approved = fact.text_of("approved_at")
    try:
        end = f", and one was approved at {clock(datetime.fromisoformat(approved))}" if approved else ""
    except ValueError:
        end = ""
    return [f"{prompts}{origin}{end}", f"{prompts}{end}", prompts]


def _spray(fact: Fact, _many: int) -> list[str]:
    users, failures, succeeded = (fact.values.get(name) for name in ("users", "failures", "succeeded"))
    if not isinstance(users, int):
        return []
    ip = fact.text_of("ip_address")
    tried = f"{ip or 'one address'} tried {count(users, 'user')} in a password spray"
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
    where = listed([country_name(code) for code in countries]) if isinstance(countries, tuple) else ""
    used = f"one session was used from {listed(ips)}"
    return [f"{used}, in {where}" if where else used, used]


def _method(fact: Fact, _many: int) -> list[str]:
    method = named(fact.text_of("method"))
    return [f"the authentication method {method} was registered", "an authentication method was registered"]


def _device(fact: Fact, _many: int) -> list[str]:
    name = named(fact.text_of("name"))
    return [f"the device {name} was registered"] if name else ["a device was registered"]


def _password(_fact: Fact, _many: int) -> list[str]:
    return ["the password was changed"]


def _consent(fact: Fact, _many: int) -> list[str]:
    app = named(fact.text_of("app"))
    return [f"consent was given to {app}"] if app else ["consent was given to an application"]


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
}


def _whole(number: float) -> str:
    return str(round(number)) if float(number).is_integer() else f"{number:g}"


def _undated(subject: Subject) -> list[Draft]:
    """Return what an attacker may have left behind and what has no time of its own."""
    drafts = []
    for fact in subject.dossier.all("user.inbox_rule"):
        if fact.values.get("suspicious") is not True:
            continue
        name = named(fact.text_of("name"))
        forwards = fact.values.get("forwards_to")
        to = [named(address) for address in forwards] if isinstance(forwards, tuple) else []
        does = [
            f"forwards mail to {listed(to)}" if any(to) else "forwards mail" if to else "",
            "deletes messages" if fact.values.get("deletes") is True else "",
            f"moves messages to {moved}" if (moved := named(fact.text_of("moves_to"))) else "",
            "marks messages as read" if fact.values.get("marks_read") is True else "",
        ]
        what = listed([part for part in does if part]) or "matches the pattern of one that hides mail"
        drafts.append(
            Draft(
                (f"An inbox rule named {name} {what}." if name else "", f"An inbox rule {what}.", _own(fact)),
                (fact.id,),
            )
        )
    for fact in subject.dossier.all("text.injection"):
        where = named(fact.text_of("where"))
        text = "Text in the evidence reads like instructions to a language model"
        drafts.append(Draft((f"{text}; it stands in {where}." if where else "", f"{text}."), (fact.id,)))
    return drafts


def _own(fact: Fact) -> str:
    return f"{fact.text.strip().rstrip('.')}."
