"""What a Conditional Access policy asks of whom, before and after a change, from the JSON of its audit record."""

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from shared.activities import folded
from shared.hostile import LONGEST_NAME

BUILT_IN_CONTROLS = frozenset(
    {
        *("mfa", "block", "passwordChange", "riskRemediation"),
        *("compliantDevice", "domainJoinedDevice", "approvedApplication", "compliantApplication"),
    }
)
"""Members of Graph's conditionalAccessGrantControl; nothing else goes into a request."""
EXCLUDED = (
    *(("users", "excludeUsers", "users"), ("users", "excludeGroups", "groups"), ("users", "excludeRoles", "roles")),
    ("applications", "excludeApplications", "applications"),
    ("locations", "excludeLocations", "locations"),
    ("platforms", "excludePlatforms", "platforms"),
)
"""Lists of exceptions: the part of the conditions, the list, and what it lists."""
RULED_OUT = (("users", "excludeGuestsOrExternalUsers", "guests"), ("devices", "deviceFilter", "devices"))
"""Exceptions that are rules of their own and no lists."""
INCLUDED = (
    ("users", ("includeUsers", "includeGroups", "includeRoles")),
    (
        "applications",
        ("includeApplications", "includeUserActions", "includeAuthenticationContextClassReferences"),
    ),
    ("locations", ("includeLocations",)),
    ("platforms", ("includePlatforms",)),
)
"""Lists that together say what a policy is meant for."""
ALWAYS_NAMED = {"users", "applications"}
"""Parts in which an empty list means nothing; in the others it means everything."""
ANY_WHEN_EMPTY = ("clientAppTypes", "signInRiskLevels", "userRiskLevels")
NOTHING = "null"
MOST_LINES = 200
_PLAIN = re.compile(r"[0-9A-Za-z:.-]{1,100}")


class Narrowed(msgspec.Struct, frozen=True, kw_only=True):
    """What a policy that still asks what it asked does not ask of everybody or everything any more."""

    left_out: tuple[str, ...] = ()
    """New exceptions: object ids, or Graph's words such as ``AllTrusted``."""
    kinds: tuple[str, ...] = ()
    """What they are: users, groups, roles, guests, applications, locations, platforms, devices."""
    covers_less: bool = False
    """Something that it was meant for is no longer named."""
    before: tuple[str, ...] = ()
    """The changed conditions as they were: ``users.excludeUsers`` for a list, the same and an id for what is in it.

    Empty where the log does not hold them whole.
    """

    def __bool__(self) -> bool:
        """Say whether it is narrower at all."""
        return bool(self.left_out) or self.covers_less


def decoded(text: str | None) -> dict[str, Any] | None:
    """Return the policy of an audit record's value; None where it holds none."""
    try:
        policy = msgspec.json.decode(text or "")
    except msgspec.DecodeError:
        return None
    return policy if isinstance(policy, dict) else None


def demands(policy: dict[str, Any]) -> bool:
    """Say whether a policy is on and blocks, or asks for MFA, a strength or a device."""
    on = folded(str(policy.get("state", "enabled"))) in {"enabled", "on"}
    controls = policy.get("grantControls")
    asked = msgspec.json.encode(controls).decode().lower() if controls else ""
    words = ("mfa", "block", "compliantdevice", "domainjoineddevice", "passwordchange", "riskremediation")
    strength = isinstance(controls, dict) and bool(controls.get("authenticationStrength"))
    return on and (strength or any(word in asked for word in words))


def asked_by(policy: dict[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Return operator and built-in grant controls of a policy; empty when it asks for anything else beside."""
    controls = policy.get("grantControls")
    if not isinstance(controls, dict) or controls.get("authenticationStrength"):
        return "", ()
    operator, built_in = controls.get("operator"), controls.get("builtInControls")
    others = (*(controls.get("customAuthenticationFactors") or ()), *(controls.get("termsOfUse") or ()))
    if operator not in {"AND", "OR"} or not isinstance(built_in, list) or others:
        return "", ()
    return operator, tuple(built_in) if set(map(str, built_in)) <= BUILT_IN_CONTROLS else ()


def narrowed(old: dict[str, Any], new: dict[str, Any]) -> Narrowed:
    """Return what a policy leaves out now and did not before. What the values do not say is no change."""
    was, now = _part(old, "conditions"), _part(new, "conditions")
    left_out: list[str] = []
    kinds: list[str] = []
    changed: set[str] = set()
    for part, name, kind in EXCLUDED:
        added = [one for one in _list(_part(now, part), name) if one not in _list(_part(was, part), name)]
        if added:
            left_out += added
            kinds.append(kind)
            changed.add(part)
    for part, name, kind in RULED_OUT:
        there = _part(now, part).get(name)
        if there and there != _part(was, part).get(name):
            left_out.append(kind)
            kinds.append(kind)
            changed.add(part)
    lost = {part for part, names in INCLUDED if _covers_less(_part(was, part), _part(now, part), names, part)}
    lost |= {name for name in ANY_WHEN_EMPTY if _lost(set(_list(was, name)), set(_list(now, name)), empty_is_all=True)}
    changed |= lost
    return Narrowed(
        left_out=tuple(left_out), kinds=tuple(kinds), covers_less=bool(lost), before=_lines(was, sorted(changed))
    )


def _covers_less(was: dict[str, Any], now: dict[str, Any], names: tuple[str, ...], part: str) -> bool:
    before = {one for name in names for one in _list(was, name)} - {"None"}
    after = {one for name in names for one in _list(now, name)} - {"None"}
    return _lost(before, after, empty_is_all=part not in ALWAYS_NAMED)


def _lost(before: set[str], after: set[str], *, empty_is_all: bool) -> bool:
    """Say whether something is no longer named; ``All`` names everything."""
    if empty_is_all:
        before, after = before or {"All"}, after or {"All"}
    return not {"All", "all"} & after and bool(before - after)


def conditions_of(before: Iterable[str]) -> dict[str, object]:
    """Return the conditions that ``Narrowed.before`` holds, as a request of Graph has them."""
    found: dict[str, Any] = {}
    for line in before:
        path, _, value = line.partition(" ")
        part, _, name = path.partition(".")
        if value == NOTHING:
            found[part] = None
        else:
            holder = found.setdefault(part, {} if name else [])
            items = holder.setdefault(name, []) if name else holder
            items += [value] if value else []
    return found


def _lines(was: dict[str, Any], changed: list[str]) -> tuple[str, ...]:
    """Return the changed conditions as they were; empty where one of them is more than a list of plain names.

    A line that a fact would shorten would be another request.
    """
    found: list[str] = []
    for part in changed:
        value = was.get(part)
        lists = {f"{part}.{name}": items for name, items in value.items()} if isinstance(value, dict) else {part: value}
        filled = {path: items for path, items in lists.items() if items is not None}
        if not filled:
            found.append(f"{part} {NOTHING}")
        for path, items in sorted(filled.items()):
            if not isinstance(items, list) or not all(_is_plain(one) for one in items):
                return ()
            found += [path, *(f"{path} {one}" for one in items)]
    fits = len(found) <= MOST_LINES and all(len(line) <= LONGEST_NAME for line in found)
    return tuple(found) if fits else ()


def _is_plain(value: object) -> bool:
    return isinstance(value, str) and _PLAIN.fullmatch(value) is not None


def _part(holder: dict[str, Any], name: str) -> dict[str, Any]:
    part = holder.get(name)
    return part if isinstance(part, dict) else {}


def _list(holder: dict[str, Any], name: str) -> list[str]:
    items = holder.get(name)
    return [one for one in items if isinstance(one, str)] if isinstance(items, list) else []
