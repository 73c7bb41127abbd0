"""The policy: what a tenant may tune without code, validated as a whole. policy.toml holds the defaults."""

import hashlib
import ipaddress
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from fnmatch import fnmatchcase
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import msgspec

from shared.errors import ConfigurationError
from shared.models.records import AnyRecord, Identity, SignIn

HINT = "Compare the file with shared/policy.toml, which says what each value means."


class Thresholds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Numbers of the rules; policy.toml says what each means. All are whole and above zero."""

    signal_window_minutes: int
    spray_users: int
    mfa_denials: int
    guesses: int
    guesses_by_stranger: int
    lock_outs: int
    case_window_hours: int
    aftermath_days: int
    fresh_days: int
    half_life_days: int
    harmless_full_days: int
    harmless_half_days: int


class Weight(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Points of one finding; a level that is not listed takes ``points``."""

    points: int
    low: int | None = None
    medium: int | None = None
    high: int | None = None

    def at(self, level: str) -> int:
        """Return the points for a risk level."""
        value = {"low": self.low, "medium": self.medium, "high": self.high}.get(level.lower())
        return self.points if value is None else value


class Exclusion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that is left out, with the reason and, better, an end."""

    id: str
    reason: str
    until: date | None = None

    def holds(self, now: datetime) -> bool:
        """Say whether it is still left out."""
        return self.until is None or now.date() <= self.until


class Identities(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Accounts with a part of their own, by object id or user principal name."""

    excluded: tuple[Exclusion, ...]
    break_glass: tuple[str, ...]
    canary: tuple[str, ...]
    service_accounts: tuple[str, ...]


class Applications(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Applications whose sign-ins complete no pattern."""

    excluded: tuple[Exclusion, ...]


class Network(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A network that counts like a trusted named location."""

    cidr: str
    name: str


class Networks(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Networks that are trusted."""

    trusted: tuple[Network, ...]


class Groups(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Groups by object id, or by name with ``*`` for anything."""

    sensitive: tuple[str, ...]
    helpdesk: tuple[str, ...]


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """All of it."""

    thresholds: Thresholds
    weights: dict[str, int | Weight]
    identities: Identities
    applications: Applications
    networks: Networks
    groups: Groups

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
        if not parsed.prefixlen:
            raise ConfigurationError("networks.trusted: the whole internet", hint="Name the networks that are yours.")
    for where, exclusions in (
        ("identities", policy.identities.excluded),
        ("applications", policy.applications.excluded),
    ):
        if any(not one.id.strip() or not one.reason.strip() for one in exclusions):
            raise ConfigurationError(f"{where}.excluded: an id or a reason is empty", hint=HINT)


def _names(name: str, identity: Identity) -> bool:
    return name.lower() in {identity.id.lower(), (identity.name or "").lower()}


def _listed(listed: tuple[str, ...], names: Iterable[str | None]) -> bool:
    wanted = {name.lower() for name in names if name}
    return any(one.lower() in wanted for one in listed)


def _matches(patterns: tuple[str, ...], names: Iterable[str | None]) -> bool:
    wanted = [name.lower() for name in names if name]
    return any(fnmatchcase(name, pattern.lower()) for pattern in patterns for name in wanted)
