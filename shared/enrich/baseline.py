"""What is usual for the identity: successful sign-ins without risk from before the case began."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta

import msgspec

from shared.enrich.statement import counted, fact, listed
from shared.enrich.view import View
from shared.hostile import quoted
from shared.models.dossier import Fact, Source
from shared.models.records import Device, Place, SignIn, WorkloadSignIn

FEWEST = 3
"""Fewer sign-ins than this say nothing about what is usual."""
MOST_NAMED = 8
EVE = timedelta(hours=1)
RISKY_STATES = frozenset({"atRisk", "confirmedCompromised"})
RISKY_LEVELS = frozenset({"low", "medium", "high"})
_VERSION = re.compile(r"[\s/]*[\d.]+.*$")


class Baseline(msgspec.Struct, frozen=True, kw_only=True):
    """What the user's ordinary sign-ins had in common. Empty sets: the records do not say."""

    days: int
    sign_ins: int
    countries: Counter[str]
    cities: Counter[str]
    asns: Counter[str]
    apps: Counter[str]
    devices: Counter[str]
    addresses: Counter[str]
    source: Source


class Newness(msgspec.Struct, frozen=True, kw_only=True):
    """What of a sign-in the baseline has never seen; None where either does not say."""

    country: bool | None = None
    ip: bool | None = None
    device: bool | None = None
    asn: bool | None = None


def baseline_of(view: View) -> Baseline | None:
    """Return the baseline, or None when there is too little history for one."""
    hostile = _hostile_addresses(view)
    usual = [
        record
        for record in view.sign_ins
        if record.at < view.risk_began
        and record.succeeded
        and not is_risky(record)
        and record.ip_address not in hostile
        # The first step of an attack is not yet usual because the second one was noticed.
        and not (record.ip_address in view.risky_addresses and record.at >= view.risk_began - EVE)
    ]
    if len(usual) < FEWEST:
        return None
    days = (view.risk_began - usual[0].at).days + 1
    return Baseline(
        days=days,
        sign_ins=len(usual),
        countries=_count(place.country for place in map(_place, usual)),
        cities=_count(place.city for place in map(_place, usual)),
        asns=_count(_asn(record) for record in usual),
        apps=_count(record.app_display_name or record.resource_display_name for record in usual),
        devices=_count(device_mark(record.device) for record in usual),
        addresses=_count(record.ip_address for record in usual),
        source=view.source(usual[-1]),
    )


def compared(record: SignIn, baseline: Baseline | None) -> Newness:
    """Return what is new about a sign-in against the baseline."""
    if baseline is None:
        return Newness()
    return Newness(
        country=_is_new(_place(record).country, baseline.countries),
        ip=_is_new(record.ip_address, baseline.addresses),
        device=_is_new(device_mark(record.device), baseline.devices),
        asn=_is_new(_asn(record), baseline.asns),
    )


def facts(view: View) -> Iterator[Fact]:
    """Yield the baseline, when there is one."""
    baseline = baseline_of(view)
    if baseline is None:
        return
    countries = _commonest(baseline.countries)
    text = f"{counted(baseline.sign_ins, 'ordinary sign-in')} in the {counted(baseline.days, 'day')} before the case"
    text += f", from {listed(countries)}" if countries else ""
    apps = _commonest(baseline.apps)
    text += f", to {listed((quoted(app) for app in apps), longest=3)}" if apps else ""
    yield fact(
        "sign_in.baseline",
        f"{text}.",
        baseline.source,
        days=baseline.days,
        sign_ins=baseline.sign_ins,
        countries=countries,
        cities=_commonest(baseline.cities),
        asns=_commonest(baseline.asns),
        apps=apps,
        devices=_commonest(baseline.devices),
        addresses=len(baseline.addresses),
    )


def is_risky(record: SignIn) -> bool:
    """Say whether Entra holds a sign-in for risky now; ``hidden`` is unknown and does not count as risky here."""
    if record.risk_state in {"dismissed", "confirmedSafe"}:
        return False
    if isinstance(record, WorkloadSignIn):
        return record.risk_state in RISKY_STATES
    levels = {record.risk_level_during_sign_in, record.risk_level_aggregated}
    return record.risk_state in RISKY_STATES or bool(levels & RISKY_LEVELS) or bool(record.risk_event_types)


def device_mark(device: Device | None) -> str | None:
    """Return what tells a device from another: its id when registered, else system and browser without versions."""
    if device is None:
        return None
    if device.device_id:
        return device.device_id
    parts = [_VERSION.sub("", part) for part in (device.operating_system, device.browser) if part]
    return " ".join(part for part in parts if part) or None


def _hostile_addresses(view: View) -> frozenset[str]:
    """Return addresses that open detections name: an intruder's earlier visits shall not become usual."""
    return frozenset(d.ip_address for d in view.detections if d.ip_address and d.risk_state in RISKY_STATES)


def _place(record: SignIn) -> Place:
    return record.place or Place()


def _asn(record: SignIn) -> str | None:
    return str(record.autonomous_system_number) if record.autonomous_system_number else None


def _is_new(value: str | None, seen: Counter[str]) -> bool | None:
    return value not in seen if value and seen else None


def _count(values: Iterable[str | None]) -> Counter[str]:
    return Counter(value for value in values if value)


def _commonest(counts: Counter[str]) -> list[str]:
    return sorted(counts, key=lambda name: (-counts[name], name))[:MOST_NAMED]
