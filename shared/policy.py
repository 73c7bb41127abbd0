"""The policy: what a tenant may tune without code, validated as a whole. policy.toml holds the defaults."""

import hashlib
import ipaddress
from collections.abc import Iterable, Mapping
from datetime import datetime
from fnmatch import fnmatchcase
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import msgspec

from shared.errors import ConfigurationError
from shared.models.identity import Identity
from shared.models.records import AnyRecord, SignIn
from shared.policy_sections import (
    Applications,
    Groups,
    Identities,
    Networks,
    Thresholds,
    Weight,
    WorkingHours,
    weight_of,
)

HINT = "Compare the file with shared/policy.toml, which says what each value means."
BROADEST = {4: 8, 6: 16}
"""Shortest prefix of a trusted network by IP version: what is broader holds the addresses of strangers too."""


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """All of it."""

    thresholds: Thresholds
    weights: dict[str, int | Weight]
    identities: Identities
    applications: Applications
    networks: Networks
    groups: Groups
    working_hours: WorkingHours

    @cached_property
    def fingerprint(self) -> str:
        """Return 12 hex digits that tell this policy from another, so that a verdict can be reproduced."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()[:12]

    def weight(self, finding_id: str) -> Weight | None:
        """Return the points that the policy gives a finding; None where it leaves them as they are."""
        given = self.weights.get(finding_id)
        return Weight(given) if isinstance(given, int) else given

    def is_excluded(self, identity: Identity, now: datetime) -> bool:
        """Say whether an identity gets no case for now."""
        return any(one.holds(now) and _names(one.id, identity) for one in self.identities.excluded)

    def is_canary(self, identity: Identity) -> bool:
        """Say whether nobody should ever use this account."""
        return any(_names(one, identity) for one in self.identities.canary)

    def is_break_glass(self, *names: str | None) -> bool:
        """Say whether one of these names (object id, UPN) is an emergency access account's."""
        return _listed(self.identities.break_glass, names)

    def is_service_account(self, *names: str | None) -> bool:
        """Say whether one of these names (object id, UPN) is an account that programs use."""
        return _listed(self.identities.service_accounts, names)

    def is_excluded_app(self, app_id: str | None, now: datetime) -> bool:
        """Say whether sign-ins to an application complete no pattern for now."""
        wanted = (app_id or "").lower()
        return any(one.holds(now) and one.id.lower() == wanted for one in self.applications.excluded)

    def is_trusted(self, address: str | None) -> bool:
        """Say whether an address belongs to a trusted network."""
        if not self._networks or not address:
            return False
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._networks)

    def with_trust(self, records: Iterable[AnyRecord]) -> list[AnyRecord]:
        """Return the records, sign-ins from trusted networks marked as Entra marks its own named locations."""
        if not self._networks:
            return list(records)
        return [
            msgspec.structs.replace(record, trusted_network=True)
            if isinstance(record, SignIn) and self.is_trusted(record.ip_address)
            else record
            for record in records
        ]

    def is_sensitive_group(self, *names: str | None) -> bool:
        """Say whether one of these names (object id, display name) is a sensitive group's."""
        return _matches(self.groups.sensitive, names)

    def is_helpdesk_group(self, *names: str | None) -> bool:
        """Say whether one of these names (object id, display name) is a help desk's."""
        return _matches(self.groups.helpdesk, names)

    @cached_property
    def _networks(self) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
        return [ipaddress.ip_network(network.cidr) for network in self.networks.trusted]


def read_policy(path: str) -> Policy:
    """Return the policy of a file, the defaults where it says nothing. Raises ConfigurationError that names the key."""
    try:
        given = msgspec.toml.decode(Path(path).read_bytes())
    except OSError as error:
        raise ConfigurationError(f"policy `{path}` can't be read: {error.strerror}", hint=HINT) from error
    except msgspec.DecodeError as error:
        raise ConfigurationError(f"policy `{path}` is not TOML: {error}", hint=HINT) from error
    try:
        return policy_of(given)
    except ConfigurationError as error:
        raise ConfigurationError(f"policy `{path}`: {error}", hint=error.hint) from error


def policy_of(given: Mapping[str, Any]) -> Policy:
    """Return the policy that changes the defaults as given. Raises ConfigurationError."""
    merged: dict[str, Any] = {}
    defaults = _defaults()
    for section, values in (*defaults.items(), *given.items()):
        if section not in defaults:
            raise ConfigurationError(f"there is no section `{section}`", hint=f"There are: {', '.join(defaults)}.")
        if not isinstance(values, Mapping):
            raise ConfigurationError(f"`{section}` is not a section", hint=f"Write `[{section}]` on a line of its own.")
        merged[section] = {**merged.get(section, {}), **values}
    for finding_id, given_weight in merged["weights"].items():
        weight_of(finding_id, given_weight if isinstance(given_weight, Mapping) else {"points": given_weight})
    try:
        policy = msgspec.convert(merged, Policy)
    except msgspec.ValidationError as error:
        raise ConfigurationError(str(error), hint=HINT) from error
    _check(policy)
    return policy


@cache
def default_policy() -> Policy:
    """Return the defaults alone."""
    return policy_of({})


@cache
def _defaults() -> dict[str, Any]:
    return msgspec.toml.decode(Path(__file__).with_name("policy.toml").read_bytes(), type=dict[str, Any])


def _check(policy: Policy) -> None:
    """Refuse what has the right type and cannot be meant."""
    for name, value in msgspec.structs.asdict(policy.thresholds).items():
        if value < 1:
            raise ConfigurationError(f"thresholds.{name} is {value}", hint="Thresholds are whole numbers above zero.")
    for network in policy.networks.trusted:
        try:
            parsed = ipaddress.ip_network(network.cidr)
        except ValueError as error:
            raise ConfigurationError(f"networks.trusted: {error}", hint="Write it like 198.51.100.0/24.") from error
        if _is_too_broad(parsed):
            raise ConfigurationError(
                f"networks.trusted: {network.cidr} is too broad",
                hint=f"Name the networks that are yours: no IPv4 network broader than /{BROADEST[4]}, "
                f"no IPv6 network broader than /{BROADEST[6]}.",
            )
    _check_hours(policy.working_hours)
    for where, exclusions in (
        ("identities", policy.identities.excluded),
        ("applications", policy.applications.excluded),
    ):
        if any(not one.id.strip() or not one.reason.strip() for one in exclusions):
            raise ConfigurationError(f"{where}.excluded: an id or a reason is empty", hint=HINT)


def _check_hours(hours: WorkingHours) -> None:
    if not (0 <= hours.start <= 23 and 1 <= hours.end <= 24 and hours.start != hours.end):
        raise ConfigurationError(
            f"working_hours: {hours.start} to {hours.end} are no hours",
            hint="start is 0 to 23, end 1 to 24, and they differ; end is lower for a shift over midnight.",
        )
    if not hours.days or not set(hours.days) <= set(range(1, 8)):
        raise ConfigurationError("working_hours.days are no days of a week", hint="1 is Monday, 7 is Sunday.")


def _is_too_broad(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    """Say whether a network holds more than one owner has; IPv4 written as IPv6 is measured as IPv4."""
    mapped = network.network_address.ipv4_mapped if isinstance(network, ipaddress.IPv6Network) else None
    if mapped is not None:
        return network.prefixlen - 96 < BROADEST[4]
    return network.prefixlen < BROADEST[network.version]


def _names(name: str, identity: Identity) -> bool:
    return name.lower() in {identity.id.lower(), (identity.name or "").lower()}


def _listed(listed: tuple[str, ...], names: Iterable[str | None]) -> bool:
    wanted = {name.lower() for name in names if name}
    return any(one.lower() in wanted for one in listed)


def _matches(patterns: tuple[str, ...], names: Iterable[str | None]) -> bool:
    wanted = [name.lower() for name in names if name]
    return any(fnmatchcase(name, pattern.lower()) for pattern in patterns for name in wanted)
