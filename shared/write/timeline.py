"""What happened, in order: facts with a time become sentences, repeats become one."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from shared.clock import clock, day
from shared.models.dossier import Fact
from shared.write.moments import parse_iso
from shared.write.subject import Subject
from shared.write.telling import tell
from shared.write.wording import capital, count, listed, named

MAX_SENTENCES = 14
_PAUSE = timedelta(minutes=60)
"""Repeats further apart than this are told separately."""
_KINDS = frozenset(
    """
    sign_in risk.detection risk.user audit sign_in.mfa_denials sign_in.spray sign_in.travel sign_in.shared_session
    """.split()
)
_BEFORE = timedelta(days=1)
_SET_UP = frozenset(
    {"user.auth_method", "user.device", "user.password", "user.consent", "workload.credential", "workload.app_role"}
)


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
        when = span_of(event.first, event.last, last_day)
        texts = tuple(
            capital(f"{when}, {what}.")
            for what in tell(event.facts[0], sum(one.kind == event.facts[0].kind for one in event.facts), subject.who)
        )
        drafts.append(Draft(texts, tuple(fact.id for fact in event.facts), event.first))
        last_day = day(event.last)
    left = [event for event in events if event not in kept]
    if left:
        facts = tuple(fact.id for event in left for fact in event.facts)
        number = capital(count(len(facts), "more fact is", "more facts are"))
        drafts.append(Draft((f"{number} in the evidence list.", "More is in the evidence list."), facts))
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
    # In one second the sign-in comes first: what was detected about it is its consequence.
    return sorted(
        _absorbed(events), key=lambda event: (event.first, event.facts[0].kind.startswith("risk"), event.facts[0].id)
    )


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
    return cited and fact.kind in _SET_UP and is_recent(fact, subject)


def is_recent(fact: Fact, subject: Subject) -> bool:
    """Say whether a fact is from the time of the risk, a day before its first sign at the earliest."""
    signs = [one.at for one in subject.dossier.all("risk.detection") if one.at] + [one.at for one in subject.signals]
    return fact.at is not None and (not signs or fact.at >= min(signs) - _BEFORE)


def _at(fact: Fact) -> datetime:
    return (fact.at or datetime.min.replace(tzinfo=UTC)).astimezone(UTC)


def _end(fact: Fact) -> datetime:
    return parse_iso(fact.text_of("last_at")) or _at(fact)


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


def span_of(first: datetime, last: datetime, last_day: str = "") -> str:
    """Return ``on 14 April 2025 between 09:14 and 10:02 UTC``; the day only where ``last_day`` is another."""
    date = "" if day(first) == last_day else f"on {day(first)} "
    if clock(first) == clock(last) and day(first) == day(last):
        return f"{date}at {clock(first)}"
    if day(first) == day(last):
        return f"{date}between {first:%H:%M} and {clock(last)}"
    return f"between {day(first)}, {clock(first)} and {day(last)}, {clock(last)}"


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
        where = fact.text_of("where")
        text = "Text in the evidence reads like instructions to a machine"
        drafts.append(Draft((f"{text} ({where})." if where else "", f"{text}."), (fact.id,)))
    return drafts


def _own(fact: Fact) -> str:
    return f"{fact.text.strip().rstrip('.')}."
