"""What happened, on one time axis: a lane for each kind of event, close ones drawn as one mark with its count.

Only facts with a time of their own are drawn. Shape, lane and words tell kinds apart; colour only repeats it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from shared import risk_types
from shared.countries import country_name
from shared.deliver.drawings.axis import Axis
from shared.models.dossier import Dossier, Fact

type Shape = Literal["triangle", "circle", "ring", "square", "diamond"]

CLOSEST = 6.0
"""Marks of a lane are at least this far apart, in percent: nearer ones become one."""
LETTER_NEEDS = 2.2
"""Room for a letter under a mark, in percent of a narrow screen."""
NEW_TO_THE_USER = ("new_country", "new_ip", "new_asn", "new_device")
# A password as a method is as old as its last change, which the audit log tells.
SET_UP = {
    "user.auth_method": ("method", "name", "method"),
    "user.device": ("device", "name"),
    "workload.credential": ("credential", "credential_type"),
    "workload.app_role": ("permission", "permission"),
}
"""Facts about what exists, drawn as changes where they came into being in the time shown: noun, and what names it."""


class Kind(msgspec.Struct, frozen=True):
    """A lane: what is in it, and the shape of its marks."""

    key: str
    title: str
    shape: Shape
    tone: str
    """Class that colours it."""


KINDS = {
    kind.key: kind
    for kind in (
        Kind("detection", "Risk detections", "triangle", "failure"),
        Kind("new", "Sign-ins that succeeded, risky or new", "circle", "suspicious"),
        Kind("unknown", "Sign-ins that succeeded, nothing to compare with", "circle", "inconclusive"),
        Kind("usual", "Sign-ins that succeeded, as usual", "circle", "success"),
        Kind("interrupted", "Sign-ins interrupted", "ring", "none"),
        Kind("failed", "Sign-ins that failed", "square", "none"),
        Kind("change", "Changes", "diamond", "inconclusive"),
        Kind("refused", "Changes that failed", "square", "none"),
    )
}


class Event(msgspec.Struct, frozen=True):
    """A fact as it is drawn and listed."""

    at: datetime
    kind: Kind
    what: str
    """In a few words: the app, the type of detection, the activity."""
    where: str
    """Country code; empty where it is not known."""
    fact: Fact


class Mark(msgspec.Struct, frozen=True):
    """One or more events at one place of a lane."""

    x: float
    count: int
    label: str
    """Countries, where there is room for them."""
    title: str
    """What a pointer over it reads."""


class Span(msgspec.Struct, frozen=True):
    """Something that lasted, counted by a fact: denied prompts, a spray."""

    first: datetime
    last: datetime
    title: str
    text: str
    fact: Fact


class Lane(msgspec.Struct, frozen=True):
    """All events of one kind."""

    kind: Kind
    count: int
    marks: tuple[Mark, ...]

    @property
    def title(self) -> str:
        """Return what stands after the count."""
        title = self.kind.title[:1].lower() + self.kind.title[1:]
        return title.replace("sign-ins", "sign-in").replace("changes", "change") if self.count == 1 else title


def events_of(dossier: Dossier) -> tuple[Event, ...]:
    """Return what is drawn, oldest first."""
    told = [_event(fact) for fact in dossier.all("sign_in", "risk.detection", "audit")]
    events = [event for event in told if event]
    if events:
        first = min(event.at for event in events)
        events += [
            Event(fact.at, KINDS["change"], _set_up(fact), "", fact)
            for fact in dossier.all(*SET_UP)
            if fact.at and fact.at >= first and fact.text_of("strength") != "password"
        ]
    return tuple(sorted(events, key=lambda event: (event.at, event.fact.id)))


def lanes_of(events: Sequence[Event], axis: Axis) -> tuple[Lane, ...]:
    """Return the lanes that hold anything, in the order of ``KINDS``; detections are drawn by level, in ``risk``."""
    lanes = []
    for kind in [kind for kind in KINDS.values() if kind.key != "detection"]:
        own = [event for event in events if event.kind is kind]
        if own:
            lanes.append(Lane(kind, len(own), tuple(_marks(own, axis))))
    return tuple(lanes)


def spans_of(dossier: Dossier) -> tuple[Span, ...]:
    """Return what lasted for minutes and is counted by one fact."""
    spans = []
    for fact in dossier.all("sign_in.mfa_denials", "sign_in.spray"):
        minutes = fact.values.get("minutes")
        if fact.at is None or not isinstance(minutes, int | float):
            continue
        last = fact.at + timedelta(minutes=minutes)
        if fact.kind == "sign_in.spray":
            spans.append(Span(fact.at, last, "Password spray", f"{fact.text_of('users')} users tried", fact))
        else:
            spans.append(Span(fact.at, last, "MFA prompts denied", f"{fact.text_of('denied')} denied", fact))
    return tuple(spans)


def left_out(dossier: Dossier) -> tuple[Fact, ...]:
    """Return the facts that say how much more there was than the dossier lists."""
    return tuple(dossier.all("sign_in.omitted", "audit.omitted"))


def _event(fact: Fact) -> Event | None:
    if fact.at is None:
        return None
    where = fact.text_of("country")
    if fact.kind == "risk.detection":
        return Event(fact.at, KINDS["detection"], detection_name(fact), where, fact)
    if fact.kind == "audit":
        kind = KINDS["refused" if fact.values.get("succeeded") is False else "change"]
        return Event(fact.at, kind, fact.text_of("activity"), where, fact)
    return Event(fact.at, _sign_in_kind(fact), fact.text_of("app") or fact.text_of("resource"), where, fact)


def detection_name(fact: Fact) -> str:
    """Return Entra's own name of a detection's type, the type itself where it is not known."""
    known = risk_types.named(fact.text_of("risk_event_type"))
    return known.name if known else fact.text_of("risk_event_type")


def _sign_in_kind(fact: Fact) -> Kind:
    outcome = fact.text_of("outcome")
    if outcome != "success":
        return KINDS["interrupted" if outcome == "interrupted" else "failed"]
    is_risky = fact.text_of("risk_level") in {"low", "medium", "high"} or bool(fact.text_of("pattern"))
    compared = [fact.values.get(name) for name in NEW_TO_THE_USER]
    if is_risky or True in compared:
        return KINDS["new"]
    return KINDS["usual" if False in compared else "unknown"]


def _set_up(fact: Fact) -> str:
    noun, *values = SET_UP[fact.kind]
    named = next((text for value in values if (text := fact.text_of(value))), "")
    return f"{noun} added: {named}" if named else f"{noun} added"


def _marks(events: Sequence[Event], axis: Axis) -> list[Mark]:
    groups = list[tuple[float, list[Event]]]()
    for event in events:
        x = axis.x(event.at)
        if groups and x - groups[-1][0] < CLOSEST:
            groups[-1][1].append(event)
        else:
            groups.append((x, [event]))
    marks = list[Mark]()
    for at, (x, own) in enumerate(groups):
        label = _places(own)
        room = min((abs(x - groups[n][0]) for n in (at - 1, at + 1) if 0 <= n < len(groups)), default=100.0)
        marks.append(Mark(x, len(own), label if room >= LETTER_NEEDS * len(label) else "", _title(own)))
    return marks


def _places(events: Sequence[Event]) -> str:
    """Return the country codes of events, at most two and a sign that there are more."""
    codes = list(dict.fromkeys(event.where for event in events if event.where))
    return " ".join(codes[:2]) + (" +" if len(codes) > 2 else "")


def _title(events: Sequence[Event]) -> str:
    first, last = events[0].at, events[-1].at
    when = f"{first:%H:%M}" if first == last else f"{first:%H:%M} to {last:%H:%M}"
    whats = list(dict.fromkeys(event.what for event in events if event.what))
    places = list(dict.fromkeys(country_name(event.where) for event in events if event.where))
    number = f"{len(events)} times" if len(events) > 1 else ""
    return "; ".join(word for word in (f"{when} UTC", number, ", ".join(whats[:3]), ", ".join(places[:3])) if word)
