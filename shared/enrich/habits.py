"""Fold ordinary sign-ins into an identity's profile: pure, in order of time, each sign-in once."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta

import msgspec

from shared.models.habits import Dimension, Habits, Seen
from shared.models.records import Device, Place, SignIn

FORGOTTEN_AFTER = timedelta(days=90)
"""A value that was not seen for so long is usual no more."""
MOST_VALUES = 25
"""Values kept of each dimension, the most used first: the profile stays within a few KiB."""
_VERSION = re.compile(r"[\s/]*[\d.]+.*$")


def folded_in(habits: Habits | None, identity_key: str, sign_ins: Sequence[SignIn]) -> Habits | None:
    """Return the profile with these sign-ins counted, those that it covers already left out; None when there is none.

    ``sign_ins`` are ordinary ones, in any order; the same one twice counts once.
    """
    new = sorted({r.record_id: r for r in sign_ins}.values(), key=lambda r: (r.at, r.record_id))
    if habits is not None:
        new = [record for record in new if record.at > habits.until]
    if not new:
        return habits
    seen = {name: dict(values) for name, values in (habits.seen if habits else {}).items()}
    days, last_day = (habits.days, habits.last_day) if habits else (0, None)
    for record in new:
        day = record.at.date()
        days += last_day is None or day > last_day
        last_day = day if last_day is None else max(last_day, day)
        for dimension, value in marks(record):
            values = seen.setdefault(dimension, {})
            values[value] = _counted(values.get(value), record)
    newest = new[-1].at
    return Habits(
        identity_key=identity_key,
        since=habits.since if habits else new[0].at,
        until=newest,
        sign_ins=(habits.sign_ins if habits else 0) + len(new),
        days=days,
        last_day=last_day or newest.date(),
        seen={name: _bounded(values, newest.date() - FORGOTTEN_AFTER) for name, values in sorted(seen.items())},
        asked_graph=habits.asked_graph if habits else False,
    )


def unfolded(habits: Habits, left_by: Mapping[str, frozenset[tuple[Dimension, str]]]) -> Habits | None:
    """Return the profile less the sign-ins from some addresses; None when nothing else is left.

    ``left_by`` is what is known of each address. A profile counts each dimension by itself, so all sign-ins from an
    address are taken off each of these values: at worst something usual looks new, never the other way round.
    """
    seen = {name: dict(values) for name, values in habits.seen.items()}
    gone = 0
    for address, traces in sorted(left_by.items()):
        lost = seen.get("address", {}).pop(address, None)
        if lost is None:
            continue
        gone += lost.count
        for dimension, value in sorted(traces):
            known = seen.get(dimension, {}).pop(value, None)
            if known is not None and (left := known.count - lost.count) > 0:
                seen[dimension][value] = msgspec.structs.replace(known, count=left, days=min(known.days, left))
    if not gone:
        return habits
    left = habits.sign_ins - gone
    return msgspec.structs.replace(habits, sign_ins=left, days=min(habits.days, left), seen=seen) if left > 0 else None


def marks(record: SignIn) -> Iterator[tuple[Dimension, str]]:
    """Yield what a sign-in shows, by dimension; what the record does not say is left out."""
    place, device = record.place or Place(), record.device or Device()
    steps = [step.method for step in record.steps if step.method and step.succeeded is not False]
    found: tuple[tuple[Dimension, str | None], ...] = (
        ("country", place.country),
        ("city", place.city),
        ("asn", str(record.autonomous_system_number) if record.autonomous_system_number else None),
        ("address", record.ip_address),
        ("device", device_mark(device)),
        ("os", unversioned(device.operating_system)),
        ("browser", unversioned(device.browser)),
        ("app", record.app_display_name or record.resource_display_name),
        ("client", record.client_app_used),
        ("method", steps[-1] if steps else None),
        ("hour", f"{record.at.hour:02}"),
    )
    yield from ((dimension, value) for dimension, value in found if value)


def device_mark(device: Device | None) -> str | None:
    """Return what tells a device from another: its id when registered, else system and browser without versions."""
    if device is None:
        return None
    if device.device_id:
        return device.device_id
    parts = [unversioned(part) for part in (device.operating_system, device.browser)]
    return " ".join(part for part in parts if part) or None


def unversioned(name: str | None) -> str | None:
    """Return a system's or browser's name without its version, which changes every month."""
    return (_VERSION.sub("", name) or None) if name else None


def _counted(known: Seen | None, record: SignIn) -> Seen:
    day = record.at.date()
    if known is None:
        return Seen(count=1, days=1, first=day, last=day)
    return Seen(
        count=known.count + 1,
        days=known.days + (day > known.last),
        first=min(known.first, day),
        last=max(known.last, day),
    )


def _bounded(values: dict[str, Seen], oldest: object) -> dict[str, Seen]:
    """Return the most used values that were seen lately, in an order that depends on nothing but themselves."""
    kept: Iterable[tuple[str, Seen]] = ((name, seen) for name, seen in values.items() if seen.last >= oldest)  # type: ignore[operator]
    ranked = sorted(kept, key=lambda pair: (-pair[1].count, -pair[1].days, pair[0]))[:MOST_VALUES]
    return dict(sorted(ranked))
