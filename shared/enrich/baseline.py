"""What is usual for the identity, and how a sign-in compares: the kept profile and what came since, without risk."""

from collections.abc import Iterator
from datetime import timedelta

import msgspec

from shared.countries import country_in_prose
from shared.enrich.habits import folded_in, marks
from shared.enrich.kept import hostile_addresses, is_usable, kept, kept_and_clean
from shared.enrich.statement import counted, fact, listed
from shared.enrich.view import View
from shared.hostile import quoted
from shared.models.dossier import Fact, Source
from shared.models.habits import Dimension, Habits, Seen
from shared.models.records import SignIn, WorkloadSignIn

FEWEST = 3
"""Fewer sign-ins than this say nothing about what is usual."""
MOST_NAMED = 8
EVE = timedelta(hours=1)
KEPT_BACK = timedelta(days=3)
"""Detections made offline speak of days before: what is younger than this is not yet folded into the kept profile."""
ENOUGH_FOR_HOURS = 20
"""Sign-ins from which on the hours of the day say something."""
RISKY_STATES = frozenset({"atRisk", "confirmedCompromised"})
RISKY_LEVELS = frozenset({"low", "medium", "high"})


class Baseline(msgspec.Struct, frozen=True, kw_only=True):
    """The profile up to the moment when the risk began."""

    habits: Habits
    span_days: int
    source: Source

    def seen(self, dimension: Dimension, value: str | None) -> Seen | None:
        """Return how often a value was seen; None when never, or when there is no value."""
        return self.habits.seen.get(dimension, {}).get(value) if value else None

    def is_new(self, dimension: Dimension, value: str | None) -> bool | None:
        """Say whether the identity has never shown a value; None where either side does not say."""
        known = self.habits.seen.get(dimension)
        return value not in known if value and known else None

    def commonest(self, dimension: Dimension) -> list[str]:
        """Return the most used values of a dimension."""
        seen = self.habits.seen.get(dimension, {})
        return sorted(seen, key=lambda name: (-seen[name].count, name))[:MOST_NAMED]


class Newness(msgspec.Struct, frozen=True, kw_only=True):
    """What of a sign-in the baseline has never seen; None where either does not say."""

    country: bool | None = None
    ip: bool | None = None
    device: bool | None = None
    asn: bool | None = None
    app: bool | None = None
    client: bool | None = None
    browser: bool | None = None
    os: bool | None = None
    method: bool | None = None
    hour: bool | None = None
    usage: dict[str, int] = {}
    """How often what it shows was seen before: ``country_seen``, ``country_days`` and so on."""


def baseline_of(view: View) -> Baseline | None:
    """Return the baseline, or None when there is too little history for one."""
    usual = _usual(view)
    habits = folded_in(kept_and_clean(view), view.case.identity.key, usual)
    if habits is None or habits.sign_ins < FEWEST:
        return None
    source = view.source(usual[-1]) if usual else Source(kind="state", ref="profile of the identity's sign-ins")
    return Baseline(habits=habits, span_days=max((view.risk_began - habits.since).days + 1, 1), source=source)


def profile_to_keep(view: View) -> Habits | None:
    """Return the profile worth keeping for the next case; None when there is nothing to keep.

    A profile that reaches into the time of this risk knows more than this case may use, and stays as it is.
    """
    if view.habits is not None and not is_usable(view.habits, view.risk_began):
        return None
    settled = [record for record in _usual(view) if record.at < view.risk_began - KEPT_BACK]
    habits = folded_in(kept(view), view.case.identity.key, settled)
    asked = view.answers.is_complete("sign_ins")
    if habits is None or (habits == view.habits and not asked):
        return None
    return msgspec.structs.replace(habits, asked_graph=habits.asked_graph or asked)


def compared(record: SignIn, baseline: Baseline | None) -> Newness:
    """Return what is new about a sign-in against the baseline, and how often the rest was seen."""
    if baseline is None:
        return Newness()
    shown = dict(marks(record))
    usage = {
        f"{name}_{word}": number
        for name in ("country", "address", "device", "app")
        if (value := shown.get(name)) and baseline.habits.seen.get(name)
        for word, number in _usage(baseline.seen(name, value))
    }
    return Newness(
        country=baseline.is_new("country", shown.get("country")),
        ip=baseline.is_new("address", shown.get("address")),
        device=baseline.is_new("device", shown.get("device")),
        asn=baseline.is_new("asn", shown.get("asn")),
        app=baseline.is_new("app", shown.get("app")),
        client=baseline.is_new("client", shown.get("client")),
        browser=baseline.is_new("browser", shown.get("browser")),
        os=baseline.is_new("os", shown.get("os")),
        method=baseline.is_new("method", shown.get("method")),
        hour=_is_odd_hour(record, baseline),
        usage=usage,
    )


def facts(view: View) -> Iterator[Fact]:
    """Yield the baseline, when there is one."""
    baseline = baseline_of(view)
    if baseline is None:
        return
    habits, countries, apps = baseline.habits, baseline.commonest("country"), baseline.commonest("app")
    text = f"{counted(habits.sign_ins, 'ordinary sign-in')} on {counted(habits.days, 'day')}"
    text += f" of the {counted(baseline.span_days, 'day')} before the case"
    text += f", from {listed(map(country_in_prose, countries))}" if countries else ""
    text += f", to {listed((quoted(app) for app in apps), longest=3)}" if apps else ""
    yield fact(
        "sign_in.baseline",
        f"{text}.",
        baseline.source,
        days=baseline.span_days,
        active_days=habits.days,
        sign_ins=habits.sign_ins,
        countries=countries,
        cities=baseline.commonest("city"),
        asns=baseline.commonest("asn"),
        apps=apps,
        devices=baseline.commonest("device"),
        browsers=baseline.commonest("browser"),
        methods=baseline.commonest("method"),
        hours=sorted(habits.seen.get("hour", {})),
        addresses=len(habits.seen.get("address", {})),
    )


def is_risky(record: SignIn) -> bool:
    """Say whether Entra holds a sign-in for risky now; ``hidden`` is unknown and does not count as risky here."""
    if record.risk_state in {"dismissed", "confirmedSafe"}:
        return False
    if isinstance(record, WorkloadSignIn):
        return record.risk_state in RISKY_STATES
    levels = {record.risk_level_during_sign_in, record.risk_level_aggregated}
    return record.risk_state in RISKY_STATES or bool(levels & RISKY_LEVELS) or bool(record.risk_event_types)


def _usual(view: View) -> list[SignIn]:
    """Return the ordinary sign-ins from before the risk, oldest first."""
    hostile = hostile_addresses(view)
    return [
        record
        for record in view.sign_ins
        if record.at < view.risk_began
        and record.succeeded
        and not is_risky(record)
        and record.ip_address not in hostile
        and not _is_eve(record, view)
    ]


def _is_eve(record: SignIn, view: View) -> bool:
    """Say whether a sign-in may be the first step of what was noticed soon after: that does not make it usual.

    Evidence without an address (a leak, a change by an application) may be about any sign-in of that hour.
    """
    if record.at < view.risk_began - EVE:
        return False
    return record.ip_address in view.risky_addresses or not view.risky_addresses


def _is_odd_hour(record: SignIn, baseline: Baseline) -> bool | None:
    """Say whether the identity was never let in at this hour or the ones beside it; None with too little history."""
    if baseline.habits.sign_ins < ENOUGH_FOR_HOURS:
        return None
    near = {f"{(record.at.hour + step) % 24:02}" for step in (-1, 0, 1)}
    return near.isdisjoint(baseline.habits.seen.get("hour", {}))


def _usage(seen: Seen | None) -> tuple[tuple[str, int], tuple[str, int]]:
    return (("seen", seen.count), ("days", seen.days)) if seen else (("seen", 0), ("days", 0))
